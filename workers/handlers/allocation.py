"""Supply that came or became free goes to the orders that wait for it."""

from domain.allocation.operations.allocate import reallocate_backorders
from domain.allocation.operations.blocked_lots import withdraw_blocked_lots
from domain.kernel.work import Work
from workers.registry import Delivered, on


@on(
    "inventory.stock_received",
    "inventory.stock_adjusted",
    "inventory.stock_state_changed",
    "inventory.safety_stock_set",
    "inventory.transfer_shipped",
    "inventory.transfer_received",
    "inventory.transfer_ended",
    "inventory.lot_changed",
    "inventory.stock_hold_released",
    "inventory.stock_holds_expired",
    "inventory.kits_assembled",
    "returns.disposed",
    "order.amended",
    "order.cancelled",
    "order.picked",
    "order.fulfilment_rejected",
    "allocation.backorders_left",
    "allocation.rejections_ended",
    "allocation.orders_lost_stock",
    "allocation.run_applied",
    "allocation.pool_changed",
    "allocation.pool_ended",
)
async def fill_backorders(work: Work, event: Delivered) -> None:
    """Serve the backorders of the items that the event names, oldest first."""
    item_ids = event.payload.get("item_ids") or []
    if item_ids:
        await reallocate_backorders(
            work,
            item_ids=[int(item_id) for item_id in item_ids],
            after_line_id=int(event.payload.get("after_line_id", 0)),
        )


@on("inventory.lot_changed")
async def withdraw_blocked_lot(work: Work, event: Delivered) -> None:
    """Have orders give up what they hold of the lot, if it may not leave any more."""
    await withdraw_blocked_lots(work, lot_id=event.aggregate_id)
