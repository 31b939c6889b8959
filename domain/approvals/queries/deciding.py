"""The steps of requests, what was decided in them, and who may decide now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from domain.approvals.cases import Case, Decider, decider, open_cases, subject_permissions
from domain.approvals.models import (
    ApprovalDecision,
    ApprovalDelegation,
    ApprovalRequest,
    ApprovalStep,
    ApprovalStepApprover,
)
from domain.approvals.people import Known, people
from domain.approvals.policies.quorum import USER
from domain.approvals.trail import Entry, trail
from domain.kernel.grouping import grouped
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from tenancy.models import Role, UserAccount


@dataclass(frozen=True, slots=True)
class MayDecide:
    """Somebody who may decide now, and for whom if not in their own right."""

    user_id: int
    name: str
    for_name: str | None = None


@dataclass(frozen=True, slots=True)
class Deciding:
    """A request that waits, and everybody who might decide about it."""

    case: Case
    deciders: Mapping[int, Decider] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)

    def people(self, at: datetime) -> list[MayDecide]:
        """Who may decide at a moment, by name. Programs that may are not told."""
        found = []
        for user_id, each in self.deciders.items():
            right = each.right(self.case, at)
            if right is not None:
                other = None if right.delegation_id is None else self.names[right.of[1]]
                found.append(MayDecide(user_id, self.names[user_id], other))
        return sorted(found, key=lambda one: (one.name, one.user_id))


@query("approvals.read")
async def steps_of_requests(
    reader: Reader, *, request_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The steps of each request in their order, each with how many said yes in it (`given`)."""
    given = (
        select(func.count())
        .where(
            ApprovalDecision.tenant_id == reader.tenant_id,
            ApprovalDecision.step_id == ApprovalStep.id,
            ApprovalDecision.verdict == "approved",
        )
        .scalar_subquery()
    )
    rows = await reader.rows(
        select(*ApprovalStep.__table__.c, given.label("given"))
        .where(
            ApprovalStep.tenant_id == reader.tenant_id,
            ApprovalStep.request_id.in_(request_ids),
        )
        .order_by(ApprovalStep.request_id, ApprovalStep.position)
    )
    return grouped(request_ids, rows, key="request_id")


@query("approvals.read")
async def approvers_of_steps(
    reader: Reader, *, step_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """Whom each step names: role_id or user_id, their `name`, and by_escalation."""
    named, role, user = ApprovalStepApprover, Role, UserAccount
    rows = await reader.rows(
        select(
            named.step_id,
            named.role_id,
            named.user_id,
            named.by_escalation,
            func.coalesce(role.name, user.display_name).label("name"),
        )
        .outerjoin(role, (role.tenant_id == named.tenant_id) & (role.id == named.role_id))
        .outerjoin(user, (user.tenant_id == named.tenant_id) & (user.id == named.user_id))
        .where(named.tenant_id == reader.tenant_id, named.step_id.in_(step_ids))
        .order_by(named.id)
    )
    return grouped(step_ids, rows, key="step_id")


@query("approvals.read")
async def decisions_of_requests(
    reader: Reader, *, request_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """What was decided about each request, oldest first, with the `step` it was said in."""
    rows = await reader.rows(
        select(*ApprovalDecision.__table__.c, ApprovalStep.name.label("step"))
        .join(
            ApprovalStep,
            (ApprovalStep.tenant_id == ApprovalDecision.tenant_id)
            & (ApprovalStep.id == ApprovalDecision.step_id),
        )
        .where(
            ApprovalDecision.tenant_id == reader.tenant_id,
            ApprovalDecision.request_id.in_(request_ids),
        )
        .order_by(ApprovalDecision.id)
    )
    return grouped(request_ids, rows, key="request_id")


@query("approvals.read")
async def trails_of_requests(
    reader: Reader, *, request_ids: Sequence[int]
) -> dict[int, list[Entry]]:
    """Everything that happened to each request, oldest first."""
    requests = await _requests(reader, request_ids)
    steps = await steps_of_requests(reader, request_ids=request_ids)
    decisions = await decisions_of_requests(reader, request_ids=request_ids)
    return {row.id: trail(row, steps[row.id], decisions[row.id]) for row in requests}


@query("approvals.read")
async def cases_for_caller(
    reader: Reader, *, request_ids: Sequence[int]
) -> tuple[dict[int, Case], Decider]:
    """The requests among these that wait, and the caller as somebody who would decide."""
    cases = await open_cases(reader, await _requests(reader, request_ids))
    return cases, await decider(reader, reader.principal)


@query("approvals.read")
async def cases_for_everybody(reader: Reader, *, request_ids: Sequence[int]) -> dict[int, Deciding]:
    """The requests among these that wait, with everybody who might decide about them."""
    cases = await open_cases(reader, await _requests(reader, request_ids))
    if not cases:
        return {}
    known = await people(reader, permissions=subject_permissions(), everybody=True)
    given: dict[int, list[Row[Any]]] = grouped(
        known,
        [row for row in await _delegations(reader) if row.to_user_id in known],
        key="to_user_id",
    )
    deciders = {each.id: _decider(each, given[each.id], known) for each in known.values()}
    names = {each.id: each.name for each in known.values()}
    return {request_id: Deciding(case, deciders, names) for request_id, case in cases.items()}


def _decider(person: Known, delegations: Sequence[Row[Any]], known: Mapping[int, Known]) -> Decider:
    return Decider((USER, person.id), person.role_ids, person.permissions, delegations, known)


async def _delegations(reader: Reader) -> Sequence[Row[Any]]:
    return await reader.rows(
        select(*ApprovalDelegation.__table__.c).where(
            ApprovalDelegation.tenant_id == reader.tenant_id,
            ApprovalDelegation.revoked_at.is_(None),
        )
    )


async def _requests(reader: Reader, request_ids: Sequence[int]) -> Sequence[Row[Any]]:
    return await reader.rows(
        select(*ApprovalRequest.__table__.c).where(
            ApprovalRequest.tenant_id == reader.tenant_id, ApprovalRequest.id.in_(request_ids)
        )
    )
