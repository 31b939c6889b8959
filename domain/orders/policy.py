"""Decisions about orders: values in, decision out. Money in minor, quantities in base units."""

from collections.abc import Callable, Sequence
from dataclasses import field
from decimal import Decimal

from domain.kernel.money import share, to_minor
from domain.kernel.value_objects import value_object

ZERO = Decimal(0)

# The action and the permission it asks for, in the order in which a screen offers them.
ACTIONS = {
    "allocate": "allocation.run",
    "release": "fulfilment.release",
    "amend": "orders.amend",
    "hold": "orders.manage",
    "unhold": "orders.manage",
    "request_credit_release": "approvals.request",
    "cancel": "orders.cancel",
}
FINAL = ("shipped", "cancelled")
# Later facts stand above earlier ones; events that come out of order end at the highest.
PAYMENT_ORDER = ("unknown", "pending", "authorized", "voided", "paid", "refunded")


@value_object()
class LineFigures:
    """How far one line is, in base units."""

    quantity: Decimal
    allocated: Decimal = ZERO
    shipped: Decimal = ZERO
    cancelled: Decimal = ZERO

    @property
    def backordered(self) -> Decimal:
        """What is neither allocated, shipped nor cancelled."""
        return self.quantity - self.allocated - self.shipped - self.cancelled


def order_status(lines: Sequence[LineFigures], *, held: bool, in_fulfilment: bool = False) -> str:
    """The order's status from its lines; `in_fulfilment` when a location works on it."""
    wanted = sum((line.quantity - line.cancelled for line in lines), ZERO)
    shipped = sum((line.shipped for line in lines), ZERO)
    allocated = sum((line.allocated for line in lines), ZERO)
    if shipped == wanted:
        return "shipped" if shipped else "cancelled"
    if held:
        return "held"
    if shipped:
        return "partially_shipped"
    if in_fulfilment:
        return "in_fulfilment"
    if allocated == wanted:
        return "allocated"
    return "partially_allocated" if allocated else "backordered"


def actions(
    *,
    status: str,
    held: bool,
    by_hand: bool = False,
    for_credit: bool = False,
    waiting: bool,
    reserved: bool,
    at_work: bool,
    permitted: Callable[[str], bool],
) -> list[str]:
    """What may be done with the order now, by a caller for whom `permitted` answers.

    `held`: for whatever reason; `by_hand`, `for_credit`: for these; `waiting`: a part waits for
    stock; `reserved`: stock is kept that no warehouse works on yet; `at_work`: a warehouse works on
    it, so that the whole cannot be cancelled."""
    if status in FINAL:
        return []
    possible = {
        "allocate": waiting,
        "release": reserved and not held,
        "amend": True,
        "hold": not by_hand,
        "unhold": by_hand,
        "request_credit_release": for_credit,
        "cancel": not at_work,
    }
    return [a for a, permission in ACTIONS.items() if possible[a] and permitted(permission)]


def later_payment_state(current: str, told: str) -> str:
    """The payment state after being told of one, in whatever order they are told."""
    return max(current, told, key=PAYMENT_ORDER.index)


def gross_minor(unit_price: Decimal, quantity: Decimal, currency: str) -> int:
    """Price per unit (major units) × quantity in that unit, in minor units, half up."""
    return to_minor(unit_price * quantity, currency)


@value_object()
class LinePrice:
    """What is known of a line's money: before discount and tax, its own discount, its own tax."""

    gross_minor: int
    discount_minor: int = 0
    tax_minor: int = 0


@value_object()
class GivenTotals:
    """The totals that a document states; what it does not state is computed."""

    subtotal_minor: int | None = None
    discount_minor: int | None = None
    tax_minor: int | None = None
    shipping_minor: int | None = None
    total_minor: int | None = None


@value_object()
class LineAmounts:
    """A line's part of the order's money: `net_minor` is what is earned, without tax."""

    discount_minor: int
    tax_minor: int
    net_minor: int


@value_object()
class OrderAmounts:
    """The order's money. total = sum of the lines' net + tax + shipping, to the minor unit."""

    subtotal_minor: int
    discount_minor: int
    tax_minor: int
    shipping_minor: int
    total_minor: int
    lines: tuple[LineAmounts, ...] = field(default=())


def order_amounts(
    lines: Sequence[LinePrice], given: GivenTotals, *, prices_include_tax: bool = False
) -> OrderAmounts:
    """The totals as given, else computed, and every line's part of them.

    Discount and tax that stand on the order alone are shared over the lines, so that the lines
    close to the order exactly, whatever is shipped of them and in how many shipments."""
    subtotal = _or(given.subtotal_minor, sum(line.gross_minor for line in lines))
    discount = _or(given.discount_minor, sum(line.discount_minor for line in lines))
    tax = _or(given.tax_minor, sum(line.tax_minor for line in lines))
    shipping = _or(given.shipping_minor, 0)
    added_tax = 0 if prices_include_tax else tax
    total = _or(given.total_minor, subtotal - discount + added_tax + shipping)
    weights = [_worth(line, prices_include_tax) for line in lines]
    discounts = _completed([line.discount_minor for line in lines], discount, weights)
    taxes = _completed([line.tax_minor for line in lines], tax, weights)
    nets = share(total - tax - shipping, weights)
    parts = tuple(LineAmounts(d, t, n) for d, t, n in zip(discounts, taxes, nets, strict=True))
    return OrderAmounts(subtotal, discount, tax, shipping, total, parts)


def _or(given: int | None, computed: int) -> int:
    return computed if given is None else given


def _worth(line: LinePrice, prices_include_tax: bool) -> Decimal:
    included = line.tax_minor if prices_include_tax else 0
    return Decimal(max(line.gross_minor - line.discount_minor - included, 0))


def _completed(own: list[int], whole: int, weights: Sequence[Decimal]) -> list[int]:
    rest = share(whole - sum(own), weights)
    return [mine + part for mine, part in zip(own, rest, strict=True)]


def rescaled(amounts: LineAmounts, *, old: Decimal, new: Decimal) -> LineAmounts:
    """A line's amounts after its quantity went from `old` to `new` (base units)."""
    return LineAmounts(
        portion(amounts.discount_minor, new, old),
        portion(amounts.tax_minor, new, old),
        portion(amounts.net_minor, new, old),
    )


def portion(amount_minor: int, part: Decimal, whole: Decimal) -> int:
    """The part's share of an amount, half up; exact for nothing and for the whole.

    Whole numbers throughout, so that no division rounds on the way."""
    scale = max(-int(part.as_tuple().exponent), -int(whole.as_tuple().exponent), 0)
    numerator = amount_minor * int(part.scaleb(scale))
    denominator = int(whole.scaleb(scale))
    return (2 * numerator + denominator) // (2 * denominator)
