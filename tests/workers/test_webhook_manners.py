"""How subscribers are dealt with that are slow, failing, gone, or about to change their secret."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from domain.integration.models import WebhookDelivery, WebhookSubscription
from domain.integration.operations.subscriptions import (
    IssuedSecret,
    create_webhook_subscription,
    resume_webhook_subscription,
    rotate_webhook_secret,
    send_test_webhook,
)
from domain.integration.policy import Breaker, RetrySchedule
from domain.integration.retention import purge_webhook_deliveries
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.models import EventRecord
from tests.factories.conditions import until
from tests.factories.keys import KEYS
from tests.factories.tenants import TenantUnderTest
from tests.factories.webhook_receivers import Receiver, receiving
from tests.factories.webhook_sending import AT_ONCE, EVERYWHERE, SETTINGS, SendingOf, happen, note
from workers.clock import utc_now
from workers.webhook_call import CallLimits
from workers.webhooks import WebhookSettings


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


async def _health(tenant: TenantUnderTest, subscription_id: int) -> tuple[str, int, bool]:
    """Status, failures in a row, and whether it rests."""
    s = WebhookSubscription
    async with tenant.read() as reader:
        row = await reader.row(
            select(s.status, s.failures, s.resume_at).where(
                s.tenant_id == tenant.id, s.id == subscription_id
            )
        )
    assert row is not None
    return row.status, row.failures, row.resume_at is not None


async def _wake(tenant: TenantUnderTest) -> None:
    """The rest of every subscription is over."""
    async with tenant.work() as work:
        await work.execute(
            update(WebhookSubscription)
            .where(WebhookSubscription.tenant_id == tenant.id)
            .values(resume_at=None)
        )


async def _types(tenant: TenantUnderTest) -> list[str]:
    async with tenant.read() as reader:
        return list(
            await reader.values(
                select(EventRecord.type)
                .where(
                    EventRecord.tenant_id == tenant.id,
                    EventRecord.aggregate == "webhook_subscription",
                )
                .order_by(EventRecord.id)
            )
        )


def _verified(receiver: Receiver, secret: str, place: int = -1) -> object:
    """What the official library makes of a message. Raises what it raises."""
    request = receiver.received[place]
    return Webhook(secret).verify(request.body, request.headers)


async def test_the_official_library_takes_our_signatures_and_no_others(
    tenant: TenantUnderTest,
) -> None:
    async with receiving() as receiver:
        issued = await _subscribe(tenant, receiver.url)
        another = await _subscribe(tenant, receiver.url)
        await happen(tenant, 7)
        await SendingOf(tenant).send_all()
    taken = sorted(
        (place, _which(receiver, place, [issued.secret, another.secret])) for place in (0, 1)
    )
    assert sorted(which for _, which in taken) == [0, 1]
    receiver.received[0].headers["webhook-id"] = "evt_1"
    with pytest.raises(WebhookVerificationError):
        _verified(receiver, [issued.secret, another.secret][taken[0][1]], 0)


def _which(receiver: Receiver, place: int, secrets: list[str]) -> int:
    """Which of the secrets alone fits the message."""
    fitting = []
    for number, secret in enumerate(secrets):
        try:
            _verified(receiver, secret, place)
        except WebhookVerificationError:
            continue
        fitting.append(number)
    (found,) = fitting
    return found


async def test_for_a_while_old_and_new_secret_both_verify(tenant: TenantUnderTest) -> None:
    now = tenant.at(utc_now())
    async with receiving() as receiver:
        first = await _subscribe(now, receiver.url)
        async with now.work() as work:
            second = await rotate_webhook_secret(
                work, keys=KEYS, subscription_id=first.subscription_id
            )
        await happen(now, 1)
        await SendingOf(now).send_all()
        for secret in (first.secret, second.secret):
            assert _verified(receiver, secret)
        async with now.at(utc_now() - timedelta(days=2)).work() as work:
            third = await rotate_webhook_secret(
                work, keys=KEYS, subscription_id=first.subscription_id
            )
        await happen(now, 2)
        await SendingOf(now).send_all()
    assert _verified(receiver, third.secret)
    for secret in (first.secret, second.secret):
        with pytest.raises(WebhookVerificationError):
            _verified(receiver, secret)


@pytest.mark.parametrize("hours", [-1, 169])
async def test_secrets_overlap_for_a_week_at_most(tenant: TenantUnderTest, hours: int) -> None:
    issued = await _subscribe(tenant, "https://hooks.example.com")
    with pytest.raises(InvalidInput) as refused:
        async with tenant.work() as work:
            await rotate_webhook_secret(
                work,
                keys=KEYS,
                subscription_id=issued.subscription_id,
                overlap=timedelta(hours=hours),
            )
    assert refused.value.path == ("overlap_hours",)


async def test_many_that_hang_do_not_delay_one_that_is_quick(tenant: TenantUnderTest) -> None:
    settings = WebhookSettings(
        keys=KEYS,
        limits=CallLimits(reach=EVERYWHERE),
        schedule=AT_ONCE,
        at_once=8,
        slow_at_once=4,
        slow_after=timedelta(milliseconds=500),
    )
    async with receiving() as hanging, receiving() as quick:
        hanging.held.clear()
        for _ in range(4):
            await _subscribe(tenant, hanging.url)
        await _subscribe(tenant, quick.url)
        for thing in range(20):
            await happen(tenant, 0, thing=thing)
        sending = SendingOf(tenant, settings)

        async def quick_has_all() -> bool:
            await sending.step()
            return len(quick.received) == 20

        await until(quick_has_all)
        # Not one of the calls to the hanging ones has ended meanwhile, and few have begun.
        assert 8 <= len(hanging.received) <= 4 * settings.for_each_subscription
        hanging.held.set()
        await sending.drain()
        await sending.send_all()
    assert len(hanging.received) == 80


async def test_after_failures_in_a_row_a_subscriber_rests_and_is_then_tried_by_one_call(
    tenant: TenantUnderTest,
) -> None:
    breaker = Breaker(failures=3, first=timedelta(hours=1))
    settings = WebhookSettings(
        keys=KEYS, limits=CallLimits(reach=EVERYWHERE), schedule=AT_ONCE, breaker=breaker
    )
    async with receiving(answers=[500] * 4) as receiver:
        issued = await _subscribe(tenant, receiver.url)
        for thing in range(10):
            await happen(tenant, 0, thing=thing)
        sending = SendingOf(tenant, settings)
        await sending.send_all()
        # The first four went out together; nothing follows them.
        assert len(receiver.received) == 4
        assert await _health(tenant, issued.subscription_id) == ("active", 4, True)
        await _wake(tenant)
        receiver.answers.append(500)
        await sending.send_all()
        assert len(receiver.received) == 5
        await _wake(tenant)
        await sending.send_all()
    assert await _health(tenant, issued.subscription_id) == ("active", 0, False)
    assert len({request.headers["webhook-id"] for request in receiver.received}) == 10


async def test_after_failing_for_long_a_subscription_is_disabled_and_the_admin_told(
    tenant: TenantUnderTest,
) -> None:
    settings = WebhookSettings(
        keys=KEYS,
        limits=CallLimits(reach=EVERYWHERE),
        schedule=RetrySchedule(first=timedelta(0), attempts=9),
        breaker=Breaker(failures=100, give_up=timedelta(days=5)),
    )
    async with receiving(answers=[500] * 2) as receiver:
        issued = await _subscribe(tenant, receiver.url)
        await happen(tenant, 0, thing=1)
        await happen(tenant, 0, thing=2)
        sending = SendingOf(tenant, settings)
        await sending.step()
        await sending.drain()
        async with tenant.work() as work:
            await work.execute(
                update(WebhookSubscription)
                .where(WebhookSubscription.tenant_id == tenant.id)
                .values(failing_since=utc_now() - timedelta(days=5))
            )
        receiver.answers[:] = [500] * 9
        await sending.send_all()
        assert (await _health(tenant, issued.subscription_id))[0] == "disabled"
        assert (await _types(tenant))[-1] == "integration.webhook_subscription_disabled"
        received = len(receiver.received)
        receiver.answers.clear()
        await happen(tenant, 0, thing=3)
        async with tenant.work() as work:
            await resume_webhook_subscription(work, subscription_id=issued.subscription_id)
        await sending.send_all()
    assert await _health(tenant, issued.subscription_id) == ("active", 0, False)
    # What waited is sent; what happened meanwhile was not noted.
    assert len(receiver.received) == received + 2


async def test_one_that_is_gone_is_disabled_at_once(tenant: TenantUnderTest) -> None:
    async with receiving(answers=[410]) as receiver:
        issued = await _subscribe(tenant, receiver.url)
        await happen(tenant, 0, 1)
        await SendingOf(tenant).send_all()
    assert len(receiver.received) == 1
    assert (await _health(tenant, issued.subscription_id))[0] == "disabled"


async def test_a_subscriber_that_asks_for_time_gets_it(tenant: TenantUnderTest) -> None:
    async with receiving(answers=[429]) as receiver:
        receiver.extra = b"retry-after: 3600\r\n"
        await _subscribe(tenant, receiver.url)
        await happen(tenant, 0)
        await SendingOf(tenant).send_all()
    assert len(receiver.received) == 1
    async with tenant.read() as reader:
        due_at = await reader.value(
            select(WebhookDelivery.due_at).where(WebhookDelivery.tenant_id == tenant.id)
        )
    assert due_at - utc_now() > timedelta(minutes=59)


async def test_a_test_goes_to_the_subscription_that_is_tested_alone(
    tenant: TenantUnderTest,
) -> None:
    async with receiving() as tested, receiving() as other:
        issued = await _subscribe(tenant, tested.url)
        await _subscribe(tenant, other.url, "*")
        await happen(tenant, 7)
        await SendingOf(tenant).send_all()
        async with tenant.work() as work:
            await send_test_webhook(work, subscription_id=issued.subscription_id)
        await note(tenant, "webhook_subscription", issued.subscription_id)
        await SendingOf(tenant).send_all()
        assert [r.message["type"] for r in tested.received] == [
            "test.thing_happened",
            "integration.webhook_tested",
        ]
        assert "integration.webhook_tested" not in [r.message["type"] for r in other.received]
        async with tenant.read() as reader:
            event_id = await reader.value(
                select(EventRecord.id).where(
                    EventRecord.tenant_id == tenant.id, EventRecord.aggregate == "thing"
                )
            )
        async with tenant.work() as work:
            await send_test_webhook(work, subscription_id=issued.subscription_id, event_id=event_id)
        await SendingOf(tenant).send_all()
    assert tested.received[-1].message == tested.received[0].message


async def test_nothing_is_tested_that_nothing_is_sent_to(tenant: TenantUnderTest) -> None:
    async with receiving(answers=[410]) as receiver:
        issued = await _subscribe(tenant, receiver.url)
        await happen(tenant, 0)
        await SendingOf(tenant).send_all()
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await send_test_webhook(work, subscription_id=issued.subscription_id)


async def test_what_was_settled_long_ago_is_purged_and_what_waits_is_not(
    tenant: TenantUnderTest,
) -> None:
    async with receiving(answers=[200, 500, 500, 500]) as receiver:
        await _subscribe(tenant, receiver.url)
        await happen(tenant, 0, thing=1)
        await SendingOf(tenant).send_all()
        await happen(tenant, 0, thing=2)
        await SendingOf(tenant).send_all()
    await happen(tenant, 0, thing=3)
    async with tenant.work() as work:
        assert await purge_webhook_deliveries(work, before=utc_now() - timedelta(hours=1)) == 0
    async with tenant.work() as work:
        assert await purge_webhook_deliveries(work, before=utc_now() + timedelta(days=1)) == 2
    async with tenant.read() as reader:
        left = await reader.values(
            select(WebhookDelivery.status).where(WebhookDelivery.tenant_id == tenant.id)
        )
    assert left == ["due"]
    assert SETTINGS.kept == timedelta(days=30)
