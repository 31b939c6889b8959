"""A supplier's document that came in answers purchase orders, or says what was sent of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.entities.models import Party
from domain.entities.party_lookup import find_party
from domain.intake.authority import channel_authority
from domain.intake.document import Problem, Reading
from domain.intake.formats.supplying.reading import read_supplier
from domain.intake.formats.supplying.words import SupplierAnswer, SupplierNotice, Told
from domain.intake.models import IntakeMessage
from domain.intake.supplier_lines import answered_lines, sent_lines
from domain.kernel.errors import Expected, Refusal
from domain.kernel.turns import take_turn
from domain.kernel.work import Work
from domain.procurement.models import PurchaseConfirmation, PurchaseOrder, ShipNotice
from domain.procurement.operations.confirming import confirm_purchase_order
from domain.procurement.operations.shipping import ship_purchase_order
from domain.procurement.policies.states import UNDER_WAY
from domain.procurement.rows import lock_order

DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class _Found:
    told: Told
    order: Row[Any]


async def take_supplier(
    work: Work, channel: Row[Any], message: Row[Any], reading: Reading
) -> tuple[str, Reading] | None:
    """Take up what a supplier's document tells; the message's outcome and reading then. None for a
    document that is none.

    Each purchase order is taken up by itself: what is wrong with one waits with its reason, and
    the others are done. The same document again, and a replay, do nothing twice."""
    told = read_supplier(message.raw) if reading.kind == "not_an_order" else []
    if not told:
        return None
    as_told = Reading(told[0].format, "not_an_order")
    if await _was_taken(work, message):
        return "duplicate", as_told
    problems: list[Problem] = []
    for each in told:
        problems += await _take(work, channel, message, each)
    outcome = "exception" if problems else "accepted"
    return outcome, Reading(told[0].format, "not_an_order", problems=tuple(problems))


async def _was_taken(work: Work, message: Row[Any]) -> bool:
    # Come twice at once, neither would see what the other did: the same content takes turns.
    await take_turn(work, f"document {message.channel_id} {message.content_hash}")
    m = IntakeMessage
    earlier = select(m.id).where(
        m.tenant_id == work.tenant_id,
        m.channel_id == message.channel_id,
        m.content_hash == message.content_hash,
        m.id < message.id,
        m.outcome == "accepted",
    )
    return await work.value(earlier.limit(1)) is not None


async def _take(work: Work, channel: Row[Any], message: Row[Any], told: Told) -> list[Problem]:
    order = await _order(work, told)
    if order is None:
        return [_unknown_order(told)]
    if not await _is_its_suppliers(work, channel, told, order.supplier_id):
        return [_of_another(told, channel)]
    try:
        async with work.attempt():
            with channel_authority(work):
                if isinstance(told, SupplierAnswer):
                    return await _answer(work, channel, message, _Found(told, order))
                return await _ship(work, channel, _Found(told, order))
    except (Expected, Refusal) as refused:
        return [_refused(told, refused)]


async def _order(work: Work, told: Told) -> Row[Any] | None:
    """The order of that number that was sent to its supplier."""
    return await work.row(
        select(PurchaseOrder.id, PurchaseOrder.number, PurchaseOrder.supplier_id).where(
            PurchaseOrder.tenant_id == work.tenant_id,
            PurchaseOrder.number == told.order.strip(),
            PurchaseOrder.status != DRAFT,
        )
    )


async def _is_its_suppliers(work: Work, channel: Row[Any], told: Told, supplier_id: int) -> bool:
    """Whether the document is of the order's supplier: the channel is that supplier's, or the
    sender is known as that supplier."""
    if channel.default_party_id is not None:
        return bool(channel.default_party_id == supplier_id)
    if await find_party(work, channel_id=channel.id, values=told.senders) == supplier_id:
        return True
    code = await work.value(
        select(Party.code).where(Party.tenant_id == work.tenant_id, Party.id == supplier_id)
    )
    return code in told.senders


async def _answer(work: Work, channel: Row[Any], message: Row[Any], found: _Found) -> list[Problem]:
    told = found.told
    assert isinstance(told, SupplierAnswer)
    source = f"message {message.id}"
    c = PurchaseConfirmation
    again = select(c.id).where(
        c.tenant_id == work.tenant_id, c.order_id == found.order.id, c.note == source
    )
    if await work.value(again.limit(1)) is not None:
        return []
    await lock_order(work, found.order.id, allowed=UNDER_WAY)
    lines, problems = await answered_lines(work, channel, found.order, told)
    if problems:
        return problems
    await confirm_purchase_order(
        work,
        order_id=found.order.id,
        lines=lines,
        external_reference=told.reference,
        note_to_buyer=source,
    )
    return []


async def _ship(work: Work, channel: Row[Any], found: _Found) -> list[Problem]:
    told = found.told
    assert isinstance(told, SupplierNotice)
    n = ShipNotice
    again = select(n.id).where(
        n.tenant_id == work.tenant_id, n.order_id == found.order.id, n.number == told.number
    )
    if await work.value(again) is not None:
        # A notice has one number and one meaning: whatever comes under it once more is known.
        return []
    lines, problems = await sent_lines(work, channel, found.order, told)
    if problems:
        return problems
    await ship_purchase_order(
        work,
        order_id=found.order.id,
        number=told.number,
        expected_on=told.expected_on or work.now.date(),
        lines=lines,
        carrier=told.carrier,
        tracking_number=told.tracking_number,
    )
    return []


def _unknown_order(told: Told) -> Problem:
    return Problem(
        "unknown_purchase_order",
        told.path,
        f"No purchase order {told.order} was sent to a supplier.",
        "Ask the supplier which order is meant, correct its number, then replay.",
    )


def _of_another(told: Told, channel: Row[Any]) -> Problem:
    named = ", ".join(map(repr, told.senders)) or "nobody"
    return Problem(
        "unknown_supplier",
        told.path,
        f"The order {told.order} is of another supplier than the document's ({named}).",
        "Give the supplier one of these codes (mapPartyCode), or make it the default party of the "
        f"channel {channel.code}, then replay.",
    )


def _refused(told: Told, refused: Expected | Refusal) -> Problem:
    place: Sequence[str | int] = getattr(refused, "path", None) or ()
    at = "".join(f"/{each}" for each in place)
    return Problem(
        "purchase_order_refused",
        told.path,
        f"{told.order}: {refused.message}" + (f" ({at})" if at else ""),
        "Mend what it says, or settle it with the supplier, then replay.",
    )
