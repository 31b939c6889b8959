"""Policies take effect, now or on a date, and are retired."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.engine import Row

from domain.allocation.definition import content_hash
from domain.allocation.effective import Content, PolicyInEffect, contents, remember
from domain.allocation.events import PolicyActivated, PolicyRetired
from domain.allocation.models import AllocationPolicy, AllocationPolicyContent
from domain.allocation.outcomes import PeriodTaken
from domain.allocation.policy_locking import lock_policies
from domain.allocation.queries.policies import definitions_of_policies
from domain.allocation.references import require_references
from domain.kernel.effectiveness import require_span
from domain.kernel.errors import InvalidState
from domain.kernel.governing import (
    VariantNotAllowed,
    require_open,
    require_variant_allowed,
)
from domain.kernel.permissions import operation
from domain.kernel.work import Work

# As a kind of configuration that may be governed.
KIND = "allocation_policy"


@operation("allocation.manage")
async def activate_allocation_policy(
    work: Work,
    *,
    policy_id: int,
    effective_from: datetime | None = None,
    effective_to: datetime | None = None,
) -> None:
    """Let a draft take effect, now or at a moment to come, for good or until another moment.

    What is in effect for the same channel, entity or tenant without an end ends when it begins.
    Raises NotFound; InvalidInput; InvalidState when it is no draft; PeriodTaken when it would be
    in effect together with another one; VariantNotAllowed; ChangeRequestRequired."""
    await require_open(work, KIND)
    policy, others = await lock_policies(work, policy_id)
    if policy.status != "draft":
        message = f"The policy is {policy.status}; draft a new version of it."
        raise InvalidState(message, state=policy.status, allowed=["create_allocation_policy"])
    starts = effective_from or work.now
    require_span(work.now, starts, effective_to)
    rivals = _rivals(policy, others, starts, effective_to)
    replaced = [each for each in rivals if _gives_way(each, starts, effective_to)]
    _refuse_rivals([each for each in rivals if each not in replaced])
    await _require_variant(work, policy, others, starts)
    document = (await definitions_of_policies(work, policy_ids=[policy_id]))[policy_id]
    # A location may have been turned into something else since it was drafted.
    await require_references(work, document)
    hashed = content_hash(document)
    remember(hashed, document)
    await _end(work, replaced, starts)
    await work.execute(
        insert(AllocationPolicyContent).values(
            tenant_id=work.tenant_id,
            policy_id=policy_id,
            content_hash=hashed,
            definition=document,
            activated_at=work.now,
            actor=work.principal.name,
        )
    )
    await _change(
        work,
        [policy_id],
        status="active",
        effective_from=starts,
        effective_to=effective_to,
        content_hash=hashed,
    )
    _tell(work, policy, replaced, starts, effective_to)


@operation("allocation.manage")
async def retire_allocation_policy(work: Work, *, policy_id: int) -> None:
    """Let a policy go out of effect now, before its time, or give up a draft.

    Orders are served by the less specific policy from now on. Raises NotFound; InvalidState when
    it is retired already; ChangeRequestRequired, except for a draft."""
    policy, _ = await lock_policies(work, policy_id)
    if policy.status == "retired":
        raise InvalidState("The policy is retired already.", state="retired", allowed=[])
    if policy.status == "active":
        await require_open(work, KIND)
    ends = max(work.now, policy.effective_from)
    await _change(work, [policy_id], status="retired", effective_to=ends)
    work.audit(
        "retire_allocation_policy",
        subject="allocation_policy",
        subject_id=policy_id,
        before={"status": policy.status},
        after={"status": "retired"},
    )
    work.record(PolicyRetired(aggregate_id=policy_id, code=policy.code, version=policy.version))


def _rivals(
    policy: Row[Any], others: Sequence[Row[Any]], starts: datetime, ends: datetime | None
) -> list[Row[Any]]:
    """The active policies of the same scope that would be in effect at the same time."""
    return [
        each
        for each in others
        if each.status == "active"
        and (each.channel_id, each.entity_id) == (policy.channel_id, policy.entity_id)
        and (ends is None or each.effective_from < ends)
        and (each.effective_to is None or each.effective_to > starts)
    ]


def _gives_way(rival: Row[Any], starts: datetime, ends: datetime | None) -> bool:
    """What has no end is succeeded by what has none; else a gap or a return would be guessed."""
    return rival.effective_to is None and ends is None and rival.effective_from <= starts


def _refuse_rivals(rivals: Sequence[Row[Any]]) -> None:
    if rivals:
        rival = rivals[0]
        raise PeriodTaken(
            f"Version {rival.version} of {rival.code} is in effect in that time.",
            path=("effective_from",),
            code=rival.code,
            version=rival.version,
            effective_from=rival.effective_from.isoformat(),
            effective_to=None if rival.effective_to is None else rival.effective_to.isoformat(),
        )


async def _require_variant(
    work: Work, policy: Row[Any], others: Sequence[Row[Any]], starts: datetime
) -> None:
    kind = "channel" if policy.channel_id is not None else "entity"
    if policy.channel_id is None and policy.entity_id is None:
        return
    await require_variant_allowed(work, KIND, kind)
    standards = [
        PolicyInEffect(each.id, None, None, each.content_hash)
        for each in others
        if each.status == "active"
        and each.channel_id is None
        and each.entity_id is None
        and each.effective_from <= starts
        and (each.effective_to is None or each.effective_to > starts)
    ]
    known: dict[int, Content] = await contents(work, standards)
    if any(kind not in content.variants_allowed for content in known.values()):
        message = f"The tenant's standard lets no {kind} have a policy of its own."
        raise VariantNotAllowed(message, variant=kind)


async def _end(work: Work, replaced: Sequence[Row[Any]], starts: datetime) -> None:
    """What is succeeded now is retired; what is succeeded later stays in effect until then."""
    ids = [each.id for each in replaced]
    if starts <= work.now:
        await _change(work, ids, status="retired", effective_to=starts)
    else:
        await _change(work, ids, effective_to=starts)


async def _change(work: Work, policy_ids: Sequence[int], **values: Any) -> None:
    if policy_ids:
        await work.execute(
            update(AllocationPolicy)
            .where(
                AllocationPolicy.tenant_id == work.tenant_id, AllocationPolicy.id.in_(policy_ids)
            )
            .values(**values)
        )


def _tell(
    work: Work,
    policy: Row[Any],
    replaced: Sequence[Row[Any]],
    starts: datetime,
    ends: datetime | None,
) -> None:
    work.audit(
        "activate_allocation_policy",
        subject="allocation_policy",
        subject_id=policy.id,
        before={"status": "draft", "replaced": [each.id for each in replaced]},
        after={
            "status": "active",
            "effective_from": starts.isoformat(),
            "effective_to": None if ends is None else ends.isoformat(),
        },
    )
    work.record(PolicyActivated(aggregate_id=policy.id, code=policy.code, version=policy.version))
