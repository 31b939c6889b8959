"""Availability: what of many items may be promised, and where, in one statement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import and_, func, select

from domain.catalog.models import Item
from domain.inventory.balances import NEW
from domain.inventory.models import StockBalance
from domain.inventory.policy import ZERO
from domain.kernel.permissions import query
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


@dataclass(frozen=True, slots=True)
class AvailableAt:
    """What there is of an item at a location, over owners and lots (base units)."""

    location_id: int
    on_hand: Decimal
    reserved: Decimal
    available: Decimal


@dataclass(slots=True)
class Availability:
    """What there is of an item, location by location, and in all (base units)."""

    item_id: int
    base_unit: str
    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    available: Decimal = ZERO
    locations: list[AvailableAt] = field(default_factory=list)

    def add(self, at: AvailableAt) -> None:
        """Count a location in."""
        self.on_hand += at.on_hand
        self.reserved += at.reserved
        self.available += at.available
        self.locations.append(at)


@query("inventory.read")
async def availability(
    reader: Reader,
    *,
    item_ids: Sequence[int],
    location_ids: Collection[int] | None = None,
    condition: str = NEW,
) -> dict[int, Availability]:
    """What may be promised of each item (at locations, all if absent), by location.

    An item without stock has nothing of anything; one that the tenant lacks is left out."""
    here = [
        StockBalance.tenant_id == Item.tenant_id,
        StockBalance.item_id == Item.id,
        StockBalance.condition == condition,
    ]
    if location_ids is not None:
        here.append(StockBalance.location_id.in_(location_ids))
    sums = (StockBalance.on_hand, StockBalance.reserved, StockBalance.available)
    rows = await reader.rows(
        select(
            Item.id,
            Item.base_unit,
            StockBalance.location_id,
            *(func.sum(column).label(column.key) for column in sums),
        )
        .outerjoin(StockBalance, and_(*here))
        .where(Item.tenant_id == reader.tenant_id, Item.id.in_(item_ids))
        .group_by(Item.id, Item.base_unit, StockBalance.location_id)
        .order_by(Item.id, StockBalance.location_id)
    )
    found: dict[int, Availability] = {}
    for row in rows:
        of_item = found.setdefault(row.id, Availability(row.id, row.base_unit))
        if row.location_id is not None:
            amounts = (plain(amount) for amount in (row.on_hand, row.reserved, row.available))
            of_item.add(AvailableAt(row.location_id, *amounts))
    return found
