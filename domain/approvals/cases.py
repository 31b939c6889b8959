"""Requests that wait as a decision sees them: the open step, who has decided, and the caller."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.approvals.models import (
    ApprovalDecision,
    ApprovalDelegation,
    ApprovalStep,
    ApprovalStepApprover,
)
from domain.approvals.people import Known, people
from domain.approvals.policies.quorum import (
    USER,
    OpenStep,
    Person,
    Right,
    StandIn,
    Who,
    right_to_decide,
)
from domain.approvals.policy import DECIDE
from domain.approvals.steps import OPEN
from domain.approvals.subjects import all_subjects, subject_named
from domain.kernel.grouping import grouped
from domain.kernel.reading import Reader
from tenancy.models import UserRole
from tenancy.principals import Principal


@dataclass(frozen=True, slots=True)
class Case:
    """A request that waits: its open step, who has been counted, and how many said yes in it."""

    request: Row[Any]
    step: Row[Any]
    open: OpenStep
    counted: frozenset[Who]
    given: int

    @property
    def permission(self) -> str:
        """What its subject asks of who decides."""
        return subject_named(self.request.subject).permission

    @property
    def requester(self) -> Who:
        """Who asked."""
        return (self.request.requester_kind, self.request.requester_id)


@dataclass(frozen=True, slots=True)
class Decider:
    """Somebody who would decide: their roles, and whom they may stand in for."""

    who: Who
    role_ids: frozenset[int]
    permissions: frozenset[str] | None
    delegations: Sequence[Row[Any]]
    delegators: Mapping[int, Known]

    def may(self, permission: str) -> bool:
        """Whether they hold it; the system holds all (None)."""
        return self.permissions is None or permission in self.permissions

    def right(self, case: Case, at: datetime) -> Right | None:
        """Their right to decide in a case at a moment, or None."""
        if not self.may(DECIDE):
            return None
        permission, subject = case.permission, case.request.subject
        caller = Person(who=self.who, role_ids=self.role_ids, permitted=self.may(permission))
        stand_ins = [
            stand_in(row, self.delegators[row.from_user_id].person(permission))
            for row in self.delegations
            if row.from_user_id in self.delegators
        ]
        return right_to_decide(
            case.open,
            caller,
            stand_ins,
            subject=subject,
            at=at,
            requester=case.requester,
            counted=case.counted,
        )


def stand_in(row: Row[Any], delegator: Person) -> StandIn:
    """A row of the delegations as the policy sees it."""
    return StandIn(
        delegation_id=row.id,
        person=delegator,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        revoked_at=row.revoked_at,
        subjects=frozenset(row.subjects),
    )


async def open_cases(reader: Reader, requests: Sequence[Row[Any]]) -> dict[int, Case]:
    """The cases of the requests that wait, by request id. Three statements for any number."""
    steps = await reader.rows(
        select(*ApprovalStep.__table__.c).where(
            ApprovalStep.tenant_id == reader.tenant_id,
            ApprovalStep.request_id.in_([row.id for row in requests]),
            ApprovalStep.status == OPEN,
        )
    )
    if not steps:
        return {}
    named = await _approvers(reader, [step.id for step in steps])
    decisions: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in await _decisions(reader, [step.request_id for step in steps]):
        decisions[row.request_id].append(row)
    by_id = {row.id: row for row in requests}
    return {
        step.request_id: Case(
            by_id[step.request_id],
            step,
            _open(step, named[step.id]),
            frozenset(_counted(decisions[step.request_id])),
            sum(row.step_id == step.id for row in decisions[step.request_id]),
        )
        for step in steps
    }


async def decider(reader: Reader, principal: Principal) -> Decider:
    """The caller as a decider: a user also by an API key of theirs, as far as the key reaches.
    Three statements, one of somebody for whom nobody stands aside."""
    kind, user_id = principal.person
    if kind != USER:
        return Decider(principal.person, frozenset(), _held(principal), (), {})
    roles = await reader.values(
        select(UserRole.role_id).where(
            UserRole.tenant_id == reader.tenant_id, UserRole.user_id == user_id
        )
    )
    delegations = await reader.rows(
        select(*ApprovalDelegation.__table__.c).where(
            ApprovalDelegation.tenant_id == reader.tenant_id,
            ApprovalDelegation.to_user_id == user_id,
            ApprovalDelegation.revoked_at.is_(None),
        )
    )
    delegators = await _delegators(reader, delegations)
    return Decider((USER, user_id), frozenset(roles), _held(principal), delegations, delegators)


async def _delegators(reader: Reader, delegations: Sequence[Row[Any]]) -> dict[int, Known]:
    if not delegations:
        return {}
    return await people(
        reader,
        permissions=subject_permissions(),
        user_ids=[row.from_user_id for row in delegations],
    )


def subject_permissions() -> set[str]:
    """What the subjects ask of who decides about them."""
    return {subject.permission for subject in all_subjects()}


def _held(principal: Principal) -> frozenset[str] | None:
    return None if principal.may("") else principal.permissions


async def _approvers(reader: Reader, step_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    rows = await reader.rows(
        select(*ApprovalStepApprover.__table__.c).where(
            ApprovalStepApprover.tenant_id == reader.tenant_id,
            ApprovalStepApprover.step_id.in_(step_ids),
        )
    )
    return grouped(step_ids, rows, key="step_id")


async def _decisions(reader: Reader, request_ids: Sequence[int]) -> Sequence[Row[Any]]:
    return await reader.rows(
        select(
            ApprovalDecision.request_id,
            ApprovalDecision.step_id,
            ApprovalDecision.decider_kind,
            ApprovalDecision.decider_id,
            ApprovalDecision.for_kind,
            ApprovalDecision.for_id,
        ).where(
            ApprovalDecision.tenant_id == reader.tenant_id,
            ApprovalDecision.request_id.in_(request_ids),
        )
    )


def _counted(decisions: Sequence[Row[Any]]) -> set[Who]:
    deciders = {(row.decider_kind, row.decider_id) for row in decisions}
    return deciders | {(row.for_kind, row.for_id) for row in decisions}


def _open(step: Row[Any], named: Sequence[Row[Any]]) -> OpenStep:
    def ids(column: str, *, late: bool) -> frozenset[int]:
        found = {getattr(row, column) for row in named if row.by_escalation is late}
        return frozenset(found - {None})

    return OpenStep(
        needed=step.needed,
        role_ids=ids("role_id", late=False),
        user_ids=ids("user_id", late=False),
        escalation_role_ids=ids("role_id", late=True),
        escalation_user_ids=ids("user_id", late=True),
        escalated=step.escalated_at is not None,
    )
