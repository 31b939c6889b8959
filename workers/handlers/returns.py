"""Other goods that are due for a return are ordered."""

from domain.kernel.work import Work
from domain.returns.operations.replacing import order_due_replacement
from workers.registry import Delivered, on


@on("returns.replacement_due")
async def order_other_goods(work: Work, event: Delivered) -> None:
    """Place the order for them, unless somebody did."""
    await order_due_replacement(work, replacement_id=event.aggregate_id)
