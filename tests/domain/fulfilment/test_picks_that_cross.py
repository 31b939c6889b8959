"""Picks that take other lots and miss pieces at once, crossing each other: each gets through."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.fulfilment.models import FulfilmentLine
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.progress import LineQuantity
from domain.inventory.lines import ReceiptLine
from domain.inventory.models import StockBalance
from domain.inventory.operations.receiving import receive_stock
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

D = Decimal


async def _receive(shop: Shop, item: int, lot: str, year: int) -> None:
    line = ReceiptLine(
        item_id=shop.setting.item_ids[item],
        quantity=D(40),
        unit_cost=D(2),
        lot=lot,
        expires_on=date(year, 1, 1),
    )
    async with shop.tenant.work() as work:
        await receive_stock(work, location_id=shop.setting.location_ids[0], lines=[line])


async def _released(shop: Shop) -> tuple[int, list[int]]:
    """A fulfilment order for two of each item, and its lines."""
    placed = await shop.place(shop.line(2), shop.line(2, item=1))
    async with shop.tenant.work() as work:
        (fulfilment_id,) = await release_order(work, order_id=placed.order_id)
        lines = await work.values(
            select(FulfilmentLine.id)
            .where(
                FulfilmentLine.tenant_id == work.tenant_id,
                FulfilmentLine.fulfilment_order_id == fulfilment_id,
            )
            .order_by(FulfilmentLine.item_id)
        )
    return fulfilment_id, list(lines)


async def _stock(shop: Shop) -> list[tuple[str, int, int]]:
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(StockBalance.lot, StockBalance.reserved, StockBalance.quality_control)
            .where(StockBalance.tenant_id == shop.tenant.id)
            .order_by(StockBalance.id)
        )
    return [(row.lot, int(row.reserved), int(row.quality_control)) for row in rows]


@pytest.mark.parametrize("pairs", [4])
async def test_crossing_swaps_and_losses_do_not_deadlock(
    tenant: TenantUnderTest, pairs: int
) -> None:
    shop = await new_shop(tenant, items=2, tracking="lot")
    for item in (0, 1):
        await _receive(shop, item, "A", 2098)
        await _receive(shop, item, "B", 2099)

    async def pick(swapped: int, fulfilment_id: int, lines: list[int]) -> Any:
        async with tenant.work() as work:
            return await record_pick(
                work,
                fulfilment_order_id=fulfilment_id,
                lines=[LineQuantity(lines[swapped], D(2), "B")],
                missing=[LineQuantity(lines[1 - swapped], D(1))],
            )

    work = [(n % 2, *(await _released(shop))) for n in range(2 * pairs)]
    done = await asyncio.gather(*(pick(*each) for each in work), return_exceptions=True)
    assert [each for each in done if not isinstance(each, str)] == []
    # Of each item: half the orders swapped 2, the others lost 1 of their 2.
    left = [("A", pairs, pairs), ("B", 2 * pairs, 0)]
    assert await _stock(shop) == left * 2
    assert await violations(tenant) == {}
