"""Whatever happens at the same time to a trade: both books agree, and nothing is lost or twice."""

import asyncio
from decimal import Decimal
from typing import Any

from sqlalchemy import update

from domain.allocation.operations.cancel_order import LineCancellation, cancel_order
from domain.allocation.outcomes import CancellationTooMuch
from domain.fulfilment.models import FulfilmentLine
from domain.fulfilment.operations.cancel_fulfilment import cancel_fulfilment_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.fulfilment.outcomes import NotThatMuch
from domain.fulfilment.progress import LineQuantity
from domain.intercompany.operations.correcting import correct_transfer_price
from domain.intercompany.operations.settling import net_debts, pay_debt
from domain.intercompany.outcomes import NothingOwed
from domain.inventory.models import StockBalance
from domain.kernel.errors import InvalidState
from domain.returns.models import ReturnUnit
from tests.factories.affiliates import Affiliates, new_affiliates, violations
from tests.factories.orders import Shop, new_channel
from tests.factories.returns import Returns, returns_to
from tests.factories.tenants import TenantUnderTest

REFUSED = (InvalidState, NotThatMuch, CancellationTooMuch)


async def _ship(group: Affiliates, fulfilment_id: int, quantity: int | None = None) -> None:
    asked = None
    if quantity is not None:
        rows = await group.rows(FulfilmentLine)
        line = next(row.id for row in rows if row.fulfilment_order_id == fulfilment_id)
        asked = [LineQuantity(line, Decimal(quantity))]
    async with group.tenant.work() as work:
        await ship_fulfilment_order(work, fulfilment_order_id=fulfilment_id, lines=asked)


def _failures(done: list[Any]) -> list[BaseException]:
    return [each for each in done if isinstance(each, BaseException)]


