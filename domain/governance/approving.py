"""A change of configuration is approved, or comes to nothing."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.approvals.subjects import Request, approvable
from domain.governance.change_rows import (
    end_change,
    lock_change,
    move,
    require_fresh,
    require_state,
)
from domain.governance.events import ChangeApproved
from domain.governance.kinds import kind_named
from domain.governance.models import ChangeRequest
from domain.governance.policy import APPROVED, WAITING
from domain.kernel.work import Work

SUBJECT = "configuration_change"


async def forget_changes(work: Work, requests: Sequence[Request], status: str) -> None:
    """What was rejected, withdrawn or expired will not be carried out."""
    for row in await _locked(work, [request.subject_id for request in requests]):
        await end_change(work, row, status, action="drop_change")


@approvable(
    SUBJECT,
    title="Change of configuration",
    permission="governance.approve",
    dropped=forget_changes,
)
async def schedule_change(work: Work, request: Request) -> None:
    """An approved change takes effect at its moment, at once if that has come: the clock carries
    it out. Raises ChangeStale when what it would change has moved: nothing is decided then."""
    row = await lock_change(work, request.subject_id)
    require_state(row, WAITING)
    await require_fresh(work, row, kind_named(row.kind))
    due_at = max(work.now, row.effective_from or work.now)
    await move(work, row, status=APPROVED, due_at=due_at)
    work.record(
        ChangeApproved(
            aggregate_id=row.id,
            kind=row.kind,
            object_key=row.object_key,
            due_at=due_at.isoformat(),
        )
    )
    work.audit(
        "approve_change",
        subject="change_request",
        subject_id=row.id,
        before={"status": WAITING},
        after={"status": APPROVED, "due_at": due_at.isoformat()},
    )


async def _locked(work: Work, change_ids: Sequence[int]) -> Sequence[Row[Any]]:
    return await work.rows(
        select(*ChangeRequest.__table__.c)
        .where(
            ChangeRequest.tenant_id == work.tenant_id,
            ChangeRequest.id.in_(change_ids),
            ChangeRequest.status == WAITING,
        )
        .order_by(ChangeRequest.id)
        .with_for_update()
    )
