"""How a request ends: by a decision, by who asked, or by the clock."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.approvals.events import ApprovalExpired
from domain.approvals.models import ApprovalRequest
from domain.approvals.policy import EXPIRED, WAITING, standing
from domain.approvals.steps import drop_steps
from domain.approvals.subjects import request_of, subject_named
from domain.kernel.errors import InvalidState, NotFound
from domain.kernel.work import Behalf, Work


async def lock_waiting(work: Work, request_id: int) -> Row[Any]:
    """The request, locked before anything of its subject is. Raises NotFound, InvalidState
    (state, allowed) when it waits no more."""
    row = await work.row(
        select(*ApprovalRequest.__table__.c)
        .where(ApprovalRequest.tenant_id == work.tenant_id, ApprovalRequest.id == request_id)
        .with_for_update()
    )
    if row is None:
        raise NotFound("approval request")
    state = standing(row.status, row.expires_at, work.now)
    if state != WAITING:
        raise InvalidState(f"This request is {state} already.", state=state, allowed=[])
    return row


async def end(work: Work, requests: Sequence[Row[Any]], status: str) -> None:
    """Say of locked requests that they wait no more."""
    await work.execute(
        update(ApprovalRequest)
        .where(
            ApprovalRequest.tenant_id == work.tenant_id,
            ApprovalRequest.id.in_([row.id for row in requests]),
        )
        .values(status=status, ended_at=work.now)
    )


async def carry_out(work: Work, row: Row[Any]) -> None:
    """Let what was approved happen, for whoever asked. Raises what its subject refuses."""
    asker = Behalf(row.requester_kind, row.requester_id, row.requested_by)
    with work.through(behalf=asker):
        await subject_named(row.subject).approved(work, request_of(row))


async def drop(work: Work, requests: Sequence[Row[Any]], status: str) -> None:
    """End locked requests that came to nothing, and tell their subjects."""
    await end(work, requests, status)
    await drop_steps(work, [row.id for row in requests])
    by_subject: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in requests:
        by_subject[row.subject].append(row)
    for name, rows in sorted(by_subject.items()):
        await subject_named(name).dropped(work, [request_of(row) for row in rows], status)


async def expire_requests(work: Work, *, limit: int = 500) -> int:
    """End at most `limit` of the tenant's requests whose time is over; returns how many.

    For the clock, not for people: it asks for no permission."""
    due = await work.rows(
        select(*ApprovalRequest.__table__.c)
        .where(
            ApprovalRequest.tenant_id == work.tenant_id,
            ApprovalRequest.status == WAITING,
            ApprovalRequest.expires_at <= work.now,
        )
        .order_by(ApprovalRequest.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if not due:
        return 0
    await drop(work, due, EXPIRED)
    for row in due:
        work.record(
            ApprovalExpired(aggregate_id=row.id, subject=row.subject, subject_id=row.subject_id)
        )
        work.audit(
            "expire_approval",
            subject="approval_request",
            subject_id=row.id,
            before={"status": WAITING},
            after={"status": EXPIRED},
        )
    return len(due)