async def test_two_shipments_of_one_trade_at_once_close_to_its_price(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD")
    item = group.shop.setting.item_ids[0]
    await group.agree(1, method="fixed", prices={item: Decimal("3.333")}, tax_percent=Decimal(7))
    await group.stock(10, of=1, value_minor=5000)
    placed = await group.shop.place(group.shop.line(3))
    (fulfilment_id,) = await group.pack(placed.order_id)

    await asyncio.gather(*(_ship(group, fulfilment_id, 1) for _ in range(3)))

    (line,) = await group.trade_lines()
    assert (line.shipped, len(await group.entries())) == (3, 3)
    # 3.33, 3.34 and 3.33, each with its tax of 0.23.
    assert sorted(entry[4] for entry in await group.entries()) == [356, 356, 357]
    assert await violations(tenant) == {}


async def test_shipments_of_two_orders_in_both_directions_at_once(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD")
    other = Shop(group.shop.setting, await new_channel(tenant, group.entity_ids[1]))
    await group.agree(1, 0)
    await group.agree(0, 1)
    first = [await group.shop.place(group.shop.line(1)) for _ in range(3)]
    assert {placed.status for placed in first} == {"backordered"}
    await group.stock(6, of=1, value_minor=3000)
    mine = [await group.shop.place(group.shop.line(1)) for _ in range(3)]
    await group.stock(6, of=0, value_minor=3000)
    async with tenant.work() as work:
        # What the other entity has is not for its own orders in this test.
        await work.execute(
            update(StockBalance)
            .where(
                StockBalance.tenant_id == tenant.id, StockBalance.owner_id == group.entity_ids[1]
            )
            .values(safety_stock=StockBalance.on_hand - StockBalance.reserved)
        )
    theirs = [await other.place(other.line(1)) for _ in range(3)]
    work_ids = [
        fulfilment_id
        for placed in (*mine, *theirs)
        for fulfilment_id in await group.pack(placed.order_id)
    ]

    await asyncio.gather(*(_ship(group, each) for each in work_ids))

    kinds = sorted(entry[:3] for entry in await group.entries())
    assert kinds == [("shipment", 0, 1)] * 3 + [("shipment", 1, 0)] * 3
    assert await violations(tenant) == {}


async def test_what_is_shipped_is_not_called_off_and_the_other_way_round(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.agree(1)
    await group.stock(10, of=1, value_minor=5000)
    placed = await group.shop.place(group.shop.line(4))
    (fulfilment_id,) = await group.pack(placed.order_id)

    async def call_off() -> None:
        async with tenant.work() as work:
            await cancel_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
        async with tenant.work() as work:
            given_up = LineCancellation(placed.line_ids[0], Decimal(4))
            await cancel_order(work, order_id=placed.order_id, lines=[given_up])

    done = await asyncio.gather(_ship(group, fulfilment_id), call_off(), return_exceptions=True)

    (refused,) = _failures(done)
    assert isinstance(refused, REFUSED)
    (line,) = await group.trade_lines()
    assert (line.shipped, line.cancelled) in ((4, 0), (0, 4))
    assert await group.balances() in ({}, {(1, 0, "EUR"): 1600})
    assert await violations(tenant) == {}


async def _with_units(tenant: TenantUnderTest) -> tuple[Affiliates, Returns, list[int]]:
    """Two entities that owe each other, and two returned units of what one bought of the other."""
    group = await new_affiliates(tenant, "USD", "GBP")
    await group.agree(1, 2, currency="EUR", percent=Decimal(10))
    await group.agree(2, 0, currency="EUR", percent=Decimal(10))
    await group.stock(10, of=1, value_minor=10000)
    returns = await returns_to(group.shop)
    order_id = await returns.sell(4, from_stock=True)
    units: list[int] = []
    for _ in range(2):
        return_id = await returns.come_back(order_id, 2)
        units += [unit.id for unit in await returns.rows(ReturnUnit, return_id=return_id)]
    return group, returns, units


async def _net(group: Affiliates) -> None:
    async with group.tenant.work() as work:
        await net_debts(work, entity_ids=group.entity_ids, currency="EUR")


async def test_returns_and_netting_at_once(tenant: TenantUnderTest) -> None:
    group, returns, units = await _with_units(tenant)
    before = await group.balances()
    assert sorted(before.values()) == [3520, 3872]

    done = await asyncio.gather(
        returns.dispose(units[0]), _net(group), returns.dispose(units[1]), return_exceptions=True
    )

    assert all(isinstance(each, NothingOwed) for each in _failures(done))
    # Everything came back: nobody has anything to get, whatever was set off in between.
    after = await group.balances()
    for entity in range(3):
        due = sum(amount for (creditor, _, _), amount in after.items() if creditor == entity)
        owed = sum(amount for (_, debtor, _), amount in after.items() if debtor == entity)
        assert due == owed
    assert await violations(tenant) == {}


async def test_netting_twice_at_once_sets_off_once(tenant: TenantUnderTest) -> None:
    group, _, _ = await _with_units(tenant)
    done = await asyncio.gather(_net(group), _net(group), return_exceptions=True)
    (refused,) = _failures(done)
    assert isinstance(refused, NothingOwed)
    left = {pair: owed for pair, owed in (await group.balances()).items() if owed}
    assert left == {(1, 0, "EUR"): 3520, (2, 0, "EUR"): 352}
    assert await violations(tenant) == {}


async def test_paying_netting_shipping_and_correcting_at_once(tenant: TenantUnderTest) -> None:
    group, _, _ = await _with_units(tenant)
    placed = await group.shop.place(group.shop.line(3))
    (fulfilment_id,) = await group.pack(placed.order_id)
    line = next(each for each in await group.trade_lines() if each.leg == 2)

    async def pay() -> None:
        async with tenant.work() as work:
            await pay_debt(
                work,
                creditor_id=group.entity_ids[1],
                debtor_id=group.entity_ids[2],
                currency="EUR",
                amount_minor=100,
            )

    async def correct() -> None:
        async with tenant.work() as work:
            await correct_transfer_price(
                work, trade_line_id=line.id, unit_price=Decimal(9), reason="agreed anew"
            )

    done = await asyncio.gather(
        pay(), _net(group), _ship(group, fulfilment_id), correct(), pay(), return_exceptions=True
    )

    assert all(isinstance(each, NothingOwed) for each in _failures(done))
    assert await violations(tenant) == {}
