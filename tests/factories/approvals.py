"""A subject of approval for tests, people who decide about it, and the clock that moves."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, text

from app.http.services import system_clock
from domain.approvals import subjects
from domain.approvals.invariants import INVARIANTS
from domain.approvals.models import ApprovalDecision, ApprovalRequest, ApprovalStep
from domain.approvals.operations.policies import (
    activate_approval_policy,
    create_approval_policy,
)
from domain.approvals.policies.rules import Facts
from domain.approvals.requesting import request_approval
from domain.approvals.subjects import Request, approvable
from domain.kernel.errors import Expected
from domain.kernel.work import Work
from tenancy.models import Role, RolePermission, UserAccount, UserRole
from tenancy.principals import Principal
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.tenants import TenantUnderTest

SUBJECT = "test_thing"
PERMISSION = "things.approve"
RIGHTS = ("approvals.read", "approvals.request", "approvals.decide", PERMISSION)


class Gone(Expected):
    """It cannot happen any more."""


@dataclass
class Happenings:
    """What the subject's functions were asked to do."""

    approved: list[Request] = field(default_factory=list)
    dropped: list[tuple[int, str]] = field(default_factory=list)
    refusing: bool = False
    failing: bool = False


@contextmanager
def declared_subject() -> Iterator[Happenings]:
    """A subject that leaves an audit entry when it is approved."""
    seen = Happenings()

    async def dropped(work: Work, requests: Sequence[Request], status: str) -> None:
        seen.dropped += [(each.subject_id, status) for each in requests]

    @approvable(SUBJECT, title="A thing", permission=PERMISSION, dropped=dropped)
    async def happen(work: Work, request: Request) -> None:
        work.audit("happen", subject=SUBJECT, subject_id=request.subject_id)
        await work.flush()
        if seen.refusing:
            raise Gone("It is gone.")
        if seen.failing:
            raise RuntimeError("killed in between")
        seen.approved.append(request)

    try:
        yield seen
    finally:
        del subjects._subjects[SUBJECT]


@dataclass(frozen=True, slots=True)
class Staff:
    """The people of a tenant with an account: by name, and the roles they have by name."""

    tenant: TenantUnderTest
    people: dict[str, Principal]
    roles: dict[str, int]

    def __getitem__(self, name: str) -> Principal:
        return self.people[name]


async def new_staff(
    tenant: TenantUnderTest,
    members: dict[str, Sequence[str]],
    *,
    rights: Sequence[str] = RIGHTS,
    idle: Sequence[str] = (),
) -> Staff:
    """People with these roles; everybody but the `idle`, who only
    read, holds `rights` by a role beside."""
    names = sorted({role for roles in members.values() for role in roles})
    async with tenant.work() as work:
        roles = {name: await _role(work, name, ()) for name in names}
        everybody = await _role(work, "everybody", rights)
        people = {}
        for name, own in members.items():
            common = [] if name in idle else [everybody]
            number = await _user(work, name, [*common, *(roles[role] for role in own)])
            own_rights = ("approvals.read",) if name in idle else rights
            people[name] = tenant.user(*own_rights, id=number, name=name)
    return Staff(tenant, people, roles)


async def _role(work: Work, name: str, permissions: Sequence[str]) -> int:
    role_id = int(
        await work.value(
            insert(Role).values(tenant_id=work.tenant_id, name=name).returning(Role.id)
        )
    )
    for permission in permissions:
        await work.execute(
            insert(RolePermission).values(
                tenant_id=work.tenant_id, role_id=role_id, permission=permission
            )
        )
    return role_id


async def _user(work: Work, name: str, role_ids: Sequence[int]) -> int:
    user_id = int(
        await work.value(
            insert(UserAccount)
            .values(
                tenant_id=work.tenant_id,
                username=name,
                display_name=name,
                tokens_valid_from=work.now,
                created_at=work.now,
            )
            .returning(UserAccount.id)
        )
    )
    for role_id in role_ids:
        await work.execute(
            insert(UserRole).values(tenant_id=work.tenant_id, user_id=user_id, role_id=role_id)
        )
    return user_id


def rule(name: str = "all", *steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A rule of a policy; a step is a `step(…)`."""
    return {"name": name, "condition": {}, "steps": list(steps), **fields}


def step(name: str = "one", **fields: Any) -> dict[str, Any]:
    """A step of a rule."""
    return {"name": name, **fields}


async def policy_in_effect(
    tenant: TenantUnderTest, *rules: dict[str, Any], subject: str = SUBJECT
) -> int:
    """Draft and activate a policy of these rules."""
    async with tenant.work() as work:
        policy_id = await create_approval_policy(work, subject=subject, name="test", rules=rules)
        await activate_approval_policy(work, policy_id=policy_id)
    return policy_id


async def ask(
    tenant: TenantUnderTest,
    by: Principal,
    *,
    subject_id: int = 7,
    facts: Facts | None = None,
    **fields: Any,
) -> int:
    """Ask for the thing."""
    async with tenant.work(as_=by) as work:
        return await request_approval(
            work,
            subject=SUBJECT,
            subject_id=subject_id,
            summary="Do the thing",
            details={"quantity": "5"},
            reason="needed",
            facts=facts or Facts(),
            **fields,
        )


async def status_of(tenant: TenantUnderTest, request_id: int) -> str:
    """The status of a request."""
    async with tenant.read() as reader:
        return str(
            await reader.value(
                select(ApprovalRequest.status).where(
                    ApprovalRequest.tenant_id == tenant.id, ApprovalRequest.id == request_id
                )
            )
        )


async def steps_of(tenant: TenantUnderTest, request_id: int) -> list[tuple[str, str]]:
    """The steps of a request: name and status, in their order."""
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(ApprovalStep.name, ApprovalStep.status)
            .where(ApprovalStep.tenant_id == tenant.id, ApprovalStep.request_id == request_id)
            .order_by(ApprovalStep.position)
        )
    return [tuple(row) for row in rows]


async def decisions_of(
    tenant: TenantUnderTest, request_id: int
) -> list[tuple[str, str, str | None]]:
    """What was decided about a request: verdict, by whom, for whom."""
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(ApprovalDecision.verdict, ApprovalDecision.decided_by, ApprovalDecision.for_name)
            .where(
                ApprovalDecision.tenant_id == tenant.id, ApprovalDecision.request_id == request_id
            )
            .order_by(ApprovalDecision.id)
        )
    return [tuple(row) for row in rows]


async def violations_of(tenant: TenantUnderTest) -> list[tuple[str, dict[str, Any]]]:
    """Everything that breaks an invariant of approvals: (its name, the row)."""
    found = []
    async with tenant.read() as reader:
        for invariant in INVARIANTS:
            rows = await reader.rows(text(invariant.violations_sql), {"tenant_id": tenant.id})
            found += [(invariant.name, row._asdict()) for row in rows]
    return found


async def callers(
    api: ApiUnderTest, tenant: TenantUnderTest, members: dict[str, Sequence[str]], *rights: str
) -> tuple[dict[str, ApiCaller], Staff]:
    """People with these roles, and `rights` beside, before the API."""
    staff = await new_staff(tenant, members, rights=rights)
    now = system_clock()
    issue = api.services.authenticator.issue_token
    return {
        name: ApiCaller(api.http, await issue(tenant.slug, name, now)) for name in members
    }, staff
