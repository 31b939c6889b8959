"""Which lines of a purchase order a supplier's document means, and what it says of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.catalog.item_lookup import ItemCodeQuery, find_items
from domain.intake.document import Problem
from domain.intake.formats.supplying.words import (
    ACCEPTED,
    FOLLOWS,
    REJECTED,
    AnsweredPart,
    AnsweredRow,
    SentRow,
    SupplierAnswer,
    SupplierNotice,
)
from domain.inventory.goods import Goods, goods_of
from domain.inventory.policies.purchases import open_of, unsent
from domain.inventory.purchase_supply import lock_parts
from domain.kernel.errors import Expected, InvalidInput
from domain.kernel.work import Work
from domain.procurement.answering import AnsweredLine, PromisedPart
from domain.procurement.operations.shipping import SentLine
from domain.procurement.rows import lines_of

ZERO = Decimal(0)
# What says no more than "one": units of X12 and EDIFACT that stand for the order's own.
PIECES = {"EA", "PCE", "C62", "UN", "EACH", "PC", "NAR", "H87", "PCS", "ST", "XPP"}


async def answered_lines(
    work: Work, channel: Row[Any], order: Row[Any], told: SupplierAnswer
) -> tuple[list[AnsweredLine], list[Problem]]:
    """What is answered, line by line of the order; or what cannot be told to which line."""
    every = await lines_of(work, order.id)
    coming = await lock_parts(work, [line.id for line in every])
    left = {line.id: open_of(unsent(coming[line.id])) for line in every}
    goods = await goods_of(work, {line.item_id for line in every})
    if not told.rows:
        return _all_of(told, [line for line in every if left[line.id]], left, goods)
    meant, problems = await meant_lines(work, channel, order, every, told.rows)
    if problems:
        return [], problems
    rows: dict[int, list[AnsweredRow]] = defaultdict(list)
    for line, row in meant:
        rows[line.id].append(row)  # type: ignore[arg-type]
    return [
        _answered(line, rows[line.id], left[line.id], goods[line.item_id])
        for line in every
        if line.id in rows
    ], []


def _all_of(
    told: SupplierAnswer,
    lines: Sequence[Row[Any]],
    left: Mapping[int, Decimal],
    goods: Mapping[int, Goods],
) -> tuple[list[AnsweredLine], list[Problem]]:
    if told.state is None:
        message = f"The answer to {told.order} names no line, and does not say yes or no to all."
        help_ = "Ask the supplier to answer line by line, or answer for it."
        return [], [Problem("answer_unclear", told.path, message, help_)]
    whole = AnsweredRow(
        path=told.path, line=None, codes=(), parts=(AnsweredPart(state=told.state),)
    )
    return [_answered(line, [whole], left[line.id], goods[line.item_id]) for line in lines], []


def _answered(
    line: Row[Any], rows: Sequence[AnsweredRow], left: Decimal, goods: Goods
) -> AnsweredLine:
    """What the rows say of a line of which so much (base units) is not sent yet."""
    parts = [part for row in rows for part in row.parts]
    one = goods.in_base(Decimal(1), line.unit, path=("unit",))
    promised = []
    for part in parts:
        if part.state != ACCEPTED:
            continue
        amount = left if part.quantity is None else _in_base(part.quantity, part.unit, line, goods)
        if amount:
            promised.append(
                PromisedPart(quantity=amount / one, delivers_on=part.day or line.wanted_on)
            )
    rest_follows = any(part.state == FOLLOWS for part in parts)
    said_no = any(part.state == REJECTED for part in parts)
    price = next((row.price for row in rows if row.price is not None), None)
    return AnsweredLine(
        line_number=line.line_number,
        parts=promised,
        unit_price=None if not promised else price,
        rest_follows=rest_follows and not said_no,
    )


async def sent_lines(
    work: Work, channel: Row[Any], order: Row[Any], told: SupplierNotice
) -> tuple[list[SentLine], list[Problem]]:
    """What was sent, as lines of the order's own; or what cannot be told to which line."""
    every = await lines_of(work, order.id)
    goods = await goods_of(work, {line.item_id for line in every})
    meant, problems = await meant_lines(work, channel, order, every, told.rows)
    return [
        _sent(line, row, goods[line.item_id]) for line, row in meant if isinstance(row, SentRow)
    ], problems


