"""An order is held: kept from being released, until it is let go; by anybody who may amend it, or
by approval alone where it is held for credit."""

from datetime import datetime

from sqlalchemy import update

from domain.allocation.credit_holds import SUBJECT, hold_for_credit, require_credit_hold
from domain.allocation.settling import settle
from domain.approvals.policies.rules import Facts
from domain.approvals.requesting import request_approval
from domain.kernel import text
from domain.kernel.errors import InvalidState
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.orders.events import OrderHeld, OrderUnheld
from domain.orders.locking import lock_order
from domain.orders.models import SalesOrder
from domain.orders.policy import FINAL


@operation("orders.manage")
async def hold_order(
    work: Work, *, order_id: int, reason: str, expected_version: int | None = None
) -> str:
    """Keep the order from being released, for a reason; its stock stays reserved. Returns its
    status. Raises NotFound, StaleVersion, InvalidState."""
    reason = text.name(reason, path=("reason",))
    await _set(work, order_id, reason, expected_version)
    standing = (await settle(work, [order_id]))[order_id]
    work.record(OrderHeld(aggregate_id=order_id, number=standing.number, reason=reason))
    return standing.status


@operation("orders.manage")
async def unhold_order(
    work: Work, *, order_id: int, reason: str | None = None, expected_version: int | None = None
) -> str:
    """Let go an order that is held by hand. Other holds stay: those of credit and prices are lifted
    by approval alone. Returns its status. Raises NotFound, StaleVersion, InvalidState."""
    await _set(work, order_id, None, expected_version, why=text.optional(reason, path=("reason",)))
    standing = (await settle(work, [order_id]))[order_id]
    work.record(OrderUnheld(aggregate_id=order_id, number=standing.number, status=standing.status))
    return standing.status


@operation("orders.manage")
async def hold_order_for_credit(
    work: Work, *, order_id: int, reason: str, expected_version: int | None = None
) -> str:
    """Keep the order from being released until somebody approves that it goes; its stock stays
    reserved. Returns its status. Raises NotFound, StaleVersion, InvalidState."""
    reason = text.name(reason, path=("reason",))
    order = await lock_order(work, order_id, expected_version=expected_version)
    return await hold_for_credit(work, order, reason=reason)


@operation("approvals.request")
async def request_credit_release(
    work: Work, *, order_id: int, reason: str, expires_at: datetime | None = None
) -> int:
    """Ask that an order held for credit be let go. Gives the approval request's id.

    Raises NotFound, InvalidInput, AwaitingApproval, InvalidState when it is not held for credit."""
    reason = text.name(reason, path=("reason",))
    order = await lock_order(work, order_id)
    require_credit_hold(order)
    return await request_approval(
        work,
        subject=SUBJECT,
        subject_id=order_id,
        summary=f"Let {order.number} go, which is held for credit",
        details={
            "number": order.number,
            "total_minor": order.total_minor,
            "currency": order.currency,
        },
        reason=reason,
        facts=Facts(
            amount_minor=order.total_minor,
            currency=order.currency,
            entity_id=order.entity_id,
            channel_id=order.channel_id,
        ),
        expires_at=expires_at,
    )


async def _set(
    work: Work,
    order_id: int,
    hold: str | None,
    expected_version: int | None,
    *,
    why: str | None = None,
) -> None:
    order = await lock_order(work, order_id, expected_version=expected_version)
    if order.status in FINAL or (hold is None) == (order.hold_reason is None):
        state = "not held" if hold is None else order.status
        raise InvalidState(f"The order is {state}.", state=order.status, allowed=[])
    await work.execute(
        update(SalesOrder)
        .where(SalesOrder.tenant_id == work.tenant_id, SalesOrder.id == order_id)
        .values(hold_reason=hold)
    )
    work.audit(
        "unhold_order" if hold is None else "hold_order",
        subject="order",
        subject_id=order_id,
        before={"hold_reason": order.hold_reason},
        after={"hold_reason": hold},
        reason=hold or why,
    )
