"""An audit entry says for whom something was done, and through which document it came."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from domain.kernel.activity import Activity, doing
from domain.kernel.models import AuditEntry
from domain.kernel.work import Actor, Behalf, Work
from tests.factories.tenants import TenantUnderTest


async def _entries(tenant: TenantUnderTest) -> list[tuple[Any, ...]]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(
                AuditEntry.document,
                AuditEntry.behalf_kind,
                AuditEntry.behalf_id,
                AuditEntry.behalf_of,
            )
            .where(AuditEntry.tenant_id == tenant.id)
            .order_by(AuditEntry.id)
        )
    return [tuple(row) for row in rows]


def _note(work: Work) -> None:
    work.audit("rename", subject="thing", subject_id=1)


async def test_without_more_nothing_is_said(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        _note(work)
    assert await _entries(tenant) == [(None, None, None, None)]


@pytest.mark.parametrize(
    ("activity", "document"),
    [
        (Activity("event", "order.placed"), "event:order.placed"),
        (Activity("graphql", "PlaceOrder", document="graphql:Mine#ab"), "graphql:Mine#ab"),
    ],
)
async def test_the_outermost_activity_is_the_document(
    tenant: TenantUnderTest, activity: Activity, document: str
) -> None:
    with doing(activity), doing(Activity("mutation", "placeOrder")):
        async with tenant.work() as work:
            _note(work)
    assert await _entries(tenant) == [(document, None, None, None)]


async def test_what_is_said_more_closely_holds_within_its_block(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        with work.through("import:items:a.csv", behalf=Behalf("user", 7, "Jane")):
            _note(work)
            with work.through("intake:5"):
                _note(work)
        _note(work)
    assert await _entries(tenant) == [
        ("import:items:a.csv", "user", 7, "Jane"),
        ("intake:5", "user", 7, "Jane"),
        (None, None, None, None),
    ]


async def test_who_shares_a_transaction_has_a_document_and_a_behalf_of_its_own(
    tenant: TenantUnderTest,
) -> None:
    actor = Actor(
        tenant.user(name="buyer"), document="graphql:PlaceOrder#cd", behalf=Behalf("party", 9)
    )
    async with tenant.work() as work:
        with work.through("task:batch"), work.on_behalf_of(actor):
            _note(work)
    assert await _entries(tenant) == [("graphql:PlaceOrder#cd", "party", 9, None)]


@pytest.mark.parametrize("scope", ["party", "location"])
async def test_a_partner_acts_for_its_party_or_location(
    tenant: TenantUnderTest, scope: str
) -> None:
    partner = replace(tenant.user(), **{f"{scope}_id": 4})
    async with tenant.work(as_=partner) as work:
        _note(work)
    assert await _entries(tenant) == [(None, scope, 4, None)]
