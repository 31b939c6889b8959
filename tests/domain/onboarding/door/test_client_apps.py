"""Client apps, their documents and the door's settings: kept, audited, refused."""

import asyncio

import pytest
from sqlalchemy import func, select

from domain.kernel.bulk import ErrorPolicy
from domain.kernel.errors import (
    CodeTaken,
    InvalidInput,
    NotFound,
    NotPermitted,
    StaleVersion,
)
from domain.kernel.models import AuditEntry, EventRecord
from domain.onboarding.access.operations.api_keys import create_api_key
from domain.onboarding.access.operations.roles import create_role
from domain.onboarding.door import entering, queries
from domain.onboarding.door.operations.client_apps import (
    close_client_app,
    create_client_app,
    update_client_app,
)
from domain.onboarding.door.operations.documents import (
    NewDocument,
    register_documents,
    retire_document,
)
from domain.onboarding.door.operations.settings import update_door_settings
from domain.onboarding.door.outcomes import ClientAppIsClosed
from domain.onboarding.door.policy import document_hash
from tenancy.models import ApiKey, ClientApp, RegisteredDocument
from tests.factories.tenants import TenantUnderTest, new_tenant

A, B = "query A { __typename }", "query B { __typename }"


async def _app(tenant: TenantUnderTest, name: str = "shop", kind: str = "public") -> int:
    async with tenant.work() as work:
        return await create_client_app(
            work, name=name, kind=kind, origins=["https://Shop.example/"]
        )


async def test_an_app_is_made_changed_and_told_about(tenant: TenantUnderTest) -> None:
    app_id = await _app(tenant)
    async with tenant.work() as work:
        await update_client_app(work, app_id=app_id, expected_version=1, only_registered=True)
    async with tenant.read() as reader:
        row = (await queries.client_apps_of_ids(reader, ids=[app_id]))[app_id]
        actions = await reader.values(
            select(AuditEntry.action)
            .where(AuditEntry.tenant_id == tenant.id)
            .order_by(AuditEntry.id)
        )
        events = await reader.values(
            select(EventRecord.type)
            .where(EventRecord.tenant_id == tenant.id)
            .order_by(EventRecord.id)
        )
    assert (row.kind, row.origins, row.only_registered, row.version) == (
        "public",
        ["https://shop.example"],
        True,
        2,
    )
    assert actions == ["create_client_app", "update_client_app"]
    assert events == ["apps.client_app_created", "apps.client_app_changed"]


async def test_what_is_wrong_is_refused_and_changes_nothing(tenant: TenantUnderTest) -> None:
    app_id = await _app(tenant)
    with pytest.raises(CodeTaken):
        await _app(tenant)
    for wrong in ({"kind": "other"}, {"origins": ["*"]}, {"name": " "}, {"origins": None}):
        with pytest.raises(InvalidInput):
            async with tenant.work() as work:
                await update_client_app(work, app_id=app_id, **wrong)  # type: ignore[arg-type]
    with pytest.raises(StaleVersion):
        async with tenant.work() as work:
            await update_client_app(work, app_id=app_id, expected_version=7, name="x")
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("apps.read")) as work:
            await create_client_app(work, name="x", kind="public")
    async with tenant.read() as reader:
        row = (await queries.client_apps_of_ids(reader, ids=[app_id]))[app_id]
    assert (row.name, row.version) == ("shop", 1)


async def test_a_closed_app_takes_its_keys_along(tenant: TenantUnderTest) -> None:
    app_id = await _app(tenant)
    async with tenant.work() as work:
        role_id = await create_role(
            work, name="reader", description="", permissions=["orders.read"]
        )
        key = await create_api_key(work, name="key", role_id=role_id, app_id=app_id)
        await create_api_key(work, name="other", role_id=role_id)
    for _ in range(2):
        async with tenant.work() as work:
            await close_client_app(work, app_id=app_id)
    async with tenant.read() as reader:
        revoked = await reader.values(
            select(ApiKey.id).where(ApiKey.tenant_id == tenant.id, ApiKey.revoked_at.is_not(None))
        )
        assert (await entering.tenant_at_the_door(reader)).apps == {}
    assert revoked == [key.id]
    with pytest.raises(ClientAppIsClosed):
        async with tenant.work() as work:
            await create_api_key(work, name="late", role_id=role_id, app_id=app_id)
    with pytest.raises(ClientAppIsClosed):
        async with tenant.work() as work:
            await update_client_app(work, app_id=app_id, name="late")


