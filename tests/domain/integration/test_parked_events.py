"""Parked events are seen, tried again, or given up with a reason."""

import pytest
from sqlalchemy import select, update

from domain.integration.operations.parked_events import requeue_parked_event, skip_parked_event
from domain.integration.queries.parked_events import parked_events
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.models import AuditEntry, Outbox
from domain.kernel.paging import PageRequest
from tests.factories.events import ThingBroke, ThingHappened, tell, waiting
from tests.factories.tenants import TenantUnderTest, new_tenant


async def _parked(tenant: TenantUnderTest) -> int:
    """A parked event with a successor in its aggregate and a neighbour; returns its id."""
    await tell(tenant, ThingBroke(aggregate_id=1))
    async with tenant.work() as work:
        await work.execute(
            update(Outbox)
            .where(Outbox.tenant_id == tenant.id)
            .values(parked_at=tenant.now, attempts=12, last_error="ValueError: it is broken")
        )
        event_id = await work.value(select(Outbox.event_id).where(Outbox.tenant_id == tenant.id))
    await tell(tenant, ThingHappened(aggregate_id=1), ThingHappened(aggregate_id=2))
    return int(event_id)


async def test_a_parked_event_is_listed_with_its_last_error(tenant: TenantUnderTest) -> None:
    event_id = await _parked(tenant)
    async with tenant.read() as reader:
        page = await parked_events(reader, request=PageRequest())
    assert [(row.id, row.type, row.attempts, row.last_error) for row in page.rows] == [
        (event_id, "test.thing_broke", 12, "ValueError: it is broken")
    ]


async def test_a_requeued_event_begins_anew(tenant: TenantUnderTest) -> None:
    event_id = await _parked(tenant)
    async with tenant.work() as work:
        await requeue_parked_event(work, event_id=event_id)
    assert await waiting(tenant) == [(1, 0, False), (1, 0, False), (2, 0, False)]


async def test_a_skipped_event_lets_its_successors_go_on(tenant: TenantUnderTest) -> None:
    event_id = await _parked(tenant)
    async with tenant.work() as work:
        await skip_parked_event(work, event_id=event_id, reason="handled by hand")
    assert await waiting(tenant) == [(1, 0, False), (2, 0, False)]
    async with tenant.read() as reader:
        entry = await reader.row(
            select(AuditEntry.action, AuditEntry.subject_id, AuditEntry.reason).where(
                AuditEntry.tenant_id == tenant.id
            )
        )
    assert entry is not None
    assert tuple(entry) == ("skip_parked_event", event_id, "handled by hand")


async def test_skipping_needs_a_reason(tenant: TenantUnderTest) -> None:
    event_id = await _parked(tenant)
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await skip_parked_event(work, event_id=event_id, reason=" ")
    assert len(await waiting(tenant)) == 3


async def test_only_ones_own_parked_events_can_be_touched(tenant: TenantUnderTest) -> None:
    event_id = await _parked(tenant)
    other = await new_tenant(tenant.engine, now=tenant.now)
    with pytest.raises(NotFound):
        async with other.work() as work:
            await requeue_parked_event(work, event_id=event_id)
    with pytest.raises(NotFound):
        async with tenant.work() as work:
            await requeue_parked_event(work, event_id=event_id + 1)
