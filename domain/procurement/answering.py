"""What a supplier answered about lines is put into effect, or kept as a proposal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row

from domain.inventory.goods import goods_of
from domain.inventory.policies.purchases import Parts, confirmed_parts, cut_parts, open_of, unsent
from domain.inventory.purchase_supply import write_parts
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import LARGEST, plain
from domain.kernel.work import Work
from domain.procurement.models import PurchaseConfirmation, PurchaseConfirmationLine
from domain.procurement.outcomes import PromisedTooMuch
from domain.procurement.policies.answers import (
    Answered,
    Asked,
    TooMuch,
    answer,
    still_to_send,
)
from domain.procurement.policies.counting import counted_from
from domain.procurement.rows import bought

ACCEPTED, PROPOSED, REFUSED, SUPERSEDED = "accepted", "proposed", "refused", "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedPart:
    """A quantity of the line's unit that would be delivered on a day."""

    quantity: Decimal
    delivers_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredLine:
    """What a supplier says of a line: parts with their days, at a price for its unit (the order's
    if absent). What the parts leave out will not come, unless the rest follows later."""

    line_number: int
    parts: Sequence[PromisedPart]
    unit_price: Decimal | None = None
    rest_follows: bool = False


def asked_of(line: Row[Any], parts: Parts) -> Asked:
    """What the line asks for still."""
    return Asked(open_of(unsent(parts)), line.wanted_on, line.unit_price)


async def answers_of(
    work: Work,
    lines: Sequence[Row[Any]],
    told: Sequence[AnsweredLine],
    coming: Mapping[int, Parts],
) -> dict[int, Answered]:
    """The answers in base units, by line id.

    Raises InvalidInput, QuantityNotExact, PromisedTooMuch (line_number, promised, open)."""
    goods = await goods_of(work, {line.item_id for line in lines})
    answers: dict[int, Answered] = {}
    for place, (line, each) in enumerate(zip(lines, told, strict=True)):
        path = ("lines", place)
        promised = []
        for n, part in enumerate(each.parts):
            at = (*path, "parts", n, "quantity")
            amount = goods[line.item_id].in_base(part.quantity, line.unit, path=at)
            if amount <= 0:
                raise InvalidInput("Must be more than zero.", path=at)
            promised.append((amount, part.delivers_on))
        if each.unit_price is not None and not 0 <= each.unit_price <= LARGEST:
            message = "Must be zero or more, and not too large."
            raise InvalidInput(message, path=(*path, "unit_price"))
        answers[line.id] = _answer(line, each, promised, asked_of(line, coming[line.id]), path)
    return answers


def _answer(
    line: Row[Any],
    told: AnsweredLine,
    promised: list[tuple[Decimal, date]],
    asked: Asked,
    path: tuple[str | int, ...],
) -> Answered:
    if not asked.unsent:
        message = f"All of line {line.line_number} was sent, received or cancelled."
        raise InvalidInput(message, path=path)
    if not promised and told.rest_follows:
        raise InvalidInput("Nothing is said of this line.", path=(*path, "parts"))
    try:
        return answer(asked, promised, unit_price=told.unit_price, rest_follows=told.rest_follows)
    except TooMuch as much:
        raise PromisedTooMuch(
            f"Line {line.line_number} asks for {plain(much.unsent)} still.",
            path=(*path, "parts"),
            line_number=line.line_number,
            promised=plain(much.promised),
            open=plain(much.unsent),
        ) from None


async def write_confirmation(
    work: Work,
    order_id: int,
    answers: Mapping[int, Answered],
    accepted: Mapping[int, bool],
    *,
    external_reference: str | None,
    note: str | None,
) -> int:
    """Keep what was told; a proposal about the same lines that waited is superseded. Gives the
    confirmation's number in its order."""
    await _supersede(work, answers)
    last = await work.value(
        select(func.max(PurchaseConfirmation.number)).where(
            PurchaseConfirmation.tenant_id == work.tenant_id,
            PurchaseConfirmation.order_id == order_id,
        )
    )
    number = int(last or 0) + 1
    confirmation_id = await work.value(
        insert(PurchaseConfirmation)
        .values(
            tenant_id=work.tenant_id,
            order_id=order_id,
            number=number,
            external_reference=text.optional(external_reference, path=("external_reference",)),
            note=text.prose(note, path=("note",)),
            told_at=work.now,
            told_by=work.actor.principal.name,
        )
        .returning(PurchaseConfirmation.id)
    )
    own = {
        "tenant_id": work.tenant_id,
        "order_id": order_id,
        "confirmation_id": confirmation_id,
    }
    rows = [
        own | row | {"status": ACCEPTED if accepted[line_id] else PROPOSED}
        for line_id, given in answers.items()
        for row in _rows(line_id, given)
    ]
    await work.execute(insert(PurchaseConfirmationLine), rows)
    return number


async def _supersede(work: Work, line_ids: Mapping[int, Answered]) -> None:
    await work.execute(
        update(PurchaseConfirmationLine)
        .where(
            PurchaseConfirmationLine.tenant_id == work.tenant_id,
            PurchaseConfirmationLine.line_id.in_(line_ids),
            PurchaseConfirmationLine.status == PROPOSED,
        )
        .values(status=SUPERSEDED)
    )


def _rows(line_id: int, given: Answered) -> list[dict[str, Any]]:
    parts: list[tuple[Decimal, date | None]] = [*given.promised]
    if given.cut:
        parts.append((given.cut, None))
    return [
        {
            "line_id": line_id,
            "quantity": quantity,
            "delivers_on": day,
            "unit_price": given.unit_price,
        }
        for quantity, day in parts
    ]


def proposal_of(rows: Sequence[Row[Any]]) -> Answered:
    """What the rows of one line's proposal say."""
    promised = tuple((row.quantity, row.delivers_on) for row in rows if row.delivers_on)
    cut = sum((row.quantity for row in rows if not row.delivers_on), Decimal(0))
    return Answered(promised, rows[0].unit_price, cut)


async def take_up(
    work: Work,
    order: Row[Any],
    lines: Sequence[Row[Any]],
    answers: Mapping[int, Answered],
    coming: Mapping[int, Parts],
) -> dict[int, dict[str, Any]]:
    """What was answered holds from now on: what is to come follows it. Gives what changes of the
    lines, by line id, for the caller to write."""
    changes: dict[int, dict[str, Any]] = {}
    after: dict[int, Parts] = {}
    named = [line for line in lines if line.id in answers]
    for line in named:
        parts = coming[line.id]
        given = still_to_send(answers[line.id], open_of(unsent(parts)))
        left = cut_parts(parts, given.cut)
        after[line.id] = confirmed_parts(left, given.promised, rest_on=line.wanted_on)
        changes[line.id] = _changed(line, given, after[line.id])
    await write_parts(work, bought(order, named), after)
    return changes


def _changed(line: Row[Any], given: Answered, parts: Parts) -> dict[str, Any]:
    cancelled = line.cancelled + given.cut
    counted = counted_from(parts, received=line.received)
    days = [day for _, day in given.promised]
    last = max(days) if days else line.confirmed_on
    whole = counted["confirmed"] + cancelled >= line.quantity
    return counted | {
        "cancelled": cancelled,
        "unit_price": given.unit_price,
        "confirmed_on": last,
        "first_confirmed_on": line.first_confirmed_on or (last if whole else None),
    }
