"""Joins an order and its items that came as two documents."""

from dataclasses import replace
from decimal import Decimal

from domain.intake.document import ParsedOrder, Totals

_ANSWERED = frozenset({"items_missing", "order_missing"})


def join(header: ParsedOrder, items: ParsedOrder) -> ParsedOrder | None:
    """The order of one document with the lines of another (Amazon's getOrder and getOrderItems).

    None if they are not of the same order, or the header has lines of its own. The problems that
    each lacks the other are gone; all others stay.
    """
    if header.external_id is None or header.external_id != items.external_id or header.lines:
        return None
    problems = [p for p in (*header.problems, *items.problems) if p.code not in _ANSWERED]
    return replace(
        header,
        lines=items.lines,
        currency=header.currency or items.currency,
        totals=_joined(header.totals, items.totals),
        problems=tuple(problems),
    )


def _joined(stated: Totals, of_lines: Totals) -> Totals:
    return Totals(
        subtotal=_either(stated.subtotal, of_lines.subtotal),
        discount=_either(stated.discount, of_lines.discount),
        tax=_either(stated.tax, of_lines.tax),
        shipping=_either(stated.shipping, of_lines.shipping),
        total=stated.total,
    )


def _either(stated: Decimal | None, summed: Decimal | None) -> Decimal | None:
    return summed if stated is None else stated
