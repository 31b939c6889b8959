"""What stock is worth is changed by hand: written down to what it would fetch, that taken back, or
revalued; with a reason, and above the entity's amount with somebody's yes."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select

from domain.approvals.policies.rules import Facts
from domain.approvals.requesting import request_approval
from domain.inventory.approved_revaluations import (
    SUBJECT,
    Wanted,
    book_wanted,
    lines_of,
    open_wanted,
)
from domain.inventory.goods import goods_of
from domain.inventory.models import CostingRule, StockRevaluation
from domain.inventory.valuation.documents import entity_currency
from domain.inventory.valuation.revaluations import (
    REVALUATION,
    WRITE_DOWN,
    WRITE_UP,
    new_document,
    write_lines,
)
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.quantity import LARGEST
from domain.kernel.work import Work

MOST_LINES = 1000


@operation("inventory.revalue")
async def write_down_stock(
    work: Work, *, entity_id: int, lines: Sequence[Wanted], reason: str
) -> int:
    """Write stock of an entity down to what a base unit would fetch (major units).

    Gives the document's id: it is booked, or waits for approval when it changes more than the
    entity's amount. Raises NotFound, InvalidInput, ValueRefused when an item is worth no more."""
    if any(line.unit_value is None for line in lines):
        raise InvalidInput("Say what a unit would fetch.", path=("lines",))
    return await _change(work, WRITE_DOWN, entity_id, lines, reason)


@operation("inventory.revalue")
async def reverse_write_down(
    work: Work, *, entity_id: int, lines: Sequence[Wanted], reason: str
) -> int:
    """Take back what stock was written down by, up to what a base unit is worth again, or all of
    it. As write_down_stock; never more than the stock still there was written down by."""
    return await _change(work, WRITE_UP, entity_id, lines, reason)


@operation("inventory.revalue")
async def revalue_stock(work: Work, *, entity_id: int, lines: Sequence[Wanted], reason: str) -> int:
    """Make a base unit of stock worth something else by hand, more or less. As write_down_stock."""
    if any(line.unit_value is None for line in lines):
        raise InvalidInput("Say what a unit is worth.", path=("lines",))
    return await _change(work, REVALUATION, entity_id, lines, reason)


async def _change(
    work: Work, kind: str, entity_id: int, wanted: Sequence[Wanted], reason: str
) -> int:
    reason = text.name(reason, path=("reason",))
    _require_sound(wanted)
    currency = await entity_currency(work, entity_id)
    await goods_of(work, {each.item_id for each in wanted})
    book = await open_wanted(work, entity_id, wanted)
    lines = lines_of(book, entity_id, kind, wanted)
    # What rises does not make up for what falls.
    amount = sum(abs(line.difference) for line in lines)
    waits = await _needs_approval(work, entity_id, amount)
    status = "waiting" if waits else "booked"
    document_id, number = await new_document(
        work, kind=kind, entity_id=entity_id, reason=reason, status=status
    )
    if not waits:
        document = await work.row(
            select(*StockRevaluation.__table__.c).where(
                StockRevaluation.tenant_id == work.tenant_id, StockRevaluation.id == document_id
            )
        )
        await book_wanted(work, book, document, wanted)
        return document_id
    await write_lines(work, document_id, lines)
    await request_approval(
        work,
        subject=SUBJECT,
        subject_id=document_id,
        summary=f"{number}: {len(lines)} items",
        details={"kind": kind, "value_minor": amount, "currency": currency, "lines": len(lines)},
        reason=reason,
        facts=Facts(amount_minor=amount, currency=currency, entity_id=entity_id),
    )
    return document_id


def _require_sound(wanted: Sequence[Wanted]) -> None:
    if not 1 <= len(wanted) <= MOST_LINES:
        raise InvalidInput(f"Give 1 to {MOST_LINES} lines.", path=("lines",))
    seen: set[int] = set()
    for place, each in enumerate(wanted):
        value = each.unit_value
        path = ("lines", place, "unit_value")
        if value is not None and not (value.is_finite() and Decimal(0) <= value <= LARGEST):
            raise InvalidInput("Must be an amount of money.", path=path)
        if each.item_id in seen:
            raise InvalidInput("The item is named already.", path=("lines", place, "item_id"))
        seen.add(each.item_id)


async def _needs_approval(work: Work, entity_id: int, amount_minor: int) -> bool:
    limit = await work.value(
        select(CostingRule.approval_above_minor).where(
            CostingRule.tenant_id == work.tenant_id, CostingRule.entity_id == entity_id
        )
    )
    return limit is not None and amount_minor > limit
