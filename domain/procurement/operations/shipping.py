"""The supplier sends goods, and says so with a ship notice (ASN)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row

from domain.catalog.gtin import check_digit
from domain.inventory.goods import goods_of
from domain.inventory.lines import require_some
from domain.inventory.policies.purchases import Parts, sent_parts
from domain.inventory.purchase_supply import lock_parts, write_parts
from domain.kernel import text
from domain.kernel.errors import CodeTaken, InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.procurement.events import PurchaseOrderShipped
from domain.procurement.models import ShipNotice, ShipNoticeLine
from domain.procurement.outcomes import SentTooMuch
from domain.procurement.policies.counting import counted_from
from domain.procurement.policies.receiving import most
from domain.procurement.policies.states import UNDER_WAY
from domain.procurement.rows import bought, lines_named, lines_of, lock_order, note, settle

SSCC_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLine:
    """A quantity of a unit (the line's if absent) that was sent: its lot with its days, the pieces'
    serial numbers, and the SSCC of the logistic unit that it is in."""

    line_number: int
    quantity: Decimal
    unit: str | None = None
    lot: str | None = None
    manufactured_on: date | None = None
    expires_on: date | None = None
    sscc: str | None = None
    serials: Sequence[str] = ()


@operation("procurement.ship")
async def ship_purchase_order(
    work: Work,
    *,
    order_id: int,
    number: str,
    expected_on: date,
    lines: Sequence[SentLine],
    carrier: str | None = None,
    tracking_number: str | None = None,
) -> int:
    """The supplier sent goods, with a notice under its own number, to be there on a day: from then
    on they are to come that day.

    Gives the order's id. Raises NotFound, InvalidInput, QuantityNotExact, InvalidState, CodeTaken
    when the order has a notice of this number, SentTooMuch."""
    require_some(lines)
    order = await lock_order(work, order_id, allowed=UNDER_WAY)
    await work.see_as_house()
    every = await lines_of(work, order_id)
    named = lines_named(every, [line.line_number for line in lines], once=False)
    amounts = await _amounts(work, named, lines)
    _refuse_more(order, named, amounts)
    fields: dict[str, Any] = {
        "order_id": order_id,
        "number": text.code(number, path=("number",)),
        "carrier": text.optional(carrier, path=("carrier",)),
        "tracking_number": text.optional(tracking_number, path=("tracking_number",)),
        "expected_on": expected_on,
    }
    notice_id = await _new_notice(work, fields)
    rows = [_row(order_id, notice_id, *each) for each in zip(named, lines, amounts, strict=True)]
    notice_lines = await work.values(
        insert(ShipNoticeLine).returning(ShipNoticeLine.id, sort_by_parameter_order=True),
        [{"tenant_id": work.tenant_id, **row} for row in rows],
    )
    parts = await lock_parts(work, {line.id for line in named})
    for line, amount, notice_line in zip(named, amounts, notice_lines, strict=True):
        parts[line.id] = sent_parts(
            parts[line.id], amount, expected_on=expected_on, notice_line_id=notice_line
        )
    status = await _send(work, order, every, parts)
    _tell(work, order, status, fields)
    note(work, "ship_purchase_order", order, status=status, told={**fields, "lines": rows})
    return order_id


def _tell(work: Work, order: Row[Any], status: str, notice: Mapping[str, Any]) -> None:
    work.record(
        PurchaseOrderShipped(
            aggregate_id=order.id,
            number=order.number,
            supplier_id=order.supplier_id,
            status=status,
            notice=notice["number"],
            expected_on=notice["expected_on"].isoformat(),
        )
    )


async def _amounts(
    work: Work, named: Sequence[Row[Any]], lines: Sequence[SentLine]
) -> list[Decimal]:
    """What was sent of each, in base units."""
    goods = await goods_of(work, {line.item_id for line in named})
    amounts = []
    for place, (line, told) in enumerate(zip(named, lines, strict=True)):
        path = ("lines", place, "quantity")
        amount = goods[line.item_id].in_base(told.quantity, told.unit or line.unit, path=path)
        if amount <= 0:
            raise InvalidInput("Must be more than zero.", path=path)
        amounts.append(amount)
    return amounts


def _refuse_more(order: Row[Any], named: Sequence[Row[Any]], amounts: Sequence[Decimal]) -> None:
    sent: dict[int, Decimal] = defaultdict(Decimal)
    for place, (line, amount) in enumerate(zip(named, amounts, strict=True)):
        sent[line.id] += amount
        limit = most(line.quantity - line.cancelled, order.over_percent) + line.over_allowed
        if line.shipped + sent[line.id] > limit:
            raise SentTooMuch(
                f"Of line {line.line_number} at most {plain(limit)} may be sent.",
                path=("lines", place, "quantity"),
                line_number=line.line_number,
                sent=plain(line.shipped + sent[line.id]),
                most=plain(limit),
            )


async def _new_notice(work: Work, fields: Mapping[str, Any]) -> int:
    """The notice's id. Raises CodeTaken."""
    own = {"shipped_at": work.now, "shipped_by": work.actor.principal.name}
    made = await work.value(
        upsert(ShipNotice)
        .values(tenant_id=work.tenant_id, **own, **fields)
        .on_conflict_do_nothing(index_elements=["tenant_id", "order_id", "number"])
        .returning(ShipNotice.id)
    )
    if made is None:
        number = fields["number"]
        message = f"The order has a ship notice {number} already."
        raise CodeTaken(message, path=("number",), kind="ship notice", value=number)
    return int(made)


def _row(
    order_id: int, notice_id: int, line: Row[Any], told: SentLine, amount: Decimal
) -> dict[str, Any]:
    path = ("lines", line.line_number - 1)
    lot = text.optional(told.lot, path=(*path, "lot"), longest=text.CODE_LENGTH)
    return {
        "order_id": order_id,
        "notice_id": notice_id,
        "line_id": line.id,
        "quantity": amount,
        "lot": lot or "",
        "manufactured_on": told.manufactured_on,
        "expires_on": told.expires_on,
        "sscc": _sscc(told.sscc, path=(*path, "sscc")),
        "serials": [text.code(each, path=(*path, "serials")) for each in told.serials],
    }


def _sscc(value: str | None, *, path: tuple[str | int, ...]) -> str | None:
    value = text.optional(value, path=path)
    if value is None:
        return None
    digits = value.removeprefix("00") if len(value) == SSCC_DIGITS + 2 else value
    sound = digits.isascii() and digits.isdigit() and len(digits) == SSCC_DIGITS
    if not sound or check_digit(digits[:-1]) != int(digits[-1]):
        raise InvalidInput("An SSCC has 18 digits, the last one checks the others.", path=path)
    return digits


async def _send(
    work: Work, order: Row[Any], every: Sequence[Row[Any]], parts: Mapping[int, Parts]
) -> str:
    """What was sent comes with its notice; gives the order's status then."""
    named = [line for line in every if line.id in parts]
    await write_parts(work, bought(order, named), parts)
    changes = {
        line.id: {
            **counted_from(parts[line.id], received=line.received),
            "first_answered_at": line.first_answered_at or work.now,
        }
        for line in named
    }
    return await settle(work, order, every, changes, answered_at=order.answered_at or work.now)
