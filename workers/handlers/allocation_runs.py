"""Allocation runs are planned and applied by the worker, a part in each transaction."""

from domain.allocation.runs.operations import apply_next_part, plan_requested_run
from domain.kernel.work import Work
from workers.registry import Delivered, on


@on("allocation.run_requested")
async def plan_run(work: Work, event: Delivered) -> None:
    """Make the plan that was asked for."""
    await plan_requested_run(work, run_id=event.aggregate_id)


@on("allocation.run_progressed")
async def go_on_applying(work: Work, event: Delivered) -> None:
    """Apply the next part; it records the event by which the one after it has its turn."""
    await apply_next_part(work, run_id=event.aggregate_id)
