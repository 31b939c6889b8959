"""Supply that is to come, and what promises rest on, for tests."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text, update

from domain.allocation.promising.operations import Review, review_promises
from domain.entities.models import Location
from domain.inventory.expected import Announced
from domain.inventory.models import ExpectedSupply
from domain.inventory.operations.expected_supplies import announce_supply
from domain.kernel.models import EventRecord
from domain.promise.models import PromisePeg
from tests.factories.orders import Shop
from tests.factories.tenants import TenantUnderTest


async def coming(
    shop: Shop,
    quantity: int,
    on: date,
    *,
    item: int = 0,
    location: int = 0,
    **fields: Any,
) -> int:
    """The id of a new supply of an item."""
    supply = Announced(
        item_id=shop.setting.item_ids[item],
        location_id=shop.setting.location_ids[location],
        quantity=Decimal(quantity),
        expected_on=on,
        **fields,
    )
    async with shop.tenant.work() as work:
        return await announce_supply(work, supply=supply)


async def looked_through(shop: Shop, *items: int) -> Review:
    """Look the promises of items (by their position) through."""
    async with shop.tenant.work() as work:
        ids = [shop.setting.item_ids[item] for item in items or (0,)]
        return await review_promises(work, item_ids=ids)


async def supply_row(tenant: TenantUnderTest, supply_id: int) -> Any:
    """A supply's row."""
    async with tenant.read() as reader:
        return await reader.row(
            select(*ExpectedSupply.__table__.c).where(
                ExpectedSupply.tenant_id == tenant.id, ExpectedSupply.id == supply_id
            )
        )


async def pegs(tenant: TenantUnderTest, line_id: int) -> list[tuple[int | None, int, date]]:
    """(supply, quantity, ships on) of each peg of a line."""
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(PromisePeg.supply_id, PromisePeg.quantity, PromisePeg.ships_on)
            .where(PromisePeg.tenant_id == tenant.id, PromisePeg.order_line_id == line_id)
            .order_by(PromisePeg.ships_on, PromisePeg.id)
        )
    return [(row.supply_id, int(row.quantity), row.ships_on) for row in rows]


async def dates(shop: Shop, order_id: int) -> list[tuple[date | None, date | None, bool]]:
    """(promised to leave, expected to leave, at risk) of each line of an order."""
    return [
        (row.promised_ship_on, row.expected_ship_on, row.promise_at_risk)
        for row in await shop.lines(order_id)
    ]


async def events_of(tenant: TenantUnderTest, *types: str) -> list[tuple[str, int, Any]]:
    """(type, aggregate, payload) of the tenant's events of these types, in order."""
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(EventRecord.type, EventRecord.aggregate_id, EventRecord.payload)
            .where(EventRecord.tenant_id == tenant.id, EventRecord.type.in_(types))
            .order_by(EventRecord.id)
        )
    return [(row.type, row.aggregate_id, row.payload) for row in rows]


async def places_work(shop: Shop, locations: Sequence[int] = (0,), **fields: Any) -> None:
    """Set fields of locations by hand: cut_off_time, receiving_days and so on."""
    ids = [shop.setting.location_ids[each] for each in locations]
    async with shop.tenant.work() as work:
        await work.execute(
            update(Location)
            .where(Location.tenant_id == work.tenant_id, Location.id.in_(ids))
            .values(**fields)
        )


PEGGED_AS_COUNTED = text(
    "SELECT s.id, s.pegged, coalesce(sum(p.quantity), 0) FROM expected_supply s "
    "LEFT JOIN promise_peg p ON p.tenant_id = s.tenant_id AND p.supply_id = s.id "
    "WHERE s.tenant_id = :tenant GROUP BY s.id, s.pegged "
    "HAVING s.pegged <> coalesce(sum(p.quantity), 0)"
)


async def miscounted(tenant: TenantUnderTest) -> list[Any]:
    """The supplies whose pegged quantity is not the sum of their pegs."""
    async with tenant.read() as reader:
        return list(await reader.rows(PEGGED_AS_COUNTED, {"tenant": tenant.id}))
