"""Workers leave a tenant alone that is suspended, being made or being erased."""

import pytest
from sqlalchemy import func, select, update

from domain.kernel.models import AuditEntry, Outbox
from tenancy.models import Tenant
from tests.factories.events import ThingHappened
from tests.factories.handling import counting_handlers
from tests.factories.tenants import TenantUnderTest
from workers.once_only import AggregateAddress, Turn, deliver
from workers.schedule import Recurring, Whom, _tenants

STATES = ("suspended", "preparing", "erasing")


async def _set(tenant: TenantUnderTest, status: str) -> None:
    async with tenant.work() as work:
        await work.execute(update(Tenant).values(status=status))


@pytest.mark.parametrize("status", STATES)
async def test_a_message_that_is_under_way_is_left_in_the_outbox(
    tenant: TenantUnderTest, status: str
) -> None:
    async with tenant.work() as work:
        work.record(ThingHappened(aggregate_id=1, step=1))
    await _set(tenant, status)
    address = AggregateAddress(tenant.id, "thing", 1)
    handlers = counting_handlers()
    assert await deliver(tenant.engine, handlers, address, now=tenant.now) is Turn.DONE
    assert await _rows(tenant) == (1, 0)
    await _set(tenant, "active")
    assert await deliver(tenant.engine, handlers, address, now=tenant.now) is Turn.DONE
    assert await _rows(tenant) == (0, 1)


async def _rows(tenant: TenantUnderTest) -> tuple[int, int]:
    async with tenant.read() as reader:
        waiting = select(func.count()).where(Outbox.tenant_id == tenant.id)
        handled = select(func.count()).where(
            AuditEntry.tenant_id == tenant.id, AuditEntry.action == "handled"
        )
        return int(await reader.value(waiting)), int(await reader.value(handled))


@pytest.mark.parametrize("status", STATES)
async def test_the_schedule_passes_it_by_except_to_erase(
    tenant: TenantUnderTest, status: str
) -> None:
    assert tenant.id in await _tenants(tenant.engine, Whom.SERVED)
    await _set(tenant, status)
    assert tenant.id not in await _tenants(tenant.engine, Whom.SERVED)
    assert tenant.id in await _tenants(tenant.engine, Whom.EVERYBODY)
    assert await _tenants(tenant.engine, Whom.HOUSE) == [0]


def test_a_task_is_for_those_who_are_served_unless_it_says_otherwise() -> None:
    assert Recurring.__dataclass_fields__["whom"].default is Whom.SERVED
