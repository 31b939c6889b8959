"""An order that is held for credit is let go by approval alone."""

from typing import Any

from sqlalchemy.engine import Row

from domain.allocation.settling import settle
from domain.approvals.subjects import Request, approvable
from domain.kernel.errors import InvalidState
from domain.kernel.work import Work
from domain.orders.events import OrderHeld, OrderUnheld
from domain.orders.holds import CREDIT, guard, unguard
from domain.orders.locking import lock_order
from domain.orders.policy import FINAL

SUBJECT = "credit_hold_release"


async def hold_for_credit(work: Work, order: Row[Any], *, reason: str) -> str:
    """Keep a locked order from being released until somebody approves that it goes; its stock stays
    reserved. Returns its status. Raises InvalidState when it is held so, shipped or cancelled."""
    if order.status in FINAL or CREDIT in order.guarded_holds:
        state = order.status if order.status in FINAL else "held for credit"
        raise InvalidState(f"The order is {state}.", state=order.status, allowed=[])
    await guard(work, [order.id], CREDIT)
    standing = (await settle(work, [order.id]))[order.id]
    work.record(OrderHeld(aggregate_id=order.id, number=order.number, reason=reason))
    work.audit(
        "hold_order_for_credit",
        subject="order",
        subject_id=order.id,
        before={"guarded_holds": order.guarded_holds},
        after={"guarded_holds": [*order.guarded_holds, CREDIT]},
        reason=reason,
    )
    return standing.status


def require_credit_hold(order: Row[Any]) -> None:
    """Raise InvalidState unless a locked order is held for credit, and still to be shipped."""
    if CREDIT not in order.guarded_holds or order.status in FINAL:
        message = "The order is not held for credit."
        raise InvalidState(message, state=order.status, allowed=[])


@approvable(SUBJECT, title="Release of an order held for credit", permission="orders.approve")
async def release_credit_hold(work: Work, request: Request) -> None:
    """Let the order go. Raises InvalidState when it is not held for credit any more, and when it
    has become larger than what somebody approves."""
    order = await lock_order(work, request.subject_id)
    require_credit_hold(order)
    if order.total_minor > request.details["total_minor"]:
        message = "The order became larger after its release was asked for."
        raise InvalidState(message, state=order.status, allowed=["request_credit_release"])
    await unguard(work, [order.id], CREDIT)
    standing = (await settle(work, [order.id]))[order.id]
    work.record(OrderUnheld(aggregate_id=order.id, number=order.number, status=standing.status))
    work.audit(
        "release_credit_hold",
        subject="order",
        subject_id=order.id,
        before={"status": order.status},
        after={"status": standing.status},
        reason=request.reason,
    )
