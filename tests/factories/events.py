"""Events for tests of what is done about them."""

from dataclasses import dataclass

from sqlalchemy import select

from domain.kernel.events import Event
from domain.kernel.models import AuditEntry, Outbox
from tests.factories.tenants import TenantUnderTest


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingHappened(Event):
    """A fact about a thing, with a step to tell its events apart."""

    type = "test.thing_happened"
    aggregate = "thing"
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingBroke(Event):
    """A fact that no handler of the tests can handle."""

    type = "test.thing_broke"
    aggregate = "thing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingStalled(Event):
    """A fact whose handler goes on only when the test lets it."""

    type = "test.thing_stalled"
    aggregate = "thing"


async def tell(tenant: TenantUnderTest, *events: Event) -> None:
    """Record events in one unit of work."""
    async with tenant.work() as work:
        work.record(*events)


async def waiting(tenant: TenantUnderTest) -> list[tuple[int, int, bool]]:
    """What the outbox holds, in event order: aggregate id, attempts, whether it is parked."""
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(Outbox.aggregate_id, Outbox.attempts, Outbox.parked_at)
            .where(Outbox.tenant_id == tenant.id)
            .order_by(Outbox.event_id)
        )
    return [(row.aggregate_id, row.attempts, row.parked_at is not None) for row in rows]


async def effects(tenant: TenantUnderTest) -> list[tuple[int, int]]:
    """What the handlers of the tests did, in order: thing, step."""
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(AuditEntry.subject_id, AuditEntry.after)
            .where(AuditEntry.tenant_id == tenant.id, AuditEntry.action == "handled")
            .order_by(AuditEntry.id)
        )
    return [(row.subject_id, row.after["step"]) for row in rows]
