"""Webhooks reach a real subscriber, signed, again after a failure, and only where they may go."""

import asyncio
import base64
import hashlib
import hmac
from datetime import timedelta

import pytest

from domain.integration.addresses import Reach
from domain.integration.operations.replays import ReplayRange, redeliver_webhook, replay_webhooks
from domain.integration.operations.subscriptions import (
    IssuedSecret,
    create_webhook_subscription,
    pause_webhook_subscription,
    resume_webhook_subscription,
    rotate_webhook_secret,
)
from domain.integration.policy import RetrySchedule
from domain.integration.queries.deliveries import (
    WebhookDeliveryFilter,
    webhook_attempts,
    webhook_deliveries,
)
from domain.kernel.paging import PageRequest
from tests.factories.conditions import until
from tests.factories.keys import KEYS
from tests.factories.tenants import TenantUnderTest
from tests.factories.webhook_receivers import Receiver, receiving
from tests.factories.webhook_sending import EVERYWHERE, SETTINGS, SendingOf, happen
from workers.webhook_call import CallLimits, call_subscriber
from workers.webhooks import WebhookSettings

ALL = WebhookDeliveryFilter()


async def _subscribe(tenant: TenantUnderTest, url: str, *types: str) -> IssuedSecret:
    async with tenant.work() as work:
        return await create_webhook_subscription(
            work,
            name="shop",
            url=url,
            event_types=list(types) or ["test.*"],
            keys=KEYS,
            reach=EVERYWHERE,
        )


async def _state(tenant: TenantUnderTest) -> list[tuple[str, int, list[int | None]]]:
    """Of each delivery, oldest first: status, attempts, what each attempt was answered."""
    async with tenant.read() as reader:
        page = await webhook_deliveries(reader, where=ALL, request=PageRequest(100))
        ids = [row.id for row in page.rows]
        attempts = await webhook_attempts(reader, delivery_ids=ids)
    return [
        (
            row.status,
            row.attempts,
            [a.response_status for a in attempts if a.delivery_id == row.id],
        )
        for row in reversed(page.rows)
    ]


def _signature_is_right(receiver: Receiver, secret: str) -> bool:
    request = receiver.received[-1]
    signed = b".".join(
        (
            request.headers["webhook-id"].encode(),
            request.headers["webhook-timestamp"].encode(),
            request.body,
        )
    )
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return request.headers["webhook-signature"] == f"v1,{expected}"


async def test_a_subscriber_gets_the_event_signed(tenant: TenantUnderTest) -> None:
    async with receiving() as receiver:
        issued = await _subscribe(tenant, receiver.url)
        await happen(tenant, 7)
        await SendingOf(tenant).send_all()
    (request,) = receiver.received
    message = request.message
    assert request.path == "/hooks"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert request.headers["webhook-id"] == message["id"]
    assert _signature_is_right(receiver, issued.secret)
    assert {key: value for key, value in message.items() if key != "id"} == {
        "type": "test.thing_happened",
        "occurred_at": tenant.now.isoformat(),
        "tenant": tenant.slug,
        "data": {"aggregate": "thing", "aggregate_id": "VGhpbmc6MQ", "step": 7},
    }
    assert await _state(tenant) == [("delivered", 1, [200])]


async def test_only_the_types_asked_for_are_told(tenant: TenantUnderTest) -> None:
    async with receiving() as receiver:
        await _subscribe(tenant, receiver.url, "test.thing_broke")
        await happen(tenant, 1)
        await SendingOf(tenant).send_all()
    assert receiver.received == []
    assert await _state(tenant) == []


async def test_a_failed_call_is_made_again_with_the_same_id(tenant: TenantUnderTest) -> None:
    async with receiving(answers=[500, 302]) as receiver:
        await _subscribe(tenant, receiver.url)
        await happen(tenant, 1)
        await SendingOf(tenant).send_all()
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 1
    assert await _state(tenant) == [("delivered", 3, [500, 302, 200])]


async def test_after_the_last_attempt_a_delivery_is_dead_until_somebody_sends_it_again(
    tenant: TenantUnderTest,
) -> None:
    async with receiving(answers=[500, 500, 500]) as receiver:
        issued = await _subscribe(tenant, receiver.url)
        await happen(tenant, 1)
        await SendingOf(tenant).send_all()
        assert await _state(tenant) == [("dead", 3, [500, 500, 500])]
        async with tenant.work() as work:
            dead = WebhookDeliveryFilter(subscription_id=issued.subscription_id, status="dead")
            page = await webhook_deliveries(work, where=dead, request=PageRequest())
            await redeliver_webhook(work, delivery_id=page.rows[0].id)
        await SendingOf(tenant).send_all()
    assert await _state(tenant) == [("delivered", 1, [500, 500, 500, 200])]


async def test_a_subscriber_that_is_gone_is_not_tried_again(tenant: TenantUnderTest) -> None:
    async with receiving(answers=[410]) as receiver:
        await _subscribe(tenant, receiver.url)
        await happen(tenant, 1)
        await SendingOf(tenant).send_all()
    assert await _state(tenant) == [("dead", 1, [410])]


async def test_events_of_one_aggregate_arrive_in_order_also_after_failures(
    tenant: TenantUnderTest,
) -> None:
    async with receiving(answers=[500]) as receiver:
        await _subscribe(tenant, receiver.url)
        await happen(tenant, 0, 1, 2)
        await SendingOf(tenant).send_all()
    told = [request.message["data"]["step"] for request in receiver.received]
    assert told == [0, 0, 1, 2]


