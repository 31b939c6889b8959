"""A document is kept before anything else, read once, and tried again when we failed."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.channels.operations import update_channel
from domain.intake import processing
from domain.intake.operations import LARGEST_DOCUMENT, process_message, receive_message
from domain.kernel.errors import InvalidInput, NotFound, NotPermitted
from domain.kernel.models import EventRecord, Outbox
from tests.factories.intake import (
    Door,
    ShopOrder,
    as_bytes,
    interchange,
    new_door,
    purchase_order_set,
)
from tests.factories.tenants import TenantUnderTest, new_tenant
from workers.handlers import intake as _handlers  # noqa: F401
from workers.once_only import AggregateAddress, Turn, deliver
from workers.registry import HANDLERS


async def _events(door: Door, message_id: int) -> list[str]:
    async with door.tenant.read() as reader:
        return list(
            await reader.values(
                select(EventRecord.type)
                .where(
                    EventRecord.tenant_id == door.tenant.id,
                    EventRecord.aggregate == "intake_message",
                    EventRecord.aggregate_id == message_id,
                )
                .order_by(EventRecord.id)
            )
        )


async def _deliver(door: Door, message_id: int, *, minutes_later: int = 0) -> Turn:
    address = AggregateAddress(door.tenant.id, "intake_message", message_id)
    now = door.tenant.now + timedelta(minutes=minutes_later)
    return await deliver(door.tenant.engine, HANDLERS, address, now=now)


async def test_a_document_is_kept_as_it_came_and_nothing_is_booked(
    tenant: TenantUnderTest,
) -> None:
    door = await new_door(tenant)
    raw = b"\x00\xffany bytes at all"
    message_id = await door.receive(
        raw, filename="a.bin", content_type="x/y", topic="orders/create", delivery_id="d1"
    )
    message = await door.message(message_id)
    assert (message.raw, message.outcome, message.format) == (raw, "received", None)
    assert (message.filename, message.content_type) == ("a.bin", "x/y")
    assert (message.topic, message.delivery_id) == ("orders/create", "d1")
    assert (message.received_at, message.attempts) == (tenant.now, 0)
    assert await _events(door, message_id) == ["intake.message_received"]
    assert await door.orders() == []


async def test_the_same_delivery_again_is_the_same_message(tenant: TenantUnderTest) -> None:
    door = await new_door(tenant)
    ids = {await door.receive(ShopOrder().document(), delivery_id="d1") for _ in range(3)}
    assert len(ids) == 1
    assert await _events(door, ids.pop()) == ["intake.message_received"]


async def test_another_document_under_a_used_delivery_id_is_not_dropped(
    tenant: TenantUnderTest,
) -> None:
    door = await new_door(tenant)
    first = await door.receive(ShopOrder(number=1).document(), delivery_id="d1")
    second = await door.receive(ShopOrder(number=2).document(), delivery_id="d1")
    assert first != second


async def test_a_delivery_id_counts_only_in_its_own_channel(tenant: TenantUnderTest) -> None:
    one, other = await new_door(tenant), await new_door(tenant)
    ids = {await door.receive(b"same", delivery_id="d1") for door in (one, other)}
    assert len(ids) == 2


async def test_the_same_delivery_at_once_from_two_connections_gives_one_order(
    tenant: TenantUnderTest,
) -> None:
    door = await new_door(tenant, on_unknown_item="create_draft")
    document = ShopOrder().document()
    ids = await asyncio.gather(*(door.receive(document, delivery_id="d1") for _ in range(4)))
    assert len(set(ids)) == 1
    done = await asyncio.gather(*(door.process(message_id) for message_id in ids))
    assert [p.outcome for p in done if p is not None] == ["accepted"]
    assert len(await door.orders()) == 1


@pytest.mark.parametrize("status", ["closed", None])
async def test_a_channel_that_is_closed_or_absent_takes_nothing(
    tenant: TenantUnderTest, status: str | None
) -> None:
    door = await new_door(tenant)
    if status is not None:
        async with tenant.work() as work:
            await update_channel(work, channel_id=door.channel_id, status=status)
    with pytest.raises(NotFound):
        async with tenant.work() as work:
            code = door.code if status else "NOBODY"
            await receive_message(work, channel_code=code, raw=b"{}")


async def test_a_channel_of_another_tenant_is_not_there(tenant: TenantUnderTest) -> None:
    other = await new_door(await new_tenant(tenant.engine, now=tenant.now), code="OTHERS")
    with pytest.raises(NotFound):
        async with tenant.work() as work:
            await receive_message(work, channel_code=other.code, raw=b"{}")


async def test_a_document_that_is_too_large_is_refused(tenant: TenantUnderTest) -> None:
    door = await new_door(tenant)
    assert await door.receive(b" " * LARGEST_DOCUMENT)
    with pytest.raises(InvalidInput) as refused:
        await door.receive(b" " * (LARGEST_DOCUMENT + 1))
    assert refused.value.path == ("content",)


async def test_taking_in_and_processing_need_the_right_to(tenant: TenantUnderTest) -> None:
    door = await new_door(tenant)
    message_id = await door.receive(b"{}")
    reader = tenant.user("intake.read", "intake.manage")
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=reader) as work:
            await receive_message(work, channel_code=door.code, raw=b"{}")
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=reader) as work:
            await process_message(work, message_id=message_id)


async def test_a_message_handed_out_to_many_workers_is_read_once(tenant: TenantUnderTest) -> None:
    door = await new_door(tenant, on_unknown_item="create_draft")
    message_id = await door.receive(ShopOrder().document())
    done = await asyncio.gather(*(door.process(message_id) for _ in range(5)))
    assert [p.outcome for p in done if p is not None] == ["accepted"]
    assert (await door.message(message_id)).attempts == 1
    assert await _events(door, message_id) == [
        "intake.message_received",
        "intake.message_processed",
    ]


async def test_a_message_that_fails_unexpectedly_stays_and_is_tried_again_by_the_worker(
    tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = await new_door(tenant, on_unknown_item="create_draft")
    message_id = await door.receive(ShopOrder().document())

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug of ours")

    with monkeypatch.context() as patched:
        patched.setattr(processing, "book", broken)
        assert await _deliver(door, message_id) is Turn.FAILED
    message = await door.message(message_id)
    assert (message.outcome, message.attempts) == ("received", 0)
    assert await door.orders() == []
    async with tenant.read() as reader:
        waiting = await reader.rows(
            select(Outbox.parked_at).where(
                Outbox.tenant_id == tenant.id,
                Outbox.aggregate == "intake_message",
                Outbox.aggregate_id == message_id,
            )
        )
    assert [row.parked_at for row in waiting] == [None]
    assert await _deliver(door, message_id, minutes_later=5) is Turn.DONE
    assert (await door.message(message_id)).outcome == "accepted"
    assert len(await door.orders()) == 1


async def test_one_order_that_fails_unexpectedly_leaves_none_of_its_message(
    tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = await new_door(
        tenant, kind="edi", source="x12", on_unknown_item="create_draft",
        on_unknown_party="create_draft",
    )  # fmt: skip
    sets = (purchase_order_set("A"), purchase_order_set("B", control="0002"))
    message_id = await door.receive(interchange(*sets))
    book, calls = processing.book, []

    async def second_fails(*args: object, **kwargs: object) -> object:
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("a bug of ours")
        return await book(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(processing, "book", second_fails)
        with pytest.raises(RuntimeError):
            await door.process(message_id)
    assert await door.orders() == []
    processed = await door.process(message_id)
    assert processed is not None
    assert processed.outcome == "accepted"
    assert [order.external_number for order in await door.orders()] == ["A", "B"]


async def test_a_message_received_before_its_channel_closed_waits_with_that_reason(
    tenant: TenantUnderTest,
) -> None:
    door = await new_door(tenant, on_unknown_item="create_draft")
    message_id = await door.receive(as_bytes(ShopOrder().document()))
    async with tenant.work() as work:
        await update_channel(work, channel_id=door.channel_id, status="closed")
    processed = await door.process(message_id)
    assert processed is not None
    assert processed.outcome == "exception"
    assert [p["code"] for p in (await door.message(message_id)).problems] == ["channel_closed"]
    assert await door.orders() == []
