"""Steps that wait too long are escalated, by the clock."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.approvals.events import ApprovalEscalated
from domain.approvals.models import ApprovalRequest, ApprovalStep
from domain.approvals.policy import WAITING
from domain.approvals.steps import OPEN
from domain.kernel.work import Work


async def escalate_steps(work: Work, *, limit: int = 500) -> int:
    """Escalate at most `limit` of the tenant's steps whose time has come: from now on those of
    their escalation may decide too. Returns how many.

    For the clock, not for people: it asks for no permission."""
    due = await _lock_due(work, limit)
    # Of those that were decided before the lock was had, some are open no more.
    escalated = await work.values(
        update(ApprovalStep)
        .where(
            ApprovalStep.tenant_id == work.tenant_id,
            ApprovalStep.id.in_([step.id for step in due]),
            ApprovalStep.status == OPEN,
        )
        .values(escalated_at=work.now)
        .returning(ApprovalStep.id)
    )
    for step in due:
        if step.id in escalated:
            _tell(work, step)
    return len(due)


async def _lock_due(work: Work, limit: int) -> Sequence[Row[Any]]:
    step, request = ApprovalStep, ApprovalRequest
    return await work.rows(
        select(step.id, step.name, step.request_id, request.subject, request.subject_id)
        .join(request, (request.tenant_id == step.tenant_id) & (request.id == step.request_id))
        .where(
            step.tenant_id == work.tenant_id,
            step.status == OPEN,
            step.escalated_at.is_(None),
            step.escalates_at <= work.now,
            request.status == WAITING,
        )
        .order_by(step.request_id)
        .limit(limit)
        # The request is what a decision locks: what is being decided is looked at the next time.
        .with_for_update(of=request, skip_locked=True)
    )


def _tell(work: Work, step: Row[Any]) -> None:
    work.record(
        ApprovalEscalated(
            aggregate_id=step.request_id,
            subject=step.subject,
            subject_id=step.subject_id,
            step=step.name,
        )
    )
    work.audit(
        "escalate_approval",
        subject="approval_request",
        subject_id=step.request_id,
        after={"step": step.name},
    )
