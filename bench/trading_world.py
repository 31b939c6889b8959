"""A company whose orders are measured: an entity, five locations, items with prices and stock, a
channel, and an API key that may do everything.

Item n has its stock at location n modulo 5; the other four have an empty balance of it, so that
every order is decided over five locations and its three lines come from several."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.database import async_url, connect, migrate
from app.embedded import Engines, start_engines
from domain.catalog.models import Item, ItemUnit
from domain.channels.models import Channel
from domain.entities.models import LegalEntity, Location
from domain.inventory.balances import Place, ensure_balances
from domain.inventory.models import StockBalance
from domain.inventory.movements import Change, move
from domain.kernel.reading import reading
from domain.kernel.work import Work, unit_of_work
from domain.pricing.models import Price, PriceList
from tenancy.accounts import tenant_of_slug
from tenancy.authentication import Authenticator
from tenancy.models import Role, RolePermission, UserAccount, UserRole
from tenancy.permissions import ALL_PERMISSIONS
from tenancy.principals import system_principal
from tenancy.transaction import scoped_transaction

SECRET = "b" * 48
LOCATIONS = 5
ITEMS = 300
PLENTY = Decimal(100_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a client has to know of it. Ids of items, and of balances, follow one another: the
    balance of item n at location m is `first_balance + 5 n + m`."""

    tenant_id: int
    channel_id: int
    entity_id: int
    first_item: int
    first_balance: int
    items: int
    token: str

    def plain(self) -> Mapping[str, Any]:
        """It as JSON."""
        return asdict(self)


class HasDatabase(Protocol):
    """Engines, or one database of theirs."""

    @property
    def database_url(self) -> str: ...
    @property
    def database_owner_url(self) -> str: ...
    @property
    def redis_url(self) -> str: ...


@contextmanager
def durable_engines() -> Iterator[tuple[Engines, Path]]:
    """Engines as a production has them (commits reach the disk), migrated, and a home."""
    with (
        TemporaryDirectory() as folder,
        start_engines(Path(folder) / "engines", durable=True, ephemeral=True) as engines,
    ):
        asyncio.run(migrate(engines.database_owner_url))
        asyncio.run(_number_apart(engines.database_owner_url))
        yield engines, Path(folder)


async def new_world(
    engines: HasDatabase, slug: str, *, items: int = ITEMS, stock: Decimal | None = PLENTY
) -> World:
    """Found the company; `stock` of each item at its location, or none at all."""
    engine = connect(engines.database_url)
    now = datetime.now(UTC)
    async with scoped_transaction(engine, system_principal(0)) as connection:
        made = await connection.execute(
            text("SELECT create_tenant(:slug, :slug, :now)"), {"slug": slug, "now": now}
        )
        tenant_id = int(made.scalar_one())
    async with unit_of_work(engine, system_principal(tenant_id), now=now) as work:
        ids = await _found(work, items, stock)
        await _user(work)
    token = await Authenticator(engine, SECRET).issue_token(slug, "seller", now)
    await engine.dispose()
    return World(tenant_id=tenant_id, items=items, token=token, **ids)


async def world_again(engines: HasDatabase, slug: str) -> World:
    """A company that was founded before."""
    engine = connect(engines.database_url)
    found = await tenant_of_slug(engine, slug)
    assert found is not None
    tenant_id, _ = found
    first = select(
        select(func.min(Item.id)).where(Item.tenant_id == tenant_id).scalar_subquery(),
        select(func.count(Item.id)).where(Item.tenant_id == tenant_id).scalar_subquery(),
        *(
            select(func.min(model.id)).where(model.tenant_id == tenant_id).scalar_subquery()
            for model in (StockBalance, Channel, LegalEntity)
        ),
    )
    async with reading(engine, system_principal(tenant_id)) as reader:
        row = await reader.row(first)
    assert row is not None
    token = await Authenticator(engine, SECRET).issue_token(slug, "seller", datetime.now(UTC))
    await engine.dispose()
    return World(
        tenant_id=tenant_id,
        first_item=row[0],
        items=row[1],
        first_balance=row[2],
        channel_id=row[3],
        entity_id=row[4],
        token=token,
    )


