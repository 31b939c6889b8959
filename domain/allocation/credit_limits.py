"""Orders that would take a customer beyond its limit of credit are held as they are placed, and as
they grow, until somebody approves their release."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Row

from domain.kernel.work import Work
from domain.orders.capture import Captured, NewOrder
from domain.orders.credit import Limit, Owed, in_currency, lock_limits, may_have_limits
from domain.orders.events import OrderHeld
from domain.orders.holds import CREDIT, guard

PAID = "paid"
WHY = "beyond the limit of credit"


async def with_credit_holds(
    work: Work, orders: Sequence[NewOrder], places: Sequence[int]
) -> list[NewOrder]:
    """The orders, of which those at `places` that would go beyond a limit are to be held. The
    limits stay locked; orders of one batch count one after the other. What was paid needs none."""
    asked = [n for n in places if _needs_credit(orders[n])]
    if asked and all(orders[n].may_have_limit is None for n in asked):
        asked = asked if await may_have_limits(work) else []
    limits = await lock_limits(work, {orders[n].party_id or 0 for n in asked})
    if not limits:
        return list(orders)
    checked = list(orders)
    for n in asked:
        order = orders[n]
        own = [limit for limit in limits if order.party_id in limit.customers]
        owed = Owed(order.currency, order.amounts().total_minor)
        within = [await _takes(work, limit, owed) for limit in own]
        if all(amount is not None for amount in within):
            for limit, amount in zip(own, within, strict=True):
                limit.used_minor += amount or 0
        else:
            checked[n] = replace(order, over_limit=True)
    return checked


def _needs_credit(order: NewOrder) -> bool:
    """Nobody has looked whether the tenant has limits (None), or it has some."""
    is_bought_on_credit = order.party_id is not None and order.payment_state != PAID
    return is_bought_on_credit and order.may_have_limit is not False


async def lock_limits_ahead(work: Work, order: NewOrder) -> None:
    """Lock the limits that hold for an order that is about to lock stock before it is placed."""
    if not _needs_credit(order) or order.party_id is None:
        return
    async with work.house():
        if order.may_have_limit or await may_have_limits(work):
            await lock_limits(work, [order.party_id])


async def _takes(work: Work, limit: Limit, owed: Owed) -> int | None:
    """The amount in the limit's currency; None: it goes beyond it."""
    amount = await in_currency(work, [owed], limit.currency)
    return amount if limit.takes(amount) else None


async def hold_over_limit(
    work: Work, orders: Sequence[NewOrder], written: dict[int, Captured]
) -> None:
    """Put the hold on those that were just written and go beyond their limit."""
    over = {n: order for n, order in written.items() if orders[n].over_limit}
    if not over:
        return
    await guard(work, [order.order_id for order in over.values()], CREDIT)
    for n, order in over.items():
        with work.on_behalf_of(orders[n].by):
            _tell(work, order.order_id, order.number)


async def lock_limits_of(work: Work, order: Row[Any]) -> list[Limit]:
    """The limits of a locked order's customer, locked before its stock; none for one that was
    paid, or is held for credit already."""
    if order.party_id is None or order.payment_state == PAID or CREDIT in order.guarded_holds:
        return []
    return await lock_limits(work, [order.party_id])


async def hold_if_beyond(
    work: Work, order: Row[Any], limits: Sequence[Limit], *, total_minor: int
) -> bool:
    """Hold an order that grew (`total_minor` is what it comes to now) beyond one of its locked
    limits; whether it is."""
    more = total_minor - order.total_minor
    if more <= 0 or not limits:
        return False
    for limit in limits:
        if await _takes(work, limit, Owed(order.currency, more)) is None:
            await guard(work, [order.id], CREDIT)
            _tell(work, order.id, order.number)
            return True
    return False


def _tell(work: Work, order_id: int, number: str) -> None:
    work.record(OrderHeld(aggregate_id=order_id, number=number, reason=WHY))
    work.audit(
        "hold_order_for_credit",
        subject="order",
        subject_id=order_id,
        after={"guarded_holds": [CREDIT]},
        reason=WHY,
    )
