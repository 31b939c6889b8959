"""Supply that arrived goes to the orders that wait for it."""

from domain.kernel.work import Work
from workers.registry import Delivered, on


@on("inventory.stock_received")
async def fill_backorders(work: Work, event: Delivered) -> None:
    """Allocate the received items to backorders, first come first served by policy."""
    from domain.allocation.operations import reallocate_backorders

    await reallocate_backorders(work, item_ids=[int(i) for i in event.payload["item_ids"]])
