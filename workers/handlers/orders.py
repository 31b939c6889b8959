"""Orders that were just written are looked at again: what came or became free meanwhile was given
to those who waited then. After that their changes are like those of any order that waits."""

from domain.allocation.operations.allocate import serve_order_again
from domain.allocation.promising.operations import review_placed_order
from domain.kernel.work import Work
from workers.registry import Delivered, on

# Nothing of it waits.
SERVED = frozenset({"allocated", "shipped", "cancelled"})


@on("order.placed", "order.amended", "order.allocation_taken")
async def serve_again(work: Work, event: Delivered) -> None:
    """Give the order what came while it was being written."""
    if event.payload["status"] not in SERVED:
        await serve_order_again(work, order_id=event.aggregate_id)


@on("order.placed")
async def date_again(work: Work, event: Delivered) -> None:
    """Let the order rest on what was announced while it was being written."""
    if event.payload["status"] not in SERVED:
        await review_placed_order(work, order_id=event.aggregate_id)
