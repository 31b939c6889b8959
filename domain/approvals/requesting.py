"""Asking for approval, and what is blocked meanwhile. Building blocks of higher areas."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_

from domain.approvals.effective import InEffect, policies_in_effect
from domain.approvals.events import ApprovalRequested
from domain.approvals.models import ApprovalRequest
from domain.approvals.outcomes import AwaitingApproval
from domain.approvals.policies.rules import UNKNOWN, Facts, Rule, Step, choose, steps_asked_for
from domain.approvals.policy import APPROVED, WAITING
from domain.approvals.ruling import decide_by_rule
from domain.approvals.steps import later, write_steps
from domain.approvals.subjects import subject_named
from domain.kernel.errors import InvalidInput
from domain.kernel.inserting import insert_ids
from domain.kernel.reading import Reader
from domain.kernel.work import Actor, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One thing to be approved. `facts` are what policies look at; `steps` are asked for before
    those of the policy, whatever it says. `by` is on whose behalf, where several share a
    transaction. See request_approval."""

    subject: str
    subject_id: int
    summary: str
    details: Mapping[str, Any]
    reason: str
    facts: Facts = UNKNOWN
    steps: Sequence[Step] = ()
    expires_at: datetime | None = None
    location_id: int | None = None
    by: Actor | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class _Planned:
    ask: Ask
    policy: InEffect | None
    rule: Rule | None
    steps: tuple[Step, ...]


async def request_approval(
    work: Work,
    *,
    subject: str,
    subject_id: int,
    summary: str,
    details: Mapping[str, Any],
    reason: str,
    facts: Facts = UNKNOWN,
    steps: Sequence[Step] = (),
    expires_at: datetime | None = None,
    location_id: int | None = None,
) -> int:
    """Ask for approval of something, as the caller of the work; the request's id.

    The caller has locked the thing asked for, has written what it wants to write of it, and asks
    last: where a rule approves by itself, it happens here and now. `details` are plain values,
    shown to who decides and given to the subject's function; what concerns one location alone
    names it. Raises AwaitingApproval when it waits already, InvalidInput when the time is over
    before it begins, and what the subject refuses where a rule approves."""
    ask = Ask(
        subject=subject,
        subject_id=subject_id,
        summary=summary,
        details=details,
        reason=reason,
        facts=facts,
        steps=steps,
        expires_at=expires_at,
        location_id=location_id,
    )
    [request_id] = await request_approvals(work, [ask])
    return request_id


async def request_approvals(work: Work, asks: Sequence[Ask]) -> list[int]:
    """As request_approval, of many things at once, in as many statements as for one."""
    if not asks:
        return []
    for ask in asks:
        subject_named(ask.subject)
        if ask.expires_at is not None and ask.expires_at <= work.now:
            raise InvalidInput("Must be in the future.", path=("expires_at",))
    await _require_none_waiting(work, asks)
    subjects = {ask.subject for ask in asks}
    policies = await policies_in_effect(work, subjects=subjects, at=work.now)
    planned = [_planned(ask, policies.get(ask.subject)) for ask in asks]
    ids = await insert_ids(work, ApprovalRequest, [_row(work, each) for each in planned])
    step_ids = await write_steps(
        work, [(n, each.steps) for n, each in zip(ids, planned, strict=True)]
    )
    for request_id, each in zip(ids, planned, strict=True):
        with work.on_behalf_of(each.ask.by):
            _tell(work, request_id, each.ask)
    await _decide_by_rules(work, ids, planned, step_ids)
    return ids


def _planned(ask: Ask, policy: InEffect | None) -> _Planned:
    facts = ask.facts
    known = replace(
        facts,
        reason=facts.reason or ask.reason,
        location_id=facts.location_id or ask.location_id,
    )
    rule = None if policy is None else choose(policy.rules, known)
    return _Planned(
        replace(ask, facts=known),
        policy if rule is not None else None,
        rule,
        steps_asked_for(rule, ask.steps),
    )


def _row(work: Work, planned: _Planned) -> dict[str, Any]:
    ask, rule = planned.ask, planned.rule
    principal = (ask.by or work.actor).principal
    requester_kind, requester_id = principal.person
    waits = bool(planned.steps)
    ends = [ask.expires_at, later(work.now, rule.expires_after_minutes if rule else None)]
    return {
        "subject": ask.subject,
        "subject_id": ask.subject_id,
        "location_id": ask.location_id,
        "summary": ask.summary,
        "details": dict(ask.details),
        "reason": ask.reason,
        "requester_kind": requester_kind,
        "requester_id": requester_id,
        "requested_by": principal.name,
        "requested_at": work.now,
        "expires_at": min((each for each in ends if each is not None), default=None),
        "status": WAITING if waits else APPROVED,
        "ended_at": None if waits else work.now,
        "policy_id": None if planned.policy is None else planned.policy.policy_id,
        "rule": None if rule is None else rule.name,
        "facts": ask.facts.kept(),
    }


async def _decide_by_rules(
    work: Work, ids: Sequence[int], planned: Sequence[_Planned], step_ids: Sequence[int]
) -> None:
    first = 0
    for request_id, each in zip(ids, planned, strict=True):
        if not each.steps:
            assert each.policy is not None
            with work.on_behalf_of(each.ask.by):
                await decide_by_rule(work, request_id, each.policy, step_ids[first])
        first += len(each.steps) or 1


def _tell(work: Work, request_id: int, ask: Ask) -> None:
    work.record(
        ApprovalRequested(
            aggregate_id=request_id,
            subject=ask.subject,
            subject_id=ask.subject_id,
            summary=ask.summary,
        )
    )
    work.audit(
        "request_approval",
        subject="approval_request",
        subject_id=request_id,
        after={"subject": ask.subject, "subject_id": ask.subject_id, "summary": ask.summary},
        reason=ask.reason,
    )


async def waiting_requests(
    reader: Reader, *, subject: str, subject_ids: Collection[int]
) -> dict[int, int]:
    """The request that waits for each of these things; what waits for nothing is left out.

    One whose time is over blocks until the worker says that it expired, a moment later."""
    found = await _waiting(reader, [(subject, each) for each in subject_ids])
    return {subject_id: request_id for (_, subject_id), request_id in found.items()}


async def require_not_waiting(reader: Reader, *, subject: str, subject_id: int) -> None:
    """Raise AwaitingApproval when the thing waits for approval."""
    _refuse(await _waiting(reader, [(subject, subject_id)]))


async def _require_none_waiting(reader: Reader, asks: Sequence[Ask]) -> None:
    _refuse(await _waiting(reader, [(ask.subject, ask.subject_id) for ask in asks]))


def _refuse(waiting: Mapping[tuple[str, int], int]) -> None:
    for (subject, _), request_id in waiting.items():
        raise AwaitingApproval(
            "This waits for approval.", approval_request_id=request_id, subject=subject
        )


async def _waiting(reader: Reader, things: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
    rows = await reader.rows(
        select(ApprovalRequest.subject, ApprovalRequest.subject_id, ApprovalRequest.id).where(
            ApprovalRequest.tenant_id == reader.tenant_id,
            tuple_(ApprovalRequest.subject, ApprovalRequest.subject_id).in_(things),
            ApprovalRequest.status == WAITING,
        )
    )
    return {(row.subject, row.subject_id): row.id for row in rows}
