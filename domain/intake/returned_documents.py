"""A document of a return or a refund that came in becomes a return of its order, or waits."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item, ItemIdentifier
from domain.intake.booking import Booked, problems_json
from domain.intake.document import Problem, Reading, decimal_text
from domain.intake.formats.returned.notice import ReturnedRow, ReturnNotice
from domain.intake.formats.returned.reading import READERS, read_returns
from domain.intake.models import IntakeDocument
from domain.intake.policy import Outcome, outcome_of_all
from domain.intake.returned_problems import (
    cancelled,
    nothing_told,
    other_currency,
    other_money,
    refused,
    unknown_line,
    unknown_order,
)
from domain.kernel.errors import Expected
from domain.kernel.money import to_minor
from domain.kernel.work import Work
from domain.orders.known import existing_orders
from domain.orders.locking import lock_orders
from domain.orders.models import SalesOrderLine
from domain.returns.asked import order_lines
from domain.returns.policies.crediting import Part
from domain.returns.told import Told, ToldLine, existing_return, take_told_return


@dataclass(frozen=True, slots=True)
class TakenReturns:
    """What became of a message that tells of returns."""

    outcome: str
    reading: Reading
    booked: tuple[Booked, ...]


async def take_returns(
    work: Work, channel: Row[Any], message: Row[Any], reading: Reading
) -> TakenReturns | None:
    """Make returns of what a document tells; None for a document that tells of none.

    One whose order is not here, or has not left, waits with its reason; one that was told before
    is a duplicate."""
    if reading.kind != "not_an_order" or reading.format not in READERS:
        return None
    notices = read_returns(reading.format, message.raw)
    if not notices:
        return None
    known = await _known_orders(work, channel, notices)
    booked = [await _take(work, channel, message.id, each, known) for each in notices]
    booked = await _as_before(work, message.id, booked)
    await _keep(work, message.id, notices, booked)
    problems = tuple(problem for each in booked for problem in each.problems)
    told = Reading(reading.format, "not_an_order", problems=problems)
    outcome = outcome_of_all([each.outcome for each in booked])
    # The problems stand in the reading: the message is told them once.
    plain = tuple(Booked(each.outcome, each.order_id) for each in booked)
    return TakenReturns(outcome, told, plain)


async def _known_orders(
    work: Work, channel: Row[Any], notices: Sequence[ReturnNotice]
) -> dict[str | None, int]:
    """The orders that are here, by the source's ids of them; they are locked, so that one return
    told twice at once is seen by the second."""
    keys = [(channel.id, each.order_id) for each in notices if each.order_id is not None]
    found = await existing_orders(work, keys)
    await lock_orders(work, [each.order_id for each in found.values()])
    return {external_id: each.order_id for (_, external_id), each in found.items()}


async def _take(
    work: Work,
    channel: Row[Any],
    message_id: int,
    notice: ReturnNotice,
    known: dict[str | None, int],
) -> Booked:
    if notice.is_cancelled:
        return Booked(Outcome.REJECTED, None, (cancelled(notice),))
    order_id = known.get(notice.order_id)
    if order_id is None:
        return Booked(Outcome.EXCEPTION, None, (unknown_order(notice),))
    external_id = f"{notice.format}:{notice.external_id}"
    if await existing_return(work, channel.id, external_id) is not None:
        return Booked(Outcome.DUPLICATE, order_id)
    lines = await order_lines(work, SalesOrderLine.order_id == order_id)
    told, problems = await _told_lines(work, notice, list(lines.values()))
    if any(problem.severity == "error" for problem in problems):
        return Booked(Outcome.EXCEPTION, order_id, tuple(problems))
    currency = next((row.currency for row in lines.values()), "")
    wanted = Told(
        order_id=order_id,
        external_id=external_id,
        channel_id=channel.id,
        message_id=message_id,
        lines=told,
        shipping_minor=to_minor(notice.shipping, currency),
        reason=notice.reason,
        note=notice.reference or notice.reason,
    )
    if not told and not wanted.shipping_minor:
        return Booked(Outcome.REJECTED, order_id, (nothing_told(notice), *problems))
    return await _write(work, notice, wanted, problems)


async def _write(
    work: Work, notice: ReturnNotice, told: Told, problems: Sequence[Problem]
) -> Booked:
    try:
        async with work.attempt():
            await take_told_return(work, told)
    except Expected as refusal:
        code = "not_shipped" if type(refusal).__name__ == "ReturnedTooMuch" else "over_credited"
        return Booked(
            Outcome.EXCEPTION,
            told.order_id,
            (refused(notice, code, refusal.message),),
        )
    return Booked(Outcome.ACCEPTED, told.order_id, tuple(problems))


async def _told_lines(
    work: Work, notice: ReturnNotice, lines: Sequence[Row[Any]]
) -> tuple[list[ToldLine], list[Problem]]:
    items = await _items(work, [row.code for row in notice.rows if row.code], lines)
    told: list[ToldLine] = []
    problems: list[Problem] = []
    if notice.other:
        problems.append(other_money(notice))
    for row in notice.rows:
        if row.was_cancelled or not row.quantity:
            continue
        line = _line(row, lines, items)
        if line is None:
            problems.append(unknown_line(row))
            continue
        part = None
        if notice.pays:
            part = Part(
                to_minor(row.net or Decimal(0), line.currency),
                to_minor(row.tax or Decimal(0), line.currency),
            )
        told.append(
            ToldLine(order_line=line, quantity=row.quantity, part=part, comes_back=row.comes_back)
        )
        if notice.currency not in (None, line.currency):
            problems.append(other_currency(notice, line.currency))
    return told, problems


def _line(row: ReturnedRow, lines: Sequence[Row[Any]], items: dict[str, int]) -> Row[Any] | None:
    """The order's line: by the source's own, else by the item."""
    for line in lines:
        if row.line is not None and line.external_line == row.line:
            return line
    if row.line is not None and any(line.external_line for line in lines):
        return None
    return next((line for line in lines if row.code and items.get(row.code) == line.item_id), None)


async def _items(work: Work, codes: Sequence[str], lines: Sequence[Row[Any]]) -> dict[str, int]:
    """The items of an order by the codes that the document names."""
    if not codes:
        return {}
    ids = {line.item_id for line in lines}
    by_sku = await work.rows(
        select(Item.sku, Item.id).where(
            Item.tenant_id == work.tenant_id, Item.id.in_(ids), Item.sku.in_(codes)
        )
    )
    by_code = await work.rows(
        select(ItemIdentifier.value, ItemIdentifier.item_id).where(
            ItemIdentifier.tenant_id == work.tenant_id,
            ItemIdentifier.item_id.in_(ids),
            ItemIdentifier.value.in_(codes),
        )
    )
    return {row.value: row.item_id for row in by_code} | {row.sku: row.id for row in by_sku}


async def _as_before(work: Work, message_id: int, booked: Sequence[Booked]) -> list[Booked]:
    """What is a duplicate of what this very message made before was accepted."""
    rows = await work.rows(
        select(IntakeDocument.position, IntakeDocument.outcome).where(
            IntakeDocument.tenant_id == work.tenant_id, IntakeDocument.message_id == message_id
        )
    )
    before = {row.position: row.outcome for row in rows}
    return [
        Booked(Outcome.ACCEPTED, each.order_id, each.problems)
        if each.outcome is Outcome.DUPLICATE and before.get(place) == Outcome.ACCEPTED
        else each
        for place, each in enumerate(booked)
    ]


async def _keep(
    work: Work, message_id: int, notices: Sequence[ReturnNotice], booked: Sequence[Booked]
) -> None:
    """What was read of the message, return by return: under the id of the order, by which it is
    found when that comes."""
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
            "external_id": notice.order_id,
            "external_number": notice.external_id,
            "content_hash": hashlib.sha256(repr(notice).encode()).hexdigest(),
            "order_id": each.order_id,
            "outcome": each.outcome.value,
            "problems": problems_json(each.problems),
            "content": _content(notice),
        }
        for position, (notice, each) in enumerate(zip(notices, booked, strict=True))
    ]
    await work.execute(insert(IntakeDocument), rows)


def _content(notice: ReturnNotice) -> dict[str, Any]:
    return {
        "return": notice.external_id,
        "order": notice.order_id,
        "currency": notice.currency,
        "shipping": decimal_text(notice.shipping),
        "lines": [
            {
                "line": row.line,
                "code": row.code,
                "quantity": decimal_text(row.quantity),
                "net": decimal_text(row.net),
                "tax": decimal_text(row.tax),
                "comes_back": row.comes_back,
            }
            for row in notice.rows
        ],
    }
