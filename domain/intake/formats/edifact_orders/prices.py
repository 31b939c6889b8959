"""What a line costs: PRI per unit and basis, MOA, and the allowances and charges (ALC) on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from domain.catalog.units import fold_unit
from domain.intake.document import Problem
from domain.intake.formats.edifact import Segment, at
from domain.intake.formats.edifact_numbers import EdifactNumbers
from domain.intake.formats.edifact_orders.codes import (
    ADJUSTED,
    FREIGHT,
    GROSS_PRICES,
    LINE_AMOUNTS,
    NET_PRICES,
    TAX_AMOUNTS,
)
from domain.intake.formats.edifact_orders.parts import Area
from domain.intake.formats.invoiced.checks import LINE_TOLERANCE
from domain.intake.formats.numbers import exact_quotient, exact_sum
from domain.intake.formats.ordered.figures import LINE_DIFFERS

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class LinePrice:
    """As a ParsedLine has it: `amount` and `discount` of the whole line, `unit` per one unit."""

    unit: Decimal | None = None
    basis: str | None = None
    amount: Decimal | None = None
    discount: Decimal | None = None
    tax: Decimal | None = None


@dataclass(frozen=True, slots=True)
class _Stated:
    price: Decimal
    per: Decimal
    unit: str
    is_net: bool


def line_price(
    told: EdifactNumbers, area: Area, quantity: Decimal | None, unit: str | None
) -> LinePrice:
    """The price of a line of so many `unit`.

    What the line states as its amount is net of its allowances and charges, and wins. A gross
    price is taken with the allowances and charges beside it, a net one has them already."""
    stated = _stated(told, area)
    net = told.amount(area.own, area.path, *LINE_AMOUNTS)
    tax = exact_sum(told.amount(group, area.path, *TAX_AMOUNTS) for group in area.grouped("TAX"))
    if stated is None:
        return LinePrice(amount=net, tax=tax)
    basis = None if stated.per == 1 else f"{stated.per:f}"
    if _is_of_other_unit(stated, unit):
        if net is None:
            told.problems.append(_other_unit(area, stated, unit))
        return LinePrice(None, basis, net, None, tax)
    price = exact_quotient(stated.price, stated.per)
    adjusted = not stated.is_net and bool(area.grouped("ALC"))
    if net is not None and adjusted:
        # The gross price is not what is paid: the amount says what each is.
        return LinePrice(exact_quotient(net, quantity or Decimal(0)), basis, net, None, tax)
    if quantity is None:
        return LinePrice(price, basis, net, None, tax)
    gross = _times(stated.price, quantity, stated.per)
    if net is not None:
        if abs(gross - net) > LINE_TOLERANCE:
            told.problems.append(_differs(area, net, gross))
        return LinePrice(price, basis, net, None, tax)
    if not adjusted:
        return LinePrice(price, basis, gross if price is None else None, None, tax)
    charges, allowances = _adjustments(told, area, gross, quantity)
    amount = gross + charges if charges or price is None else None
    return LinePrice(price, basis, amount, allowances or None, tax)


def _stated(told: EdifactNumbers, area: Area) -> _Stated | None:
    for kinds in (NET_PRICES, GROSS_PRICES):
        for kind in kinds:
            for pri in area.all("PRI"):
                if at(pri, 1) == kind and at(pri, 1, 1):
                    price = told.number(at(pri, 1, 1), f"{area.path}/PRI")
                    per = told.number(at(pri, 1, 4), f"{area.path}/PRI")
                    if price is not None:
                        return _Stated(price, per or Decimal(1), at(pri, 1, 5), kinds is NET_PRICES)
    return None


def _is_of_other_unit(stated: _Stated, unit: str | None) -> bool:
    return bool(stated.unit and unit) and fold_unit(stated.unit) != fold_unit(unit or "")


def _other_unit(area: Area, stated: _Stated, unit: str | None) -> Problem:
    return Problem(
        "price_per_other_unit",
        f"{area.path}/PRI",
        f"The price is per {stated.unit}, but {unit} is ordered, and no amount (MOA 203) is told.",
        "Ask the sender for the price per unit ordered, or for the amount of the line.",
    )


def _differs(area: Area, stated: Decimal, worked: Decimal) -> Problem:
    return Problem(
        LINE_DIFFERS,
        area.path,
        f"The line states {stated:f}, and its price and quantity come to {worked:f}.",
        "The order is held; agree the price with the buyer, then release it.",
        "warning",
    )


def _times(price: Decimal, quantity: Decimal, per: Decimal) -> Decimal:
    """Price × quantity ÷ basis; to ten decimals where that does not end."""
    with localcontext() as context:
        context.prec = 80
        product = price * quantity
        exact = exact_quotient(product, per)
        return (product / per).quantize(Decimal(1).scaleb(-10)) if exact is None else exact


def _adjustments(
    told: EdifactNumbers, area: Area, gross: Decimal, quantity: Decimal
) -> tuple[Decimal, Decimal]:
    """The charges and the allowances on a line, in their order of calculation (1227): what comes
    later is taken of what is left."""
    sums = {"A": Decimal(0), "C": Decimal(0)}
    left, before, step = gross, gross, ""
    for alc in sorted(area.grouped("ALC"), key=lambda group: at(group[0], 4)):
        kind = at(alc[0], 1)
        if kind not in sums:
            continue
        if at(alc[0], 4) != step:
            step, before = at(alc[0], 4), left
        part = adjustment(told, alc, area.path, of=before, quantity=quantity)
        if part is None:
            told.problems.append(_unread(area, alc[0]))
            continue
        sums[kind] += part
        left += part if kind == "C" else -part
    return sums["C"], sums["A"]


def adjustment(
    told: EdifactNumbers,
    alc: Sequence[Segment],
    path: str,
    *,
    of: Decimal | None,
    quantity: Decimal | None,
) -> Decimal | None:
    """How much an allowance or charge is: its amount, its rate per unit, or its share of an
    amount; None where it says none of these."""
    amount = told.amount(alc, f"{path}/ALC", *ADJUSTED)
    if amount is not None:
        return amount
    for segment in alc:
        tag, value = at(segment, 0), at(segment, 1, 1)
        if tag == "PCD" and value and of is not None:
            share = told.number(value, f"{path}/ALC/PCD")
            return None if share is None else _times(of, share, _HUNDRED)
        if tag == "RTE" and value and quantity is not None:
            rate = told.number(value, f"{path}/ALC/RTE")
            per = told.number(at(segment, 1, 2), f"{path}/ALC/RTE")
            return None if rate is None else _times(rate, quantity, per or Decimal(1))
    return None


def is_freight(alc: Segment) -> bool:
    """Whether an allowance or charge is the cost of sending it."""
    return at(alc, 5) in FREIGHT


def _unread(area: Area, alc: Segment) -> Problem:
    kind = "allowance" if at(alc, 1) == "A" else "charge"
    return Problem(
        "allowance_without_amount",
        f"{area.path}/ALC",
        f"An {kind} says neither an amount nor a percentage."
        if kind == "allowance"
        else "A charge says neither an amount nor a percentage.",
        "Ask the sender how much it is; the line is booked without it.",
        "warning",
    )