def _sent(line: Row[Any], row: SentRow, goods: Goods) -> SentLine:
    own = own_unit(row.unit, line, goods)
    return SentLine(
        line_number=line.line_number,
        quantity=row.quantity,
        unit=own,
        lot=row.lot,
        expires_on=row.expires_on,
        sscc=row.sscc,
        serials=row.serials,
    )


def _in_base(quantity: Decimal, unit: str | None, line: Row[Any], goods: Goods) -> Decimal:
    return goods.in_base(quantity, own_unit(unit, line, goods), path=("quantity",))


def own_unit(unit: str | None, line: Row[Any], goods: Goods) -> str:
    """A unit of ours: the document's if the item has it, else the order's own for a piece."""
    if unit is None or unit == line.unit:
        return str(line.unit)
    try:
        goods.in_base(Decimal(1), unit, path=("unit",))
    except (InvalidInput, Expected):
        if unit.upper() in PIECES:
            return str(line.unit)
        raise
    return unit


async def meant_lines(
    work: Work,
    channel: Row[Any],
    order: Row[Any],
    lines: Sequence[Row[Any]],
    rows: Sequence[AnsweredRow | SentRow],
) -> tuple[list[tuple[Row[Any], AnsweredRow | SentRow]], list[Problem]]:
    """Each row with its line, as `told_lines` finds it."""
    item_ids = await items_meant(work, channel, order.supplier_id, rows)
    return told_lines(order, lines, rows, item_ids)


async def items_meant(
    work: Work,
    channel: Row[Any],
    supplier_id: int,
    rows: Sequence[AnsweredRow | SentRow],
) -> list[int | None]:
    """The item of ours that each row of a supplier's document means, if it is known."""
    queries = [ItemCodeQuery(row.codes) for row in rows]
    items = await find_items(work, codes=queries, channel_id=channel.id, party_id=supplier_id)
    return [None if item is None else item.item_id for item in items]


def told_lines(
    order: Row[Any],
    lines: Sequence[Row[Any]],
    rows: Sequence[AnsweredRow | SentRow],
    item_ids: Sequence[int | None],
) -> tuple[list[tuple[Row[Any], AnsweredRow | SentRow]], list[Problem]]:
    """Each row with its line: by the item's codes, and by the line's number where one item stands
    in several or nothing is known of it."""
    meant: list[tuple[Row[Any], AnsweredRow | SentRow]] = []
    problems: list[Problem] = []
    for row, item_id in zip(rows, item_ids, strict=True):
        line = _line_of(lines, row, item_id)
        if line is None:
            problems.append(_unknown_line(order, row))
        else:
            meant.append((line, row))
    return meant, problems


def _line_of(
    lines: Sequence[Row[Any]], row: AnsweredRow | SentRow, item_id: int | None
) -> Row[Any] | None:
    codes = {value for _, value in row.codes}
    named = [line for line in lines if line.item_id == item_id or line.supplier_code in codes]
    number = row.line.lstrip("0") if row.line else ""
    numbered = [line for line in named or lines if str(line.line_number) == number]
    if len(named) == 1:
        return named[0]
    # A line that names an item of ours that the order does not ask for is not taken for another.
    known_elsewhere = item_id is not None and not named
    return None if known_elsewhere or len(numbered) != 1 else numbered[0]


def _unknown_line(order: Row[Any], row: AnsweredRow | SentRow) -> Problem:
    codes = ", ".join(f"{kind} {value!r}" for kind, value in row.codes) or "no code"
    return Problem(
        "unknown_line",
        row.path,
        f"No line of {order.number} is meant by {codes} and line {row.line or 'none'}.",
        "Give the item the supplier's code (mapItemCode), then replay.",
    )
