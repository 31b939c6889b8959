"""One order of a document becomes an order of ours, changes one, or waits with its reason."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.engine import Row

from domain.allocation.operations.cancel_order import cancel_order
from domain.allocation.placing import PlacedOrder, place
from domain.intake.amending import amend
from domain.intake.document import ParsedOrder, Problem
from domain.intake.mapping import map_order
from domain.intake.policy import (
    Existing,
    Known,
    Outcome,
    compare,
    content_hash,
    payment_state,
)
from domain.kernel.errors import Expected, Refusal
from domain.kernel.work import Work
from domain.orders.capture import Existing as ExistingOrder
from domain.orders.capture import existing_orders
from domain.orders.operations import set_payment_state
from domain.orders.sources import note_source

CANCELLED = "cancelled by the source"


@dataclass(frozen=True, slots=True)
class Booked:
    """What became of one order of a document."""

    outcome: Outcome
    order_id: int | None = None
    problems: tuple[Problem, ...] = ()


async def book(work: Work, channel: Row[Any], order: ParsedOrder, *, message_id: int) -> Booked:
    """Book one sound order for its channel, in a savepoint of its own.

    A refusal by the business becomes an exception with its reason; what it wrote is undone."""
    try:
        async with work.attempt():
            return await _book(work, channel, order, message_id)
    except (Expected, Refusal) as refused:
        return _refused(order, refused)


async def _book(work: Work, channel: Row[Any], order: ParsedOrder, message_id: int) -> Booked:
    external_id = order.external_id or order.external_number
    if external_id is None:
        return Booked(Outcome.EXCEPTION, None, (_unnamed(order),))
    key = (channel.id, external_id)
    known = (await existing_orders(work, [key])).get(key)
    if known is not None:
        return await _follow(work, channel, order, known, message_id)
    if order.purpose in ("change", "cancel"):
        return Booked(Outcome.EXCEPTION, None, (_unknown_order(order),))
    mapped = await map_order(work, channel, order, message_id=message_id)
    if mapped.order is None:
        return Booked(Outcome.EXCEPTION, None, mapped.problems)
    (placed,) = await place(work, [mapped.order])
    if not isinstance(placed, PlacedOrder):
        raise placed
    if not placed.is_new:
        # Another transaction placed it while this one was mapping.
        return await _follow(work, channel, order, placed, message_id)
    if order.cancelled:
        await cancel_order(work, order_id=placed.order_id, reason=CANCELLED)
    return Booked(Outcome.ACCEPTED, placed.order_id)


async def _follow(
    work: Work,
    channel: Row[Any],
    order: ParsedOrder,
    known: ExistingOrder | PlacedOrder,
    message_id: int,
) -> Booked:
    """A document about an order we have: nothing new, a cancellation, or a change of it."""
    order_id = known.order_id
    brings = compare(order, Known(known.content_hash, known.source_version))
    # Payment is a fact that never goes back, so it counts from an older document too.
    await set_payment_state(work, order_id=order_id, payment_state=payment_state(order))
    if brings is Existing.OLDER:
        return Booked(Outcome.SUPERSEDED, order_id)
    if brings is Existing.SAME or (brings is Existing.CANCELLED and known.status == "cancelled"):
        await note_source(
            work, order_id=order_id, content_hash=None, source_version=order.source_version
        )
        return Booked(Outcome.DUPLICATE, order_id)
    if brings is Existing.CANCELLED:
        await cancel_order(work, order_id=order_id, reason=CANCELLED)
    else:
        problems = await amend(work, channel, order, order_id=order_id, message_id=message_id)
        if problems:
            return Booked(Outcome.EXCEPTION, order_id, problems)
    await note_source(
        work,
        order_id=order_id,
        content_hash=content_hash(order),
        source_version=order.source_version,
    )
    return Booked(Outcome.AMENDED, order_id)


def _unnamed(order: ParsedOrder) -> Problem:
    return Problem(
        "order_number_missing",
        order.path,
        "The order has neither an id nor a number, so a repetition could not be told.",
        "Have the source send its order number.",
    )


def _unknown_order(order: ParsedOrder) -> Problem:
    return Problem(
        "order_unknown",
        order.path,
        f"The document changes the order {order.external_number}, which is not here.",
        "Send the original order, then replay this message.",
    )


def _refused(order: ParsedOrder, refused: Expected | Refusal) -> Booked:
    code = "".join(f"_{c.lower()}" if c.isupper() else c for c in type(refused).__name__).lstrip(
        "_"
    )
    message = refused.message
    problem = Problem(code, order.path, message, "Mend what it says, then replay.")
    return Booked(Outcome.EXCEPTION, None, (problem,))


def problems_json(problems: tuple[Problem, ...]) -> list[dict[str, Any]]:
    """Problems as they are kept and shown."""
    return [asdict(problem) for problem in problems]
