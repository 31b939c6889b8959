"""What is queued for subscribers, and sending it again."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from domain.integration.claims import Portion, claim_deliveries
from domain.integration.deliveries import Told, queue_deliveries
from domain.integration.models import WebhookDelivery
from domain.integration.operations.replays import ReplayRange, redeliver_webhook, replay_webhooks
from domain.integration.operations.subscriptions import (
    create_webhook_subscription,
    delete_webhook_subscription,
)
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.models import EventRecord
from tests.factories.events import ThingHappened, tell
from tests.factories.keys import KEYS
from tests.factories.tenants import TenantUnderTest, new_tenant


async def _subscribe(tenant: TenantUnderTest, *types: str) -> int:
    async with tenant.work() as work:
        issued = await create_webhook_subscription(
            work,
            keys=KEYS,
            name="Shop",
            url="https://hooks.example.com",
            event_types=list(types) or ["*"],
        )
    return issued.subscription_id


def _range(tenant: TenantUnderTest, length: timedelta) -> ReplayRange:
    return ReplayRange(occurred_from=tenant.now, occurred_until=tenant.now + length)


async def _happen(tenant: TenantUnderTest, *things: int) -> None:
    await tell(tenant, *(ThingHappened(aggregate_id=thing) for thing in things))


async def _queue_all(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        rows = await work.rows(
            select(*EventRecord.__table__.c)
            .where(EventRecord.tenant_id == tenant.id, EventRecord.aggregate == "thing")
            .order_by(EventRecord.id)
        )
        for row in rows:
            told = Told(
                event_id=row.id,
                type=row.type,
                aggregate=row.aggregate,
                aggregate_id=row.aggregate_id,
                payload=row.payload,
                occurred_at=row.occurred_at,
            )
            await queue_deliveries(work, told)


async def _claim(tenant: TenantUnderTest, *, each: int = 4, leave_out: tuple[int, ...] = ()) -> int:
    async with tenant.work() as work:
        portion = Portion(
            limit=100,
            for_each_subscription=each,
            failing_after=5,
            leave_out=leave_out,
            lease=timedelta(seconds=60),
        )
        claim = await claim_deliveries(work, portion)
    return len(claim.rows)


async def _settle(tenant: TenantUnderTest, status: str) -> None:
    async with tenant.work() as work:
        await work.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.tenant_id == tenant.id)
            .values(status=status, attempts=4)
        )


async def _deliveries(tenant: TenantUnderTest) -> list[tuple[int, str, int]]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(WebhookDelivery.aggregate_id, WebhookDelivery.status, WebhookDelivery.attempts)
            .where(WebhookDelivery.tenant_id == tenant.id)
            .order_by(WebhookDelivery.event_id)
        )
    return [(row.aggregate_id, row.status, row.attempts) for row in rows]


async def test_of_one_aggregate_only_the_first_waiting_event_is_claimed(
    tenant: TenantUnderTest,
) -> None:
    await _subscribe(tenant)
    await _happen(tenant, 1, 1, 2, 1)
    await _queue_all(tenant)
    assert await _claim(tenant) == 2
    assert await _claim(tenant) == 0
    assert await _claim(tenant.at(tenant.now + timedelta(seconds=60))) == 2


async def test_no_subscription_gets_more_than_its_share(tenant: TenantUnderTest) -> None:
    first = await _subscribe(tenant)
    await _subscribe(tenant)
    await _happen(tenant, *range(10))
    await _queue_all(tenant)
    assert await _claim(tenant, each=3) == 6
    assert await _claim(tenant, each=3, leave_out=(first,)) == 3


async def test_a_deleted_subscription_gets_nothing_any_more(tenant: TenantUnderTest) -> None:
    subscription_id = await _subscribe(tenant)
    await _happen(tenant, 1)
    await _queue_all(tenant)
    async with tenant.work() as work:
        await delete_webhook_subscription(work, subscription_id=subscription_id)
    assert await _deliveries(tenant) == [(1, "dead", 0)]
    await _happen(tenant, 2)
    async with tenant.work() as work:
        told = Told(
            event_id=1,
            type="test.thing_happened",
            aggregate="thing",
            aggregate_id=2,
            payload={},
            occurred_at=tenant.now,
        )
        await queue_deliveries(work, told)
    assert len(await _deliveries(tenant)) == 1


async def test_a_replay_makes_missing_deliveries_and_revives_the_others(
    tenant: TenantUnderTest,
) -> None:
    await _happen(tenant.at(tenant.now - timedelta(days=1)), 9)
    subscription_id = await _subscribe(tenant, "test.*")
    await _happen(tenant, 1)
    await _queue_all(tenant)
    await _settle(tenant, "dead")
    await _happen(tenant.at(tenant.now + timedelta(hours=1)), 2, 3)
    await _happen(tenant.at(tenant.now + timedelta(hours=2)), 4)
    async with tenant.work() as work:
        replayed = await replay_webhooks(
            work,
            subscription_ids=[subscription_id],
            events=_range(tenant, timedelta(hours=2)),
        )
    assert replayed.deliveries == 3
    assert await _deliveries(tenant) == [
        (9, "dead", 4),
        (1, "due", 0),
        (2, "due", 0),
        (3, "due", 0),
    ]


async def test_a_range_must_go_forward_and_the_subscription_be_ones_own(
    tenant: TenantUnderTest,
) -> None:
    subscription_id = await _subscribe(tenant)
    other = await new_tenant(tenant.engine, now=tenant.now)
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await replay_webhooks(
                work,
                subscription_ids=[subscription_id],
                events=_range(tenant, timedelta(0)),
            )
    with pytest.raises(NotFound):
        async with other.work() as work:
            await replay_webhooks(
                work,
                subscription_ids=[subscription_id],
                events=_range(tenant, timedelta(days=1)),
            )


async def test_one_delivery_is_sent_again_by_its_owner_only(tenant: TenantUnderTest) -> None:
    await _subscribe(tenant)
    await _happen(tenant, 1, 2)
    await _queue_all(tenant)
    await _settle(tenant, "delivered")
    async with tenant.read() as reader:
        delivery_id = await reader.value(
            select(WebhookDelivery.id)
            .where(WebhookDelivery.tenant_id == tenant.id)
            .order_by(WebhookDelivery.id)
        )
    other = await new_tenant(tenant.engine, now=tenant.now)
    with pytest.raises(NotFound):
        async with other.work() as work:
            await redeliver_webhook(work, delivery_id=delivery_id)
    async with tenant.work() as work:
        await redeliver_webhook(work, delivery_id=delivery_id)
    assert await _deliveries(tenant) == [(1, "due", 0), (2, "delivered", 4)]
