"""Versions of approval policies: drafted, put into effect, retired. Building blocks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.engine import Row

from domain.approvals.events import ApprovalPolicyActivated, ApprovalPolicyRetired
from domain.approvals.models import ApprovalPolicy, ApprovalPolicyContent
from domain.approvals.outcomes import PolicyPeriodTaken
from domain.approvals.policies.documents import sound_rules
from domain.approvals.policy_references import require_approvers, require_references
from domain.approvals.subjects import subject_if_declared
from domain.kernel import text
from domain.kernel.effectiveness import require_span
from domain.kernel.errors import Conflict, InvalidInput, InvalidState, NotFound
from domain.kernel.work import Work

DRAFT, ACTIVE, RETIRED = "draft", "active", "retired"


async def draft_policy(
    work: Work, *, subject: str, name: str, rules: Sequence[Mapping[str, Any]]
) -> int:
    """Draft the next version of a subject's policy; its id. Raises InvalidInput with the path to
    what is wrong, NotFound, Conflict when somebody drafted at the same moment."""
    if subject_if_declared(subject) is None:
        raise InvalidInput("Nothing of this subject is approved.", path=("subject",))
    document = sound_rules(rules)
    await require_references(work, document)
    latest = await work.value(
        select(func.max(ApprovalPolicy.version)).where(
            ApprovalPolicy.tenant_id == work.tenant_id, ApprovalPolicy.subject == subject
        )
    )
    values = {
        "subject": subject,
        "version": 1 + int(latest or 0),
        "name": text.name(name),
        "rules": document,
        "created_by": work.principal.name,
    }
    policy_id = await work.value(
        insert_unless(ApprovalPolicy)
        .values(tenant_id=work.tenant_id, effective_from=work.now, created_at=work.now, **values)
        .on_conflict_do_nothing(index_elements=["tenant_id", "subject", "version"])
        .returning(ApprovalPolicy.id)
    )
    if policy_id is None:
        raise Conflict("Somebody drafted a version at the same moment; try again.")
    _audit(work, "create_approval_policy", int(policy_id), after=values)
    return int(policy_id)


async def change_draft(
    work: Work,
    *,
    policy_id: int,
    name: str | None = None,
    rules: Sequence[Mapping[str, Any]] | None = None,
) -> None:
    """Change what a draft says. Raises NotFound, InvalidInput, InvalidState when it is none."""
    policy, _ = await _lock(work, policy_id)
    _require_draft(policy)
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = text.name(name)
    if rules is not None:
        values["rules"] = sound_rules(rules)
        await require_references(work, values["rules"])
    changed = {key: value for key, value in values.items() if getattr(policy, key) != value}
    if not changed:
        return
    await _write(work, [policy_id], **changed)
    before = {key: getattr(policy, key) for key in changed}
    _audit(work, "update_approval_policy", policy_id, before=before, after=changed)


async def activate(
    work: Work,
    *,
    policy_id: int,
    effective_from: datetime | None = None,
    effective_to: datetime | None = None,
) -> None:
    """Let a draft take effect, now or at a moment to come, for good or until another moment. What
    is in effect for the subject without an end ends when it begins; what waits already keeps the
    steps that it was asked for with.

    Raises NotFound, InvalidInput, InvalidState when it is no draft, PolicyPeriodTaken,
    StepWithoutApprovers."""
    policy, others = await _lock(work, policy_id)
    _require_draft(policy)
    starts = effective_from or work.now
    require_span(work.now, starts, effective_to)
    replaced = _replaced(policy, others, starts, effective_to)
    await require_references(work, policy.rules)
    await require_approvers(work, policy.subject, policy.rules)
    ids = [each.id for each in replaced]
    over = {"status": RETIRED} if starts <= work.now else {}
    await _write(work, ids, effective_to=starts, **over)
    await work.execute(
        insert(ApprovalPolicyContent).values(
            tenant_id=work.tenant_id,
            policy_id=policy_id,
            rules=policy.rules,
            activated_at=work.now,
            activated_by=work.principal.name,
        )
    )
    await _write(work, [policy_id], status=ACTIVE, effective_from=starts, effective_to=effective_to)
    _audit(
        work,
        "activate_approval_policy",
        policy_id,
        before={"status": DRAFT, "replaced": ids},
        after={
            "status": ACTIVE,
            "effective_from": starts.isoformat(),
            "effective_to": None if effective_to is None else effective_to.isoformat(),
        },
    )
    work.record(
        ApprovalPolicyActivated(
            aggregate_id=policy_id, subject=policy.subject, version=policy.version
        )
    )


async def retire(work: Work, *, policy_id: int) -> None:
    """Let a policy go out of effect now, before its time, or give up a draft. Without another one
    anybody with the subject's permission decides. Raises NotFound, InvalidState."""
    policy, _ = await _lock(work, policy_id)
    if policy.status == RETIRED:
        raise InvalidState("The policy is retired already.", state=RETIRED, allowed=[])
    ends = max(work.now, policy.effective_from)
    await _write(work, [policy_id], status=RETIRED, effective_to=ends)
    _audit(
        work,
        "retire_approval_policy",
        policy_id,
        before={"status": policy.status},
        after={"status": RETIRED},
    )
    work.record(
        ApprovalPolicyRetired(
            aggregate_id=policy_id, subject=policy.subject, version=policy.version
        )
    )


