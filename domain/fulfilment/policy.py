"""Decisions about fulfilment: values in, decision out. Quantities in base units."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.orders.policy import portion

ZERO = Decimal(0)

# The action and the permission it asks for, in the order of the work.
ACTIONS = {
    "accept": "fulfilment.pick",
    "pick": "fulfilment.pick",
    "pack": "fulfilment.pack",
    "ship": "fulfilment.ship",
    "reject": "fulfilment.pick",
    "cancel": "fulfilment.release",
    "answer_cancellation": "fulfilment.pick",
}
# Before a location that is asked has taken the work on, it does none of it.
WORK = ("pick", "pack", "ship")


@dataclass(frozen=True, slots=True)
class WorkLine:
    """How far one line of a fulfilment order is: shipped <= packed <= picked <= quantity."""

    quantity: Decimal
    picked: Decimal = ZERO
    packed: Decimal = ZERO
    shipped: Decimal = ZERO

    @property
    def to_pick(self) -> Decimal:
        """What is still on the shelf."""
        return self.quantity - self.picked

    @property
    def to_pack(self) -> Decimal:
        """What is picked and in no carton."""
        return self.picked - self.packed

    @property
    def to_ship(self) -> Decimal:
        """What is packed and still here."""
        return self.packed - self.shipped

    def after_pick(self, picked: Decimal, missing: Decimal) -> "WorkLine | None":
        """After so much was picked and so much was not found; None when that is too much."""
        if picked + missing > self.to_pick:
            return None
        return replace(self, quantity=self.quantity - missing, picked=self.picked + picked)

    def after_pack(self, packed: Decimal) -> "WorkLine | None":
        """After so much was packed; None when so much is not picked."""
        return None if packed > self.to_pack else replace(self, packed=self.packed + packed)

    def after_shipment(self, shipped: Decimal) -> "WorkLine | None":
        """After so much was shipped; None when so much is not packed."""
        return None if shipped > self.to_ship else replace(self, shipped=self.shipped + shipped)


def work_status(lines: Sequence[WorkLine]) -> str:
    """The status of a fulfilment order from its lines; without anything to do it is cancelled."""
    todo = [line for line in lines if line.quantity > 0]
    if not todo:
        return "cancelled"
    if all(line.shipped == line.quantity for line in todo):
        return "shipped"
    if any(line.shipped for line in todo):
        return "partially_shipped"
    if all(line.packed == line.quantity for line in todo):
        return "packed"
    if all(line.picked == line.quantity for line in todo):
        return "picked"
    return "picking" if any(line.picked for line in todo) else "released"


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a location was asked and answered: `acceptance` of the work (requested, accepted; None:
    it is not asked), `cancellation` of it (requested, accepted, refused; None: not asked)."""

    acceptance: str | None = None
    cancellation: str | None = None

    @property
    def may_work(self) -> bool:
        """Whether the work was taken on, or needs not be."""
        return self.acceptance != "requested"

    @property
    def must_ask(self) -> bool:
        """Whether the work is called off only with the location's consent."""
        return self.acceptance == "accepted"


NOBODY_ASKED = Handshake()


def actions(
    *,
    status: str,
    lines: Sequence[WorkLine],
    permitted: Callable[[str], bool],
    handshake: Handshake = NOBODY_ASKED,
) -> list[str]:
    """What may be done with a fulfilment order now, by a caller for whom `permitted` answers."""
    if status in ("shipped", "cancelled"):
        return []
    possible = {
        "pick": any(line.to_pick for line in lines),
        "pack": any(line.to_pack for line in lines),
        "ship": any(line.to_ship for line in lines),
        "reject": any(line.to_pick for line in lines),
        "cancel": not any(line.shipped for line in lines),
        "accept": not handshake.may_work,
        "answer_cancellation": handshake.cancellation == "requested",
    }
    if not handshake.may_work:
        possible |= dict.fromkeys(WORK, False)
    if handshake.cancellation == "requested":
        possible["cancel"] = False
    return [a for a, permission in ACTIONS.items() if possible[a] and permitted(permission)]


@dataclass(frozen=True, slots=True)
class Sale:
    """What an order line was sold for (minor units), and how much of that is booked already."""

    quantity: Decimal
    net_minor: int
    tax_minor: int
    discount_minor: int
    shipped_before: Decimal = ZERO
    booked_net_minor: int = 0
    booked_tax_minor: int = 0

    def after(self, shipped: Decimal, earned: "Earned") -> "Sale":
        """The sale after a shipment that earned so much."""
        return replace(
            self,
            shipped_before=self.shipped_before + shipped,
            booked_net_minor=self.booked_net_minor + earned.revenue_minor,
            booked_tax_minor=self.booked_tax_minor + earned.tax_minor,
        )


@dataclass(frozen=True, slots=True)
class Earned:
    """What one shipment of a line earns, in minor units; the revenue is after the discount."""

    revenue_minor: int
    tax_minor: int
    discount_minor: int


def earn(sale: Sale, shipped: Decimal) -> Earned:
    """What shipping `shipped` more of the line earns.

    The share of everything shipped so far, less what is booked: over all shipments of a line it
    closes to the line's amounts, however it is split."""
    after = sale.shipped_before + shipped
    return Earned(
        portion(sale.net_minor, after, sale.quantity) - sale.booked_net_minor,
        portion(sale.tax_minor, after, sale.quantity) - sale.booked_tax_minor,
        portion(sale.discount_minor, after, sale.quantity)
        - portion(sale.discount_minor, sale.shipped_before, sale.quantity),
    )


def cost_legs(cost_minor: int) -> tuple[tuple[str, int], ...]:
    """What leaves the stock becomes cost of goods."""
    return (("cost_of_goods", cost_minor), ("inventory", -cost_minor))


def revenue_legs(earned: Sequence[Earned], *, shipping_minor: int) -> tuple[tuple[str, int], ...]:
    """What the customer will be billed for a shipment, and what it is for."""
    net = sum(each.revenue_minor for each in earned)
    tax = sum(each.tax_minor for each in earned)
    discount = sum(each.discount_minor for each in earned)
    return (
        ("unbilled", net + tax + shipping_minor),
        ("discount", discount),
        ("revenue", -(net + discount)),
        ("tax", -tax),
        ("shipping", -shipping_minor),
    )
