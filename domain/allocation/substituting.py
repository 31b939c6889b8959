"""Other items that stand in for what was ordered become lines of the order. Pure.

The order's money does not change: a substitute earns what the line it stands for would have."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from domain.allocation.demand import Decision, LineDecision, Substitute
from domain.allocation.shelf import ZERO
from domain.kernel.money import share
from domain.kernel.quantity import SCALE, plain
from domain.orders.capture import NewLine, NewOrder


def with_substitutes(
    order: NewOrder, decision: Decision, base_units: Mapping[int, str]
) -> tuple[NewOrder, Decision]:
    """The order and the decision with a line of its own for each substitute.

    What is fully replaced is replaced in its place; else the line keeps the rest of it."""
    if not decision.substitutes:
        return order, decision
    lines: list[NewLine] = []
    decided: list[LineDecision] = []
    for position, (line, each) in enumerate(zip(order.lines, decision.lines, strict=True)):
        others = [s for s in decision.substitutes if s.position == position]
        if not others:
            lines.append(line)
            decided.append(each)
            continue
        made, reasons = _divided(order, line, each, others, base_units)
        lines += made
        decided += reasons
    return replace(order, lines=tuple(lines)), replace(
        decision, lines=tuple(decided), substitutes=()
    )


def _divided(
    order: NewOrder,
    line: NewLine,
    decided: LineDecision,
    others: Sequence[Substitute],
    base_units: Mapping[int, str],
) -> tuple[list[NewLine], list[LineDecision]]:
    """The line without what is replaced, if anything is left of it, and its substitutes."""
    kept = line.quantity - sum((each.replaces for each in others), ZERO)
    weights = [each.replaces for each in others]
    amounts = line.price(order.currency)
    if kept:
        weights.insert(0, kept)
    shared = zip(
        share(amounts.gross_minor, weights),
        share(line.discount_minor, weights),
        share(line.tax_minor, weights),
        strict=True,
    )
    lines = []
    if kept:
        lines.append(_with_money(_shrunk(line, kept, base_units), next(shared)))
    for each, money in zip(others, shared, strict=True):
        lines.append(_with_money(_stand_in(line, each, base_units), money))
    reasons = [replace(decided, requested=kept)] if kept else []
    return lines, [*reasons, *(each.decision for each in others)]


def _with_money(line: NewLine, money: tuple[int, int, int]) -> NewLine:
    gross, discount, tax = money
    return replace(line, amount_minor=gross, discount_minor=discount, tax_minor=tax)


def _shrunk(line: NewLine, kept: Decimal, base_units: Mapping[int, str]) -> NewLine:
    """The line over less, in its own unit where that is exact, else in the item's base unit."""
    ordered = (line.quantity_ordered * kept / line.quantity).quantize(SCALE)
    if ordered * line.quantity == line.quantity_ordered * kept:
        return replace(line, quantity=kept, quantity_ordered=plain(ordered))
    return replace(
        line,
        quantity=kept,
        quantity_ordered=kept,
        unit=base_units.get(line.item_id, line.unit),
        unit_price=_price(line, line.quantity),
    )


def _stand_in(line: NewLine, each: Substitute, base_units: Mapping[int, str]) -> NewLine:
    quantity = plain(each.decision.requested)
    ratio = quantity / each.replaces
    return replace(
        line,
        item_id=each.item_id,
        quantity=quantity,
        quantity_ordered=quantity,
        unit=base_units[each.item_id],
        unit_price=_price(line, line.quantity * ratio),
    )


def _price(line: NewLine, units: Decimal) -> Decimal:
    return (line.unit_price * line.quantity_ordered / units).quantize(SCALE)
