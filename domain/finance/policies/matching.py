"""The three-way match: what a supplier bills, beside what was ordered and what came."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from domain.orders.policy import portion

ZERO = Decimal(0)
HUNDRED = Decimal(100)
# Why a line, or the whole invoice, is not borne out.
NOT_RECEIVED = "not_received"
MORE_THAN_RECEIVED = "more_than_received"
PRICE_TOO_HIGH = "price_too_high"
NO_ORDER = "no_order"
OTHER_CURRENCY = "other_currency"
TOTAL_DIFFERS = "total_differs"
NOT_BILLED = "not_billed"
REASONS = (
    NOT_RECEIVED,
    MORE_THAN_RECEIVED,
    PRICE_TOO_HIGH,
    NO_ORDER,
    OTHER_CURRENCY,
    TOTAL_DIFFERS,
    NOT_BILLED,
)


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a supplier's invoice may be off: more than received, in percent of it; above the
    order's price, in percent of it or by an amount of the line, whichever is more."""

    quantity_percent: Decimal = ZERO
    price_percent: Decimal = ZERO
    price_minor: int = 0


@dataclass(frozen=True, slots=True)
class Bought:
    """A line of an order: what came (base units) and stands at (minor units) as received, what of
    both is billed already, and the order's price of one base unit in minor units."""

    received: Decimal
    received_minor: int
    billed: Decimal = ZERO
    billed_received_minor: int = 0
    unit_minor: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Billed:
    """What is billed of it: base units, and without tax in minor units; both below zero where it
    is given back. `is_price`: it is given back of the price, and no goods."""

    quantity: Decimal
    net_minor: int
    is_price: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """Why it is not borne out (nothing: it is), what the goods stand at, and by how much the bill
    is off that, in minor units."""

    reasons: tuple[str, ...]
    received_minor: int
    variance_minor: int


def match(bought: Bought, billed: Billed, tolerance: Tolerance) -> Match:
    """Hold what is billed of a line against what was ordered and came. What is given back is held
    against what was billed."""
    if billed.quantity < 0:
        return _given_back(bought, billed)
    reasons = []
    after = bought.billed + billed.quantity
    most = bought.received * (HUNDRED + tolerance.quantity_percent) / HUNDRED
    if after > most:
        reasons.append(NOT_RECEIVED if bought.received <= bought.billed else MORE_THAN_RECEIVED)
    ordered = bought.unit_minor * billed.quantity
    allowed = max(ordered * tolerance.price_percent / HUNDRED, Decimal(tolerance.price_minor))
    # Half a minor unit is the invoice's own rounding.
    if billed.net_minor > ordered + max(allowed, Decimal("0.5")):
        reasons.append(PRICE_TOO_HIGH)
    stood = received_value(bought, billed.quantity)
    return Match(tuple(reasons), stood, billed.net_minor - stood)


def _given_back(bought: Bought, billed: Billed) -> Match:
    reasons = (NOT_BILLED,) if bought.billed + billed.quantity < 0 else ()
    stood = 0 if billed.is_price else received_value(bought, billed.quantity)
    return Match(reasons, stood, billed.net_minor - stood)


def received_value(bought: Bought, quantity: Decimal) -> int:
    """What so much more stands at as received and not invoiced, in minor units. The last that came
    takes all that is left; what is yet to come stands at the order's price. Below zero for what is
    given back."""
    after = bought.billed + quantity
    came = min(after, bought.received)
    whole = portion(bought.received_minor, came, bought.received) if bought.received else 0
    ahead = (after - came) * bought.unit_minor
    whole += int(ahead.to_integral_value(rounding=ROUND_HALF_UP))
    value = whole - bought.billed_received_minor
    return min(value, 0) if quantity < 0 else max(value, 0)


def agreed_minor(bought: Bought, billed: Billed) -> int:
    """What of a bill the order and the receipts bear out: what came, at the order's price."""
    came = min(max(bought.received - bought.billed, ZERO), billed.quantity)
    exact = came * bought.unit_minor
    return min(int(exact.to_integral_value(rounding=ROUND_HALF_UP)), billed.net_minor)
