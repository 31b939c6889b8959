"""Sending webhooks in tests: for one tenant, to private addresses, without waiting."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache

import strawberry

from api.schema import build_schema
from api.webhooks.chosen import ChosenPayloads
from domain.integration.addresses import Reach
from domain.integration.policy import RetrySchedule
from tests.factories.events import ThingHappened, tell
from tests.factories.keys import KEYS
from tests.factories.masters import new_party
from tests.factories.tenants import TenantUnderTest
from workers.handlers import HANDLERS
from workers.once_only import AggregateAddress, Turn, deliver
from workers.webhook_call import CallLimits
from workers.webhook_messages import Payloads
from workers.webhooks import WebhookSending, WebhookSettings

AT_ONCE = RetrySchedule(first=timedelta(0), attempts=3)
EVERYWHERE = Reach(private=True, plain=True)
SETTINGS = WebhookSettings(limits=CallLimits(reach=EVERYWHERE), schedule=AT_ONCE, keys=KEYS)


class SendingOf(WebhookSending):
    """Sends for one tenant; the other tests' subscribers are gone."""

    def __init__(
        self,
        tenant: TenantUnderTest,
        settings: WebhookSettings = SETTINGS,
        payloads: Payloads | None = None,
    ) -> None:
        super().__init__(tenant.engine, settings, payloads)
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
    await note(tenant, "thing", thing)


@cache
def _schema() -> strawberry.Schema:
    return build_schema()


def choosing(tenant: TenantUnderTest) -> ChosenPayloads:
    """What runs subscribers' queries, as a worker has it."""
    return ChosenPayloads(tenant.engine, lambda: tenant.now, schema=_schema)


async def note(tenant: TenantUnderTest, aggregate: str, aggregate_id: int) -> None:
    """What happened to something is noted for its subscribers."""
    address = AggregateAddress(tenant.id, aggregate, aggregate_id)
    assert await deliver(tenant.engine, HANDLERS, address, now=tenant.now) is Turn.DONE


async def told_party(tenant: TenantUnderTest, code: str, *, name: str = "Harbour") -> int:
    """A party is made, and its subscribers' deliveries are noted."""
    party = await new_party(tenant, code=code, name=name)
    await note(tenant, "party", party)
    return party
