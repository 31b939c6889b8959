"""Channels: their intake rules, and secrets that are never read back."""

import pytest
from sqlalchemy import select

from domain.channels.models import Channel
from domain.channels.operations import set_channel_secret, update_channel
from domain.channels.queries import ChannelFilter, channel_count, channels, channels_of_ids
from domain.kernel.errors import CodeTaken, InvalidInput, NotFound, NotPermitted, StaleVersion
from domain.kernel.models import AuditEntry, EventRecord
from domain.kernel.paging import PageRequest
from tests.factories.keys import KEYS
from tests.factories.masters import new_channel, new_entity, new_party
from tests.factories.tenants import TenantUnderTest, new_tenant

SECRET = "whsec_0123456789abcdef"


async def test_a_channel_takes_its_entitys_currency_unless_told(tenant: TenantUnderTest) -> None:
    entity_id = await new_entity(tenant, currency="USD", country="US")
    plain = await new_channel(tenant, entity_id=entity_id)
    euro = await new_channel(tenant, entity_id=entity_id, currency="EUR")
    async with tenant.read() as reader:
        rows = await channels_of_ids(reader, ids=[plain, euro])
    assert [rows[i].currency for i in (plain, euro)] == ["USD", "EUR"]
    row = rows[plain]
    assert (row.on_unknown_item, row.on_unknown_party, row.price_source, row.split_allowed) == (
        "exception", "exception", "document", True,
    )  # fmt: skip


async def test_a_secret_is_set_rotated_and_never_told(tenant: TenantUnderTest) -> None:
    channel_id = await new_channel(tenant, entity_id=await new_entity(tenant))
    for secret in (SECRET, SECRET[::-1]):
        async with tenant.work() as work:
            await set_channel_secret(work, keys=KEYS, channel_id=channel_id, secret=secret)
        async with tenant.read() as reader:
            row = (await channels_of_ids(reader, ids=[channel_id]))[channel_id]
            stored = await reader.value(
                select(Channel.signing_secret).where(Channel.tenant_id == tenant.id)
            )
            told = [
                *await reader.rows(select(AuditEntry).where(AuditEntry.tenant_id == tenant.id)),
                *await reader.rows(select(EventRecord).where(EventRecord.tenant_id == tenant.id)),
                row,
            ]
        assert KEYS.opened(stored, tenant_id=tenant.id) == secret
        assert secret not in stored
        assert row.has_signing_secret is True
        assert not [line for line in told if secret in str(line)]
    async with tenant.work() as work:
        await set_channel_secret(work, keys=KEYS, channel_id=channel_id, secret=None)
    async with tenant.read() as reader:
        row = (await channels_of_ids(reader, ids=[channel_id]))[channel_id]
    assert (row.has_signing_secret, row.version) == (False, 4)
    assert "signing_secret" not in row._mapping


@pytest.mark.parametrize("secret", ["short", "x" * 1025, "é" * 20, "line\nbreak" * 3, ""])
async def test_a_weak_secret_is_refused_and_not_repeated(
    tenant: TenantUnderTest, secret: str
) -> None:
    channel_id = await new_channel(tenant, entity_id=await new_entity(tenant))
    with pytest.raises(InvalidInput) as refusal:
        async with tenant.work() as work:
            await set_channel_secret(work, keys=KEYS, channel_id=channel_id, secret=secret)
    assert not secret or secret not in refusal.value.message


async def test_a_channel_is_changed_by_who_read_the_latest(tenant: TenantUnderTest) -> None:
    entity_id = await new_entity(tenant)
    channel_id = await new_channel(tenant, entity_id=entity_id, code="A")
    await new_channel(tenant, entity_id=entity_id, code="B", kind="edi", source="x12")
    party_id = await new_party(tenant)
    async with tenant.work() as work:
        await update_channel(
            work,
            channel_id=channel_id,
            expected_version=1,
            default_party_id=party_id,
            on_unknown_item="create_draft",
            split_allowed=False,
        )
    for fields, refusal in (
        ({"expected_version": 1, "name": "Late"}, StaleVersion),
        ({"code": "B"}, CodeTaken),
        ({"source": "fax"}, InvalidInput),
        ({"on_unknown_party": "ignore"}, InvalidInput),
        ({"currency": "eur"}, InvalidInput),
        ({"split_allowed": None}, InvalidInput),
        ({"default_party_id": 10**12}, NotFound),
        ({"entity_id": 10**12}, NotFound),
    ):
        with pytest.raises(refusal):
            async with tenant.work() as work:
                await update_channel(work, channel_id=channel_id, **fields)
    async with tenant.read() as reader:
        row = (await channels_of_ids(reader, ids=[channel_id]))[channel_id]
        assert (row.default_party_id, row.on_unknown_item, row.split_allowed, row.version) == (
            party_id, "create_draft", False, 2,
        )  # fmt: skip
        for where, codes in (
            (ChannelFilter(), ["A", "B"]),
            (ChannelFilter(kind="edi"), ["B"]),
            (ChannelFilter(source="shopify", entity_id=entity_id, status="active"), ["A"]),
            (ChannelFilter(code="C"), []),
        ):
            page = await channels(reader, where=where, request=PageRequest())
            assert [found.code for found in page.rows] == codes
            assert await channel_count(reader, where=where) == len(codes)


async def test_other_tenants_see_and_change_nothing(tenant: TenantUnderTest) -> None:
    entity_id = await new_entity(tenant)
    channel_id = await new_channel(tenant, entity_id=entity_id)
    stranger = await new_tenant(tenant.engine, now=tenant.now)
    async with stranger.read() as reader:
        assert await channels_of_ids(reader, ids=[channel_id]) == {}
        assert await channel_count(reader, where=ChannelFilter()) == 0
    with pytest.raises(NotFound):
        await new_channel(stranger, entity_id=entity_id)
    with pytest.raises(NotFound):
        async with stranger.work() as work:
            await set_channel_secret(work, keys=KEYS, channel_id=channel_id, secret=SECRET)
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("channels.read")) as work:
            await set_channel_secret(work, keys=KEYS, channel_id=channel_id, secret=SECRET)
