"""Rush shipments are asked for, and which service levels are rush is settled."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete

from domain.approvals.policies.rules import Facts
from domain.approvals.requesting import request_approval
from domain.fulfilment.models import RushServiceLevel
from domain.fulfilment.rush import SUBJECT, require_rush_unapproved, rush_levels
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.governing import require_open
from domain.kernel.inserting import insert_rows
from domain.kernel.permissions import operation
from domain.kernel.turns import take_turn
from domain.kernel.work import Work
from domain.orders.locking import lock_order

MOST_LEVELS = 50
# As governance calls it.
KIND = "approval_limits"


@operation("approvals.request")
async def request_rush_shipment(
    work: Work, *, order_id: int, reason: str, expires_at: datetime | None = None
) -> int:
    """Ask that an order go by its rush service level. Gives the approval request's id.

    Raises NotFound, InvalidInput, AwaitingApproval, InvalidState when it needs no approval."""
    reason = text.name(reason, path=("reason",))
    order = await lock_order(work, order_id)
    await require_rush_unapproved(work, order)
    return await request_approval(
        work,
        subject=SUBJECT,
        subject_id=order_id,
        summary=f"Let {order.number} go by {order.service_level}",
        details={
            "number": order.number,
            "service_level": order.service_level,
            "total_minor": order.total_minor,
            "currency": order.currency,
        },
        reason=reason,
        facts=Facts(
            amount_minor=order.total_minor,
            currency=order.currency,
            entity_id=order.entity_id,
            channel_id=order.channel_id,
            kind=order.service_level,
        ),
        expires_at=expires_at,
    )


@operation("approvals.manage")
async def set_rush_service_levels(work: Work, *, service_levels: Sequence[str]) -> None:
    """Settle by which service levels nothing leaves before somebody has approved it; in any case of
    letters, all others replaced. What has left, has left.

    Raises InvalidInput, ChangeRequestRequired."""
    await require_open(work, KIND)
    wanted = sound_levels(service_levels)
    # Set twice at once, the second would not see what of the first it is to replace.
    await take_turn(work, "rush service levels")
    before = await rush_levels(work)
    await work.execute(delete(RushServiceLevel).where(RushServiceLevel.tenant_id == work.tenant_id))
    rows = [{"service_level": each} for each in wanted]
    await insert_rows(work, RushServiceLevel, rows)
    work.audit(
        "set_rush_service_levels",
        subject="tenant",
        subject_id=work.tenant_id,
        before={"service_levels": before},
        after={"service_levels": wanted},
    )


def sound_levels(service_levels: Sequence[str]) -> list[str]:
    """The service levels, each once in any case of letters, in their order. Raises InvalidInput."""
    if len(service_levels) > MOST_LEVELS:
        raise InvalidInput(f"At most {MOST_LEVELS}.", path=("service_levels",))
    told = [
        text.name(each, path=("service_levels", place)) for place, each in enumerate(service_levels)
    ]
    return sorted({each.casefold(): each for each in reversed(told)}.values())
