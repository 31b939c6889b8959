"""Whether a component of a kit may get something by itself: only what completes kits of which the
others are kept already."""

from decimal import Decimal
from typing import Any

from domain.kernel.work import Work
from domain.orders.locking import lines_of


async def room_in_kit(work: Work, line: Any) -> Decimal:
    """How much (base units) of a component of a locked order makes kits whole of which all other
    components are kept, at work or shipped."""
    kit = [each for each in await lines_of(work, [line.order_id]) if each.kit_id == line.kit_id]
    others = [each for each in kit if each.id != line.id]
    has = line.allocated + line.shipped
    if not others:
        return Decimal(line.backordered // line.per_kit * line.per_kit)
    kits = min((each.allocated + each.shipped) // each.per_kit for each in others)
    return max(Decimal(kits * line.per_kit - has), Decimal(0))
