"""What is to come: ordered or told of, and on its way; outside of what is on hand."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import func, select

from domain.inventory.in_transit import in_transit_of
from domain.inventory.models import ExpectedSupply
from domain.inventory.policy import ZERO
from domain.kernel.permissions import query
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


@dataclass(frozen=True, slots=True)
class Coming:
    """What is to come to a place (base units): told of but not under way, and under way."""

    incoming: Decimal = ZERO
    in_transit: Decimal = ZERO


@dataclass(slots=True)
class ComingOfItem:
    """What is to come of an item: in all, and by location id."""

    total: Coming = field(default_factory=Coming)
    by_location: dict[int, Coming] = field(default_factory=dict)

    def at(self, location_id: int) -> Coming:
        """What is to come to a location."""
        return self.by_location.get(location_id, Coming())


@query("inventory.read")
async def coming_of_items(reader: Reader, *, item_ids: Sequence[int]) -> dict[int, ComingOfItem]:
    """What is to come of each item, to the places that the caller may see; two statements."""
    rows = await reader.rows(
        select(
            ExpectedSupply.item_id,
            ExpectedSupply.location_id,
            func.sum(ExpectedSupply.open).label("quantity"),
        )
        .where(
            ExpectedSupply.tenant_id == reader.tenant_id,
            ExpectedSupply.item_id.in_(item_ids),
            ExpectedSupply.status == "open",
            # What is under way is counted once, below.
            ExpectedSupply.transfer_line_id.is_(None),
        )
        .group_by(ExpectedSupply.item_id, ExpectedSupply.location_id)
    )
    incoming = {(row.item_id, row.location_id): plain(row.quantity) for row in rows}
    moving = await in_transit_of(reader, item_ids)
    places: dict[int, dict[int, Coming]] = defaultdict(dict)
    for item_id, location_id in sorted({*incoming, *moving}):
        key = item_id, location_id
        at = Coming(incoming.get(key, ZERO), moving.get(key, ZERO))
        places[item_id][location_id] = at
    return {item_id: _summed(places[item_id]) for item_id in item_ids}


def _summed(by_location: dict[int, Coming]) -> ComingOfItem:
    places = by_location.values()
    total = Coming(
        sum((at.incoming for at in places), ZERO), sum((at.in_transit for at in places), ZERO)
    )
    return ComingOfItem(total, by_location)
