"""Asking for approval of prices beyond the limit, once the order with them is written. Until then
it is held: nothing of it is released."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.allocation.kit_changes import KitChanges
from domain.allocation.line_changes import LineChange
from domain.allocation.outcomes import PriceNeedsApproval
from domain.allocation.price_overrides import with_price_holds
from domain.approvals.policies.rules import Facts
from domain.approvals.requesting import Ask, request_approvals
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.orders.capture import NewLine, NewOrder
from domain.orders.holds import PRICE, guard
from domain.orders.models import SalesOrder, SalesOrderLine
from domain.pricing.policies.deviation import Deviation

SUBJECT = "price_override"
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Back:
    """To which quantities, in their own units, lines and kits go back when the prices are not
    approved, by id; 0 cancels."""

    lines: Mapping[int, Decimal] = field(default_factory=dict)
    kits: Mapping[int, Decimal] = field(default_factory=dict)


async def ask_for_placed(work: Work, placed: Sequence[tuple[NewOrder, int, str]]) -> dict[int, str]:
    """Hold new orders (with their ids and numbers) that were placed at prices beyond the limit, and
    ask; their status then, by id. Nothing is sent when there are none."""
    if not placed:
        return {}
    ids = [order_id for _, order_id, _ in placed]
    backs = await _all_new(work, ids)
    await guard(work, ids, PRICE)
    await request_approvals(
        work, [_ask(number, order_id, order, backs[order_id]) for order, order_id, number in placed]
    )
    rows = await work.rows(
        select(SalesOrder.id, SalesOrder.status).where(
            SalesOrder.tenant_id == work.tenant_id, SalesOrder.id.in_(ids)
        )
    )
    return {row.id: row.status for row in rows}


async def marked_amendment(
    work: Work,
    order: Row[Any],
    added: Sequence[NewLine],
    changes: Sequence[LineChange],
    kits: KitChanges,
) -> NewOrder:
    """What an amendment adds, as an order of its own: new lines (marked where their price is beyond
    the limit), and how far it is off in all, with what grows of lines that were beyond it before.

    Raises PriceNeedsApproval for a partner that would have more of such a line."""
    grown = [*_grown_lines(changes), *_grown_kits(changes, kits)]
    if grown and work.principal.is_partner:
        message = "More of what has a price other than the list's is ordered by its seller."
        raise PriceNeedsApproval(message, path=("lines",))
    more = NewOrder(
        channel_id=order.channel_id,
        entity_id=order.entity_id,
        party_id=order.party_id,
        currency=order.currency,
        ordered_at=work.now,
        lines=(*added, *grown),
        intake_message_id=order.intake_message_id,
    )
    [marked] = await with_price_holds(work, [more])
    return replace(marked, lines=marked.lines[: len(added)])


async def ask_for_amended(
    work: Work,
    order: Row[Any],
    marked: NewOrder,
    changes: Sequence[LineChange],
    kits: KitChanges,
) -> None:
    """Ask for the prices of an amendment that is written; its order is held by now. Raises
    AwaitingApproval when the order waits for approval of prices already."""
    before = {change.line.id for change in changes}
    new = (await _all_new(work, [order.id]))[order.id]
    known_kits = {change.line.kit_id for change in changes}
    lines = {n: ZERO for n in new.lines if n not in before}
    kits_back = {n: ZERO for n in new.kits if n not in known_kits}
    lines |= {
        change.line.id: change.line.quantity_ordered
        for change in changes
        if _grows(change) and change.line.kit_id is None
    }
    kits_back |= {kit.id: kit.quantity_ordered for kit in _growing_kits(changes, kits)}
    ask = _ask(order.number, order.id, marked, Back(lines, kits_back))
    await request_approvals(work, [replace(ask, by=None)])


def _grows(change: LineChange) -> bool:
    return bool(change.line.price_beyond_limit and change.quantity > change.line.quantity)


def _grown_lines(changes: Sequence[LineChange]) -> list[NewLine]:
    return [
        NewLine(
            item_id=each.line.item_id,
            quantity_ordered=each.ordered - each.line.quantity_ordered,
            unit=each.line.unit,
            quantity=each.quantity - each.line.quantity,
            unit_price=each.line.unit_price,
            own_price=True,
        )
        for each in changes
        if _grows(each) and each.line.kit_id is None
    ]


def _growing_kits(changes: Sequence[LineChange], kits: KitChanges) -> list[Any]:
    growing = {each.line.kit_id for each in changes if _grows(each)}
    return [kit for kit in kits.kits.values() if kit.id in growing]


def _grown_kits(changes: Sequence[LineChange], kits: KitChanges) -> list[NewLine]:
    return [
        NewLine(
            item_id=kit.item_id,
            quantity_ordered=kits.ordered[kit.id] - kit.quantity_ordered,
            unit=kit.unit,
            quantity=kits.ordered[kit.id] - kit.quantity_ordered,
            unit_price=kit.unit_price,
            own_price=True,
        )
        for kit in _growing_kits(changes, kits)
    ]


async def _all_new(work: Work, order_ids: Sequence[int]) -> dict[int, Back]:
    """The lines and kits of orders whose price is beyond the limit, all to be cancelled."""
    line = SalesOrderLine
    rows = await work.rows(
        select(line.id, line.order_id, line.kit_id)
        .where(
            line.tenant_id == work.tenant_id,
            line.order_id.in_(order_ids),
            line.price_beyond_limit,
        )
        .order_by(line.id)
    )
    lines: dict[int, dict[int, Decimal]] = defaultdict(dict)
    kits: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for row in rows:
        if row.kit_id is None:
            lines[row.order_id][row.id] = ZERO
        else:
            kits[row.order_id][row.kit_id] = ZERO
    return {n: Back(lines[n], kits[n]) for n in order_ids}


def _ask(number: str, order_id: int, order: NewOrder, back: Back) -> Ask:
    found: Deviation | None = order.deviation
    assert found is not None
    off = "without a price on a list" if found.percent is None else f"{plain(found.percent)} % off"
    return Ask(
        subject=SUBJECT,
        subject_id=order_id,
        summary=f"{number}: prices {off}",
        details={
            "number": number,
            "percent": None if found.percent is None else f"{plain(found.percent):f}",
            "amount_minor": found.amount_minor,
            "currency": order.currency,
            "kind": found.kind,
            "lines": [_kept("line_id", *each) for each in back.lines.items()],
            "kits": [_kept("kit_id", *each) for each in back.kits.items()],
        },
        reason=f"Prices {found.kind.replace('_', ' ')} the list"
        if found.percent is not None
        else "Prices without a list",
        facts=Facts(
            amount_minor=found.amount_minor,
            currency=order.currency,
            percent=found.percent,
            entity_id=order.entity_id,
            channel_id=order.channel_id,
            kind=found.kind,
        ),
        by=order.by,
    )


def _kept(name: str, number: int, back_to: Decimal) -> dict[str, Any]:
    return {name: number, "back_to": f"{plain(back_to):f}"}
