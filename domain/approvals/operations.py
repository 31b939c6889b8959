"""Somebody decides about a request, or who asked takes it back."""

from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import Row

from domain.approvals.ending import drop, end, lock_waiting
from domain.approvals.events import ApprovalDecided, ApprovalWithdrawn
from domain.approvals.models import ApprovalDecision
from domain.approvals.outcomes import OwnRequest
from domain.approvals.policy import APPROVED, REJECTED, WAITING, WITHDRAWN
from domain.approvals.subjects import Subject, request_of, subject_named
from domain.kernel import text
from domain.kernel.errors import NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("approvals.decide")
async def approve(work: Work, *, request_id: int, comment: str | None = None) -> int:
    """Say yes: what was asked for happens in this transaction, if it still can.

    Needs the permission of the request's subject as well. Raises NotFound, OwnRequest,
    InvalidState (state, allowed), and what the subject refuses: then the request waits on, with
    nothing decided and nothing done. Gives the request's id."""
    row, subject = await _deciding(work, request_id)
    await end(work, [row], APPROVED)
    await _write_decision(work, row, APPROVED, comment)
    await subject.approved(work, request_of(row))
    return request_id


@operation("approvals.decide")
async def reject(work: Work, *, request_id: int, comment: str | None = None) -> int:
    """Say no: it never happens.

    Needs the permission of the request's subject as well. Raises NotFound, OwnRequest,
    InvalidState (state, allowed). Gives the request's id."""
    row, _ = await _deciding(work, request_id)
    await _write_decision(work, row, REJECTED, comment)
    await drop(work, [row], REJECTED)
    return request_id


@operation("approvals.request")
async def withdraw(work: Work, *, request_id: int, comment: str | None = None) -> int:
    """Take back what one has asked for oneself.

    Raises NotFound (also for another's request), InvalidState. Gives the request's id."""
    comment = text.prose(comment, path=("comment",))
    row = await lock_waiting(work, request_id)
    if not _asked_by_caller(work, row):
        raise NotFound("approval request")
    await drop(work, [row], WITHDRAWN)
    work.record(
        ApprovalWithdrawn(aggregate_id=row.id, subject=row.subject, subject_id=row.subject_id)
    )
    _audit(work, "withdraw_approval", row, WITHDRAWN, comment)
    return request_id


async def _deciding(work: Work, request_id: int) -> tuple[Row[Any], Subject]:
    row = await lock_waiting(work, request_id)
    subject = subject_named(row.subject)
    work.require(subject.permission)
    if _asked_by_caller(work, row):
        raise OwnRequest(
            "You asked for this yourself; somebody else decides.", approval_request_id=request_id
        )
    return row, subject


def _asked_by_caller(work: Work, row: Row[Any]) -> bool:
    caller = (work.principal.kind.value, work.principal.id)
    return caller == (row.requester_kind, row.requester_id)


async def _write_decision(work: Work, row: Row[Any], verdict: str, comment: str | None) -> None:
    comment = text.prose(comment, path=("comment",))
    await work.execute(
        insert(ApprovalDecision).values(
            tenant_id=work.tenant_id,
            request_id=row.id,
            requester_kind=row.requester_kind,
            requester_id=row.requester_id,
            decider_kind=work.principal.kind.value,
            decider_id=work.principal.id,
            decided_by=work.principal.name,
            verdict=verdict,
            comment=comment,
            decided_at=work.now,
        )
    )
    work.record(
        ApprovalDecided(
            aggregate_id=row.id, subject=row.subject, subject_id=row.subject_id, verdict=verdict
        )
    )
    action = "approve_request" if verdict == APPROVED else "reject_request"
    _audit(work, action, row, verdict, comment)


def _audit(work: Work, action: str, row: Row[Any], status: str, comment: str | None) -> None:
    work.audit(
        action,
        subject="approval_request",
        subject_id=row.id,
        before={"status": WAITING},
        after={"status": status, "subject": row.subject, "subject_id": row.subject_id},
        reason=comment,
    )
