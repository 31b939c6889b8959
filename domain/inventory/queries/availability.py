"""Availability: what of many items may be promised, and where, in one statement.

Of a kit without stock it is what its components make, which takes two statements more."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    Integer,
    Text,
    and_,
    any_,
    bindparam,
    case,
    func,
    or_,
    select,
)

from domain.catalog.kits import Bill, exploded, kits_possible
from domain.catalog.models import Item
from domain.inventory.balances import NEW
from domain.inventory.lots import is_expired, lot_of_balance, may_be_sold
from domain.inventory.models import Lot, StockBalance
from domain.inventory.policy import ZERO
from domain.kernel.permissions import query
from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader


class AvailableAt(NamedTuple):
    """What there is of an item at a location, over owners and lots (base units); rows of the
    database that have the same attributes stand for it.

    `expired` would be available, were its lots not past their last good day."""

    item_id: int
    base_unit: str
    location_id: int
    on_hand: Decimal
    reserved: Decimal
    available: Decimal
    expired: Decimal = ZERO


@dataclass(slots=True)
class Availability:
    """What there is of an item, location by location, and in all (base units)."""

    item_id: int
    base_unit: str
    is_kit: bool = False
    locations: list[AvailableAt] = field(default_factory=list)

    @property
    def on_hand(self) -> Decimal:
        """All that is anywhere."""
        return sum([at.on_hand for at in self.locations], ZERO)

    @property
    def reserved(self) -> Decimal:
        """Promised to orders."""
        return sum([at.reserved for at in self.locations], ZERO)

    @property
    def available(self) -> Decimal:
        """What may be promised."""
        return sum([at.available for at in self.locations], ZERO)

    @property
    def expired(self) -> Decimal:
        """What would be available, were its lots not past their last good day."""
        return sum([at.expired for at in self.locations], ZERO)


@query("inventory.read")
async def availability(
    reader: Reader,
    *,
    item_ids: Sequence[int],
    location_ids: Collection[int] | None = None,
    condition: str = NEW,
    today: date | None = None,
) -> dict[int, Availability]:
    """What may be promised of each item (at locations, all if absent), by location.

    Goods between locations are at none. An item without stock has nothing of anything; one that
    the tenant lacks is left out. Of a kit there are as many at a location as whole ones can be made
    of what lies there. Lots count while they may be sold `today` (the database's day if absent)."""
    found = await _stock(reader, item_ids, location_ids, condition, today)
    kits = [item_id for item_id, each in found.items() if each.is_kit]
    if kits:
        bills = await exploded(reader, kits)
        parts = {part for bill in bills.values() for part in bill}
        there = await _stock(reader, sorted(parts), location_ids, condition, today)
        for item_id in kits:
            _make_kits(found[item_id], bills.get(item_id, {}), there)
    return found


async def _stock(
    reader: Reader,
    item_ids: Sequence[int],
    location_ids: Collection[int] | None,
    condition: str,
    today: date | None,
) -> dict[int, Availability]:
    given = {
        "of_tenant": reader.tenant_id,
        "items": list(item_ids),
        "condition": condition,
        "locations": None if location_ids is None else list(location_ids),
        "today": today,
    }
    found: dict[int, Availability] = {}
    rows: Sequence[Any] = await reader.rows(_STOCK, given)
    for row in rows:
        of_item = found.get(row.item_id)
        if of_item is None:
            of_item = Availability(row.item_id, row.base_unit, row.kind == "kit")
            found[row.item_id] = of_item
        if row.location_id is not None:
            of_item.locations.append(row)
    return found


def _stock_statement() -> Prepared:
    """Its text is made once: it is read for every list of goods that a shop shows."""
    ids = ARRAY(BigInteger)
    places = bindparam("locations", type_=ids)
    today = func.coalesce(bindparam("today", type_=Date), func.current_date())
    free = StockBalance.available
    sums = {
        "on_hand": StockBalance.on_hand,
        "reserved": StockBalance.reserved,
        "available": case((may_be_sold(today), free), else_=0),
        "expired": case((is_expired(today), free), else_=0),
    }
    here = and_(
        StockBalance.tenant_id == Item.tenant_id,
        StockBalance.item_id == Item.id,
        StockBalance.condition == bindparam("condition", type_=Text),
        or_(places.is_(None), StockBalance.location_id == any_(places)),
    )
    return Prepared(
        select(
            Item.id.label("item_id"),
            Item.base_unit,
            Item.kind,
            StockBalance.location_id,
            *(func.trim_scale(func.sum(column)).label(name) for name, column in sums.items()),
        )
        .outerjoin(StockBalance, here)
        .outerjoin(Lot, and_(lot_of_balance(), StockBalance.lot != ""))
        .where(
            Item.tenant_id == bindparam("of_tenant", type_=Integer),
            Item.id == any_(bindparam("items", type_=ids)),
        )
        .group_by(Item.id, Item.base_unit, Item.kind, StockBalance.location_id)
        .order_by(Item.id, StockBalance.location_id)
    )


_STOCK = _stock_statement()


def _make_kits(kit: Availability, bill: Bill, there: Mapping[int, Availability]) -> None:
    at: dict[int, dict[int, Decimal]] = {}
    for item_id in bill:
        for place in there[item_id].locations:
            at.setdefault(place.location_id, {})[item_id] = place.available
    for location_id, available in sorted(at.items()):
        possible = kits_possible(available, bill)
        if possible > 0:
            unit = kit.base_unit
            kit.locations.append(AvailableAt(kit.item_id, unit, location_id, ZERO, ZERO, possible))