async def test_a_slow_subscriber_delays_only_itself(tenant: TenantUnderTest) -> None:
    async with receiving() as slow, receiving() as quick:
        slow.held.clear()
        await _subscribe(tenant, slow.url)
        await _subscribe(tenant, quick.url)
        for thing in range(30):
            await happen(tenant, 0, thing=thing)
        sending = SendingOf(tenant)

        async def quick_has_all() -> bool:
            await sending.step()
            return len(quick.received) == 30

        await until(quick_has_all)
        assert len(slow.received) <= 2 * SETTINGS.for_each_subscription
        slow.held.set()
        await sending.drain()
        await sending.send_all()
    assert len(slow.received) == 30


async def test_two_processes_send_each_delivery_once(tenant: TenantUnderTest) -> None:
    async with receiving() as receiver:
        await _subscribe(tenant, receiver.url)
        for thing in range(20):
            await happen(tenant, 0, thing=thing)
        await asyncio.gather(*(SendingOf(tenant).send_all() for _ in range(3)))
        await SendingOf(tenant).send_all()
    ids = [request.headers["webhook-id"] for request in receiver.received]
    assert len(ids) == len(set(ids)) == 20


async def test_a_replay_sends_old_events_again_under_their_own_ids(
    tenant: TenantUnderTest,
) -> None:
    async with receiving() as receiver:
        await happen(tenant, 1)
        issued = await _subscribe(tenant, receiver.url)
        await happen(tenant, 2)
        await SendingOf(tenant).send_all()
        async with tenant.work() as work:
            second = timedelta(seconds=1)
            replayed = await replay_webhooks(
                work,
                subscription_ids=[issued.subscription_id],
                events=ReplayRange(occurred_from=tenant.now, occurred_until=tenant.now + second),
            )
        await SendingOf(tenant).send_all()
    assert replayed.deliveries == 2
    told = [(request.headers["webhook-id"], request.message) for request in receiver.received]
    assert [message["data"]["step"] for _, message in told] == [2, 1, 2]
    assert told[0] == told[2]


async def test_a_paused_subscription_keeps_what_waits(tenant: TenantUnderTest) -> None:
    async with receiving() as receiver:
        issued = await _subscribe(tenant, receiver.url)
        await happen(tenant, 1)
        async with tenant.work() as work:
            await pause_webhook_subscription(work, subscription_id=issued.subscription_id)
        await SendingOf(tenant).send_all()
        assert receiver.received == []
        async with tenant.work() as work:
            await resume_webhook_subscription(work, subscription_id=issued.subscription_id)
        await SendingOf(tenant).send_all()
    assert len(receiver.received) == 1


async def test_a_rotated_secret_signs_from_then_on(tenant: TenantUnderTest) -> None:
    async with receiving() as receiver:
        first = await _subscribe(tenant, receiver.url)
        async with tenant.work() as work:
            second = await rotate_webhook_secret(
                work, keys=KEYS, subscription_id=first.subscription_id, overlap=timedelta(0)
            )
        await happen(tenant, 1)
        await SendingOf(tenant).send_all()
    assert _signature_is_right(receiver, second.secret)
    assert not _signature_is_right(receiver, first.secret)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_private_address_is_not_called(tenant: TenantUnderTest, host: str) -> None:
    strict = WebhookSettings(
        limits=CallLimits(reach=Reach(plain=True)),
        schedule=RetrySchedule(first=timedelta(0), attempts=1),
        keys=KEYS,
    )
    async with receiving() as receiver:
        await _subscribe(tenant, receiver.url.replace("127.0.0.1", host))
        await happen(tenant, 1)
        await SendingOf(tenant, strict).send_all()
        assert receiver.received == []
    assert await _state(tenant) == [("dead", 1, [None])]


async def test_a_name_that_resolves_to_a_private_address_is_not_called(
    tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(*_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        return [(2, 1, 6, "", ("8.8.8.8", 80)), (2, 1, 6, "", ("10.0.0.8", 80))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    attempt = await call_subscriber(
        url="https://hooks.example.com/",
        secrets=["whsec_AAAA"],
        message={"id": "evt_1"},
        now=tenant.now,
        limits=CallLimits(),
    )
    assert attempt.response_status is None
    assert attempt.error == "The name leads to a private address."


async def test_a_subscriber_that_never_answers_costs_the_time_limit_and_no_more(
    tenant: TenantUnderTest,
) -> None:
    limits = CallLimits(total=timedelta(milliseconds=100), reach=EVERYWHERE)
    settings = WebhookSettings(limits=limits, schedule=RetrySchedule(attempts=1), keys=KEYS)
    async with receiving() as receiver:
        receiver.held.clear()
        await _subscribe(tenant, receiver.url)
        await happen(tenant, 1)
        await SendingOf(tenant, settings).send_all()
    async with tenant.read() as reader:
        page = await webhook_deliveries(reader, where=ALL, request=PageRequest())
        (attempt,) = await webhook_attempts(reader, delivery_ids=[page.rows[0].id])
    assert page.rows[0].status == "dead"
    assert attempt.error == "No answer within 0.1 s."
    assert 100 <= attempt.duration_ms < 2_000


async def test_nobody_listening_is_noted_as_such(tenant: TenantUnderTest) -> None:
    async with receiving() as receiver:
        url = receiver.url
    await _subscribe(tenant, url)
    await happen(tenant, 1)
    await SendingOf(tenant).send_all()
    assert await _state(tenant) == [("dead", 3, [None, None, None])]
