"""Orders that come as two messages: an order and its items (Amazon, tables), in either order.

The first half waits with its reason; when the other comes, the whole is booked by itself."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, select, update

from domain.intake.document import ParsedOrder
from domain.intake.drafts import lock_channel
from domain.intake.events import MessageProcessed
from domain.intake.formats.amazon.joining import join
from domain.intake.formats.exported.api_tables import HALVES
from domain.intake.formats.registry import read
from domain.intake.models import IntakeDocument, IntakeMessage
from domain.intake.policy import Outcome, outcome_of_all
from domain.kernel.work import Work

WITHOUT_ITEMS, WITHOUT_ORDER = "items_missing", "order_missing"
LACKING = frozenset({WITHOUT_ITEMS, WITHOUT_ORDER})
FORMATS = frozenset(half.format for half in HALVES)
MOST_MESSAGES = 500


async def completed(
    work: Work, channel_id: int, orders: Sequence[ParsedOrder], *, message_id: int
) -> tuple[ParsedOrder, ...]:
    """The orders, each half among them joined with what other messages brought of it."""
    halves = {order.external_id for order in orders if _is_half(order)} - {None}
    if not halves:
        return tuple(orders)
    # Two halves at once would not see each other; one of them goes first.
    await lock_channel(work, channel_id)
    found = await _other_parts(work, channel_id, halves, message_id)
    return tuple(_joined(o, found) if _is_half(o) else o for o in orders)


def _is_half(order: ParsedOrder) -> bool:
    return order.format in FORMATS and _lacks(order, *LACKING)


def _lacks(order: ParsedOrder, *codes: str) -> bool:
    return any(problem.code in codes for problem in order.problems)


async def _other_parts(
    work: Work, channel_id: int, external_ids: Iterable[str | None], message_id: int
) -> dict[str | None, list[ParsedOrder]]:
    """What other messages say of these orders, the newest message first."""
    rows = await work.rows(
        select(IntakeMessage.id, IntakeMessage.raw, IntakeMessage.filename)
        .where(
            IntakeMessage.tenant_id == work.tenant_id,
            IntakeMessage.channel_id == channel_id,
            IntakeMessage.id != message_id,
            IntakeMessage.id.in_(
                select(IntakeDocument.message_id).where(
                    IntakeDocument.tenant_id == work.tenant_id,
                    IntakeDocument.external_id.in_(list(external_ids)),
                )
            ),
        )
        .order_by(IntakeMessage.id.desc())
        .limit(MOST_MESSAGES)
    )
    found: dict[str | None, list[ParsedOrder]] = defaultdict(list)
    for row in rows:
        for order in read(row.raw, filename=row.filename).orders:
            found[order.external_id].append(order)
    return found


def _joined(order: ParsedOrder, found: dict[str | None, list[ParsedOrder]]) -> ParsedOrder:
    others = found.get(order.external_id, [])
    if _lacks(order, WITHOUT_ITEMS):
        items = next((other for other in others if other.lines), None)
        return (join(order, items) if items is not None else None) or order
    headers = [other for other in others if not _lacks(other, WITHOUT_ORDER)]
    if not headers:
        return order
    latest = max(headers, key=lambda header: header.source_version or "")
    return join(replace(latest, lines=()), order) or order


@dataclass(frozen=True, slots=True)
class Settled:
    """An order of a message that is booked now, and its external id."""

    external_id: str
    order_id: int


async def release_waiting_halves(
    work: Work, channel_id: int, settled: Sequence[Settled], *, message_id: int
) -> None:
    """Halves of these orders that wait in other messages wait no longer."""
    order_ids = {each.external_id: each.order_id for each in settled}
    if not order_ids:
        return
    documents = await _documents_beside(work, channel_id, order_ids, message_id)
    booked = {
        document.id: order_ids[document.external_id]
        for document in documents
        if document.external_id in order_ids and _only_lacks(document)
    }
    if booked:
        await _release(work, list(booked.items()))
        await _tell_messages(work, channel_id, documents, booked)


def _only_lacks(document: Any) -> bool:
    errors = {p["code"] for p in document.problems if p["severity"] == "error"}
    return document.outcome == Outcome.EXCEPTION and bool(errors) and errors <= LACKING


async def _documents_beside(
    work: Work, channel_id: int, external_ids: Iterable[str], message_id: int
) -> Sequence[Any]:
    """All documents of the other messages that wait and have one of these orders."""
    waiting = (
        select(IntakeMessage.id)
        .join(
            IntakeDocument,
            (IntakeDocument.tenant_id == IntakeMessage.tenant_id)
            & (IntakeDocument.message_id == IntakeMessage.id),
        )
        .where(
            IntakeMessage.tenant_id == work.tenant_id,
            IntakeMessage.channel_id == channel_id,
            IntakeMessage.id != message_id,
            IntakeMessage.outcome == "exception",
            IntakeDocument.external_id.in_(list(external_ids)),
        )
    )
    return await work.rows(
        select(*IntakeDocument.__table__.c)
        .where(IntakeDocument.tenant_id == work.tenant_id, IntakeDocument.message_id.in_(waiting))
        .order_by(IntakeDocument.message_id, IntakeDocument.position)
    )


async def _release(work: Work, booked: Sequence[tuple[int, int]]) -> None:
    await work.execute(
        update(IntakeDocument)
        .where(
            IntakeDocument.tenant_id == work.tenant_id,
            IntakeDocument.id == bindparam("document_id"),
        )
        .values(outcome=Outcome.ACCEPTED.value, order_id=bindparam("booked_id"), problems=[]),
        [{"document_id": document_id, "booked_id": booked_id} for document_id, booked_id in booked],
    )


async def _tell_messages(
    work: Work, channel_id: int, documents: Sequence[Any], booked: Mapping[int, int]
) -> None:
    """Bring the messages to what their documents say now; `booked`: order ids by document id."""
    by_message: dict[int, list[Any]] = defaultdict(list)
    for document in documents:
        by_message[document.message_id].append(document)
    rows = [_message_row(message_id, own, booked) for message_id, own in by_message.items()]
    await work.execute(
        update(IntakeMessage)
        .where(
            IntakeMessage.tenant_id == work.tenant_id,
            IntakeMessage.id == bindparam("known_id"),
        )
        .values(outcome=bindparam("now"), problems=bindparam("left"), processed_at=work.now),
        rows,
    )
    for row in rows:
        order_ids = [booked[d.id] for d in by_message[row["known_id"]] if d.id in booked]
        _tell(work, channel_id, row["known_id"], row["now"], order_ids)


def _message_row(message_id: int, own: Sequence[Any], booked: Mapping[int, int]) -> dict[str, Any]:
    outcomes = [Outcome.ACCEPTED if d.id in booked else Outcome(d.outcome) for d in own]
    left = [p for d in own if d.id not in booked for p in d.problems]
    return {"known_id": message_id, "now": outcome_of_all(outcomes), "left": left}


def _tell(work: Work, channel_id: int, message_id: int, outcome: str, order_ids: list[int]) -> None:
    work.record(
        MessageProcessed(
            aggregate_id=message_id,
            channel_id=channel_id,
            outcome=outcome,
            order_ids=tuple(order_ids),
        )
    )
    work.audit(
        "release_waiting_half",
        subject="intake_message",
        subject_id=message_id,
        before={"outcome": "exception"},
        after={"outcome": outcome, "orders": order_ids},
    )
