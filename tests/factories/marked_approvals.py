"""Policies of approval, who stands in for whom, and a request with steps, under names that carry a
mark."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from domain.allocation.operations.hold_order import hold_order_for_credit, request_credit_release
from domain.approvals.operations.delegations import delegate_approvals
from domain.approvals.operations.policies import activate_approval_policy, create_approval_policy
from domain.fulfilment.operations.rush import set_rush_service_levels
from domain.kernel.work import Work
from domain.onboarding.access.operations.roles import create_role
from domain.onboarding.access.operations.users import create_user
from domain.orders.models import SalesOrder
from domain.pricing.operations.limits import set_price_override_limit


async def govern_approvals(work: Work, mark: str) -> None:
    """A policy in effect, a draft, a delegation, limits, and an order held for credit whose release
    waits for somebody of a marked role."""
    role = await create_role(
        work, name=f"{mark}-APPROVERS", permissions=["approvals.decide", "orders.approve"]
    )
    boss, deputy = [
        await create_user(
            work,
            username=f"{mark}-{name}".lower(),
            display_name=f"{mark} {name}",
            role_ids=[role],
        )
        for name in ("chief", "deputy")
    ]
    step = {"name": f"{mark} step", "role_ids": [role], "user_ids": [boss]}
    rules = [{"name": f"{mark} rule", "steps": [step]}]
    for subject in ("credit_hold_release", "transfer_closing"):
        policy = await create_approval_policy(
            work, subject=subject, name=f"{mark} {subject}", rules=rules
        )
        if subject == "credit_hold_release":
            await activate_approval_policy(work, policy_id=policy)
    await delegate_approvals(
        work,
        from_user_id=boss,
        to_user_id=deputy,
        ends_at=work.now + timedelta(days=36_500),
        reason=f"{mark} holiday",
    )
    await set_price_override_limit(work, percent=Decimal(50))
    await set_rush_service_levels(work, service_levels=[f"{mark} rush"])
    await _held_order(work, mark)


async def _held_order(work: Work, mark: str) -> None:
    order_id = await work.value(
        select(SalesOrder.id)
        .where(SalesOrder.tenant_id == work.tenant_id, SalesOrder.status == "backordered")
        .order_by(SalesOrder.id.desc())
        .limit(1)
    )
    await hold_order_for_credit(work, order_id=order_id, reason=f"{mark} overdue")
    await request_credit_release(work, order_id=order_id, reason=f"{mark} paid")