async def _found(work: Work, items: int, stock: Decimal | None) -> dict[str, int]:
    [entity] = await _add(
        work, LegalEntity, [{"code": "E", "name": "E", "country": "DE", "currency": "EUR"}]
    )
    places = [
        {"code": f"L{n}", "name": f"L{n}", "kind": "owned", "entity_id": entity}
        for n in range(LOCATIONS)
    ]
    locations = await _add(work, Location, places)
    skus = [{"sku": f"SKU-{n}", "name": f"Item {n}", "base_unit": "EA"} for n in range(items)]
    made = await _add(work, Item, skus)
    units = [{"item_id": each, "unit": "EA", "numerator": Decimal(1)} for each in made]
    await _add(work, ItemUnit, units, created=False)
    channel = {"code": "SHOP", "name": "Shop", "kind": "portal", "source": "generic"}
    [channel_id] = await _add(work, Channel, [channel | {"currency": "EUR", "entity_id": entity}])
    prices = {"code": "ALL", "name": "All", "currency": "EUR", "valid_from": date(2020, 1, 1)}
    [list_id] = await _add(work, PriceList, [prices])
    rows = [
        {"price_list_id": list_id, "item_id": each, "unit": "EA", "unit_price": Decimal("9.99")}
        for each in made
    ]
    await _add(work, Price, rows, created=False)
    balances = await ensure_balances(
        work, [Place(item, place, entity) for item in made for place in locations]
    )
    first = min(balances.values())
    if stock is not None:
        await _stock(work, first, items, stock)
    return {
        "channel_id": channel_id,
        "entity_id": entity,
        "first_item": min(made),
        "first_balance": first,
    }


async def _stock(work: Work, first: int, items: int, stock: Decimal) -> None:
    changes = [
        Change(
            balance_id=first + LOCATIONS * n + n % LOCATIONS,
            kind="receipt",
            on_hand=stock,
            reason="received",
        )
        for n in range(items)
    ]
    await move(work, changes, reference_kind="bench", reference_id=1)


async def _add(
    work: Work, model: Any, rows: list[dict[str, Any]], *, created: bool = True
) -> list[int]:
    own: dict[str, Any] = {"tenant_id": work.tenant_id}
    if created:
        own["created_at"] = work.now
    statement = insert(model).returning(model.id, sort_by_parameter_order=True)
    return list(await work.values(statement, [own | row for row in rows]))


async def _user(work: Work) -> None:
    user = {"username": "seller", "display_name": "Seller", "tokens_valid_from": work.now}
    [user_id] = await _add(work, UserAccount, [user])
    [role_id] = await _add(work, Role, [{"name": "seller"}], created=False)
    rights = [{"role_id": role_id, "permission": each} for each in sorted(ALL_PERMISSIONS)]
    await _add(work, RolePermission, rights, created=False)
    await _add(work, UserRole, [{"user_id": user_id, "role_id": role_id}], created=False)


async def settled(engines: HasDatabase) -> None:
    """Tell the planner how the tables are by now, as autovacuum does within a minute: what a
    connection planned when they were empty is planned anew."""
    engine = create_async_engine(
        async_url(engines.database_owner_url), isolation_level="AUTOCOMMIT"
    )
    async with engine.connect() as connection:
        await connection.execute(text("VACUUM ANALYZE"))
    await engine.dispose()


async def _number_apart(owner_url: str) -> None:
    """No id of one table is an id of another: what a statement refers to can be told from it."""
    engine = create_async_engine(async_url(owner_url))
    async with engine.begin() as connection:
        rows = await connection.execute(
            text(
                "SELECT quote_ident(table_name), quote_ident(column_name) FROM "
                "information_schema.columns WHERE table_schema = 'public' "
                "AND is_identity = 'YES' AND table_name <> 'tenant' ORDER BY 1"
            )
        )
        for n, (table, column) in enumerate(rows.all(), start=1):
            await connection.execute(
                text(f"ALTER TABLE {table} ALTER COLUMN {column} RESTART WITH {n * 10_000_000}")
            )
    await engine.dispose()
