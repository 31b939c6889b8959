"""When supply moves, the promises that rest on it are looked through."""

from datetime import date

from domain.allocation.promising.operations import review_order, review_promises
from domain.kernel.work import Work
from workers.registry import Delivered, on


# Registered after the handlers that give stock away: what got stock needs no supply any more.
@on(
    "inventory.expected_supply_changed",
    "inventory.expected_supply_overdue",
    "inventory.stock_received",
    "inventory.stock_adjusted",
    "inventory.stock_state_changed",
    "inventory.safety_stock_set",
    "order.amended",
    "order.cancelled",
)
async def look_promises_through(work: Work, event: Delivered) -> None:
    """Peg anew what waits for the items that the event names."""
    item_ids = event.payload.get("item_ids") or []
    if item_ids:
        await review_promises(work, item_ids=[int(item_id) for item_id in item_ids])


@on("promise.promises_left")
async def look_on_through_promises(work: Work, event: Delivered) -> None:
    """Look the next part of a long queue through."""
    given = event.payload
    await review_promises(
        work,
        item_ids=given["item_ids"],
        after=(date.fromisoformat(given["after_day"]), given["after_line_id"]),
        order_id=given["order_id"],
    )


@on(
    "order.allocated",
    "order.allocation_taken",
    "order.allocation_withdrawn",
    "order.amended",
    "order.cancelled",
)
async def look_order_through(work: Work, event: Delivered) -> None:
    """Date what was added to an order, and let go what it needs no more."""
    await review_order(work, order_id=event.aggregate_id)
