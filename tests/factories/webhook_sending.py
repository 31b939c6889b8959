"""Sending webhooks in tests: for one tenant, to private addresses, without waiting."""

from collections.abc import Sequence
from datetime import timedelta

from domain.integration.policy import RetrySchedule
from tests.factories.events import ThingHappened, tell
from tests.factories.tenants import TenantUnderTest
from workers.handlers import HANDLERS
from workers.once_only import AggregateAddress, Turn, deliver
from workers.webhook_call import CallLimits
from workers.webhooks import WebhookSending, WebhookSettings

AT_ONCE = RetrySchedule(first=timedelta(0), attempts=3)
SETTINGS = WebhookSettings(limits=CallLimits(allow_private=True), schedule=AT_ONCE)


class SendingOf(WebhookSending):
    """Sends for one tenant; the other tests' subscribers are gone."""

    def __init__(self, tenant: TenantUnderTest, settings: WebhookSettings = SETTINGS) -> None:
        super().__init__(tenant.engine, settings)
        self._tenant_id = tenant.id

    async def due_tenants(self) -> Sequence[int]:
        """This tenant, if it has something to be sent."""
        return [t for t in await super().due_tenants() if t == self._tenant_id]

    async def send_all(self) -> None:
        """Send until nothing is due."""
        while await self.step():
            await self.drain()


async def happen(tenant: TenantUnderTest, *steps: int, thing: int = 1) -> None:
    """Something happens to a thing, and its subscribers' deliveries are noted."""
    await tell(tenant, *(ThingHappened(aggregate_id=thing, step=step) for step in steps))
    address = AggregateAddress(tenant.id, "thing", thing)
    assert await deliver(tenant.engine, HANDLERS, address, now=tenant.now) is Turn.DONE
