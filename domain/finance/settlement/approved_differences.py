"""What a difference of a payout is about is given up once somebody says yes."""

from collections.abc import Sequence

from sqlalchemy import update

from domain.approvals.subjects import Request, approvable
from domain.finance.models import SettlementDifference
from domain.finance.settlement.posting_off import ASKED, OPEN, lock_difference, post_off
from domain.kernel.errors import InvalidState
from domain.kernel.work import Work

SUBJECT = "payout_difference"


async def _forget(work: Work, requests: Sequence[Request], status: str) -> None:
    """What was not approved is open again."""
    d = SettlementDifference
    ids = [request.subject_id for request in requests]
    await work.execute(
        update(d)
        .where(d.tenant_id == work.tenant_id, d.id.in_(ids), d.status == ASKED)
        .values(status=OPEN, version=d.version + 1)
    )


@approvable(
    SUBJECT,
    title="Write-off of a payout's difference",
    permission="finance.approve",
    dropped=_forget,
)
async def write_off_difference(work: Work, request: Request) -> None:
    """Give it up. Raises InvalidState when it is explained by now, or is about more than when this
    was asked."""
    row = await lock_difference(work, request.subject_id, allowed=(ASKED,))
    amount = await post_off(work, row, leg="written_off", resolution="written_off")
    if abs(amount) > abs(request.details["amount_minor"]):
        message = "It is about more by now: say no, and have it asked again."
        raise InvalidState(message, state=row.status, allowed=[])
    work.audit(
        "write_off_difference",
        subject="payout_difference",
        subject_id=row.id,
        after={"amount_minor": amount, "requested_by": request.requested_by},
        reason=row.reason,
    )
