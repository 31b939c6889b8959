"""What returned goods are worth to their sender: never more, in all, than was billed for them.

Money in minor units, quantities in base units."""

from dataclasses import dataclass
from decimal import Decimal

from domain.orders.policy import portion

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSale:
    """What was delivered and billed of an order's line, and what of that is credited."""

    shipped: Decimal
    net_minor: int
    tax_minor: int
    credited: Decimal = ZERO
    credited_net_minor: int = 0
    credited_tax_minor: int = 0

    def after(self, quantity: Decimal, part: "Part") -> "LineSale":
        """The sale after so much more was credited."""
        return LineSale(
            shipped=self.shipped,
            net_minor=self.net_minor,
            tax_minor=self.tax_minor,
            credited=self.credited + quantity,
            credited_net_minor=self.credited_net_minor + part.net_minor,
            credited_tax_minor=self.credited_tax_minor + part.tax_minor,
        )


@dataclass(frozen=True, slots=True)
class Part:
    """Money for a part of a line."""

    net_minor: int
    tax_minor: int

    @property
    def minor(self) -> int:
        """Both together."""
        return self.net_minor + self.tax_minor


def credit_of(sale: LineSale, quantity: Decimal) -> Part:
    """What `quantity` more of a line is worth: the share of all that is credited then, less what
    was credited before. With the last unit it closes to what was billed, however it is split, and
    is never below nothing nor above what is left."""
    after = sale.credited + quantity
    if quantity <= 0 or after > sale.shipped:
        raise ValueError(f"cannot credit {quantity} of {sale.shipped - sale.credited}")
    return Part(
        _share(sale.net_minor, sale.credited_net_minor, after, sale.shipped),
        _share(sale.tax_minor, sale.credited_tax_minor, after, sale.shipped),
    )


def _share(billed: int, credited: int, part: Decimal, whole: Decimal) -> int:
    left = max(billed, 0) - credited
    if part == whole:
        return left
    return min(max(portion(max(billed, 0), part, whole) - credited, 0), left)


def shipping_of(
    *, shipping_minor: int, credited_minor: int, net_after_minor: int, net_billed_minor: int
) -> int:
    """What of an order's shipping charge goes back with goods: their share of the order's goods,
    less what went back before; all of it with the last of them."""
    left = max(shipping_minor, 0) - credited_minor
    if left <= 0:
        return 0
    if net_after_minor >= net_billed_minor:
        return left
    share = portion(max(shipping_minor, 0), Decimal(net_after_minor), Decimal(net_billed_minor))
    return min(max(share - credited_minor, 0), left)


def fee_of(
    *,
    part: Part,
    percent: Decimal,
    fixed_minor: int,
    credited_before: Decimal,
    credited_after: Decimal,
    line_quantity: Decimal,
) -> int:
    """The restocking fee of a part of a line: percent of its net value, and the line's fixed fee
    in the measure in which the line is credited; never more than the part is worth."""
    by_percent = int((Decimal(part.net_minor) * percent / 100).to_integral_value())
    by_line = portion(fixed_minor, credited_after, line_quantity) - portion(
        fixed_minor, credited_before, line_quantity
    )
    return min(by_percent + by_line, part.minor)
