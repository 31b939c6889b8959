"""Asking for approval, and what is blocked meanwhile. Building blocks of higher areas."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from domain.approvals.events import ApprovalRequested
from domain.approvals.models import ApprovalRequest
from domain.approvals.outcomes import AwaitingApproval
from domain.approvals.policy import WAITING
from domain.approvals.subjects import subject_named
from domain.kernel.errors import InvalidInput
from domain.kernel.reading import Reader
from domain.kernel.work import Work


async def request_approval(
    work: Work,
    *,
    subject: str,
    subject_id: int,
    summary: str,
    details: Mapping[str, Any],
    reason: str,
    expires_at: datetime | None = None,
    location_id: int | None = None,
) -> int:
    """Ask for approval of something, as the caller of the work; the request's id.

    The caller has locked the thing asked for. `details` are plain values, shown to who decides and
    given to the subject's function; what concerns one location alone names it. Raises
    AwaitingApproval when it waits already, InvalidInput when the time is over before it begins."""
    subject_named(subject)
    if expires_at is not None and expires_at <= work.now:
        raise InvalidInput("Must be in the future.", path=("expires_at",))
    await require_not_waiting(work, subject=subject, subject_id=subject_id)
    request_id = await work.value(
        insert(ApprovalRequest)
        .values(
            tenant_id=work.tenant_id,
            subject=subject,
            subject_id=subject_id,
            location_id=location_id,
            summary=summary,
            details=dict(details),
            reason=reason,
            requester_kind=work.principal.kind.value,
            requester_id=work.principal.id,
            requested_by=work.principal.name,
            requested_at=work.now,
            expires_at=expires_at,
        )
        .returning(ApprovalRequest.id)
    )
    _tell(work, int(request_id), subject, subject_id, summary, reason)
    return int(request_id)


def _tell(
    work: Work, request_id: int, subject: str, subject_id: int, summary: str, reason: str
) -> None:
    work.record(
        ApprovalRequested(
            aggregate_id=request_id, subject=subject, subject_id=subject_id, summary=summary
        )
    )
    work.audit(
        "request_approval",
        subject="approval_request",
        subject_id=request_id,
        after={"subject": subject, "subject_id": subject_id, "summary": summary},
        reason=reason,
    )


async def waiting_requests(
    reader: Reader, *, subject: str, subject_ids: Collection[int]
) -> dict[int, int]:
    """The request that waits for each of these things; what waits for nothing is left out.

    One whose time is over blocks until the worker says that it expired, a moment later."""
    rows = await reader.rows(
        select(ApprovalRequest.subject_id, ApprovalRequest.id).where(
            ApprovalRequest.tenant_id == reader.tenant_id,
            ApprovalRequest.subject == subject,
            ApprovalRequest.subject_id.in_(subject_ids),
            ApprovalRequest.status == WAITING,
        )
    )
    return {row.subject_id: row.id for row in rows}


async def require_not_waiting(reader: Reader, *, subject: str, subject_id: int) -> None:
    """Raise AwaitingApproval when the thing waits for approval."""
    waiting = await waiting_requests(reader, subject=subject, subject_ids=[subject_id])
    if subject_id in waiting:
        raise AwaitingApproval(
            "This waits for approval.",
            approval_request_id=waiting[subject_id],
            subject=subject,
        )
