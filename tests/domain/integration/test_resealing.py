"""Secrets from before there were keys, and those of an old key, are sealed by the first key."""

import logging

import pytest
from sqlalchemy import select, update

from domain.channels.models import Channel
from domain.channels.operations import set_channel_secret
from domain.integration.models import WebhookSubscription
from domain.integration.operations.subscriptions import (
    create_webhook_subscription,
    rotate_webhook_secret,
)
from domain.integration.resealing import reseal_secrets
from domain.kernel.sealing import Keyring
from tests.factories.masters import new_channel, new_entity
from tests.factories.tenants import TenantUnderTest

OLD, NEW = Keyring(["old-" * 8]), Keyring(["new-" * 8])
BOTH = Keyring(["new-" * 8, "old-" * 8])
URL = "https://hooks.example.com/"


async def _subscription(tenant: TenantUnderTest, keys: Keyring) -> tuple[str, str]:
    """A subscription whose secret was changed once: the one before, and the one in force."""
    async with tenant.work() as work:
        first = await create_webhook_subscription(
            work, name="Shop", url=URL, event_types=["*"], keys=keys
        )
    async with tenant.work() as work:
        second = await rotate_webhook_secret(work, subscription_id=first.subscription_id, keys=keys)
    return first.secret, second.secret


async def _kept(tenant: TenantUnderTest) -> tuple[str, str]:
    async with tenant.read() as reader:
        row = await reader.row(
            select(WebhookSubscription.previous_secret, WebhookSubscription.secret).where(
                WebhookSubscription.tenant_id == tenant.id
            )
        )
    assert row is not None
    return row.previous_secret, row.secret


def _opened(tenant: TenantUnderTest, keys: Keyring, kept: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(keys.opened(each, tenant_id=tenant.id) for each in kept)


async def test_no_secret_lies_open_in_the_database(tenant: TenantUnderTest) -> None:
    told = await _subscription(tenant, NEW)
    kept = await _kept(tenant)
    assert all(each.startswith(NEW.prefix) for each in kept)
    assert _opened(tenant, NEW, kept) == told


async def test_a_change_of_keys_seals_everything_anew_once(tenant: TenantUnderTest) -> None:
    told = await _subscription(tenant, OLD)
    channel_id = await new_channel(tenant, entity_id=await new_entity(tenant))
    async with tenant.work() as work:
        await set_channel_secret(work, channel_id=channel_id, secret="s" * 40, keys=OLD)
    async with tenant.work() as work:
        assert await reseal_secrets(work, keys=BOTH) == 2
    async with tenant.work() as work:
        assert await reseal_secrets(work, keys=BOTH) == 0
        channel = await work.value(select(Channel.signing_secret).where(Channel.id == channel_id))
    assert _opened(tenant, NEW, await _kept(tenant)) == told
    assert NEW.opened(channel, tenant_id=tenant.id) == "s" * 40


async def test_secrets_from_before_there_were_keys_are_sealed(tenant: TenantUnderTest) -> None:
    await _subscription(tenant, OLD)
    async with tenant.work() as work:
        await work.execute(
            update(WebhookSubscription)
            .where(WebhookSubscription.tenant_id == tenant.id)
            .values(secret="whsec_b25l", previous_secret="whsec_dHdv")
        )
    async with tenant.work() as work:
        assert await reseal_secrets(work, keys=NEW) == 1
    kept = await _kept(tenant)
    assert all(each.startswith(NEW.prefix) for each in kept)
    assert _opened(tenant, NEW, kept) == ("whsec_dHdv", "whsec_b25l")


async def test_what_no_key_opens_stays_and_is_logged(
    tenant: TenantUnderTest, caplog: pytest.LogCaptureFixture
) -> None:
    await _subscription(tenant, OLD)
    before = await _kept(tenant)
    with caplog.at_level(logging.ERROR):
        async with tenant.work() as work:
            assert await reseal_secrets(work, keys=NEW) == 0
    assert await _kept(tenant) == before
    assert "cannot be opened" in caplog.text
