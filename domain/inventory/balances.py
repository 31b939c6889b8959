"""Balances: made where they are missing, and locked in the order of their ids."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    and_,
    any_,
    bindparam,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row
from sqlalchemy.types import TypeEngine

from domain.inventory.models import StockBalance
from domain.inventory.policy import States
from domain.kernel.errors import NotFound
from domain.kernel.prepared import Prepared
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.kernel.work import Work

NEW = "new"


class Place(NamedTuple):
    """What a balance is of: an item at a location, of an owner, in a condition, of a lot."""

    item_id: int
    location_id: int
    owner_id: int
    condition: str = NEW
    lot: str = ""


PLACE_TYPES: dict[str, TypeEngine[Any]] = {
    "item_id": BigInteger(),
    "location_id": BigInteger(),
    "owner_id": BigInteger(),
    "condition": Text(),
    "lot": Text(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A balance as it stood when it was read; quantities in the item's base unit.

    `available` is what may be promised: safety stock is kept out of it."""

    id: int
    item_id: int
    location_id: int
    owner_id: int
    condition: str
    lot: str
    on_hand: Decimal
    reserved: Decimal
    quality_control: Decimal
    damaged: Decimal
    safety_stock: Decimal
    available: Decimal

    @property
    def states(self) -> States:
        """The states that movements change."""
        return States(self.on_hand, self.reserved, self.quality_control, self.damaged)


COLUMNS = (
    StockBalance.id,
    StockBalance.item_id,
    StockBalance.location_id,
    StockBalance.owner_id,
    StockBalance.condition,
    StockBalance.lot,
    StockBalance.on_hand,
    StockBalance.reserved,
    StockBalance.quality_control,
    StockBalance.damaged,
    StockBalance.safety_stock,
    StockBalance.available,
)
FREE_COLUMNS = (
    StockBalance.id,
    StockBalance.item_id,
    StockBalance.location_id,
    StockBalance.owner_id,
    StockBalance.lot,
    StockBalance.reserved,
    StockBalance.available,
)
_LOCK_FREE = Prepared(
    select(*FREE_COLUMNS)
    .where(
        StockBalance.tenant_id == bindparam("tenant", type_=Integer),
        StockBalance.item_id == any_(bindparam("items", type_=ARRAY(BigInteger))),
        StockBalance.condition == NEW,
    )
    .order_by(StockBalance.id)
    .with_for_update()
)
QUANTITIES = ("on_hand", "reserved", "quality_control", "damaged", "safety_stock", "available")


def balance_of(row: Row[Any]) -> Balance:
    """A row of COLUMNS as a Balance."""
    fields: dict[str, Any] = row._asdict()
    return Balance(**fields | {name: plain(fields[name]) for name in QUANTITIES})


async def lock_balances(
    work: Work,
    *,
    item_ids: Collection[int],
    location_ids: Collection[int] | None = None,
    owner_id: int | None = None,
    condition: str = NEW,
) -> list[Balance]:
    """Lock the balances of items (at locations, of an owner) until the transaction ends.

    They are locked, and returned, in the order of their ids: no cycle of waits can form."""
    items = any_(literal(list(item_ids), ARRAY(BigInteger)))
    wanted = [StockBalance.item_id == items, StockBalance.condition == condition]
    if location_ids is not None:
        wanted.append(StockBalance.location_id.in_(location_ids))
    if owner_id is not None:
        wanted.append(StockBalance.owner_id == owner_id)
    return await _locked(work, *wanted)


async def lock_free(work: Work, item_ids: Collection[int]) -> Sequence[Row[Any]]:
    """Lock all balances of the items in new condition, in the order of their ids; only what is
    needed to give them away is told: FREE_COLUMNS."""
    return await work.rows(_LOCK_FREE, {"tenant": work.tenant_id, "items": sorted(set(item_ids))})


async def lock_balances_by_id(work: Work, balance_ids: Collection[int]) -> dict[int, Balance]:
    """Lock these balances in the order of their ids. Raises NotFound when one is not there."""
    found = await _locked(
        work, StockBalance.id == any_(literal(list(balance_ids), ARRAY(BigInteger)))
    )
    if len(found) != len(set(balance_ids)):
        raise NotFound("stock balance")
    return {balance.id: balance for balance in found}


async def _locked(work: Work, *wanted: ColumnElement[bool]) -> list[Balance]:
    rows = await work.rows(
        select(*COLUMNS)
        .where(StockBalance.tenant_id == work.tenant_id, *wanted)
        .order_by(StockBalance.id)
        .with_for_update()
    )
    return [balance_of(row) for row in rows]


async def ensure_balances(work: Work, places: Sequence[Place]) -> dict[Place, int]:
    """The balance id of each place; missing balances are made, empty.

    Call it before locking any balance. The caller has checked that the ids are the tenant's
    (the foreign keys refuse others)."""
    wanted = sorted(set(places))
    found = await find_balances(work, wanted)
    missing = [place for place in wanted if place not in found]
    if not missing:
        return found
    # Inserted in one order, so that two transactions that make the same places take turns.
    await work.execute(
        insert(StockBalance)
        .values([{"tenant_id": work.tenant_id, **place._asdict()} for place in missing])
        .on_conflict_do_nothing()
    )
    return found | await find_balances(work, missing)


async def find_balances(reader: Reader, places: Sequence[Place]) -> dict[Place, int]:
    """The balance id of each place that has one."""
    wanted = (
        func.unnest(
            *(
                literal([getattr(place, name) for place in places], ARRAY(kind))
                for name, kind in PLACE_TYPES.items()
            )
        )
        .table_valued(*(column(name, kind) for name, kind in PLACE_TYPES.items()))
        .render_derived(name="wanted")
    )
    same = (getattr(StockBalance, name) == wanted.c[name] for name in PLACE_TYPES)
    rows = await reader.rows(
        select(*(getattr(StockBalance, name) for name in PLACE_TYPES), StockBalance.id)
        .join(wanted, and_(*same))
        .where(StockBalance.tenant_id == reader.tenant_id)
    )
    return {Place._make(row[:-1]): row.id for row in rows}
