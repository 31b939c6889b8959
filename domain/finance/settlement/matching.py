"""A payout's amounts are set against what was expected; what is not explained is a difference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.engine import Row

from domain.finance.models import SettlementLine
from domain.finance.settlement.expected import (
    SIDES,
    SIGNS,
    expected_of,
    payments_of,
    sums_of_orders,
)
from domain.finance.settlement.policy import (
    ROUNDING,
    Cleared,
    Clearing,
    Expected,
    clear,
    name_left,
    name_short,
)
from domain.finance.settlement.told import REFUND, SALE
from domain.kernel.reading import Reader
from domain.orders.models import SalesOrder

_LEFT_AS_A_WHOLE = "shipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unexplained:
    """A difference before it is written: `held_minor` of it lies on the clearing account (a debit
    is positive), or it is about what is left of a payment."""

    kind: str
    amount_minor: int
    held_minor: int = 0
    order_id: int | None = None
    order_reference: str | None = None
    payment_id: int | None = None
    word: str | None = None


@dataclass(slots=True)
class Matched:
    """What of a payout was explained, and what was not. `rounding_minor` is a debit."""

    cleared: list[tuple[Cleared, int]] = field(default_factory=list)  # with the side's sign
    unexplained: list[Unexplained] = field(default_factory=list)
    rounding_minor: int = 0

    def clear(self, parts: Sequence[Cleared], sign: int) -> None:
        """Note what payments of one side were found."""
        self.cleared += [(part, sign) for part in parts]


@dataclass(frozen=True, slots=True)
class _Group:
    """What a payout has of a kind of one order, and the payments that it may be of."""

    kind: str
    amount_minor: int
    order: Row[Any]
    payments: Sequence[Row[Any]]
    tolerance_minor: int


async def match(reader: Reader, settlement: Row[Any], tolerance_minor: int) -> Matched:
    """Set what was sold and given back against the payments of the orders (locked), and name the
    rest."""
    matched, after = Matched(), 0
    while sums := await sums_of_orders(reader, settlement.id, after=after):
        after = max(sums)
        payments = await payments_of(reader, settlement, sums)
        orders = await _orders(reader, sums)
        for order_id, own in sums.items():
            for kind, amount in own.items():
                found = payments.get((order_id, SIDES[kind]), [])
                group = _Group(kind, amount, orders[order_id], found, tolerance_minor)
                _match_group(matched, group)
    matched.unexplained += await _without_orders(reader, settlement.id)
    return matched


def _match_group(matched: Matched, group: _Group) -> None:
    sign = SIGNS[SIDES[group.kind]]
    amount = sign * group.amount_minor
    if amount < 0:
        # A sale that costs, or a refund that brings: nobody expects it.
        matched.unexplained.append(_left(group, group.amount_minor, "amount_differs"))
        return
    waiting = [expected_of(row) for row in group.payments if row.uncleared_minor > 0]
    done = clear(amount, waiting)
    matched.clear(done.parts, sign)
    _name_left(matched, group, done.left_minor, sign)
    _name_short(matched, group, done, sign)


def _name_left(matched: Matched, group: _Group, left: int, sign: int) -> None:
    if not left:
        return
    name = name_left(
        group.kind,
        left,
        order_known=True,
        payments=len(group.payments),
        settled_before=any(row.cleared_minor > 0 for row in group.payments),
        tolerance_minor=group.tolerance_minor,
    )
    matched.unexplained.append(_left(group, sign * left, name))
    if name == ROUNDING:
        # Not held: the rounding account has it.
        matched.unexplained[-1] = replace(matched.unexplained[-1], held_minor=0)
        matched.rounding_minor -= sign * left


def _left(group: _Group, amount_minor: int, name: str) -> Unexplained:
    return Unexplained(
        kind=name,
        amount_minor=amount_minor,
        held_minor=-amount_minor,
        order_id=group.order.id,
        order_reference=group.order.external_number or group.order.number,
    )


def _name_short(matched: Matched, group: _Group, done: Clearing, sign: int) -> None:
    """What is left of the payments of which the payout has a part."""
    if not group.amount_minor:
        return
    is_complete = group.kind == SALE and group.order.status == _LEFT_AS_A_WHOLE
    for rest in done.short:
        minor = rest.uncleared_minor
        name = name_short(minor, is_complete=is_complete, tolerance_minor=group.tolerance_minor)
        if name is None:
            continue
        about = _short(group, rest, sign * minor, name)
        if name == ROUNDING:
            about = replace(about, payment_id=None)
            matched.clear([Cleared(rest.payment_id, minor, rest.base_minor)], sign)
            matched.rounding_minor += sign * minor
        matched.unexplained.append(about)


def _short(group: _Group, rest: Expected, amount_minor: int, name: str) -> Unexplained:
    return Unexplained(
        kind=name,
        amount_minor=-amount_minor,
        order_id=group.order.id,
        order_reference=group.order.external_number or group.order.number,
        payment_id=rest.payment_id,
    )


async def _orders(reader: Reader, order_ids: Mapping[int, Any]) -> dict[int, Row[Any]]:
    o = SalesOrder
    rows = await reader.rows(
        select(o.id, o.number, o.external_number, o.status).where(
            o.tenant_id == reader.tenant_id, o.id.in_(order_ids)
        )
    )
    return {row.id: row for row in rows}


async def _without_orders(reader: Reader, settlement_id: int) -> list[Unexplained]:
    """What is of no known order, and what is of no kind that anybody expects."""
    n = SettlementLine
    others = ("chargeback", "adjustment", "unknown")
    word = case((n.order_reference.is_(None), n.word)).label("unnamed")
    rows = await reader.rows(
        select(
            n.kind,
            n.order_id,
            n.order_reference,
            func.min(n.word).label("word"),
            func.sum(n.amount_minor).label("amount"),
        )
        .where(
            n.tenant_id == reader.tenant_id,
            n.settlement_id == settlement_id,
            or_(n.kind.in_(others), n.kind.in_((SALE, REFUND)) & n.order_id.is_(None)),
        )
        .group_by(n.kind, n.order_id, n.order_reference, word)
        .having(func.sum(n.amount_minor) != 0)
        .order_by(n.kind, func.min(n.line_number))
    )
    return [_unexplained(row) for row in rows]


def _unexplained(row: Row[Any]) -> Unexplained:
    amount = int(row.amount)
    name = name_left(
        row.kind,
        abs(amount),
        order_known=row.order_id is not None,
        payments=0,
        settled_before=False,
        tolerance_minor=0,
    )
    return Unexplained(
        kind=name,
        amount_minor=amount,
        held_minor=-amount,
        order_id=row.order_id,
        order_reference=row.order_reference,
        word=row.word,
    )
