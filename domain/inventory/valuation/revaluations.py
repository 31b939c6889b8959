"""A document changes what stock is worth, with its journal: the one way for write-downs, what is
taken back of them, revaluations by hand, new methods and new standards."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, update

from domain.inventory.events import StockRevalued
from domain.inventory.models import RevaluationLine, StockRevaluation
from domain.inventory.policies.cost_pools import FIFO
from domain.inventory.valuation.book import CostBook
from domain.inventory.valuation.documents import entity_currency, post_change
from domain.inventory.valuation.kinds import INVENTORY, Corrected, Legs, Source
from domain.inventory.valuation.records import stock_change
from domain.inventory.valuation.states import State
from domain.kernel.inserting import insert_rows
from domain.kernel.money import share
from domain.kernel.numbers import draw_numbers
from domain.kernel.work import Work

KIND = "stock_revaluation"
WRITE_DOWN, WRITE_UP, REVALUATION = "write_down", "write_up", "revaluation"
METHOD, STANDARD, PRICING = "method", "standard", "pricing"
# The leg that takes the other side of each kind, and the milestone.
_BOOKED = {
    WRITE_DOWN: "write_down",
    WRITE_UP: "write_down",
    REVALUATION: "revaluation",
    METHOD: "revaluation",
    STANDARD: "revaluation",
    PRICING: "receipt",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One item of a revaluation: what a base unit is to be worth (major units; None: not told),
    how much there was, and what that was worth before and after."""

    item_id: int
    unit_value: Decimal | None
    quantity: Decimal
    before_minor: int
    after_minor: int

    @property
    def difference(self) -> int:
        """What its value changed by."""
        return self.after_minor - self.before_minor


async def new_document(
    work: Work,
    *,
    kind: str,
    entity_id: int,
    reason: str,
    status: str = "booked",
    party_id: int | None = None,
) -> tuple[int, str]:
    """Number a document of a kind and write it; its id and number. Every cost is locked before."""
    number = (await draw_numbers(work, revaluation=1))["revaluation"][0]
    document_id = await work.value(
        insert(StockRevaluation)
        .values(
            tenant_id=work.tenant_id,
            number=number,
            entity_id=entity_id,
            party_id=party_id,
            kind=kind,
            status=status,
            reason=reason,
            currency=await entity_currency(work, entity_id),
            booked_on=work.now.date() if status == "booked" else None,
            created_at=work.now,
            created_by=work.principal.name,
        )
        .returning(StockRevaluation.id)
    )
    return int(document_id), number


async def write_lines(work: Work, document_id: int, lines: Sequence[Line]) -> None:
    """Write what became of each item, in the place of what was asked for."""
    await work.execute(
        delete(RevaluationLine).where(
            RevaluationLine.tenant_id == work.tenant_id,
            RevaluationLine.revaluation_id == document_id,
        )
    )
    await insert_rows(
        work,
        RevaluationLine,
        [
            {
                "revaluation_id": document_id,
                "item_id": line.item_id,
                "unit_value": line.unit_value,
                "quantity": line.quantity,
                "before_minor": line.before_minor,
                "after_minor": line.after_minor,
            }
            for line in lines
        ],
    )


def set_value(book: CostBook, state: State, value: int, *, leg: str) -> int:
    """The stock of an item is worth `value` from now on; what that changed it by. Under FIFO its
    layers share the change, by what they are worth."""
    difference = value - state.pool.value
    day = state.day(book.work.now.date())
    position = state.next_position()
    if not difference:
        return 0
    parts: list[tuple[int | None, int]] = [(None, difference)]
    if state.pool.method == FIFO:
        layers = [layer for layer in state.pool.layers if layer.left]
        weights = [Decimal(layer.value) for layer in layers]
        if not all(weight > 0 for weight in weights):
            weights = [layer.left for layer in layers]
        shares = share(difference, weights)
        parts = [(layer.key, part) for layer, part in zip(layers, shares, strict=True)] or parts
    for layer, part in parts:
        if part:
            state.pool.change(part, layer)
            book.changes.append(
                stock_change(
                    state.key, part, leg=leg, valued_on=day, position=position, layer=layer
                )
            )
    return difference


async def book_document(
    work: Work,
    book: CostBook,
    *,
    document_id: int,
    number: str,
    kind: str,
    entity_id: int,
    reason: str,
    lines: Sequence[Line],
) -> None:
    """Write what a document did to open costs, its lines, and its journal."""
    source = Source(KIND, document_id)
    await book.write(source)
    await write_lines(work, document_id, lines)
    difference = sum(line.difference for line in lines)
    await finish(
        work,
        document_id=document_id,
        number=number,
        kind=kind,
        entity_id=entity_id,
        reason=reason,
        lines=lines,
        difference=difference,
        legs=((INVENTORY, difference), (_BOOKED[kind], -difference)),
    )


async def finish(
    work: Work,
    *,
    document_id: int,
    number: str,
    kind: str,
    entity_id: int,
    reason: str,
    lines: Sequence[Line],
    difference: int,
    legs: Legs,
    corrected: Sequence[Corrected] = (),
) -> None:
    """A document is booked: its journal, what is told of it, and the audit."""
    await work.execute(
        update(StockRevaluation)
        .where(StockRevaluation.tenant_id == work.tenant_id, StockRevaluation.id == document_id)
        .values(status="booked", difference_minor=difference, booked_on=work.now.date())
    )
    work.record(
        StockRevalued(
            aggregate_id=document_id,
            number=number,
            entity_id=entity_id,
            kind=kind,
            difference_minor=difference,
            item_ids=tuple(sorted({line.item_id for line in lines})),
        )
    )
    work.audit(
        "revalue_stock",
        subject=KIND,
        subject_id=document_id,
        after={"number": number, "kind": kind, "lines": [_noted(line) for line in lines]},
        reason=reason,
    )
    await post_change(
        work,
        entity_id=entity_id,
        currency=await entity_currency(work, entity_id),
        milestone=_BOOKED[kind],
        source=Source(KIND, document_id),
        legs=legs,
        corrected=corrected,
        description=f"{kind.replace('_', ' ').capitalize()} {number}",
    )


def _noted(line: Line) -> dict[str, Any]:
    return {
        "item_id": line.item_id,
        "quantity": line.quantity,
        "before_minor": line.before_minor,
        "after_minor": line.after_minor,
    }
