"""Decisions as they are written and told."""

from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import Row

from domain.approvals.events import ApprovalDecided, ApprovalGiven
from domain.approvals.models import ApprovalDecision
from domain.approvals.policies.quorum import Right, Who
from domain.approvals.policy import APPROVED, WAITING
from domain.kernel.work import Work


async def write_decision(
    work: Work,
    request: Row[Any],
    *,
    step_id: int,
    verdict: str,
    decider: Who,
    decided_by: str,
    right: Right,
    for_name: str | None = None,
    comment: str | None = None,
    waits: tuple[str, int, int] | None = None,
) -> None:
    """Write what one person (or a rule) said, and tell it; `waits` where it does not end the
    request: the step's name, how many have said yes, how many are needed."""
    await work.execute(
        insert(ApprovalDecision).values(
            tenant_id=work.tenant_id,
            request_id=request.id,
            step_id=step_id,
            requester_kind=request.requester_kind,
            requester_id=request.requester_id,
            decider_kind=decider[0],
            decider_id=decider[1],
            decided_by=decided_by,
            for_kind=right.of[0],
            for_id=right.of[1],
            for_name=for_name,
            delegation_id=right.delegation_id,
            verdict=verdict,
            comment=comment,
            decided_at=work.now,
        )
    )
    _tell(work, request, verdict, waits)
    work.audit(
        "approve_request" if verdict == APPROVED else "reject_request",
        subject="approval_request",
        subject_id=request.id,
        before={"status": WAITING},
        after={
            "status": WAITING if waits else verdict,
            "subject": request.subject,
            "subject_id": request.subject_id,
            "decided_by": decided_by,
        },
        reason=comment,
    )


def _tell(work: Work, request: Row[Any], verdict: str, waits: tuple[str, int, int] | None) -> None:
    about = {"subject": request.subject, "subject_id": request.subject_id}
    if waits is None:
        work.record(ApprovalDecided(aggregate_id=request.id, verdict=verdict, **about))
        return
    name, given, needed = waits
    work.record(
        ApprovalGiven(aggregate_id=request.id, step=name, given=given, needed=needed, **about)
    )
