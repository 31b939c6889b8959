"""The steps of requests: written when it is asked for, opened one after the other, ended."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.engine import Row

from domain.approvals.models import ApprovalStep, ApprovalStepApprover
from domain.approvals.policies.rules import Step
from domain.kernel.inserting import insert_ids, insert_rows
from domain.kernel.work import Work

PENDING, OPEN, PASSED, REJECTED, DROPPED = "pending", "waiting", "passed", "rejected", "dropped"
BY_RULE = "Decided by the rule"


def later(moment: datetime, minutes: int | None) -> datetime | None:
    """The moment so many minutes later, if any are said."""
    return None if minutes is None else moment + timedelta(minutes=minutes)


async def write_steps(work: Work, plans: Sequence[tuple[int, Sequence[Step]]]) -> list[int]:
    """Write the steps of new requests (id, steps), the first of each open; of a request without
    any one that the rule has passed. The steps' ids, in order. Two statements."""
    rows, approvers = [], []
    for request_id, steps in plans:
        if not steps:
            rows.append(_row(work, request_id, 1, Step(name=BY_RULE), status=PASSED))
            approvers.append(Step(name=BY_RULE))
        for position, step in enumerate(steps, start=1):
            status = OPEN if position == 1 else PENDING
            rows.append(_row(work, request_id, position, step, status=status))
            approvers.append(step)
    ids = await insert_ids(work, ApprovalStep, rows)
    named = [
        row
        for step_id, step in zip(ids, approvers, strict=True)
        for row in _approvers(step_id, step)
    ]
    await insert_rows(work, ApprovalStepApprover, named)
    return ids


def _row(work: Work, request_id: int, position: int, step: Step, *, status: str) -> dict[str, Any]:
    begun = status != PENDING
    return {
        "request_id": request_id,
        "position": position,
        "name": step.name,
        "needed": step.needed,
        "status": status,
        "escalates_after_minutes": step.escalates_after_minutes,
        "began_at": work.now if begun else None,
        "escalates_at": later(work.now, step.escalates_after_minutes) if begun else None,
        "ended_at": work.now if status == PASSED else None,
    }


def _approvers(step_id: int, step: Step) -> list[dict[str, Any]]:
    named = (
        ("role_id", step.role_ids, False),
        ("user_id", step.user_ids, False),
        ("role_id", step.escalation_role_ids, True),
        ("user_id", step.escalation_user_ids, True),
    )
    return [
        {"step_id": step_id, "role_id": None, "user_id": None, "by_escalation": late, name: number}
        for name, numbers, late in named
        for number in sorted(set(numbers))
    ]


async def end_step(work: Work, step_id: int, *, status: str) -> None:
    """Say of the open step of a locked request that it is passed or rejected."""
    await work.execute(
        update(ApprovalStep)
        .where(ApprovalStep.tenant_id == work.tenant_id, ApprovalStep.id == step_id)
        .values(status=status, ended_at=work.now)
    )


async def open_step(work: Work, step: Row[Any]) -> None:
    """Let the next step of a locked request wait."""
    await work.execute(
        update(ApprovalStep)
        .where(ApprovalStep.tenant_id == work.tenant_id, ApprovalStep.id == step.id)
        .values(
            status=OPEN,
            began_at=work.now,
            escalates_at=later(work.now, step.escalates_after_minutes),
        )
    )


async def drop_steps(work: Work, request_ids: Collection[int]) -> None:
    """What is left of the steps of requests that have ended is not taken any more."""
    await work.execute(
        update(ApprovalStep)
        .where(
            ApprovalStep.tenant_id == work.tenant_id,
            ApprovalStep.request_id.in_(request_ids),
            ApprovalStep.status.in_((PENDING, OPEN)),
        )
        .values(status=DROPPED, ended_at=work.now)
    )
