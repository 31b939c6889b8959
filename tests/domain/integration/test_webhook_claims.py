"""What waits behind another event is not in the way of others, and has its turn in time."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.integration import claims
from domain.integration.attempts import Attempt, Perseverance, record_attempt, withhold
from domain.integration.claims import Claim, Portion, claim_deliveries
from domain.integration.deliveries import Told, queue_deliveries
from domain.integration.models import WebhookAttempt, WebhookDelivery
from domain.integration.operations.subscriptions import create_webhook_subscription
from domain.kernel.models import EventRecord
from tests.factories.events import ThingHappened, tell
from tests.factories.keys import KEYS
from tests.factories.tenants import TenantUnderTest

PORTION = Portion(limit=100, for_each_subscription=4, failing_after=5, lease=timedelta(seconds=60))

TOLD = ("type", "aggregate", "aggregate_id", "payload", "occurred_at")


@pytest.fixture
async def queued(tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch) -> TenantUnderTest:
    """Three events of one thing, then one of another, for one subscriber; two are looked at."""
    monkeypatch.setattr(claims, "LOOKED_AT", 2)
    async with tenant.work() as work:
        await create_webhook_subscription(
            work, keys=KEYS, name="Shop", url="https://hooks.example.com", event_types=["test.*"]
        )
    await tell(tenant, *(ThingHappened(aggregate_id=n, step=s) for s, n in enumerate((1, 1, 1, 2))))
    async with tenant.work() as work:
        rows = await work.rows(
            select(*EventRecord.__table__.c)
            .where(EventRecord.tenant_id == tenant.id, EventRecord.aggregate == "thing")
            .order_by(EventRecord.id)
        )
        for row in rows:
            told = {name: getattr(row, name) for name in TOLD}
            await queue_deliveries(work, Told(event_id=row.id, **told))
    return tenant


async def _claim(tenant: TenantUnderTest) -> Claim:
    async with tenant.work() as work:
        return await claim_deliveries(work, PORTION)


def _steps(rows: Sequence[Row[Any]]) -> list[int]:
    return [row.body["data"]["step"] for row in rows]


async def test_behind_what_waits_others_are_found(queued: TenantUnderTest) -> None:
    first = await _claim(queued)
    assert (_steps(first.rows), first.looked_through) == ([0], True)
    second = await _claim(queued)
    assert (_steps(second.rows), second.looked_through) == ([3], True)
    assert await _claim(queued) == Claim()


@pytest.mark.parametrize("status", [200, 410])
async def test_when_one_is_settled_the_next_of_its_aggregate_has_its_turn(
    queued: TenantUnderTest, status: int
) -> None:
    (row,) = (await _claim(queued)).rows
    await _claim(queued)
    attempt = Attempt(attempted_at=queued.now, duration_ms=1, response_status=status)
    async with queued.work() as work:
        if status == 410:
            await withhold(work, row, attempt)
        else:
            assert await record_attempt(work, row, attempt, Perseverance()) == "delivered"
    assert _steps((await _claim(queued)).rows) == [1]


async def test_while_one_is_tried_again_those_behind_it_wait(queued: TenantUnderTest) -> None:
    (row,) = (await _claim(queued)).rows
    attempt = Attempt(attempted_at=queued.now, duration_ms=1, response_status=500)
    async with queued.work() as work:
        assert await record_attempt(work, row, attempt, Perseverance()) == "due"
    later = queued.at(queued.now + timedelta(hours=1))
    claimed = [step for _ in range(4) for step in _steps((await _claim(later)).rows)]
    assert claimed == [3, 0]


async def test_every_attempt_is_kept_as_it_was(queued: TenantUnderTest) -> None:
    (row,) = (await _claim(queued)).rows
    attempt = Attempt(
        attempted_at=queued.now,
        duration_ms=12,
        response_status=503,
        address="203.0.113.7",
        request_headers={"webhook-id": "evt_1"},
        request_body="{}",
        response_headers={"retry-after": "60"},
        response_body="Later.",
        retry_after=timedelta(seconds=60),
    )
    async with queued.work() as work:
        await record_attempt(work, row, attempt, Perseverance())
    async with queued.read() as reader:
        kept = await reader.row(
            select(*WebhookAttempt.__table__.c).where(WebhookAttempt.tenant_id == queued.id)
        )
        due_at = await reader.value(
            select(WebhookDelivery.due_at).where(
                WebhookDelivery.tenant_id == queued.id, WebhookDelivery.id == row.id
            )
        )
    assert kept is not None
    assert due_at == queued.now + timedelta(seconds=60)
    names = set(WebhookAttempt.__table__.c.keys()) - {"id", "tenant_id", "delivery_id"}
    assert {n: getattr(kept, n) for n in names} == {n: getattr(attempt, n) for n in names}
