"""Webhook subscriptions are made, changed, paused and ended; the secret is shown once."""

from functools import partial

import pytest
from sqlalchemy import select

from domain.integration.models import WebhookSubscription
from domain.integration.operations.subscriptions import (
    IssuedSecret,
    create_webhook_subscription,
    delete_webhook_subscription,
    pause_webhook_subscription,
    resume_webhook_subscription,
    rotate_webhook_secret,
    update_webhook_subscription,
)
from domain.integration.queries.subscriptions import (
    webhook_subscriptions,
    webhook_subscriptions_of_ids,
)
from domain.kernel.errors import InvalidInput, NotFound, NotPermitted
from domain.kernel.models import AuditEntry, EventRecord
from domain.kernel.paging import PageRequest
from tests.factories.keys import KEYS
from tests.factories.tenants import TenantUnderTest, new_tenant

URL = "https://hooks.example.com/crossdock"


async def _create(tenant: TenantUnderTest, *types: str) -> IssuedSecret:
    async with tenant.work() as work:
        return await create_webhook_subscription(
            work, keys=KEYS, name=" Shop ", url=URL, event_types=list(types) or ["entities.*"]
        )


async def _listed(tenant: TenantUnderTest) -> list[tuple[str, str, list[str], str]]:
    async with tenant.read() as reader:
        page = await webhook_subscriptions(reader, request=PageRequest())
    return [(row.name, row.url, row.event_types, row.status) for row in page.rows]


async def _events(tenant: TenantUnderTest) -> list[str]:
    async with tenant.read() as reader:
        return list(
            await reader.values(
                select(EventRecord.type)
                .where(EventRecord.tenant_id == tenant.id)
                .order_by(EventRecord.id)
            )
        )


async def test_a_subscription_is_made_with_a_secret_of_its_own(tenant: TenantUnderTest) -> None:
    first, second = await _create(tenant), await _create(tenant, "*", "*")
    assert first.secret.startswith("whsec_")
    assert first.secret != second.secret
    assert "whsec_" not in repr(first)
    assert await _listed(tenant) == [
        ("Shop", URL, ["entities.*"], "active"),
        ("Shop", URL, ["*"], "active"),
    ]
    assert await _events(tenant) == ["integration.webhook_subscription_created"] * 2


async def test_neither_list_nor_event_nor_audit_tells_the_secret(tenant: TenantUnderTest) -> None:
    issued = await _create(tenant)
    async with tenant.work() as work:
        await rotate_webhook_secret(work, keys=KEYS, subscription_id=issued.subscription_id)
    async with tenant.read() as reader:
        page = await webhook_subscriptions(reader, request=PageRequest())
        audit = await reader.rows(
            select(AuditEntry.action, AuditEntry.before, AuditEntry.after)
            .where(AuditEntry.tenant_id == tenant.id)
            .order_by(AuditEntry.id)
        )
        payloads = await reader.values(
            select(EventRecord.payload).where(EventRecord.tenant_id == tenant.id)
        )
    assert [row.action for row in audit] == ["create_webhook_subscription", "rotate_webhook_secret"]
    assert "whsec_" not in repr((page, audit, payloads))
    assert "secret" not in page.rows[0]._mapping


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("name", " ", ("name",)),
        ("name", "n" * 201, ("name",)),
        ("url", "ftp://hooks.example.com", ("url",)),
        ("url", "http://10.0.0.1/", ("url",)),
        ("event_types", [], ("event_types",)),
        ("event_types", ["entities.*", "nothing.ever"], ("event_types", 1)),
    ],
)
async def test_what_can_never_work_is_refused(
    tenant: TenantUnderTest, field: str, value: object, path: tuple[str | int, ...]
) -> None:
    sound = {"name": "Shop", "url": URL, "event_types": ["*"]}
    with pytest.raises(InvalidInput) as refused:
        async with tenant.work() as work:
            await create_webhook_subscription(work, keys=KEYS, **{**sound, field: value})  # type: ignore[arg-type]
    assert refused.value.path == path
    assert await _listed(tenant) == []


async def test_fields_change_one_by_one_and_nothing_happens_without_a_difference(
    tenant: TenantUnderTest,
) -> None:
    issued = await _create(tenant)
    for fields in ({"url": URL + "/2"}, {"event_types": ["*"]}, {"name": "Shop"}):
        async with tenant.work() as work:
            await update_webhook_subscription(
                work,
                subscription_id=issued.subscription_id,
                **fields,  # type: ignore[arg-type]
            )
    assert await _listed(tenant) == [("Shop", URL + "/2", ["*"], "active")]
    assert len(await _events(tenant)) == 3


async def test_a_subscription_is_paused_resumed_and_ended(tenant: TenantUnderTest) -> None:
    issued = await _create(tenant)
    for change, status in (
        (pause_webhook_subscription, "paused"),
        (resume_webhook_subscription, "active"),
    ):
        async with tenant.work() as work:
            await change(work, subscription_id=issued.subscription_id)
        assert [row[3] for row in await _listed(tenant)] == [status]
    async with tenant.work() as work:
        await delete_webhook_subscription(work, subscription_id=issued.subscription_id)
    assert await _listed(tenant) == []
    with pytest.raises(NotFound):
        async with tenant.work() as work:
            await resume_webhook_subscription(work, subscription_id=issued.subscription_id)
    async with tenant.read() as reader:
        kept = await webhook_subscriptions_of_ids(reader, ids=[issued.subscription_id])
        secret = await reader.value(
            select(WebhookSubscription.secret).where(WebhookSubscription.tenant_id == tenant.id)
        )
    assert (kept[issued.subscription_id].status, secret) == ("deleted", "")


async def test_another_tenants_subscription_does_not_exist(tenant: TenantUnderTest) -> None:
    issued = await _create(tenant)
    other = await new_tenant(tenant.engine, now=tenant.now)
    rotate = partial(rotate_webhook_secret, keys=KEYS)
    for change in (pause_webhook_subscription, rotate, delete_webhook_subscription):
        with pytest.raises(NotFound):
            async with other.work() as work:
                await change(work, subscription_id=issued.subscription_id)
    assert await _listed(other) == []
    assert [row[3] for row in await _listed(tenant)] == ["active"]


async def test_managing_needs_its_permission_and_reading_another(tenant: TenantUnderTest) -> None:
    reader_only = tenant.user("webhooks.read")
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=reader_only) as work:
            await create_webhook_subscription(work, keys=KEYS, name="x", url=URL, event_types=["*"])
    with pytest.raises(NotPermitted):
        async with tenant.read(as_=tenant.user("orders.read")) as reader:
            await webhook_subscriptions(reader, request=PageRequest())
