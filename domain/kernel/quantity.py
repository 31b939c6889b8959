"""Quantities: exact decimals in an item's base unit."""

from dataclasses import dataclass
from decimal import Decimal, localcontext

from domain.kernel.errors import Expected

SCALE = Decimal("0.000001")
LARGEST = Decimal("999999999999")


class QuantityNotExact(Expected):
    """A quantity in one unit that has no exact value in the other. Fields: quantity, unit."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """Base units in one unit, as an exact ratio: a case of 12 is 12/1, a gram of a kg 1/1000."""

    numerator: Decimal
    denominator: Decimal = Decimal(1)


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros or exponent: 200.000000 is 200."""
    whole = int(value)
    # The way by way of the integer is a third of normalize and a look at its exponent.
    return Decimal(whole) if whole == value else value.normalize()


def to_base(quantity: Decimal, conversion: Conversion) -> Decimal:
    """Quantity in a unit to base units. Raises QuantityNotExact rather than rounding."""
    return _exact(quantity, conversion.numerator, conversion.denominator)


def from_base(quantity: Decimal, conversion: Conversion) -> Decimal:
    """Quantity in base units to a unit. Raises QuantityNotExact rather than rounding."""
    return _exact(quantity, conversion.denominator, conversion.numerator)


def _exact(quantity: Decimal, numerator: Decimal, denominator: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        scaled = quantity * numerator
        result = (scaled / denominator).quantize(SCALE)
        if result * denominator != scaled:
            raise QuantityNotExact(
                f"{plain(quantity)} cannot be converted exactly; order a multiple that can.",
                quantity=quantity,
            )
    return plain(result)
