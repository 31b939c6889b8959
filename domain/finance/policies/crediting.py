"""What may be given back of a line that was billed."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line of an invoice: what was billed, and what of it was given back before."""

    quantity: Decimal
    net_minor: int
    tax_minor: int
    credited_quantity: Decimal = Decimal(0)
    credited_net_minor: int = 0
    credited_tax_minor: int = 0

    @property
    def left(self) -> "Given":
        """What may still be given back."""
        return Given(
            self.quantity - self.credited_quantity,
            max(self.net_minor, 0) - self.credited_net_minor,
            max(self.tax_minor, 0) - self.credited_tax_minor,
        )


@dataclass(frozen=True, slots=True)
class Given:
    """What is given back: a quantity in base units, money without tax, and tax in minor units."""

    quantity: Decimal
    net_minor: int
    tax_minor: int

    def within(self, left: "Given") -> bool:
        """Whether it is no more than that."""
        return (
            self.quantity <= left.quantity
            and self.net_minor <= left.net_minor
            and self.tax_minor <= left.tax_minor
        )


def tax_of(line: BilledLine, net_minor: int) -> int:
    """The tax that goes back with so much of a line's net amount: all that is left with the last
    of it, else in proportion, half up, and never more than is left."""
    left = line.left
    if net_minor == left.net_minor:
        return left.tax_minor
    if not line.net_minor:
        return 0
    part = (2 * line.tax_minor * net_minor + line.net_minor) // (2 * line.net_minor)
    return min(part, left.tax_minor)


def spread_over(given: Given, lines: "list[BilledLine]") -> list[Given]:
    """A credit of one line of an order over the invoice lines that billed it, the first first.

    Quantity, net and tax are spread each by itself: together they never exceed what is left.
    What is left over is nobody's."""
    quantity, net, tax = given.quantity, given.net_minor, given.tax_minor
    parts = []
    for line in lines:
        left = line.left
        part = Given(
            min(quantity, left.quantity), min(net, left.net_minor), min(tax, left.tax_minor)
        )
        quantity, net, tax = (
            quantity - part.quantity,
            net - part.net_minor,
            tax - part.tax_minor,
        )
        parts.append(part)
    return parts
