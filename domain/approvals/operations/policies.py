"""Approval policies: drafted, changed while drafts, activated, and unchangeable from then on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.approvals.policy_writing import (
    DRAFT,
    activate,
    change_draft,
    draft_policy,
    retire,
    status_of,
)
from domain.kernel.governing import require_open
from domain.kernel.permissions import operation
from domain.kernel.work import Work

KIND = "approval_policy"


@operation("approvals.manage")
async def create_approval_policy(
    work: Work, *, subject: str, name: str, rules: Sequence[Mapping[str, Any]]
) -> int:
    """Draft the next version of a subject's policy; returns its id. A draft decides nothing yet.

    The first rule whose condition holds says which steps a request takes; see policies/rules.py.
    Raises InvalidInput with the path to what is wrong, NotFound, Conflict."""
    return await draft_policy(work, subject=subject, name=name, rules=rules)


@operation("approvals.manage")
async def update_approval_policy(
    work: Work,
    *,
    policy_id: int,
    name: str | None = None,
    rules: Sequence[Mapping[str, Any]] | None = None,
) -> None:
    """Change what a draft says. Raises NotFound, InvalidInput, InvalidState when it is no draft."""
    await change_draft(work, policy_id=policy_id, name=name, rules=rules)


@operation("approvals.manage")
async def activate_approval_policy(
    work: Work,
    *,
    policy_id: int,
    effective_from: datetime | None = None,
    effective_to: datetime | None = None,
) -> None:
    """Let a draft take effect, now or at a moment to come, for good or until another moment.

    Raises NotFound, InvalidInput, InvalidState when it is no draft, PolicyPeriodTaken,
    StepWithoutApprovers, ChangeRequestRequired."""
    await require_open(work, KIND)
    await activate(
        work, policy_id=policy_id, effective_from=effective_from, effective_to=effective_to
    )


@operation("approvals.manage")
async def retire_approval_policy(work: Work, *, policy_id: int) -> None:
    """Let a policy go out of effect now, before its time, or give up a draft. Raises NotFound,
    InvalidState when it is retired already; ChangeRequestRequired when it is no draft."""
    if await status_of(work, policy_id) != DRAFT:
        await require_open(work, KIND)
    await retire(work, policy_id=policy_id)
