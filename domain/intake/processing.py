"""A kept message is read, and each order in it booked; the message then says what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row

from domain.channels.models import Channel
from domain.intake.booking import Booked, book, problems_json
from domain.intake.document import ParsedOrder, Reading, as_json
from domain.intake.events import MessageProcessed
from domain.intake.formats.registry import read
from domain.intake.models import IntakeDocument, IntakeMessage
from domain.intake.policy import Outcome, content_hash, message_outcome
from domain.kernel.errors import NotFound
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Processed:
    """What became of a message: its outcome, its reading, and each order of it."""

    message_id: int
    outcome: str
    reading: Reading
    booked: tuple[Booked, ...]


async def process(work: Work, message_id: int, *, again: bool = False) -> Processed | None:
    """Read and book a message. None when it was processed before, unless `again`.

    The message's row is locked, so a message that is handed out twice is booked once."""
    message = await _lock_message(work, message_id)
    if message.outcome != "received" and not again:
        return None
    reading = read(
        message.raw,
        filename=message.filename,
        content_type=message.content_type,
        topic=message.topic,
    )
    channel = await _channel(work, message.channel_id)
    booked = tuple([await _book_one(work, channel, reading, o, message_id) for o in reading.orders])
    outcome = message_outcome(reading, [b.outcome for b in booked])
    await _keep_documents(work, message_id, reading, booked)
    await _finish(work, message, reading, booked, outcome)
    return Processed(message_id, outcome, reading, booked)


async def _book_one(
    work: Work, channel: Row[Any], reading: Reading, order: ParsedOrder, message_id: int
) -> Booked:
    if reading.kind == "not_an_order":
        return Booked(Outcome.REJECTED, None, reading.problems)
    if not reading.may_book(order):
        return Booked(Outcome.EXCEPTION, None, (*reading.problems, *order.problems))
    return await book(work, channel, order, message_id=message_id)


async def _lock_message(work: Work, message_id: int) -> Row[Any]:
    row = await work.row(
        select(*IntakeMessage.__table__.c)
        .where(IntakeMessage.tenant_id == work.tenant_id, IntakeMessage.id == message_id)
        .with_for_update()
    )
    if row is None:
        raise NotFound("message")
    return row


async def _channel(work: Work, channel_id: int) -> Row[Any]:
    row = await work.row(
        select(*Channel.__table__.c).where(
            Channel.tenant_id == work.tenant_id, Channel.id == channel_id
        )
    )
    if row is None:
        raise NotFound("channel")
    return row


async def _keep_documents(
    work: Work, message_id: int, reading: Reading, booked: Sequence[Booked]
) -> None:
    """The latest reading of the message stands; an earlier one (before a replay) goes."""
    await work.execute(
        delete(IntakeDocument).where(
            IntakeDocument.tenant_id == work.tenant_id, IntakeDocument.message_id == message_id
        )
    )
    rows = [
        {
            "tenant_id": work.tenant_id,
            "message_id": message_id,
            "position": position,
            "external_id": order.external_id,
            "external_number": order.external_number,
            "content_hash": content_hash(order),
            "order_id": what.order_id,
            "outcome": what.outcome.value,
            "problems": problems_json((*order.problems, *what.problems)),
            "content": as_json(order),
        }
        for position, (order, what) in enumerate(zip(reading.orders, booked, strict=True))
    ]
    if rows:
        await work.execute(insert(IntakeDocument), rows)


async def _finish(
    work: Work, message: Row[Any], reading: Reading, booked: Sequence[Booked], outcome: str
) -> None:
    own = [*reading.problems, *(p for b in booked for p in b.problems)]
    problems = problems_json(tuple(dict.fromkeys((*reading.all_problems, *own))))
    await work.execute(
        update(IntakeMessage)
        .where(IntakeMessage.tenant_id == work.tenant_id, IntakeMessage.id == message.id)
        .values(
            format=reading.format,
            outcome=outcome,
            problems=problems,
            acknowledgement=reading.acknowledgement,
            processed_at=work.now,
            attempts=IntakeMessage.attempts + 1,
        )
    )
    order_ids = tuple(b.order_id for b in booked if b.order_id is not None)
    work.record(
        MessageProcessed(
            aggregate_id=message.id,
            channel_id=message.channel_id,
            outcome=outcome,
            order_ids=order_ids,
        )
    )
    work.audit(
        "process_message",
        subject="intake_message",
        subject_id=message.id,
        before={"outcome": message.outcome},
        after={"outcome": outcome, "orders": list(order_ids)},
    )
