"""What earlier documents said of the orders in a message, so that a change of one is followed."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import islice

from sqlalchemy import ColumnElement, or_, select

from domain.intake.changing import Told, joined
from domain.intake.document import ParsedOrder, Reading
from domain.intake.formats.registry import read
from domain.intake.models import IntakeDocument, IntakeMessage
from domain.intake.policy import Outcome
from domain.kernel.work import Work
from domain.orders.capture import existing_orders
from domain.orders.locking import lock_orders

MOST_MESSAGES = 500
_FAMILIES = ("x12.", "edifact.", "ubl.", "orderx.", "cxml.")
_FOLLOWED = (Outcome.ACCEPTED, Outcome.AMENDED, Outcome.DUPLICATE, Outcome.SUPERSEDED)


def in_families() -> ColumnElement[bool]:
    """That a message is of a format in which orders are changed by further documents."""
    return or_(*(IntakeMessage.format.like(f"{family}%") for family in _FAMILIES))


async def with_history(
    work: Work, channel_id: int, reading: Reading, *, message_id: int
) -> tuple[ParsedOrder, ...]:
    """The orders of a reading, each joined with the changes of it that were followed, and each
    change with the order that it changes.

    The orders that are here are locked first: of two changes at once the second sees the first."""
    own: dict[str, list[Told]] = defaultdict(list)
    for place, order in enumerate(reading.orders):
        if order.external_id and order.format.startswith(_FAMILIES) and reading.may_book(order):
            own[order.external_id].append(Told(order, message_id, place))
    if not own:
        return reading.orders
    known = await existing_orders(work, [(channel_id, each) for each in sorted(own)])
    if known:
        await lock_orders(work, [found.order_id for found in known.values()])
    told = await _told_before(work, channel_id, own, message_id)
    orders = list(reading.orders)
    for external_id, among in own.items():
        for each in among:
            orders[each.position] = _joined(each, among, told[external_id])
    return tuple(orders)


def _joined(current: Told, among: Sequence[Told], before: Sequence[Told]) -> ParsedOrder:
    """A document with what came before it, in other messages and in its own; a change also with
    its order if that stands behind it."""
    others = [*before, *(each for each in among if each.position < current.position)]
    if current.is_change and all(each.is_change for each in others):
        others += [each for each in among if not each.is_change]
    return joined(current, others)


async def _told_before(
    work: Work, channel_id: int, external_ids: Collection[str], message_id: int
) -> dict[str, list[Told]]:
    """What the other messages said of these orders, as far as it was followed."""
    rows = await work.rows(
        select(IntakeDocument.message_id, IntakeDocument.position, IntakeMessage.content_hash)
        .join(
            IntakeMessage,
            (IntakeMessage.tenant_id == IntakeDocument.tenant_id)
            & (IntakeMessage.id == IntakeDocument.message_id),
        )
        .where(
            IntakeDocument.tenant_id == work.tenant_id,
            IntakeDocument.external_id.in_(list(external_ids)),
            IntakeDocument.outcome.in_([each.value for each in _FOLLOWED]),
            IntakeMessage.channel_id == channel_id,
            IntakeMessage.id != message_id,
            in_families(),
        )
        .order_by(IntakeDocument.message_id, IntakeDocument.position)
    )
    # What came twice to the letter says nothing more.
    first: dict[str, int] = {}
    places: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        if first.setdefault(row.content_hash, row.message_id) == row.message_id:
            places[row.message_id].append(row.position)
    return await _read_again(work, dict(islice(places.items(), MOST_MESSAGES)))


async def _read_again(work: Work, places: Mapping[int, list[int]]) -> dict[str, list[Told]]:
    """The orders at these places of messages, by their external id."""
    found: dict[str, list[Told]] = defaultdict(list)
    if not places:
        return found
    messages = await work.rows(
        select(IntakeMessage.id, IntakeMessage.raw, IntakeMessage.filename)
        .where(IntakeMessage.tenant_id == work.tenant_id, IntakeMessage.id.in_(list(places)))
        .order_by(IntakeMessage.id)
    )
    for message in messages:
        orders = read(message.raw, filename=message.filename).orders
        for place in places[message.id]:
            order = orders[place] if place < len(orders) else None
            if order is not None and order.external_id is not None:
                found[order.external_id].append(Told(order, message.id, place))
    return found
