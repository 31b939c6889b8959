"""Large reports of payouts are read part by part; what a payout had before its order, or before its
payment was known, is explained when that comes."""

from domain.finance.settlement.explaining import (
    explain_order,
    explain_payment,
    tell_of_order,
)
from domain.intake.settlement_parts import read_on
from domain.kernel.work import Work
from workers.registry import Delivered, on


@on("settlement.read_on")
async def go_on_with_report(work: Work, event: Delivered) -> None:
    """Keep the next part; it records the event by which the one after it has its turn."""
    await read_on(work, int(event.payload["message_id"]), int(event.payload["read"]))


@on("order.placed")
async def look_for_order_in_payouts(work: Work, event: Delivered) -> None:
    """Have it explained, if a payout had it already."""
    await tell_of_order(work, event.aggregate_id)


@on("settlement.order_known")
async def explain_known_order(work: Work, event: Delivered) -> None:
    """Set what payouts had of it against its payments, once."""
    await explain_order(work, int(event.payload["order_id"]))


@on("finance.payment_recorded")
async def explain_new_payment(work: Work, event: Delivered) -> None:
    """Set what payouts had of its order against it, once."""
    order_id = event.payload["order_id"]
    if order_id is not None:
        await explain_payment(work, int(order_id))
