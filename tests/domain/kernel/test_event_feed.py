"""Who listens gets every event once, in its own scope, and can take up where it stopped."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import literal, select

from domain.kernel.errors import NotPermitted
from domain.kernel.event_feed import EventFeed
from domain.kernel.event_log import Interest, LoggedEvent, events_after, last_event_id
from domain.kernel.models import EventRecord
from tests.factories.conditions import until
from tests.factories.events import ThingBroke, ThingHappened, tell
from tests.factories.tenants import TenantUnderTest, new_tenant

THINGS = Interest(aggregate="thing")
NEVER = timedelta(hours=1)


def _feed(tenant: TenantUnderTest, look_every: timedelta = timedelta(milliseconds=20)) -> EventFeed:
    return EventFeed(tenant.engine, look_every=look_every)


async def _next(stream: AsyncIterator[LoggedEvent], count: int = 1) -> list[tuple[int, int]]:
    """The next events' aggregate id and step."""
    async with asyncio.timeout(10):
        events = [await anext(stream) for _ in range(count)]
    return [(event.aggregate_id, event.payload["step"]) for event in events]


async def _ids(tenant: TenantUnderTest) -> list[int]:
    async with tenant.read() as reader:
        return [event.id for event in await events_after(reader, THINGS, after_id=0)]


async def test_a_listener_hears_what_happens_after_it_came(tenant: TenantUnderTest) -> None:
    await tell(tenant, ThingHappened(aggregate_id=1, step=0))
    stream = _feed(tenant).listen(tenant.principal, THINGS)
    heard = asyncio.ensure_future(_next(stream))
    told = 0

    async def heard_of_something() -> bool:
        nonlocal told
        told += 1
        await tell(tenant, ThingHappened(aggregate_id=1, step=told))
        return heard.done()

    await until(heard_of_something)
    ((_, first),) = heard.result()
    assert first > 0
    assert await _next(stream, told - first) == [(1, step) for step in range(first + 1, told + 1)]
    await stream.aclose()


async def test_a_stream_is_taken_up_after_an_event(tenant: TenantUnderTest) -> None:
    one = replace(THINGS, aggregate_id=1)
    await tell(tenant, *(ThingHappened(aggregate_id=1, step=step) for step in range(4)))
    ids = await _ids(tenant)
    stream = _feed(tenant).listen(tenant.principal, one, after_id=ids[1])
    assert await _next(stream, 2) == [(1, 2), (1, 3)]
    await stream.aclose()


async def test_an_event_committed_behind_a_later_one_is_not_missed(
    tenant: TenantUnderTest,
) -> None:
    stream = _feed(tenant).listen(tenant.principal, THINGS, after_id=0)
    async with tenant.work() as late:
        late.record(ThingHappened(aggregate_id=1, step=1))
        await late.flush()
        await tell(tenant, ThingHappened(aggregate_id=2, step=2))
        assert await _next(stream) == [(2, 2)]
    assert await _next(stream) == [(1, 1)]
    await tell(tenant, ThingHappened(aggregate_id=3, step=3))
    assert await _next(stream) == [(3, 3)]
    await stream.aclose()


async def test_a_stream_taken_up_again_finds_what_was_committed_late(
    tenant: TenantUnderTest,
) -> None:
    async with tenant.work() as late:
        late.record(ThingHappened(aggregate_id=1, step=1))
        await late.flush()
        await tell(tenant, ThingHappened(aggregate_id=2, step=2))
        async with tenant.read() as reader:
            seen = await last_event_id(reader)
    stream = _feed(tenant).listen(tenant.principal, THINGS, after_id=seen)
    assert await _next(stream, 2) == [(1, 1), (2, 2)]
    await stream.aclose()


async def test_a_wake_up_is_enough(tenant: TenantUnderTest) -> None:
    feed = _feed(tenant, NEVER)
    stream = feed.listen(tenant.principal, THINGS, after_id=0)
    await tell(tenant, ThingHappened(aggregate_id=1, step=1))
    assert await _next(stream) == [(1, 1)]
    waiting = asyncio.ensure_future(_next(stream))
    await tell(tenant, ThingHappened(aggregate_id=1, step=2))
    feed.touched(tenant.id, [("other", 1)])
    feed.touched(tenant.id + 1, [("thing", 1)])
    await asyncio.sleep(0)
    assert not waiting.done()
    feed.touched(tenant.id, [("thing", 1)])
    assert await waiting == [(1, 2)]
    await stream.aclose()


async def test_many_events_come_through_in_order(tenant: TenantUnderTest) -> None:
    await tell(tenant, *(ThingHappened(aggregate_id=step % 7, step=step) for step in range(350)))
    stream = _feed(tenant).listen(tenant.principal, THINGS, after_id=0)
    assert [step for _, step in await _next(stream, 350)] == list(range(350))
    await stream.aclose()


async def test_only_what_was_asked_for_is_told(tenant: TenantUnderTest) -> None:
    await tell(tenant, ThingHappened(aggregate_id=1, step=1), ThingBroke(aggregate_id=1))
    await tell(tenant, ThingHappened(aggregate_id=2, step=2))
    async with tenant.read() as reader:
        for interest, expected in (
            (THINGS, [1, 1, 2]),
            (replace(THINGS, aggregate_id=2), [2]),
            (replace(THINGS, types=["test.thing_broke"]), [1]),
            (replace(THINGS, types=[]), []),
            (replace(THINGS, among=select(literal(2))), [2]),
            (Interest(aggregate="other"), []),
        ):
            events = await events_after(reader, interest, after_id=0)
            assert [event.aggregate_id for event in events] == expected


async def test_another_tenants_events_do_not_exist(tenant: TenantUnderTest) -> None:
    other = await new_tenant(tenant.engine, now=tenant.now)
    await tell(other, ThingHappened(aggregate_id=1))
    async with tenant.read() as reader:
        assert await events_after(reader, THINGS, after_id=0) == []


async def test_a_partner_hears_only_of_aggregates_it_can_see(tenant: TenantUnderTest) -> None:
    partner = replace(tenant.user(), party_id=5)
    await tell(tenant, ThingHappened(aggregate_id=1), ThingHappened(aggregate_id=2))
    async with tenant.read(as_=partner) as reader:
        with pytest.raises(NotPermitted):
            await events_after(reader, THINGS, after_id=0)
        # Of anything but orders the database tells a customer nothing, whatever it asks for.
        seen = await events_after(reader, replace(THINGS, among=select(literal(2))), after_id=0)
    assert seen == []


async def test_who_stops_listening_is_forgotten(tenant: TenantUnderTest) -> None:
    feed = _feed(tenant)
    await tell(tenant, ThingHappened(aggregate_id=1))
    streams = [feed.listen(tenant.principal, THINGS, after_id=0) for _ in range(3)]
    for stream in streams:
        await _next(stream)
    for stream in streams:
        await stream.aclose()
    assert feed.listening == 0
    async with tenant.read() as reader:
        kept = await reader.values(select(EventRecord.id).where(EventRecord.tenant_id == tenant.id))
    assert len(kept) == 1
