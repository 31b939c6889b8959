"""Rush shipments: by some service levels nothing is released, and nothing leaves, before somebody
has approved it for that order."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.approvals.outcomes import AwaitingApproval
from domain.approvals.requesting import waiting_requests
from domain.approvals.subjects import Request, approvable
from domain.fulfilment.models import RushServiceLevel
from domain.fulfilment.outcomes import RushNotApproved
from domain.kernel.errors import InvalidState
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.orders.locking import lock_order
from domain.orders.models import SalesOrder
from domain.orders.policy import FINAL

SUBJECT = "rush_shipment"


async def rush_levels(reader: Reader) -> list[str]:
    """The tenant's service levels that count as rush, in their order."""
    return list(
        await reader.values(
            select(RushServiceLevel.service_level)
            .where(RushServiceLevel.tenant_id == reader.tenant_id)
            .order_by(RushServiceLevel.service_level)
        )
    )


async def is_rush(reader: Reader, order: Any) -> bool:
    """Whether the order goes by a rush service level; nothing is sent where it has none at all."""
    if order.service_level is None:
        return False
    levels = {level.casefold() for level in await rush_levels(reader)}
    return order.service_level.strip().casefold() in levels


async def require_rush_approved(work: Work, order: Row[Any]) -> None:
    """Raise RushNotApproved, or AwaitingApproval, for a locked rush order that nobody has approved
    as large as it is."""
    if not await is_rush(work, order) or _covers(order):
        return
    waiting = await waiting_requests(work, subject=SUBJECT, subject_ids=[order.id])
    if order.id in waiting:
        raise AwaitingApproval(
            "This rush shipment waits for approval.",
            approval_request_id=waiting[order.id],
            subject=SUBJECT,
        )
    raise RushNotApproved(
        f"{order.number} goes by {order.service_level}, which needs approval: ask for it.",
        number=order.number,
        service_level=order.service_level,
    )


def _covers(order: Row[Any]) -> bool:
    approved = order.rush_approved_minor
    return approved is not None and bool(order.total_minor <= approved)


async def require_rush_unapproved(work: Work, order: Row[Any]) -> None:
    """Raise InvalidState unless a locked order needs approval to go as rush."""
    if order.status in FINAL or not await is_rush(work, order) or _covers(order):
        message = "Nothing of this order needs approval to go as it is to."
        raise InvalidState(message, state=order.status, allowed=[])


@approvable(SUBJECT, title="Rush shipments", permission="fulfilment.approve")
async def allow_rush(work: Work, request: Request) -> None:
    """Let the order go as rush, as large as it was when it was asked for. Raises InvalidState when
    it became larger, or is shipped or cancelled."""
    order = await lock_order(work, request.subject_id)
    await require_rush_unapproved(work, order)
    if order.total_minor > request.details["total_minor"]:
        message = "The order became larger after the approval was asked for."
        raise InvalidState(message, state=order.status, allowed=["request_rush_shipment"])
    await work.execute(
        update(SalesOrder)
        .where(SalesOrder.tenant_id == work.tenant_id, SalesOrder.id == order.id)
        .values(rush_approved_minor=request.details["total_minor"])
    )
    work.audit(
        "allow_rush_shipment",
        subject="order",
        subject_id=order.id,
        after={"service_level": order.service_level, "total_minor": order.total_minor},
        reason=request.reason,
    )