async def status_of(work: Work, policy_id: int) -> str | None:
    """Where a version stands; None where there is none."""
    status = await work.value(
        select(ApprovalPolicy.status).where(
            ApprovalPolicy.tenant_id == work.tenant_id, ApprovalPolicy.id == policy_id
        )
    )
    return None if status is None else str(status)


async def _lock(work: Work, policy_id: int) -> tuple[Row[Any], list[Row[Any]]]:
    """The policy and the others of its subject, all locked in the order of their ids."""
    subject = (
        select(ApprovalPolicy.subject)
        .where(ApprovalPolicy.tenant_id == work.tenant_id, ApprovalPolicy.id == policy_id)
        .scalar_subquery()
    )
    rows = await work.rows(
        select(*ApprovalPolicy.__table__.c)
        .where(ApprovalPolicy.tenant_id == work.tenant_id, ApprovalPolicy.subject == subject)
        .order_by(ApprovalPolicy.id)
        .with_for_update()
    )
    for row in rows:
        if row.id == policy_id:
            return row, [other for other in rows if other.id != policy_id]
    raise NotFound("approval policy")


def _require_draft(policy: Row[Any]) -> None:
    if policy.status != DRAFT:
        message = f"The policy is {policy.status}; draft a new version of it."
        raise InvalidState(message, state=policy.status, allowed=["create_approval_policy"])


def _replaced(
    policy: Row[Any], others: Sequence[Row[Any]], starts: datetime, ends: datetime | None
) -> list[Row[Any]]:
    """What ends when this begins: what has no end gives way to what has none. Raises
    PolicyPeriodTaken for any other that would be in effect at the same time."""
    rivals = [
        each
        for each in others
        if each.status == ACTIVE
        and (ends is None or each.effective_from < ends)
        and (each.effective_to is None or each.effective_to > starts)
    ]
    for each in rivals:
        if each.effective_to is not None or ends is not None or each.effective_from > starts:
            to = each.effective_to
            raise PolicyPeriodTaken(
                f"Version {each.version} is in effect in that time.",
                path=("effective_from",),
                subject=policy.subject,
                version=each.version,
                effective_from=each.effective_from.isoformat(),
                effective_to=None if to is None else to.isoformat(),
            )
    return rivals


async def _write(work: Work, policy_ids: Sequence[int], **values: Any) -> None:
    if policy_ids:
        await work.execute(
            update(ApprovalPolicy)
            .where(ApprovalPolicy.tenant_id == work.tenant_id, ApprovalPolicy.id.in_(policy_ids))
            .values(**values)
        )


def _audit(work: Work, action: str, policy_id: int, **change: Any) -> None:
    work.audit(action, subject="approval_policy", subject_id=policy_id, **change)