async def test_documents_are_registered_once_retired_and_registered_again(
    tenant: TenantUnderTest,
) -> None:
    app_id = await _app(tenant)
    for name in ("first", "second"):
        async with tenant.work() as work:
            kept = await register_documents(
                work, app_id=app_id, documents=[NewDocument(name=name, text=A)], faults={}
            )
        assert kept.hashes == (document_hash(A),)
    async with tenant.read() as reader:
        (row,) = await reader.rows(
            select(RegisteredDocument).where(RegisteredDocument.tenant_id == tenant.id)
        )
        assert row.name == "second"
        assert await entering.document_text(reader, app_id=app_id, digest=row.hash) == A
        assert await entering.document_text(reader, app_id=None, digest=row.hash) == A
        assert await entering.document_text(reader, app_id=app_id + 1, digest=row.hash) is None
    for _ in range(2):
        async with tenant.work() as work:
            await retire_document(work, document_id=row.id)
    async with tenant.read() as reader:
        assert await entering.document_text(reader, app_id=None, digest=row.hash) is None
    async with tenant.work() as work:
        await register_documents(
            work, app_id=app_id, documents=[NewDocument(name="third", text=A)], faults={}
        )
        assert await entering.document_text(work, app_id=app_id, digest=row.hash) == A


@pytest.mark.parametrize(
    ("policy", "kept"), [(ErrorPolicy.REJECT_ALL, 0), (ErrorPolicy.REJECT_FAILED_ROWS, 1)]
)
async def test_each_failed_document_is_told_with_its_reason(
    tenant: TenantUnderTest, policy: ErrorPolicy, kept: int
) -> None:
    app_id = await _app(tenant)
    documents = [
        NewDocument(name="good", text=A),
        NewDocument(name="bad", text="{ nonsense }"),
        NewDocument(name=" ", text=B),
        NewDocument(name="hash", text=B, expected_hash="0" * 64),
    ]
    async with tenant.work() as work:
        done = await register_documents(
            work, app_id=app_id, documents=documents, faults={1: "No."}, error_policy=policy
        )
        count = await work.value(
            select(func.count())
            .select_from(RegisteredDocument)
            .where(RegisteredDocument.tenant_id == tenant.id)
        )
    assert [(f.row, f.code, f.field) for f in done.failures] == [
        (1, "INVALID_DOCUMENT", "text"),
        (2, "INVALID_NAME", "name"),
        (3, "WRONG_HASH", "hash"),
    ]
    assert count == kept


async def test_another_tenants_app_and_document_are_not_there(tenant: TenantUnderTest) -> None:
    other = await new_tenant(tenant.engine, now=tenant.now)
    app_id = await _app(other)
    with pytest.raises(NotFound):
        async with tenant.work() as work:
            await register_documents(
                work, app_id=app_id, documents=[NewDocument(name="a", text=A)], faults={}
            )
    with pytest.raises(NotFound):
        async with tenant.work() as work:
            await close_client_app(work, app_id=app_id)
    async with other.read() as reader:
        assert (
            await reader.value(select(ClientApp.closed_at).where(ClientApp.tenant_id == other.id))
            is None
        )


async def test_settings_made_at_once_make_one_row(tenant: TenantUnderTest) -> None:
    async def settle(name: str) -> None:
        async with tenant.work() as work:
            await update_door_settings(work, **{name: True})  # type: ignore[arg-type]

    await asyncio.gather(settle("only_trusted_partners"), settle("only_trusted_public_apps"))
    async with tenant.read() as reader:
        settled = await queries.door_settings(reader)
    assert (settled.only_trusted_partners, settled.only_trusted_public_apps) == (True, True)
    assert (settled.only_trusted_everybody, settled.version) == (False, 3)


async def test_the_operators_set_the_plan(tenant: TenantUnderTest) -> None:
    async with tenant.read() as reader:
        assert (await queries.plan(reader)).name == "standard"
    for name in ("large", "large", "small"):
        async with tenant.work() as work:
            await entering.set_plan(work, plan=name)
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await entering.set_plan(work, plan="anonymous")
    async with tenant.read() as reader:
        assert (await queries.plan(reader)).name == "small"
        before = await reader.values(
            select(AuditEntry.before)
            .where(AuditEntry.tenant_id == tenant.id, AuditEntry.action == "set_plan")
            .order_by(AuditEntry.id)
        )
    assert before == [None, {"plan": "large"}]
    assert await entering.plan_of_slug(tenant.engine, tenant.slug) == "small"
    assert await entering.plan_of_slug(tenant.engine, "nobody-of-this-name") is None


async def test_only_hashes_of_origins_are_told_across_tenants(tenant: TenantUnderTest) -> None:
    import hashlib

    app_id = await _app(tenant, kind="internal")
    shop = hashlib.sha256(b"https://shop.example").hexdigest()
    assert shop in await entering.allowed_origin_hashes(tenant.engine)
    async with tenant.work() as work:
        await update_door_settings(work, origins=[f"https://{tenant.slug}.example"])
        await close_client_app(work, app_id=app_id)
    own = hashlib.sha256(f"https://{tenant.slug}.example".encode()).hexdigest()
    assert own in await entering.allowed_origin_hashes(tenant.engine)
