"""What goods cost that came before anybody knew it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.inventory.documents import REFERENCE_KIND
from domain.inventory.models import CostLayer
from domain.inventory.valuation.book import CostBook, open_costs
from domain.inventory.valuation.costs import lock_costs
from domain.inventory.valuation.kinds import (
    INVENTORY,
    RECEIVED,
    CostAdded,
    Entered,
    Source,
    entered_legs,
    merged,
)
from domain.inventory.valuation.revaluations import (
    KIND,
    PRICING,
    Line,
    finish,
    new_document,
    write_lines,
)
from domain.inventory.valuation.revising import settle_order
from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import operation
from domain.kernel.quantity import LARGEST
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine:
    """What a base unit of an item cost (major units of the owner's currency): of a quantity (base
    units), or of all that is not priced yet."""

    item_id: int
    unit_cost: Decimal
    quantity: Decimal | None = None


@operation("inventory.revalue")
async def price_receipt(
    work: Work,
    *,
    document_id: int,
    lines: Sequence[PricedLine],
    reason: str = "priced",
) -> int:
    """The goods of a receipt cost so much: they count since the day they came, and what left of
    them before at the last cost is corrected, in one journal of today.

    Gives the id of the document that says so. Raises NotFound when nothing of an item waits for
    its cost, InvalidInput."""
    reason = text.name(reason, path=("reason",))
    _require_sound(lines)
    keys = {(row.owner_id, row.item_id) for row in await _pending(work, document_id)}
    await lock_costs(work, keys)
    waiting = await _pending(work, document_id)
    priced = [part for n, line in enumerate(lines) for part in _parts(n, line, waiting)]
    owner_id = waiting[0].owner_id
    book = await open_costs(work, keys)
    entered: list[Entered] = []
    told: list[Line] = []
    for row, quantity, unit_cost in priced:
        before = book.states[row.owner_id, row.item_id].pool.value
        entered.append(_price(book, row, quantity, unit_cost))
        after = book.states[row.owner_id, row.item_id].pool.value
        told.append(Line(row.item_id, unit_cost, quantity, before, after))
    number_id, number = await new_document(work, kind=PRICING, entity_id=owner_id, reason=reason)
    cause = Source(KIND, number_id)
    layer_ids, _ = await book.write(cause)
    await write_lines(work, number_id, told)
    revalued = await settle_order(work, layer_ids, cause=cause)
    owed = sum(each.value_minor for each in entered)
    legs = merged(entered_legs(entered), revalued.legs, ((RECEIVED, -owed),))
    await finish(
        work,
        document_id=number_id,
        number=number,
        kind=PRICING,
        entity_id=owner_id,
        reason=reason,
        lines=told,
        difference=sum(amount for leg, amount in legs if leg == INVENTORY),
        legs=legs,
        corrected=[*book.corrected, *revalued.corrected],
    )
    return number_id


def _price(book: CostBook, row: Row[Any], quantity: Decimal, unit_cost: Decimal) -> Entered:
    """A part of a pending layer becomes one with a value, since the day it came."""
    state = book.states[row.owner_id, row.item_id]
    state.pending -= quantity
    book.priced[row.id] = book.priced.get(row.id, row.quantity_left) - quantity
    value = state.at_unit(quantity, unit_cost)
    added = CostAdded(row.owner_id, row.item_id, quantity, value, received_on=row.valued_on)
    return book.add(added, layer={"source_kind": row.source_kind, "source_id": row.source_id})


def _require_sound(lines: Sequence[PricedLine]) -> None:
    if not 1 <= len(lines) <= 1000:
        raise InvalidInput("Give 1 to 1,000 lines.", path=("lines",))
    for place, line in enumerate(lines):
        if not (line.unit_cost.is_finite() and 0 <= line.unit_cost <= LARGEST):
            raise InvalidInput("Must be an amount of money.", path=("lines", place, "unit_cost"))


async def _pending(work: Work, document_id: int) -> Sequence[Row[Any]]:
    """What of a receipt waits for its cost, in its order. Raises NotFound when nothing does."""
    rows = await work.rows(
        select(*CostLayer.__table__.c)
        .where(
            CostLayer.tenant_id == work.tenant_id,
            CostLayer.source_kind == REFERENCE_KIND,
            CostLayer.source_id == document_id,
            CostLayer.standing == "pending",
            CostLayer.is_open,
        )
        .order_by(CostLayer.id)
    )
    if not rows:
        raise NotFound("receipt that waits for its cost")
    return rows


def _parts(
    place: int, line: PricedLine, waiting: Sequence[Row[Any]]
) -> list[tuple[Row[Any], Decimal, Decimal]]:
    """Which layers a line prices, and how much of each."""
    mine = [row for row in waiting if row.item_id == line.item_id]
    whole = sum((row.quantity_left for row in mine), Decimal(0))
    if not mine:
        raise NotFound("receipt that waits for its cost")
    rest = whole if line.quantity is None else line.quantity
    if not 0 < rest <= whole:
        raise InvalidInput("Not as much waits for its cost.", path=("lines", place, "quantity"))
    parts = []
    for row in mine:
        part = min(rest, row.quantity_left)
        if part:
            parts.append((row, part, line.unit_cost))
            rest -= part
    return parts
