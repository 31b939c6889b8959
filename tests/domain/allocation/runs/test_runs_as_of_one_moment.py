"""A plan is read as of one moment; applying it leaves order entry free."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.allocation.runs import making
from domain.allocation.runs.operations import apply_allocation_run, apply_next_part
from domain.allocation.stocking import read_stock
from tests.factories.orders import new_shop, violations
from tests.factories.runs import apply_run, go_on_applying, planned_run, run_lines, run_row
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest


async def test_what_comes_while_a_plan_is_read_is_not_in_it(
    tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await new_shop(tenant)
    first = await shop.place(shop.line(5))
    await shop.stock(3)

    async def meanwhile(*asked: Any, **more: Any) -> Any:
        await shop.stock(100)
        await shop.place(shop.line(2))
        return await read_stock(*asked, **more)

    monkeypatch.setattr(making, "read_stock", meanwhile)
    run_id = await planned_run(tenant, "priority")
    assert [(row.order_id, row.given) for row in await run_lines(tenant, run_id)] == [
        (first.order_id, 3)
    ]
    monkeypatch.undo()
    await apply_run(tenant, run_id)
    assert await shop.figures(first.order_id) == [(3, 0, 0, 2)]
    assert await violations(tenant) == {}


async def test_a_part_keeps_only_the_items_that_it_moves(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=3)
    order = await shop.place(shop.line(5), shop.line(5, item=1))
    await shop.stock(9)
    await shop.stock(9, item=2)
    run_id = await planned_run(tenant, "priority")
    await shop.stock(9, item=1)
    async with tenant.work() as work:
        await apply_allocation_run(work, run_id=run_id)
    async with tenant.work() as work:
        assert await apply_next_part(work, run_id=run_id)
        # Not committed yet: whoever wants the other items does not wait for it.
        beside = await asyncio.wait_for(shop.place(shop.line(9, item=1), shop.line(9, item=2)), 5)
    await go_on_applying(tenant, run_id)
    assert await shop.figures(order.order_id) == [(5, 0, 0, 0), (0, 0, 0, 5)]
    assert await shop.figures(beside.order_id) == [(9, 0, 0, 0), (9, 0, 0, 0)]
    assert (await run_row(tenant, run_id)).status == "applied"
    assert await violations(tenant) == {}


async def test_what_a_part_asks_it_asks_before_stock_is_locked(
    tenant: TenantUnderTest, engine: AsyncEngine
) -> None:
    shop = await new_shop(tenant)
    for _ in range(4):
        await shop.place(shop.line(2))
    await shop.stock(6)
    run_id = await planned_run(tenant, "priority")
    async with tenant.work() as work:
        await apply_allocation_run(work, run_id=run_id)
    with counted_statements(engine) as seen:
        async with tenant.work() as work:
            await apply_next_part(work, run_id=run_id)
    locked = next(
        n for n, text in enumerate(seen) if "FROM stock_balance" in text and "FOR UPDATE" in text
    )
    assert not [text for text in seen[locked:] if "FROM location" in text or "lane_cost" in text]
    assert len(seen) - locked <= 15
