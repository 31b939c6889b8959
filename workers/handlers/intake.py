"""Kept documents are read."""

from domain.intake.operations import (
    process_message,
    read_change_again,
    read_return_again,
    read_waiting_changes,
    read_waiting_returns,
)
from domain.kernel.work import Work
from workers.registry import Delivered, on


@on("intake.message_received")
async def read_document(work: Work, event: Delivered) -> None:
    """Book the orders of the document, unless who sent it has waited for that already."""
    await process_message(work, message_id=event.aggregate_id)


@on("order.placed", "order.shipped")
async def read_waiting(work: Work, event: Delivered) -> None:
    """Refunds and returns that came before their order, or before it left, are read again."""
    await read_waiting_returns(work, order_id=event.aggregate_id)


@on("intake.message_processed")
async def read_again(work: Work, event: Delivered) -> None:
    """A return whose order came while it was read is read again."""
    if event.payload["outcome"] == "exception":
        await read_return_again(work, message_id=event.aggregate_id)


@on("order.placed")
async def follow_waiting(work: Work, event: Delivered) -> None:
    """Changes that came before their order are followed."""
    await read_waiting_changes(work, order_id=event.aggregate_id)


@on("intake.message_processed")
async def follow_again(work: Work, event: Delivered) -> None:
    """A change whose order came while it was read is followed."""
    if event.payload["outcome"] == "exception":
        await read_change_again(work, message_id=event.aggregate_id)
