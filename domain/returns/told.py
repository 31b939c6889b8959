"""A return that a channel tells of: its own decision, and its own money. A building block of the
intake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from domain.kernel.inserting import insert_ids
from domain.kernel.numbers import draw_numbers
from domain.kernel.work import Work
from domain.returns.asked import last_shipments
from domain.returns.authorizing import authorize
from domain.returns.claims import claim, lock_sales
from domain.returns.crediting import grant_credits, grant_shipping
from domain.returns.events import ReturnRequested
from domain.returns.models import ReturnLine, ReturnReason, ReturnRequest
from domain.returns.policies.crediting import Part
from domain.returns.policies.states import WAITING
from domain.returns.reckoning import Granted
from domain.returns.rows import lock_return, note, settle


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLine:
    """What a channel tells of an order's line (base units, minor units of the order's currency);
    `part` is what it has paid back for it: None where it tells of no money. `comes_back`: the
    goods are to come; else they are kept."""

    order_line: Row[Any]
    quantity: Decimal
    part: Part | None
    comes_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A return as a channel tells it: of one order; `shipping_minor` is paid back beside."""

    order_id: int
    external_id: str
    channel_id: int
    message_id: int
    lines: Sequence[ToldLine]
    shipping_minor: int = 0
    reason: str | None = None
    note: str | None = None


async def existing_return(work: Work, channel_id: int, external_id: str) -> int | None:
    """The return that a channel told under this id."""
    found: int | None = await work.value(
        select(ReturnRequest.id).where(
            ReturnRequest.tenant_id == work.tenant_id,
            ReturnRequest.channel_id == channel_id,
            ReturnRequest.external_id == external_id,
        )
    )
    return found


async def take_told_return(work: Work, told: Told) -> int:
    """Write down what a channel tells: what it let come back may come, what it paid is credited,
    never more than was billed. The return's id. Raises ReturnedTooMuch, CreditedTooMuch."""
    sales = await lock_sales(work, [told.order_id])
    await claim(work, sales, [(each.order_line.id, each.quantity) for each in told.lines])
    row = await _write(work, told, sales.orders[told.order_id])
    line_ids = await _write_lines(work, row, told)
    work.record(
        ReturnRequested(
            aggregate_id=row.id,
            number=row.number,
            status="approved",
            party_id=row.party_id,
            order_ids=(told.order_id,),
        )
    )
    # What is kept is paid by the channel, not by the rule: it is credited below.
    await authorize(work, row, credits_kept=False)
    paid = [
        Granted(line_id, each.quantity, part=each.part)
        for line_id, each in zip(line_ids, told.lines, strict=True)
        if each.part is not None
    ]
    if paid:
        await grant_credits(
            work,
            row,
            paid,
            reason=told.note or "paid back by the channel",
            shipping_minor=told.shipping_minor,
            paid_by_channel=True,
        )
    elif told.shipping_minor:
        await grant_shipping(
            work,
            row,
            told.order_id,
            shipping_minor=told.shipping_minor,
            reason=told.note or "shipping paid back by the channel",
        )
    status = await settle(work, await lock_return(work, row.id))
    note(work, "take_told_return", row, status=status, reason=told.note)
    return int(row.id)


async def _write(work: Work, told: Told, order: Row[Any]) -> Row[Any]:
    number = (await draw_numbers(work, **{"return": 1}))["return"][0]
    shipped = await last_shipments(work, [each.order_line.id for each in told.lines])
    place = next((each.location_id for each in shipped.values()), None)
    rows = await work.rows(
        insert(ReturnRequest)
        .values(
            tenant_id=work.tenant_id,
            number=number,
            party_id=order.party_id,
            entity_id=order.entity_id,
            channel_id=told.channel_id,
            location_id=place,
            currency=order.currency,
            source="channel",
            status=WAITING,
            resolution="refund",
            external_id=told.external_id,
            intake_message_id=told.message_id,
            note=told.note,
            ship_from=order.ship_to,
            requested_at=work.now,
            requested_by=work.actor.principal.name,
        )
        .returning(*ReturnRequest.__table__.c)
    )
    return rows[0]


async def _write_lines(work: Work, row: Row[Any], told: Told) -> list[int]:
    if not told.lines:
        return []
    reason_id = await _reason(work, told.reason)
    return await insert_ids(
        work,
        ReturnLine,
        [_line(row, n, each, told, reason_id) for n, each in enumerate(told.lines, start=1)],
    )


def _line(
    row: Row[Any], number: int, each: ToldLine, told: Told, reason_id: int | None
) -> Mapping[str, Any]:
    return {
        "return_id": row.id,
        "line_number": number,
        "order_id": told.order_id,
        "order_line_id": each.order_line.id,
        "item_id": each.order_line.item_id,
        "quantity": each.quantity,
        "reason_id": reason_id,
        "note": told.reason,
        "status": "authorized" if each.comes_back else "kept",
        "explanation": ["The channel has decided it."],
    }


async def _reason(work: Work, told: str | None) -> int | None:
    """The reason that the channel's word stands for: by its code, its name, or what it is told
    as."""
    if told is None:
        return None
    word = told.strip().casefold()
    rows = await work.rows(
        select(ReturnReason.id, ReturnReason.code, ReturnReason.name, ReturnReason.told_as)
        .where(ReturnReason.tenant_id == work.tenant_id, ReturnReason.status == "active")
        .order_by(ReturnReason.id)
    )
    for row in rows:
        if word in {each.casefold() for each in (row.code, row.name, *row.told_as)}:
            return int(row.id)
    return None
