"""Change requests, drafted, approved and carried out by different people."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

import app.subjects  # noqa: F401  (the kinds are declared there)
from domain.approvals.models import ApprovalRequest
from domain.approvals.operations.decisions import approve
from domain.governance.approving import SUBJECT
from domain.governance.carrying_out import carry_out_next
from domain.governance.governing import govern
from domain.governance.models import ChangeRequest, ConfigurationVersion
from domain.governance.operations.change_requests import draft_change, submit_change
from tenancy.principals import Principal
from tests.factories.tenants import TenantUnderTest

PROPOSES = ("governance.propose", "governance.read", "users.manage", "orders.read", "orders.place")
DECIDES = ("approvals.decide", "approvals.read", "governance.approve")


def proposer(tenant: TenantUnderTest) -> Principal:
    """Who drafts and submits."""
    return tenant.user(*PROPOSES, id=1, name="proposer")


def decider(tenant: TenantUnderTest, *, id: int = 2) -> Principal:
    """Who approves."""
    return tenant.user(*DECIDES, id=id, name="decider")


async def go_live(tenant: TenantUnderTest) -> None:
    """From now on everything is governed."""
    async with tenant.work() as work:
        await govern(work)


async def drafted(
    tenant: TenantUnderTest,
    kind: str,
    key: str | None,
    /,
    *,
    title: str = "A change",
    **wanted: Any,
) -> int:
    """A draft; `effective_from` apart, what is given is the proposal."""
    effective_from: datetime | None = wanted.pop("effective_from", None)
    async with tenant.work(as_=proposer(tenant)) as work:
        return await draft_change(
            work,
            kind=kind,
            key=key,
            proposal=wanted,
            title=title,
            reason="needed",
            effective_from=effective_from,
        )


async def submitted(tenant: TenantUnderTest, change_id: int) -> int:
    """Submit it; the id of the request for approval."""
    async with tenant.work(as_=proposer(tenant)) as work:
        await submit_change(work, change_id=change_id)
    async with tenant.read() as reader:
        return int(
            await reader.value(
                select(ApprovalRequest.id)
                .where(
                    ApprovalRequest.tenant_id == tenant.id,
                    ApprovalRequest.subject == SUBJECT,
                    ApprovalRequest.subject_id == change_id,
                )
                .order_by(ApprovalRequest.id.desc())
            )
        )


async def approved(tenant: TenantUnderTest, change_id: int) -> int:
    """Submit it, and have it approved by somebody else; gives the change's id."""
    request_id = await submitted(tenant, change_id)
    async with tenant.work(as_=decider(tenant)) as work:
        await approve(work, request_id=request_id)
    return change_id


async def carried_out(tenant: TenantUnderTest) -> int:
    """What is due takes effect; gives how many changes were looked at."""
    count = 0
    while True:
        async with tenant.work() as work:
            if not await carry_out_next(work):
                return count
        count += 1


async def changed(tenant: TenantUnderTest, kind: str, key: str | None, /, **wanted: Any) -> int:
    """All of it at once: draft, submit, approve, take effect."""
    change_id = await approved(tenant, await drafted(tenant, kind, key, **wanted))
    await carried_out(tenant)
    return change_id


async def change(tenant: TenantUnderTest, change_id: int) -> Row[Any]:
    """The change request as it stands."""
    async with tenant.read() as reader:
        row = await reader.row(
            select(*ChangeRequest.__table__.c).where(
                ChangeRequest.tenant_id == tenant.id, ChangeRequest.id == change_id
            )
        )
    assert row is not None
    return row


async def versions(tenant: TenantUnderTest, kind: str, key: str) -> list[tuple[int, Any, Any]]:
    """Version, what stood before, and what it made of it."""
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(
                ConfigurationVersion.version,
                ConfigurationVersion.before,
                ConfigurationVersion.content,
            )
            .where(
                ConfigurationVersion.tenant_id == tenant.id,
                ConfigurationVersion.kind == kind,
                ConfigurationVersion.object_key == key,
            )
            .order_by(ConfigurationVersion.version)
        )
    return [tuple(row) for row in rows]
