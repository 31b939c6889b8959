"""Decisions about stock: values in, decision out.

Quantities are in base units, money in minor units."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext

from domain.kernel.money import exponent
from domain.kernel.quantity import Conversion
from domain.kernel.value_objects import value_object

ZERO = Decimal(0)
AVAILABLE = "available"
NAMED_STATES = (AVAILABLE, "quality_control", "damaged")
CONDITIONS = ("new", "refurbished", "used")
GONE_SERIAL_STATES = ("shipped", "removed", "in_kit")
LOT_STATUSES = ("released", "quarantined", "recalled")
UNIT_COST_SCALE = Decimal("0.000001")


@value_object()
class States:
    """The four states of a balance, or what a change adds to them."""

    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    quality_control: Decimal = ZERO
    damaged: Decimal = ZERO

    @property
    def committed(self) -> Decimal:
        """What lies there and may not be promised: reserved, held or damaged."""
        return self.reserved + self.quality_control + self.damaged

    @property
    def free(self) -> Decimal:
        """What is there and spoken for by nobody (safety stock counts as free here)."""
        return self.on_hand - self.committed

    def plus(self, other: "States") -> "States":
        """The states after a change."""
        return States(
            self.on_hand + other.on_hand,
            self.reserved + other.reserved,
            self.quality_control + other.quality_control,
            self.damaged + other.damaged,
        )


@value_object()
class Shortage:
    """Why a change cannot be: how much it asks for, and how much there is of that."""

    requested: Decimal
    available: Decimal


@value_object()
class Cost:
    """What an entity owns of an item and what it cost, in minor units."""

    quantity: Decimal = ZERO
    value_minor: int = 0


@value_object()
class UnitCost:
    """What one `unit` costs, in major units of `currency`."""

    amount: Decimal
    currency: str
    unit: Conversion


@value_object()
class Adjustment:
    """A correction in base units: by `delta`, or to `quantity` if there is what was `expected`."""

    delta: Decimal | None = None
    quantity: Decimal | None = None
    expected: Decimal | None = None


class ChangedMeanwhile(Exception):
    """There is not what the caller expected: (expected, actual)."""


def sum_changes(changes: Iterable[tuple[int, States]]) -> dict[int, States]:
    """One change for each balance, from (balance id, change); ordered by balance id."""
    summed: dict[int, States] = {}
    for balance_id, change in changes:
        summed[balance_id] = summed.get(balance_id, States()).plus(change)
    return dict(sorted(summed.items()))


def shortage(before: States, change: States) -> Shortage | None:
    """Why `change` would oversell or take what is not there; None when it may be."""
    after = before.plus(change)
    for state in ("reserved", "quality_control", "damaged"):
        if getattr(after, state) < 0:
            return Shortage(-getattr(change, state), getattr(before, state))
    if after.free < 0:
        return Shortage(change.committed - change.on_hand, before.free)
    return None


def add_to_cost(cost: Cost, quantity: Decimal, value_minor: int) -> Cost:
    """The cost after `quantity` came in for `value_minor`."""
    return Cost(cost.quantity + quantity, cost.value_minor + value_minor)


def take_from_cost(cost: Cost, quantity: Decimal) -> tuple[int, Cost]:
    """What `quantity` takes with it at the moving average, and what stays.

    The average is not rounded before it is multiplied, so that the last unit takes all that is
    left and the value closes to zero with the quantity.
    Raises ValueError when more is taken than is owned."""
    if not 0 <= quantity <= cost.quantity:
        raise ValueError(f"cannot take {quantity} of {cost.quantity}")
    taken = value_at_average(cost, quantity)
    return taken, Cost(cost.quantity - quantity, cost.value_minor - taken)


def value_at_average(cost: Cost, quantity: Decimal) -> int:
    """What `quantity` is worth at the moving average, half to even; 0 when nothing is owned."""
    if cost.quantity == 0:
        return 0
    with localcontext() as context:
        context.prec = 60
        value = cost.value_minor * quantity / cost.quantity
        return int(value.to_integral_value(rounding=ROUND_HALF_EVEN))


def value_at_unit_cost(quantity: Decimal, unit_cost: UnitCost) -> int:
    """What `quantity` (base units) costs, in minor units, half up."""
    with localcontext() as context:
        context.prec = 60
        units = quantity * unit_cost.unit.denominator / unit_cost.unit.numerator
        value = (units * unit_cost.amount).scaleb(exponent(unit_cost.currency))
        return int(value.to_integral_value(rounding=ROUND_HALF_UP))


def per_base_unit(unit_cost: UnitCost) -> Decimal:
    """The cost of one base unit (major units, 6 decimals)."""
    with localcontext() as context:
        context.prec = 60
        cost = unit_cost.amount * unit_cost.unit.denominator / unit_cost.unit.numerator
        return cost.quantize(UNIT_COST_SCALE, rounding=ROUND_HALF_EVEN)


def adjustment(asked: Adjustment, on_hand: Decimal) -> Decimal:
    """What an adjustment adds to what is on hand (base units).

    Raises ChangedMeanwhile when the caller has seen another quantity than there is."""
    if asked.expected is not None and asked.expected != on_hand:
        raise ChangedMeanwhile(asked.expected, on_hand)
    if asked.quantity is not None:
        return asked.quantity - on_hand
    return asked.delta if asked.delta is not None else ZERO


def state_change(from_state: str, to_state: str, quantity: Decimal) -> States:
    """What moving `quantity` from one named state to another adds to a balance.

    Available is what remains of on_hand, so it has no figure of its own to change."""
    figures = dict.fromkeys(("quality_control", "damaged"), ZERO)
    for state, amount in ((from_state, -quantity), (to_state, quantity)):
        if state != AVAILABLE:
            figures[state] += amount
    return States(quality_control=figures["quality_control"], damaged=figures["damaged"])


def lot_verdict(status: str, expires_on: date | None, *, today: date) -> str | None:
    """Why a lot may not leave today: quarantined, recalled or expired; None when it may.

    `expires_on` is its last good day."""
    if status != "released":
        return status
    return "expired" if expires_on is not None and expires_on < today else None
