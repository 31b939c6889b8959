"""The requests that wait for one person, as a condition that the database looks at: the same as
`right_to_decide` says of each by itself."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Exists, and_, case, exists, false, func, literal, or_, select
from sqlalchemy.orm import aliased

from domain.approvals.models import (
    ApprovalDecision,
    ApprovalDelegation,
    ApprovalRequest,
    ApprovalStep,
    ApprovalStepApprover,
)
from domain.approvals.policies.quorum import USER
from domain.approvals.policy import DECIDE, WAITING
from domain.approvals.steps import OPEN
from domain.approvals.subjects import all_subjects
from domain.kernel.reading import Reader
from tenancy.models import RolePermission, UserAccount, UserRole
from tenancy.principals import Principal

Condition = ColumnElement[bool]
# Made once: an alias makes all columns of its table anew.
_DECISION, _NAMED = aliased(ApprovalDecision), aliased(ApprovalStepApprover)
_ROLE, _GRANT = aliased(UserRole), aliased(RolePermission)
_GIVEN, _GIVER = aliased(ApprovalDelegation), aliased(UserAccount)


def waits_for(reader: Reader, *, at: datetime) -> list[Condition]:
    """The conditions under which a request waits for the reader's caller at a moment."""
    caller, tenant = reader.principal, reader.tenant_id
    kind, number = literal(caller.kind.value), literal(caller.id)
    here = and_(
        ApprovalStep.tenant_id == tenant,
        ApprovalStep.request_id == ApprovalRequest.id,
        ApprovalStep.status == OPEN,
    )
    own = and_(
        ApprovalRequest.subject.in_(_subjects(caller)),
        or_(_names_nobody(tenant), _names(tenant, number) if caller.kind == USER else false()),
    )
    return [
        ApprovalRequest.status == WAITING,
        or_(ApprovalRequest.expires_at.is_(None), ApprovalRequest.expires_at > at),
        ~_asked(kind, number),
        ~_counted(tenant, kind, number),
        _exists(ApprovalStep).where(here, or_(own, _through_another(tenant, caller, at))),
    ]


def _exists(*of: Any) -> Exists:
    """Whether there is a row of these; everything else is of the statement around it."""
    return exists().select_from(*of).correlate_except(*of)


def _subjects(caller: Principal) -> Collection[str]:
    return [each.name for each in all_subjects() if caller.may(each.permission)]


def _asked(kind: Any, number: Any) -> Condition:
    return and_(ApprovalRequest.requester_kind == kind, ApprovalRequest.requester_id == number)


def _counted(tenant: int, kind: Any, number: Any) -> Condition:
    decision = _DECISION
    return _exists(decision).where(
        decision.tenant_id == tenant,
        decision.request_id == ApprovalRequest.id,
        or_(
            and_(decision.decider_kind == kind, decision.decider_id == number),
            and_(decision.for_kind == kind, decision.for_id == number),
        ),
    )


def _names_nobody(tenant: int) -> Condition:
    named = _NAMED
    return ~_exists(named).where(
        named.tenant_id == tenant,
        named.step_id == ApprovalStep.id,
        named.by_escalation.is_(False),
    )


def _names(tenant: int, user_id: Any) -> Condition:
    named, role = _NAMED, _ROLE
    roles = (
        select(role.role_id)
        .where(role.tenant_id == tenant, role.user_id == user_id)
        .correlate_except(role)
    )
    return _exists(named).where(
        named.tenant_id == tenant,
        named.step_id == ApprovalStep.id,
        or_(named.by_escalation.is_(False), ApprovalStep.escalated_at.is_not(None)),
        or_(named.user_id == user_id, named.role_id.in_(roles)),
    )


def _through_another(tenant: int, caller: Principal, at: datetime) -> Condition:
    """Somebody who may decide lets the caller stand in."""
    if caller.kind != USER:
        return false()
    given, giver = _GIVEN, _GIVER
    user = literal(USER)
    return _exists(given, giver).where(
        given.tenant_id == tenant,
        given.to_user_id == caller.id,
        given.revoked_at.is_(None),
        given.starts_at <= at,
        given.ends_at > at,
        or_(
            func.cardinality(given.subjects) == 0,
            ApprovalRequest.subject == func.any(given.subjects),
        ),
        giver.tenant_id == tenant,
        giver.id == given.from_user_id,
        giver.status == "active",
        giver.party_id.is_(None),
        giver.location_id.is_(None),
        ~_asked(user, giver.id),
        ~_counted(tenant, user, giver.id),
        _holds(tenant, giver.id, literal(DECIDE)),
        _holds(tenant, giver.id, _permission()),
        or_(_names_nobody(tenant), _names(tenant, giver.id)),
    )


def _permission() -> ColumnElement[str]:
    """What the request's subject asks of who decides."""
    permissions = {each.name: each.permission for each in all_subjects()}
    return case(permissions, value=ApprovalRequest.subject, else_=literal(""))


def _holds(tenant: int, user_id: Any, permission: ColumnElement[str]) -> Condition:
    role, grant = _ROLE, _GRANT
    return _exists(role, grant).where(
        role.tenant_id == tenant,
        role.user_id == user_id,
        grant.tenant_id == tenant,
        grant.role_id == role.role_id,
        grant.permission == permission,
    )
