"""A source changed an order that we have: its new document becomes an amendment, or waits."""

from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.allocation.amending import Amendment
from domain.allocation.amending import amend as amend_order
from domain.intake.document import ParsedOrder, Problem
from domain.intake.mapping import map_order
from domain.kernel.work import Work
from domain.orders.capture import NewLine, NewOrder
from domain.orders.locking import lines_of, lock_order

REASON = "changed by the source"
GONE = Decimal(0)


async def amend(
    work: Work, channel: Row[Any], order: ParsedOrder, *, order_id: int, message_id: int
) -> tuple[Problem, ...]:
    """Bring our order to what the document says; the problems that need a person instead.

    Quantities, further lines, lines taken out and addresses follow by themselves; another price
    or another currency for what was agreed does not. Raises what the amendment refuses."""
    mapped = await map_order(work, channel, order, message_id=message_id)
    if mapped.order is None:
        return mapped.problems
    ours = await lock_order(work, order_id)
    lines = await lines_of(work, [order_id])
    pairs, added = _matched(lines, mapped.order)
    problems = _disagreements(order, ours, mapped.order, pairs)
    if problems:
        return problems
    quantities = {line.id: new.quantity_ordered if new else GONE for line, new in pairs}
    amendment = Amendment(
        quantities=quantities,
        added=added,
        ship_to=mapped.order.ship_to,
        bill_to=mapped.order.bill_to,
        totals=mapped.order.totals,
        source={"intake_message_id": message_id},
    )
    await amend_order(work, ours, amendment, reason=REASON)
    return ()


def _matched(
    lines: list[Row[Any]], order: NewOrder
) -> tuple[list[tuple[Row[Any], NewLine | None]], tuple[NewLine, ...]]:
    """Our lines with the document's, by the source's own line and the item; and what is new."""
    waiting = {(line.external_line, line.item_id): line for line in order.lines}
    pairs = [
        (line, waiting.pop((line.external_line, line.item_id), None))
        for line in lines
        if line.cancelled < line.quantity
    ]
    return pairs, tuple(waiting.values())


def _disagreements(
    order: ParsedOrder,
    ours: Row[Any],
    new: NewOrder,
    pairs: list[tuple[Row[Any], NewLine | None]],
) -> tuple[Problem, ...]:
    remedy = "Agree it with the source, then amend the order here by hand."
    problems = []
    if ours.currency != new.currency:
        message = f"The order is in {ours.currency}; the document now says {new.currency}."
        problems.append(Problem("currency_changed", order.path, message, remedy))
    for line, wanted in pairs:
        if wanted is not None and wanted.unit_price != line.unit_price:
            message = (
                f"Line {line.line_number} was agreed at {line.unit_price:f}; "
                f"the document now says {wanted.unit_price:f}."
            )
            problems.append(Problem("price_changed", order.path, message, remedy))
    return tuple(problems)
