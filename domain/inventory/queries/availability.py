"""Availability: what of many items may be promised, and where, in one statement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import func, select

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

    An item without stock, or that the caller cannot see, has nothing of anything."""
    statement = (
        select(
            StockBalance.item_id,
            StockBalance.location_id,
            *(
                func.sum(column).label(column.key)
                for column in (StockBalance.on_hand, StockBalance.reserved, StockBalance.available)
            ),
        )
        .where(
            StockBalance.tenant_id == reader.tenant_id,
            StockBalance.item_id.in_(item_ids),
            StockBalance.condition == condition,
        )
        .group_by(StockBalance.item_id, StockBalance.location_id)
        .order_by(StockBalance.item_id, StockBalance.location_id)
    )
    if location_ids is not None:
        statement = statement.where(StockBalance.location_id.in_(location_ids))
    found = {item_id: Availability(item_id) for item_id in item_ids}
    for row in await reader.rows(statement):
        amounts = (plain(amount) for amount in (row.on_hand, row.reserved, row.available))
        found[row.item_id].add(AvailableAt(row.location_id, *amounts))
    return found
