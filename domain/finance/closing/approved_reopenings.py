"""A closed period is opened again once somebody else says yes."""

from collections.abc import Sequence

from sqlalchemy import delete, update

from domain.approvals.subjects import Request, approvable
from domain.finance.closing.events import PeriodStatusChanged
from domain.finance.models import ClosingSignature, PeriodReopening
from domain.kernel.errors import InvalidState
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.ledger.periods import set_period_status
from domain.ledger.policy import OPEN

SUBJECT = "period_reopening"


async def _forget(work: Work, requests: Sequence[Request], status: str) -> None:
    """What was not agreed to stays closed."""
    await work.execute(
        update(PeriodReopening)
        .where(
            PeriodReopening.tenant_id == work.tenant_id,
            PeriodReopening.id.in_([request.subject_id for request in requests]),
        )
        .values(status="dropped")
    )


@approvable(SUBJECT, title="Opening a closed period", permission="close.reopen", dropped=_forget)
async def reopen_period(work: Work, request: Request) -> None:
    """Open it; whoever signed for open checks has to sign again. Raises PeriodOrder while a later
    one is closed, InvalidState when it waits no more."""
    asked = await lock_record(work, PeriodReopening, request.subject_id, kind="reopening")
    if asked.status != "waiting":
        raise InvalidState("This waits no more.", state=asked.status, allowed=[])
    period = await set_period_status(work, asked.period_id, OPEN)
    await work.execute(
        delete(ClosingSignature).where(
            ClosingSignature.tenant_id == work.tenant_id,
            ClosingSignature.period_id == asked.period_id,
        )
    )
    await work.execute(
        update(PeriodReopening)
        .where(PeriodReopening.tenant_id == work.tenant_id, PeriodReopening.id == asked.id)
        .values(status="opened")
    )
    work.record(
        PeriodStatusChanged(
            aggregate_id=period.id,
            entity_id=period.entity_id,
            fiscal_year=period.fiscal_year,
            number=period.number,
            status=OPEN,
        )
    )
    work.audit(
        "reopen_period",
        subject="fiscal_period",
        subject_id=period.id,
        before={"status": period.status},
        after={"status": OPEN, "asked_by": asked.asked_by},
        reason=asked.reason,
    )
