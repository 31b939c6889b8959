"""What is credited of orders, reckoned: line by line, with shipping and fees."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.kernel.money import to_major
from domain.returns.claims import Sales
from domain.returns.outcomes import CreditedTooMuch
from domain.returns.policies.crediting import LineSale, Part, credit_of, fee_of, shipping_of


@dataclass(frozen=True, slots=True)
class Granted:
    """What of a return's line is credited (base units). `part`: what another has paid for it
    already; `fee_minor`: another fee than the policy's."""

    line_id: int
    quantity: Decimal
    part: Part | None = None
    fee_minor: int | None = None


@dataclass(frozen=True, slots=True)
class LineCredit:
    """What is credited of a line, and the fee that is kept of it."""

    line: Row[Any]
    quantity: Decimal
    part: Part
    fee_minor: int


@dataclass(slots=True)
class OrderCredit:
    """What is credited of one order."""

    order: Row[Any]
    lines: list[LineCredit] = field(default_factory=list)
    shipping_minor: int = 0

    @property
    def net_minor(self) -> int:
        """The net value of the goods."""
        return sum(each.part.net_minor for each in self.lines)

    @property
    def tax_minor(self) -> int:
        """The tax on them."""
        return sum(each.part.tax_minor for each in self.lines)

    @property
    def fee_minor(self) -> int:
        """What is kept of it."""
        return sum(each.fee_minor for each in self.lines)

    @property
    def total_minor(self) -> int:
        """What the customer gets."""
        return self.net_minor + self.tax_minor + self.shipping_minor - self.fee_minor


def credits_of(
    row: Row[Any], lines: Mapping[int, Row[Any]], granted: Sequence[Granted], sales: Sales
) -> list[OrderCredit]:
    """A credit for each order, in the order of their ids."""
    by_order: dict[int, OrderCredit] = {}
    running: dict[int, LineSale] = {}
    for each in granted:
        line = lines[each.line_id]
        sale = running.get(line.order_line_id) or sales.sale(line.order_line_id)
        part = each.part or credit_of(sale, each.quantity)
        running[line.order_line_id] = sale.after(each.quantity, part)
        fee = _fee(line, each, part) if each.fee_minor is None else each.fee_minor
        credit = by_order.setdefault(line.order_id, OrderCredit(sales.orders[line.order_id]))
        credit.lines.append(LineCredit(line, each.quantity, part, min(fee, part.minor)))
    return [by_order[order_id] for order_id in sorted(by_order)]


def _fee(line: Row[Any], granted: Granted, part: Part) -> int:
    if granted.part is not None:
        return 0
    return fee_of(
        part=part,
        percent=line.fee_percent,
        fixed_minor=line.fee_minor,
        credited_before=line.credited,
        credited_after=line.credited + granted.quantity,
        line_quantity=line.quantity,
    )


def shipping_share(credit: OrderCredit, sales: Sales, told: int | None) -> int:
    """The shipping that goes back with a credit: as it is told, or as the policy let it."""
    if told is not None:
        return told
    if not any(each.line.refunds_shipping for each in credit.lines):
        return 0
    counters = sales.lines_of(credit.order.id)
    total = sales.totals[credit.order.id]
    credited = sum(row.credited_net_minor for row in counters) + credit.net_minor
    return shipping_of(
        shipping_minor=total.shipping_minor,
        credited_minor=total.credited_shipping_minor,
        net_after_minor=credited,
        net_billed_minor=sum(max(row.billed_net_minor, 0) for row in counters),
    )


def require_left(row: Row[Any], credit: OrderCredit, sales: Sales) -> None:
    """Raise CreditedTooMuch when a line, the shipping, or the order has not so much left."""
    total = sales.totals.get(credit.order.id)
    left = 0 if total is None else total.billed_minor - total.credited_minor
    shipping = 0 if total is None else total.shipping_minor - total.credited_shipping_minor
    together: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for each in credit.lines:
        amounts = together[each.line.order_line_id]
        amounts[0] += each.part.net_minor
        amounts[1] += each.part.tax_minor
    over = credit.total_minor > left or credit.shipping_minor > shipping
    for order_line_id, (net, tax) in together.items():
        sale = sales.sale(order_line_id)
        over = over or net > max(sale.net_minor, 0) - sale.credited_net_minor
        over = over or tax > max(sale.tax_minor, 0) - sale.credited_tax_minor
    if over:
        raise CreditedTooMuch(
            f"{to_major(credit.total_minor, row.currency)} {row.currency} would be credited, "
            f"{to_major(left, row.currency)} are left.",
            order_id=credit.order.id,
            requested_minor=credit.total_minor,
            creditable_minor=left,
            currency=row.currency,
        )
