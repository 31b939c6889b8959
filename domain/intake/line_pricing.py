"""In which unit and at what price each line of a document is ordered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from domain.catalog.conversions import conversions
from domain.intake.document import Problem
from domain.intake.line_items import ItemLine
from domain.kernel.money import to_minor
from domain.kernel.quantity import (
    LARGEST,
    SCALE,
    Conversion,
    QuantityNotExact,
    from_base,
    plain,
    to_base,
)
from domain.kernel.work import Work
from domain.orders.capture import NewLine
from domain.pricing.price_finding import PriceRequest, find_prices

LARGEST_AMOUNT = Decimal(10) ** 13
"""In major units, of one line or a whole order: sums of such fit where amounts are kept."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms the lines are priced. `by_list`: the document's own prices do not count."""

    channel_id: int
    party_id: int | None
    currency: str
    on: date
    by_list: bool


@dataclass(frozen=True, slots=True)
class _Sized:
    """A line in a unit that its item has; `base` is its quantity in base units."""

    line: ItemLine
    unit: str
    base: Decimal

    @property
    def quantity(self) -> Decimal:
        return plain(self.line.wanted.quantity)


async def priced_lines(
    work: Work, lines: Sequence[ItemLine], terms: Terms
) -> tuple[list[NewLine], list[Problem]]:
    """The lines with base quantities and prices, and the problems of those that have none."""
    known = await conversions(
        work, pairs=[(line.item.item_id, unit) for line in lines for unit in line.units]
    )
    sized = [_size(line, known) for line in lines]
    fitting = [line for line in sized if isinstance(line, _Sized)]
    listed = await find_prices(
        work,
        requests=[PriceRequest(li.line.item.item_id, li.unit, li.quantity) for li in fitting],
        currency=terms.currency,
        channel_id=terms.channel_id,
        party_id=terms.party_id,
        on=terms.on,
    )
    priced = [_price(line, price, terms) for line, price in zip(fitting, listed, strict=True)]
    problems = [p for p in (*sized, *priced) if isinstance(p, Problem)]
    return [line for line in priced if isinstance(line, NewLine)], problems


def _size(line: ItemLine, known: Mapping[tuple[int, str], Conversion]) -> _Sized | Problem:
    unit = next((unit for unit in line.units if (line.item.item_id, unit) in known), None)
    if unit is None:
        return _unknown_unit(line)
    quantity = line.wanted.quantity
    conversion = known[line.item.item_id, unit]
    try:
        base = to_base(quantity, conversion) if quantity <= LARGEST else None
        if base is None or base > LARGEST:
            return _quantity_problem(line, "quantity_too_large", f"At most {LARGEST} can be kept.")
        # Kept in the document's own unit too, so it must be exact in both.
        from_base(base, conversion)
    except QuantityNotExact as inexact:
        return _quantity_problem(line, "quantity_not_exact", inexact.message)
    return _Sized(line, unit, base)


def _price(sized: _Sized, listed: Decimal | None, terms: Terms) -> NewLine | Problem:
    wanted, item = sized.line.wanted, sized.line.item
    amount = None if terms.by_list else wanted.part_of(wanted.parsed.amount)
    price = listed if terms.by_list else _document_price(sized, amount, listed)
    if price is None:
        return Problem(
            "price_missing",
            wanted.parsed.path,
            f"Neither the document nor a price list has a price for {item.sku}.",
            f"Put a price in {terms.currency} per {sized.unit} on a price list, then replay.",
        )
    with localcontext() as context:
        context.prec = 60
        gross = price * sized.quantity if amount is None else amount
        price = price.quantize(SCALE)
    stated = None if terms.by_list else wanted.parsed.discount
    discount = wanted.part_of(stated) or Decimal(0)
    tax = wanted.part_of(wanted.parsed.tax) or Decimal(0)
    if max(price, abs(gross), abs(discount), abs(tax)) > LARGEST_AMOUNT or price < 0:
        return _price_problem(sized.line)
    return NewLine(
        item_id=item.item_id,
        quantity_ordered=sized.quantity,
        unit=sized.unit,
        quantity=sized.base,
        unit_price=plain(price),
        amount_minor=to_minor(gross, terms.currency),
        discount_minor=to_minor(discount, terms.currency),
        tax_minor=to_minor(tax, terms.currency),
        external_line=_own_line(sized.line),
        external_code=wanted.parsed.external_code,
        description=wanted.parsed.description,
        wanted_on=wanted.parsed.requested_delivery_on,
        wanted_ship_on=wanted.parsed.requested_ship_on,
        own_price=not terms.by_list,
        is_kit=item.is_kit,
    )


def _document_price(
    sized: _Sized, amount: Decimal | None, listed: Decimal | None
) -> Decimal | None:
    """The document's price, else what its amount comes to, else the price list's."""
    stated = sized.line.wanted.parsed.unit_price
    if stated is not None or amount is None:
        return listed if stated is None else stated
    with localcontext() as context:
        context.prec = 60
        return amount / sized.quantity


def _own_line(line: ItemLine) -> str:
    parsed = line.wanted.parsed
    return parsed.external_id or parsed.line_reference or str(parsed.line)


def _unknown_unit(line: ItemLine) -> Problem:
    units = " or ".join(map(repr, line.units))
    return Problem(
        "unknown_unit",
        line.wanted.parsed.path,
        f"The item {line.item.sku} has no unit {units}.",
        "Say how many base units it is (setItemUnit), then replay.",
    )


def _quantity_problem(line: ItemLine, code: str, message: str) -> Problem:
    remedy = f"Correct the units of {line.item.sku}, or ask for another quantity."
    return Problem(code, line.wanted.parsed.path, message, remedy)


def _price_problem(line: ItemLine) -> Problem:
    return Problem(
        "amount_out_of_range",
        line.wanted.parsed.path,
        f"An amount of the line is below zero or above {LARGEST_AMOUNT:f}.",
        "Have the source correct the price of the line.",
    )
