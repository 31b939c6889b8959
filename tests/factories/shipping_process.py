"""A process that ships one fulfilment order, to be killed while it does."""

import asyncio
import sys
from datetime import datetime

from app.database import connect
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.kernel.work import unit_of_work
from tenancy.principals import system_principal


async def ship(url: str, tenant_id: int, fulfilment_id: int, now: datetime) -> None:
    """Ship all that is packed of it."""
    engine = connect(url, pool_size=1)
    async with unit_of_work(engine, system_principal(tenant_id), now=now) as work:
        await ship_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
    await engine.dispose()


if __name__ == "__main__":
    url, tenant, fulfilment, moment = sys.argv[1:]
    asyncio.run(ship(url, int(tenant), int(fulfilment), datetime.fromisoformat(moment)))
