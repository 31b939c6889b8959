"""An event is handled once in effect, in order within its aggregate; a failure stays local."""

import asyncio
from datetime import timedelta

from sqlalchemy import select

from domain.kernel.models import Outbox
from domain.kernel.work import Work
from tests.factories.events import ThingBroke, ThingHappened, effects, tell, waiting
from tests.factories.handling import counting_handlers
from tests.factories.tenants import TenantUnderTest
from workers.once_only import ATTEMPTS, AggregateAddress, Turn, deliver, handle
from workers.registry import Delivered, Handlers

HANDLERS = counting_handlers()


def _thing(tenant: TenantUnderTest, number: int) -> AggregateAddress:
    return AggregateAddress(tenant.id, "thing", number)


async def _deliver(tenant: TenantUnderTest, number: int = 1) -> Turn:
    return await deliver(tenant.engine, HANDLERS, _thing(tenant, number), now=tenant.now)


async def test_all_waiting_events_of_an_aggregate_are_handled_in_order(
    tenant: TenantUnderTest,
) -> None:
    for step in range(5):
        await tell(tenant, ThingHappened(aggregate_id=1, step=step))
    await tell(tenant, ThingHappened(aggregate_id=2))
    assert await _deliver(tenant) is Turn.DONE
    assert await effects(tenant) == [(1, 0), (1, 1), (1, 2), (1, 3), (1, 4)]
    assert await waiting(tenant) == [(2, 0, False)]


async def test_a_message_that_comes_again_has_no_second_effect(tenant: TenantUnderTest) -> None:
    await tell(tenant, ThingHappened(aggregate_id=1))
    assert [await _deliver(tenant) for _ in range(3)] == [Turn.DONE] * 3
    assert await effects(tenant) == [(1, 0)]


async def test_two_workers_with_the_same_message_have_one_effect(tenant: TenantUnderTest) -> None:
    await tell(tenant, ThingHappened(aggregate_id=1))
    both_in, released = asyncio.Event(), asyncio.Event()
    handlers = Handlers()

    @handlers.on("test.thing_happened")
    async def slowly(work: Work, event: Delivered) -> None:
        both_in.set()
        await released.wait()
        work.audit("handled", subject="thing", subject_id=1, after={"step": 0})

    first = asyncio.create_task(deliver(tenant.engine, handlers, _thing(tenant, 1), now=tenant.now))
    await both_in.wait()
    assert await _deliver(tenant) is Turn.TAKEN
    released.set()
    assert await first is Turn.DONE
    assert await effects(tenant) == [(1, 0)]


async def test_many_workers_at_once_have_one_effect(tenant: TenantUnderTest) -> None:
    await tell(tenant, *(ThingHappened(aggregate_id=1, step=step) for step in range(3)))
    turns = await asyncio.gather(*(_deliver(tenant) for _ in range(8)))
    assert Turn.DONE in turns
    assert Turn.FAILED not in turns
    assert await effects(tenant) == [(1, 0), (1, 1), (1, 2)]


async def test_a_failing_handler_leaves_no_effect_and_notes_the_error(
    tenant: TenantUnderTest,
) -> None:
    await tell(tenant, ThingHappened(aggregate_id=1), ThingBroke(aggregate_id=1))
    await tell(tenant, ThingHappened(aggregate_id=1, step=2), ThingHappened(aggregate_id=2))
    assert await _deliver(tenant) is Turn.FAILED
    assert await _deliver(tenant, 2) is Turn.DONE
    assert await effects(tenant) == [(1, 0), (2, 0)]
    async with tenant.read() as reader:
        row = await reader.row(
            select(Outbox.last_error, Outbox.due_at, Outbox.parked_at)
            .where(Outbox.tenant_id == tenant.id)
            .order_by(Outbox.event_id)
        )
    assert row is not None
    assert row.last_error == "ValueError: it is broken"
    assert row.due_at == tenant.now + timedelta(seconds=0.5)
    assert row.parked_at is None


async def test_after_the_last_attempt_the_event_is_parked_and_its_successors_wait(
    tenant: TenantUnderTest,
) -> None:
    await tell(tenant, ThingBroke(aggregate_id=1))
    async with tenant.work() as work:
        await work.execute(
            Outbox.__table__.update()
            .where(Outbox.tenant_id == tenant.id)
            .values(attempts=ATTEMPTS, last_error="ValueError: it is broken")
        )
    await tell(tenant, ThingHappened(aggregate_id=1))
    assert await _deliver(tenant) is Turn.FAILED
    assert await _deliver(tenant) is Turn.DONE
    assert await waiting(tenant) == [(1, ATTEMPTS, True), (1, 0, False)]
    assert await effects(tenant) == []


async def test_an_event_that_was_sent_in_vain_all_day_is_not_parked_by_its_first_failure(
    tenant: TenantUnderTest,
) -> None:
    await tell(tenant, ThingBroke(aggregate_id=1))
    async with tenant.work() as work:
        await work.execute(
            Outbox.__table__.update().where(Outbox.tenant_id == tenant.id).values(attempts=ATTEMPTS)
        )
    assert await _deliver(tenant) is Turn.FAILED
    assert await waiting(tenant) == [(1, 1, False)]


async def test_a_handler_that_hangs_is_stopped_and_noted(tenant: TenantUnderTest) -> None:
    await tell(tenant, ThingHappened(aggregate_id=1))
    handlers = Handlers()

    @handlers.on("test.thing_happened")
    async def hang(work: Work, event: Delivered) -> None:
        work.audit("handled", subject="thing", subject_id=1, after={"step": 0})
        await asyncio.Event().wait()

    turn = await handle(
        tenant.engine, handlers, _thing(tenant, 1), limit=timedelta(milliseconds=50)
    )
    assert turn is Turn.FAILED
    assert await effects(tenant) == []
    async with tenant.read() as reader:
        error = await reader.value(select(Outbox.last_error).where(Outbox.tenant_id == tenant.id))
    assert error == "TimeoutError: "


async def test_what_a_handler_records_is_an_event_of_its_own(tenant: TenantUnderTest) -> None:
    await tell(tenant, ThingHappened(aggregate_id=1))
    handlers = Handlers()

    @handlers.on("test.thing_happened")
    async def follow(work: Work, event: Delivered) -> None:
        work.record(ThingHappened(aggregate_id=7, step=1))

    await deliver(tenant.engine, handlers, _thing(tenant, 1), now=tenant.now)
    assert await waiting(tenant) == [(7, 0, False)]
