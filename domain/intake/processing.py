"""A kept message is read, and each order in it booked; the message then says what became of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Row

from domain.channels.models import Channel
from domain.intake.authority import channel_authority
from domain.intake.booking import Booked, book, problems_json
from domain.intake.deletions import understood
from domain.intake.document import ParsedOrder, Reading, as_json, has_errors
from domain.intake.events import MessageProcessed
from domain.intake.formats.registry import read
from domain.intake.halves import FORMATS, Settled, completed, release_waiting_halves
from domain.intake.history import with_history
from domain.intake.locks import lock_ahead
from domain.intake.models import IntakeDocument, IntakeMessage
from domain.intake.policy import (
    Outcome,
    content_hash,
    message_outcome,
    outcome_again,
    outcome_of_both,
)
from domain.intake.returned_documents import take_returns
from domain.intake.settlement_files import take_settlement
from domain.intake.stock_files import take_stock
from domain.intake.supplier_bills import TakenBills, keep_bills, take_bills
from domain.intake.supplier_files import take_supplier
from domain.kernel.errors import NotFound
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Processed:
    """What became of a message: its outcome, its reading, each order of it, and what a supplier
    bills by it."""

    message_id: int
    outcome: str
    reading: Reading
    booked: tuple[Booked, ...]
    bills: TakenBills | None = None


async def process(work: Work, message_id: int, *, waiting: Collection[str]) -> Processed | None:
    """Read and book a message whose outcome is one of `waiting`; None when it is not.

    The message's row is locked, so a message that is handed out twice is booked once. Raises
    NotFound; what is unexpected is raised too, and leaves the message as it was."""
    message = await _lock_message(work, message_id)
    if message.outcome not in waiting:
        return None
    channel = await _channel(work, message.channel_id)
    reading = await _read(work, channel, message)
    taken = await take_stock(work, channel, message, reading)
    taken = taken or await take_supplier(work, channel, message, reading)
    taken = taken or await take_settlement(work, channel, message, reading)
    bills = await take_bills(work, channel, message, reading)
    if bills is not None and not reading.orders:
        return await _finish_bills(work, message, bills, taken)
    if taken is not None:
        outcome, reading = taken
        await _finish(work, message, reading, (), outcome)
        return Processed(message_id, outcome, reading, ())
    returned = await take_returns(work, channel, message, reading)
    if returned is not None:
        await _finish(work, message, returned.reading, returned.booked, returned.outcome)
        return Processed(message_id, returned.outcome, returned.reading, returned.booked)
    await lock_ahead(work, channel, reading.orders)
    with channel_authority(work):
        booked = [await _book_one(work, channel, reading, o, message_id) for o in reading.orders]
    before = await _outcomes_before(work, message_id)
    booked = [_first_time(b, before.get(place)) for place, b in enumerate(booked)]
    outcome = message_outcome(reading, [b.outcome for b in booked])
    await _keep_documents(work, message_id, reading, booked)
    if bills is not None:
        await keep_bills(work, message_id, bills, position=len(booked))
        reading = replace(reading, problems=(*reading.problems, *bills.own_problems))
        outcome = outcome_of_both(outcome, bills.outcome)
    await _finish(work, message, reading, booked, outcome)
    settled = [
        Settled(order.external_id, b.order_id)
        for order, b in zip(reading.orders, booked, strict=True)
        if order.external_id and b.order_id and b.outcome is not Outcome.EXCEPTION
    ]
    if reading.format.startswith("amazon.") or reading.format in FORMATS:
        await release_waiting_halves(work, channel.id, settled, message_id=message_id)
    return Processed(message_id, outcome, reading, tuple(booked), bills)


async def _finish_bills(
    work: Work, message: Row[Any], bills: TakenBills, taken: tuple[str, Reading] | None
) -> Processed:
    """What a supplier bills is kept; `taken` is what else the same document brought."""
    outcome, problems = bills.outcome, bills.all_problems
    if taken is not None:
        outcome = outcome_of_both(taken[0], outcome)
        problems = (*taken[1].all_problems, *problems)
    reading = Reading(bills.format, "not_an_order", (), problems, bills.acknowledgement)
    await keep_bills(work, message.id, bills, position=0)
    await _finish(work, message, reading, (), outcome, earlier=bills.first_id)
    return Processed(message.id, outcome, reading, (), bills)


async def _read(work: Work, channel: Row[Any], message: Row[Any]) -> Reading:
    reading = read(
        message.raw,
        filename=message.filename,
        content_type=message.content_type,
        topic=message.topic,
    )
    reading = await understood(work, channel, reading, message.raw)
    orders = await completed(work, channel.id, reading.orders, message_id=message.id)
    reading = replace(reading, orders=orders)
    orders = await with_history(work, channel.id, reading, message_id=message.id)
    whole = replace(reading, orders=orders)
    mended = reading.kind == "faulty" and not has_errors(whole.all_problems)
    return replace(whole, kind="order") if mended else whole


async def _book_one(
    work: Work, channel: Row[Any], reading: Reading, order: ParsedOrder, message_id: int
) -> Booked:
    if reading.kind == "not_an_order":
        return Booked(Outcome.REJECTED, None, reading.problems)
    if not reading.may_book(order):
        return Booked(Outcome.EXCEPTION, None, (*reading.problems, *order.problems))
    return await book(work, channel, order, message_id=message_id)


async def _outcomes_before(work: Work, message_id: int) -> dict[int, Row[Any]]:
    """What became of the orders of the message when it was processed before, by position."""
    rows = await work.rows(
        select(IntakeDocument.position, IntakeDocument.outcome, IntakeDocument.order_id).where(
            IntakeDocument.tenant_id == work.tenant_id, IntakeDocument.message_id == message_id
        )
    )
    return {row.position: row for row in rows}


def _first_time(booked: Booked, before: Row[Any] | None) -> Booked:
    if before is None or before.order_id != booked.order_id:
        return booked
    return replace(booked, outcome=outcome_again(booked.outcome, Outcome(before.outcome)))


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
    work: Work,
    message: Row[Any],
    reading: Reading,
    booked: Sequence[Booked],
    outcome: str,
    *,
    earlier: int | None = None,
) -> None:
    problems = (*reading.all_problems, *(p for b in booked for p in b.problems))
    order_ids = tuple(dict.fromkeys(b.order_id for b in booked if b.order_id is not None))
    if outcome == "duplicate" and order_ids:
        earlier = await _message_before(work, message.id, order_ids)
    await work.execute(
        update(IntakeMessage)
        .where(IntakeMessage.tenant_id == work.tenant_id, IntakeMessage.id == message.id)
        .values(
            format=reading.format,
            outcome=outcome,
            problems=problems_json(problems),
            duplicate_of_id=earlier if outcome == "duplicate" else None,
            acknowledgement=reading.acknowledgement,
            processed_at=work.now,
            attempts=IntakeMessage.attempts + 1,
        )
    )
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


async def _message_before(work: Work, message_id: int, order_ids: Collection[int]) -> int | None:
    """The first message about these orders, if it came before this one."""
    first: int | None = await work.value(
        select(func.min(IntakeDocument.message_id)).where(
            IntakeDocument.tenant_id == work.tenant_id,
            IntakeDocument.order_id.in_(order_ids),
            IntakeDocument.message_id < message_id,
        )
    )
    return first
