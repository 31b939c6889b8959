"""Orders give up what they hold of lots that may not leave."""

from domain.allocation.blocked_lots import take_back_blocked
from domain.allocation.taking_back import TAKEN_AT_ONCE
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("allocation.run")
async def withdraw_blocked_lots(work: Work, *, lot_id: int | None = None) -> bool:
    """Withdraw the open allocations of lots that are quarantined, recalled or expired (of one lot,
    if named), so that their orders wait and are served from elsewhere; whether all was done.

    Locations at work on them keep theirs."""
    return await take_back_blocked(work, lot_id=lot_id) < TAKEN_AT_ONCE
