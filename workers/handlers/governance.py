"""Approved changes of configuration take effect; those of a later moment wait for the clock."""

from domain.governance.carrying_out import carry_out_next
from domain.kernel.work import Work
from workers.registry import Delivered, on


@on("governance.change_approved")
async def carry_out_at_once(work: Work, event: Delivered) -> None:
    """Carry the change out, if its moment has come."""
    await carry_out_next(work, change_id=event.aggregate_id)
