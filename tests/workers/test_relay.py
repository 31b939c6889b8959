"""The relay claims what is due, sends each aggregate once, and sends again what stayed."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.kernel.models import Outbox
from tests.factories.events import ThingHappened, tell, waiting
from tests.factories.tenants import TenantUnderTest
from workers.once_only import AggregateAddress
from workers.relay import Pace, claim_due_events, relay_once, tenants_with_due_events

PACE = Pace(unanswered_for=timedelta(seconds=30), unanswered_at_most=timedelta(minutes=10))


class KeptMessages:
    """A broker that only keeps what it gets."""

    def __init__(self, tenant_id: int, *, queued: int = 0, away: bool = False) -> None:
        self.tenant_id = tenant_id
        self.sent: list[AggregateAddress] = []
        self.queued = queued
        self.away = away

    def waiting(self) -> int:
        return self.queued

    def send(self, addresses: Sequence[AggregateAddress]) -> None:
        if self.away:
            raise ConnectionError("the broker is away")
        self.sent += [a for a in addresses if a.tenant_id == self.tenant_id]


async def _relay(tenant: TenantUnderTest, sender: KeptMessages, pace: Pace = PACE) -> None:
    await relay_once(tenant.engine, sender, now=tenant.now, pace=pace)


async def _due(tenant: TenantUnderTest) -> list[timedelta]:
    async with tenant.read() as reader:
        moments = await reader.values(
            select(Outbox.due_at).where(Outbox.tenant_id == tenant.id).order_by(Outbox.event_id)
        )
    return [moment - tenant.now for moment in moments]


async def test_one_message_goes_out_for_each_aggregate(tenant: TenantUnderTest) -> None:
    await tell(tenant, *(ThingHappened(aggregate_id=n) for n in (2, 1, 2)))
    sender = KeptMessages(tenant.id)
    await _relay(tenant, sender)
    assert [a.aggregate_id for a in sender.sent] == [2, 1]
    assert await waiting(tenant) == [(2, 1, False), (1, 1, False), (2, 1, False)]
    assert await _due(tenant) == [timedelta(seconds=30)] * 3


async def test_what_was_sent_is_not_sent_again_before_its_time(tenant: TenantUnderTest) -> None:
    await tell(tenant, ThingHappened(aggregate_id=1))
    sender = KeptMessages(tenant.id)
    for seconds, expected in ((0, 1), (29, 1), (30, 2), (89, 2), (90, 3), (209, 3), (210, 4)):
        await _relay(tenant.at(tenant.now + timedelta(seconds=seconds)), sender)
        assert len(sender.sent) == expected, seconds


async def test_the_wait_for_an_answer_has_an_upper_bound(tenant: TenantUnderTest) -> None:
    await tell(tenant, ThingHappened(aggregate_id=1))
    async with tenant.work() as work:
        await work.execute(
            Outbox.__table__.update().where(Outbox.tenant_id == tenant.id).values(attempts=500)
        )
    await _relay(tenant, KeptMessages(tenant.id))
    assert await _due(tenant) == [timedelta(minutes=10)]


async def test_parked_events_are_left_alone(tenant: TenantUnderTest) -> None:
    await tell(tenant, ThingHappened(aggregate_id=1))
    async with tenant.work() as work:
        await work.execute(
            Outbox.__table__.update()
            .where(Outbox.tenant_id == tenant.id)
            .values(parked_at=tenant.now)
        )
    assert tenant.id not in await tenants_with_due_events(tenant.engine, now=tenant.now)


async def test_a_broker_that_is_away_costs_the_events_nothing(tenant: TenantUnderTest) -> None:
    await tell(tenant, ThingHappened(aggregate_id=1))
    with pytest.raises(ConnectionError):
        await _relay(tenant, KeptMessages(tenant.id, away=True))
    assert await waiting(tenant) == [(1, 0, False)]
    assert await _due(tenant) == [timedelta(0)]


async def test_a_full_queue_gets_no_more(tenant: TenantUnderTest) -> None:
    await tell(tenant, ThingHappened(aggregate_id=1))
    sender = KeptMessages(tenant.id, queued=PACE.most_waiting)
    await _relay(tenant, sender)
    assert sender.sent == []
    assert await waiting(tenant) == [(1, 0, False)]


async def test_a_round_takes_the_oldest_up_to_the_batch(tenant: TenantUnderTest) -> None:
    await tell(tenant, *(ThingHappened(aggregate_id=n) for n in range(5)))
    sender = KeptMessages(tenant.id)
    await _relay(tenant, sender, Pace(batch=3))
    assert [a.aggregate_id for a in sender.sent] == [0, 1, 2]


async def test_two_relays_at_once_claim_no_event_twice(tenant: TenantUnderTest) -> None:
    await tell(tenant, *(ThingHappened(aggregate_id=n) for n in range(40)))

    async def claim() -> list[int]:
        async with tenant.work() as work:
            rows = await claim_due_events(work, pace=Pace(batch=25))
            return [row.aggregate_id for row in rows]

    claimed = await asyncio.gather(*(claim() for _ in range(4)))
    together = [number for part in claimed for number in part]
    assert len(together) == len(set(together))
