"""Stock is written down, that is taken back, or it is revalued by hand; above the entity's amount
once somebody says yes. Declares what runs then."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.approvals.subjects import Request, approvable
from domain.inventory.models import RevaluationLine, StockRevaluation
from domain.inventory.outcomes import ValueRefused
from domain.inventory.valuation.book import CostBook, open_costs
from domain.inventory.valuation.revaluations import (
    REVALUATION,
    WRITE_DOWN,
    WRITE_UP,
    Line,
    book_document,
    set_value,
)
from domain.inventory.valuation.states import State
from domain.kernel.errors import InvalidState
from domain.kernel.work import Work

SUBJECT = "stock_revaluation"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a base unit of an item is to be worth, in major units; None takes back all that it was
    written down by."""

    item_id: int
    unit_value: Decimal | None


async def open_wanted(work: Work, entity_id: int, wanted: Sequence[Wanted]) -> CostBook:
    """The locked costs of what is to be worth something else."""
    return await open_costs(work, {(entity_id, each.item_id) for each in wanted})


def lines_of(book: CostBook, entity_id: int, kind: str, wanted: Sequence[Wanted]) -> list[Line]:
    """What it would do to each item now. Raises ValueRefused: there is none of it, it would not be
    worth less, or more would be taken back than it was written down by."""
    return [_line(book.states[entity_id, each.item_id], kind, each) for each in wanted]


def _line(state: State, kind: str, wanted: Wanted) -> Line:
    pool = state.pool
    if pool.quantity <= 0:
        raise _refused("There is none of it to be valued.", state)
    after = pool.value + pool.written_down
    if wanted.unit_value is not None:
        after = state.at_unit(pool.quantity, wanted.unit_value)
    difference = after - pool.value
    if kind == WRITE_DOWN and difference >= 0:
        raise _refused("It is worth no more than that already.", state)
    if kind == WRITE_UP and not 0 < difference <= pool.written_down:
        raise _refused("No more is taken back than was written down.", state)
    return Line(wanted.item_id, wanted.unit_value, pool.quantity, pool.value, after)


def _refused(message: str, state: State) -> ValueRefused:
    return ValueRefused(
        message,
        item_id=state.key[1],
        value_minor=state.pool.value,
        written_down_minor=state.pool.written_down,
    )


async def book_wanted(
    work: Work, book: CostBook, document: Row[Any] | Any, wanted: Sequence[Wanted]
) -> None:
    """Make stock worth what is wanted, as of now. Raises ValueRefused."""
    lines = lines_of(book, document.entity_id, document.kind, wanted)
    for line in lines:
        state = book.states[document.entity_id, line.item_id]
        leg = REVALUATION if document.kind == REVALUATION else WRITE_DOWN
        difference = set_value(book, state, line.after_minor, leg=leg)
        if document.kind != REVALUATION:
            state.pool.written_down -= difference
        elif difference > 0:
            state.pool.written_down = max(state.pool.written_down - difference, 0)
    await book_document(
        work,
        book,
        document_id=document.id,
        number=document.number,
        kind=document.kind,
        entity_id=document.entity_id,
        reason=document.reason,
        lines=lines,
    )


async def _forget(work: Work, requests: Sequence[Request], status: str) -> None:
    """What was not approved is never booked."""
    await work.execute(
        update(StockRevaluation)
        .where(
            StockRevaluation.tenant_id == work.tenant_id,
            StockRevaluation.id.in_([request.subject_id for request in requests]),
        )
        .values(status="dropped")
    )


@approvable(
    SUBJECT,
    title="Change of the value of stock",
    permission="inventory.approve",
    dropped=_forget,
)
async def book_approved_revaluation(work: Work, request: Request) -> None:
    """Book it, by what there is of each item now. Raises ValueRefused, with nothing booked, when
    it is worth something else by now."""
    document = await work.row(
        select(*StockRevaluation.__table__.c)
        .where(
            StockRevaluation.tenant_id == work.tenant_id,
            StockRevaluation.id == request.subject_id,
        )
        .with_for_update()
    )
    if document is None or document.status != "waiting":
        state = "gone" if document is None else document.status
        raise InvalidState("This waits no more.", state=state, allowed=[])
    rows = await work.rows(
        select(RevaluationLine.item_id, RevaluationLine.unit_value)
        .where(
            RevaluationLine.tenant_id == work.tenant_id,
            RevaluationLine.revaluation_id == document.id,
        )
        .order_by(RevaluationLine.id)
    )
    wanted = [Wanted(row.item_id, row.unit_value) for row in rows]
    book = await open_wanted(work, document.entity_id, wanted)
    await book_wanted(work, book, document, wanted)
