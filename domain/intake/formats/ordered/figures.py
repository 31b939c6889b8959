"""What the lines of an order come to, and whether the document says the same of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from domain.catalog.units import fold_unit
from domain.intake.document import ParsedLine, ParsedOrder, Problem, Totals
from domain.intake.formats.invoiced.checks import LINE_TOLERANCE
from domain.intake.formats.invoiced.invoice import ZERO, Adjustment
from domain.intake.formats.numbers import (
    MAX_QUOTIENT_DECIMALS,
    exact_product,
    exact_quotient,
    exact_sum,
)

LINE_DIFFERS = "line_amount_differs"
TOTAL_DIFFERS = "totals_differ"
FIGURES = frozenset({LINE_DIFFERS, TOTAL_DIFFERS})
_DIGITS = 120
_REMEDY = "The order is held; agree the price with the buyer, then release it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What a document says of a line's price: `price` is for `basis` of `basis_unit` (None: of the
    line's own); `stated` is what the line comes to, with its own allowances and charges."""

    path: str
    quantity: Decimal | None
    unit: str | None
    price: Decimal | None = None
    basis: Decimal = Decimal(1)
    basis_unit: str | None = None
    stated: Decimal | None = None
    beside: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class LineMoney:
    """A line's price of one unit and its amount, as an order keeps them, and what is wrong."""

    unit_price: Decimal | None
    amount: Decimal | None
    problems: tuple[Problem, ...] = ()


def money_of(line: Priced) -> LineMoney:
    """What a line costs. Its allowances and charges are within its amount.

    A price for another unit than the one ordered says nothing of one of those; then the stated
    amount has to."""
    if line.price is None or line.quantity is None:
        return LineMoney(None, line.stated)
    if line.basis <= 0:
        return LineMoney(None, line.stated, (_basis_invalid(line),))
    if not _is_of_unit(line):
        problems = () if line.stated is not None else (_of_other_unit(line),)
        return LineMoney(None, line.stated, problems)
    price = exact_quotient(line.price, line.basis)
    worked = _worked_out(line, exact_product(line.price, line.quantity))
    if line.stated is None:
        return LineMoney(price, worked if line.beside or price is None else None)
    differs = abs(line.stated - worked) > LINE_TOLERANCE
    return LineMoney(price, line.stated, (_differs(line, worked),) if differs else ())


def _is_of_unit(line: Priced) -> bool:
    if line.unit is None or line.basis_unit is None:
        return True
    return fold_unit(line.unit) == fold_unit(line.basis_unit)


def _worked_out(line: Priced, dividend: Decimal) -> Decimal:
    beside = exact_sum(each.signed for each in line.beside) or ZERO
    with localcontext() as context:
        context.prec = _DIGITS
        exact = dividend / line.basis + beside
        short = round(exact, MAX_QUOTIENT_DECIMALS)
    return exact if short == exact else short


def totalled(
    order: ParsedOrder,
    *,
    stated: Totals,
    beside: Sequence[Adjustment] = (),
    of_goods: bool = False,
) -> ParsedOrder:
    """The order with its totals as stated, and else as they are told one by one. Charges on the
    whole are its shipping, allowances its discount.

    Many state what an order comes to without its tax, or of the goods alone (`of_goods`): that is
    told (`total_is_net`). A total that is none of these is a warning, and does not count."""
    totals = _completed(order, stated, beside)
    order = replace(order, totals=totals)
    lines = _sum_of(order.lines)
    if lines is None:
        return order
    tolerance = LINE_TOLERANCE * len(order.lines)
    tax = totals.tax or ZERO
    net = lines - (totals.discount or ZERO) + (totals.shipping or ZERO)
    due = net + tax
    net_totals = {net, lines} if of_goods else {net}
    is_net = totals.total is not None and any(
        abs(totals.total - each) <= tolerance for each in net_totals - {due}
    )
    pairs = [("subtotal", totals.subtotal, lines)]
    if not is_net:
        pairs.append(("total", totals.total, due))
    found = tuple(
        _total_differs(order, what, told, worked)
        for what, told, worked in pairs
        if told is not None and abs(told - worked) > tolerance
    )
    return replace(order, total_is_net=is_net, problems=(*order.problems, *found))


def _completed(order: ParsedOrder, stated: Totals, beside: Sequence[Adjustment]) -> Totals:
    """The totals, with sums of what stands on the whole and on the lines."""
    worked = {
        "discount": exact_sum(each.amount for each in beside if not each.is_charge),
        "shipping": exact_sum(each.amount for each in beside if each.is_charge),
        "tax": exact_sum(line.tax for line in order.lines),
    }
    missing = {name: value for name, value in worked.items() if getattr(stated, name) is None}
    return replace(stated, **missing)


def _sum_of(lines: Sequence[ParsedLine]) -> Decimal | None:
    """What the lines come to together; None where one of them has no price."""
    amounts = [_amount_of(line) for line in lines]
    if not amounts or any(amount is None for amount in amounts):
        return None
    return exact_sum(amounts)


def _amount_of(line: ParsedLine) -> Decimal | None:
    if line.amount is not None:
        return line.amount
    if line.unit_price is None or line.quantity is None:
        return None
    return exact_product(line.unit_price, line.quantity)


def _differs(line: Priced, worked: Decimal) -> Problem:
    message = f"The line is stated at {line.stated:f}, but its price comes to {worked:f}."
    return Problem(LINE_DIFFERS, line.path, message, _REMEDY, "warning")


def _total_differs(order: ParsedOrder, what: str, stated: Decimal, worked: Decimal) -> Problem:
    message = (
        f"The order's {what} is stated at {stated:f}, but its lines come to {worked:f}; "
        "the lines count."
    )
    return Problem(TOTAL_DIFFERS, order.path, message, _REMEDY, "warning")


def _basis_invalid(line: Priced) -> Problem:
    message = f"The price is for a quantity of {line.basis:f}."
    return Problem("price_basis_invalid", line.path, message, "Ask the buyer to correct it.")


def _of_other_unit(line: Priced) -> Problem:
    message = f"The price is per {line.basis_unit}, but {line.unit} are ordered."
    remedy = "Ask the buyer for the price of the unit that is ordered, or what the line comes to."
    return Problem("price_unit_differs", line.path, message, remedy)
