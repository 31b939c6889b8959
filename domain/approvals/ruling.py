"""A rule decides by itself: what was asked for happens at once, recorded as decided by it."""

from sqlalchemy import select

from domain.approvals.deciding import write_decision
from domain.approvals.effective import InEffect
from domain.approvals.ending import carry_out
from domain.approvals.models import ApprovalRequest
from domain.approvals.policies.quorum import Right
from domain.approvals.policy import APPROVED
from domain.kernel.work import Work

RULE = "rule"


async def decide_by_rule(work: Work, request_id: int, policy: InEffect, step_id: int) -> None:
    """Let a request that a rule approves happen. Raises what its subject refuses."""
    row = await work.row(
        select(*ApprovalRequest.__table__.c).where(
            ApprovalRequest.tenant_id == work.tenant_id, ApprovalRequest.id == request_id
        )
    )
    assert row is not None
    by = (RULE, policy.policy_id)
    name = f"{row.rule} (policy version {policy.version})"
    await write_decision(
        work,
        row,
        step_id=step_id,
        verdict=APPROVED,
        decider=by,
        decided_by=name,
        right=Right(of=by),
    )
    await carry_out(work, row)
