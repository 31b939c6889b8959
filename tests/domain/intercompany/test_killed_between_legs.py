"""Who ships is killed when one entity's books are written and another's are not yet: nothing of it
happened, and the next one ships all of it once."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE

from sqlalchemy import select, text

from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.ledger.models import EntityBook
from tests.factories.affiliates import Affiliates, new_affiliates, violations
from tests.factories.conditions import until
from tests.factories.tenants import TenantUnderTest


async def _packed(group: Affiliates) -> int:
    placed = await group.shop.place(group.shop.line(4))
    (fulfilment_id,) = await group.pack(placed.order_id)
    return fulfilment_id


async def _waits_for_a_lock(tenant: TenantUnderTest) -> bool:
    async with tenant.read() as reader:
        waiting = await reader.value(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND wait_event_type = 'Lock'"
            )
        )
    return bool(waiting)


async def test_a_process_killed_between_the_legs_leaves_nothing(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD", "GBP")
    await group.agree(1, 2, currency="USD")
    await group.agree(2, 0, currency="GBP")
    await group.stock(20, of=1, value_minor=10000)
    # Everybody has books by now.
    async with tenant.work() as work:
        await ship_fulfilment_order(work, fulfilment_order_id=await _packed(group))
    before = (
        await group.entries(),
        await group.balances(),
        [await group.books(n) for n in range(3)],
    )
    fulfilment_id = await _packed(group)
    url = tenant.engine.url.render_as_string(hide_password=False)
    told = (url, str(tenant.id), str(fulfilment_id), tenant.now.isoformat())

    async with tenant.work() as work:
        # The books of the entity at the end are in somebody's hands.
        await work.rows(
            select(EntityBook.entity_id)
            .where(EntityBook.tenant_id == tenant.id, EntityBook.entity_id == group.entity_ids[2])
            .with_for_update()
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.factories.shipping_process", *told),
            stdout=DEVNULL,
            stderr=PIPE,
        )
        await until(lambda: _waits_for_a_lock(tenant), seconds=60)
        process.kill()
        await process.communicate()

    after = (
        await group.entries(),
        await group.balances(),
        [await group.books(n) for n in range(3)],
    )
    assert after == before
    assert [int(line.shipped) for line in await group.trade_lines()] == [4, 4, 0, 0]
    assert await violations(tenant) == {}

    async with tenant.work() as work:
        await ship_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
    assert len(await group.entries()) == 4
    assert await violations(tenant) == {}
