"""One order of a document becomes an order of ours, changes one, or waits with its reason."""

import re
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.exc import DBAPIError

from domain.allocation.operations.cancel_order import cancel_order
from domain.allocation.placing import PlacedOrder, place
from domain.intake.amending import amend
from domain.intake.document import ParsedOrder, Problem
from domain.intake.mapping import map_order
from domain.intake.models import IntakeDocument
from domain.intake.policy import (
    Existing,
    Known,
    Outcome,
    compare,
    content_hash,
    is_withdrawn,
    payment_state,
)
from domain.kernel.errors import Expected, Refusal
from domain.kernel.work import Work
from domain.orders.capture import existing_orders
from domain.orders.locking import lock_order
from domain.orders.operations import set_payment_state
from domain.orders.sources import note_source

CANCELLED = "cancelled by the source"
FOLLOWED = (Outcome.ACCEPTED.value, Outcome.AMENDED.value)
# What PostgreSQL answers to a value that it cannot keep: to try again would not help.
_DATA_FAULT = "22"


@dataclass(frozen=True, slots=True)
class Booked:
    """What became of one order of a document."""

    outcome: Outcome
    order_id: int | None = None
    problems: tuple[Problem, ...] = ()


async def book(work: Work, channel: Row[Any], order: ParsedOrder, *, message_id: int) -> Booked:
    """Book one sound order for its channel, in a savepoint of its own.

    A refusal by the business becomes an exception with its reason; what it wrote is undone.
    Anything unexpected is raised: the message is tried again."""
    try:
        async with work.attempt():
            return await _book(work, channel, order, message_id)
    except (Expected, Refusal) as refused:
        return _refused(order, refused)
    except DBAPIError as error:
        if not str(getattr(error.orig, "sqlstate", "")).startswith(_DATA_FAULT):
            raise
        return Booked(Outcome.EXCEPTION, None, (_not_storable(order),))


async def _book(work: Work, channel: Row[Any], order: ParsedOrder, message_id: int) -> Booked:
    external_id = order.external_id or order.external_number
    if external_id is None:
        return Booked(Outcome.EXCEPTION, None, (_unnamed(order),))
    key = (channel.id, external_id)
    known = (await existing_orders(work, [key])).get(key)
    if known is not None:
        if _lacks_its_order(order):
            return Booked(Outcome.EXCEPTION, known.order_id, (_original_unknown(order),))
        return await _follow(work, channel, order, known.order_id, message_id)
    if order.purpose in ("change", "cancel"):
        return Booked(Outcome.EXCEPTION, None, (_unknown_order(order),))
    if channel.status != "active":
        return Booked(Outcome.EXCEPTION, None, (_channel_closed(order, channel.code),))
    return await _place(work, channel, order, message_id)


async def _place(work: Work, channel: Row[Any], order: ParsedOrder, message_id: int) -> Booked:
    mapped = await map_order(work, channel, order, message_id=message_id)
    if mapped.order is None:
        return Booked(Outcome.EXCEPTION, None, mapped.problems)
    (placed,) = await place(work, [mapped.order])
    if not isinstance(placed, PlacedOrder):
        raise placed
    if not placed.is_new:
        # Another transaction placed it while this one was mapping.
        return await _follow(work, channel, order, placed.order_id, message_id)
    if is_withdrawn(order):
        # Kept as an order, so that its earlier documents, still to come, find it cancelled.
        await cancel_order(work, order_id=placed.order_id, reason=CANCELLED)
    return Booked(Outcome.ACCEPTED, placed.order_id, mapped.problems)


async def _follow(
    work: Work, channel: Row[Any], order: ParsedOrder, order_id: int, message_id: int
) -> Booked:
    """A document about an order we have: nothing new, a cancellation, or a change of it.

    The order is locked first: of two documents at once the second is compared with what the
    first made of it."""
    ours = await lock_order(work, order_id)
    # Payment is a fact that never goes back, so it counts from an older document too, and from
    # one whose change is refused.
    await set_payment_state(work, order_id=order_id, payment_state=payment_state(order))
    brings = compare(order, Known(ours.content_hash, ours.source_version))
    if brings is Existing.CHANGED and await _was_followed(work, order, ours):
        brings = Existing.OLDER
    if brings is Existing.OLDER:
        return Booked(Outcome.SUPERSEDED, order_id)
    if brings is Existing.SAME or (brings is Existing.CANCELLED and ours.status == "cancelled"):
        if (version := order.source_version) is not None:
            await note_source(work, order_id=order_id, content_hash=None, source_version=version)
        return Booked(Outcome.DUPLICATE, order_id)
    try:
        async with work.attempt():
            return await _change(work, channel, order, brings, order_id, message_id)
    except (Expected, Refusal) as refused:
        return _refused(order, refused, order_id=order_id)


async def _was_followed(work: Work, order: ParsedOrder, ours: Row[Any]) -> bool:
    """Whether a document with no newer version is one that the order followed once.

    Then it is sent again late, and does not take back what came since."""
    if (
        order.changed
        or order.purpose != "original"
        or order.source_version not in (None, ours.source_version)
    ):
        return False
    known = await work.value(
        select(IntakeDocument.id)
        .where(
            IntakeDocument.tenant_id == work.tenant_id,
            IntakeDocument.order_id == ours.id,
            IntakeDocument.content_hash == content_hash(order),
            IntakeDocument.outcome.in_(FOLLOWED),
        )
        .limit(1)
    )
    return known is not None


async def _change(
    work: Work,
    channel: Row[Any],
    order: ParsedOrder,
    brings: Existing,
    order_id: int,
    message_id: int,
) -> Booked:
    problems: tuple[Problem, ...] = ()
    if brings is Existing.CANCELLED:
        await cancel_order(work, order_id=order_id, reason=CANCELLED)
    else:
        amended = await amend(work, channel, order, order_id=order_id, message_id=message_id)
        if not amended.done:
            return Booked(Outcome.EXCEPTION, order_id, amended.problems)
        problems = amended.problems
    await note_source(
        work,
        order_id=order_id,
        content_hash=content_hash(order),
        source_version=order.source_version,
    )
    return Booked(Outcome.AMENDED, order_id, problems)


def _lacks_its_order(order: ParsedOrder) -> bool:
    """Whether it is a change, of an order that is here without a document that it changes."""
    return order.change is not None and order.changed is None and not order.cancelled


def _original_unknown(order: ParsedOrder) -> Problem:
    return Problem(
        "original_unknown",
        order.path,
        f"The order {order.external_number} did not come as a document, so no change of it is "
        "followed.",
        "Amend the order here by hand.",
    )


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


def _channel_closed(order: ParsedOrder, channel: str) -> Problem:
    return Problem(
        "channel_closed",
        order.path,
        f"The channel {channel} was closed before the order was booked.",
        "Open the channel again, then replay.",
    )


def _not_storable(order: ParsedOrder) -> Problem:
    return Problem(
        "value_not_storable",
        order.path,
        "A value of the order is too large or too long to be kept.",
        "Have the source correct it.",
    )


def _refused(
    order: ParsedOrder, refused: Expected | Refusal, *, order_id: int | None = None
) -> Booked:
    code = re.sub(r"(?<!^)(?=[A-Z])", "_", type(refused).__name__).lower()
    problem = Problem(code, order.path, refused.message, "Mend what it says, then replay.")
    return Booked(Outcome.EXCEPTION, order_id, (problem,))


def problems_json(problems: tuple[Problem, ...]) -> list[dict[str, Any]]:
    """Problems as they are kept and shown, each once."""
    return [asdict(problem) for problem in dict.fromkeys(problems)]
