"""A payment run may be paid once somebody has said yes."""

from collections.abc import Sequence

from sqlalchemy import update

from domain.approvals.subjects import Request, approvable
from domain.finance.events import PaymentRunChanged
from domain.finance.models import PaymentRun
from domain.finance.open_items import lock_rows
from domain.kernel.errors import InvalidState
from domain.kernel.work import Work

SUBJECT = "payment_run"


async def _back(work: Work, requests: Sequence[Request], status: str) -> None:
    """What was not approved is a proposal again."""
    await work.execute(
        update(PaymentRun)
        .where(
            PaymentRun.tenant_id == work.tenant_id,
            PaymentRun.id.in_([request.subject_id for request in requests]),
            PaymentRun.status == "waiting",
        )
        .values(status="proposed")
    )


@approvable(SUBJECT, title="Payments to suppliers", permission="finance.approve", dropped=_back)
async def approve_run(work: Work, request: Request) -> None:
    """Let it be paid. Raises InvalidState when it does not wait for that."""
    [run] = await lock_rows(work, PaymentRun, [request.subject_id])
    if run.status != "waiting":
        raise InvalidState(f"{run.number} is {run.status}.", state=run.status, allowed=[])
    await work.execute(
        update(PaymentRun)
        .where(PaymentRun.tenant_id == work.tenant_id, PaymentRun.id == run.id)
        .values(status="approved")
    )
    work.record(
        PaymentRunChanged(
            aggregate_id=run.id, number=run.number, entity_id=run.entity_id, status="approved"
        )
    )
