"""Relay and workers in one call, for tests of what events lead to."""

from sqlalchemy import select

from domain.kernel.models import Outbox
from tests.factories.tenants import TenantUnderTest
from workers.handlers import HANDLERS
from workers.once_only import AggregateAddress, Turn, deliver


async def deliver_all(tenant: TenantUnderTest) -> None:
    """Handle what waits, and what comes of it, with the product's own handlers."""
    while addresses := await _addresses(tenant):
        for address in addresses:
            turn = await deliver(tenant.engine, HANDLERS, address, now=tenant.now)
            assert turn is Turn.DONE, address


async def _addresses(tenant: TenantUnderTest) -> list[AggregateAddress]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(Outbox.aggregate, Outbox.aggregate_id)
            .where(Outbox.tenant_id == tenant.id)
            .order_by(Outbox.event_id)
        )
    found = dict.fromkeys(AggregateAddress(tenant.id, r.aggregate, r.aggregate_id) for r in rows)
    return list(found)
