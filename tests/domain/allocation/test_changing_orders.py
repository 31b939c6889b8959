"""Orders are cancelled, amended, held; stock and money follow exactly."""

import asyncio
from decimal import Decimal

import pytest

from domain.allocation.operations.amend_order import LineAmendment, amend_order
from domain.allocation.operations.cancel_order import LineCancellation, cancel_order
from domain.allocation.operations.hold_order import hold_order, unhold_order
from domain.allocation.outcomes import CancellationTooMuch
from domain.kernel.errors import InvalidInput, InvalidState, NotFound, StaleVersion
from domain.orders.operations import set_payment_state
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest


async def _cancel(shop: Shop, order_id: int, *lines: LineCancellation) -> str:
    async with shop.tenant.work() as work:
        return await cancel_order(work, order_id=order_id, lines=lines or None, reason="asked for")


async def _amend(shop: Shop, order_id: int, *lines: tuple[int, str], **fields: object) -> str:
    async with shop.tenant.work() as work:
        changes = [LineAmendment(line_id, Decimal(quantity)) for line_id, quantity in lines]
        return await amend_order(work, order_id=order_id, lines=changes, **fields)  # type: ignore[arg-type]


async def test_a_cancelled_order_frees_its_stock(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(3)
    placed = await shop.place(shop.line(5))
    assert await _cancel(shop, placed.order_id) == "cancelled"
    assert await shop.figures(placed.order_id) == [(0, 0, 5, 0)]
    assert await shop.available() == 3
    with pytest.raises(InvalidState) as refused:
        await _cancel(shop, placed.order_id)
    assert refused.value.fields == {"state": "cancelled", "allowed": []}
    assert await violations(tenant) == {}


async def test_a_part_of_a_line_is_cancelled_from_what_waits_first(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(12)
    placed = await shop.place(shop.line(2, unit="CASE"))
    line_id = placed.line_ids[0]
    assert await shop.figures(placed.order_id) == [(12, 0, 0, 8)]
    assert (
        await _cancel(shop, placed.order_id, LineCancellation(line_id, Decimal(1))) == "allocated"
    )
    assert await shop.figures(placed.order_id) == [(10, 0, 10, 0)]
    assert await shop.available() == 2
    with pytest.raises(CancellationTooMuch) as refused:
        await _cancel(shop, placed.order_id, LineCancellation(line_id, Decimal(2)))
    assert refused.value.fields == {"line_number": 1, "requested": 20, "available": 10}
    with pytest.raises(NotFound):
        await _cancel(shop, placed.order_id, LineCancellation(10**12))
    assert await violations(tenant) == {}


async def test_cancelling_twice_at_once_frees_once(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    placed = await shop.place(shop.line(5))
    outcomes = await asyncio.gather(
        *(_cancel(shop, placed.order_id) for _ in range(4)), return_exceptions=True
    )
    assert outcomes.count("cancelled") == 1
    assert await shop.available() == 5
    assert await violations(tenant) == {}


async def test_a_smaller_order_gives_back_and_costs_less(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    placed = await shop.place(shop.line(8, price="3.33"))
    assert await _amend(shop, placed.order_id, (placed.line_ids[0], "3")) == "allocated"
    assert await shop.figures(placed.order_id) == [(3, 0, 0, 0)]
    assert await shop.available() == 7
    order = await shop.order(placed.order_id)
    assert (order.subtotal_minor, order.total_minor, order.version) == (999, 999, 2)
    assert await violations(tenant) == {}


async def test_a_larger_order_is_served_or_waits(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(5)
    await shop.stock(1, item=1)
    placed = await shop.place(shop.line(2))
    status = await _amend(
        shop, placed.order_id, (placed.line_ids[0], "6"), added=[shop.line(1, item=1, price="2")]
    )
    assert status == "partially_allocated"
    assert await shop.figures(placed.order_id) == [(5, 0, 0, 1), (1, 0, 0, 0)]
    assert (await shop.order(placed.order_id)).total_minor == 6200
    assert await violations(tenant) == {}


async def test_a_line_taken_out_is_cancelled_and_costs_nothing(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(5)
    placed = await shop.place(shop.line(2), shop.line(1, item=1, price="4"))
    assert await _amend(shop, placed.order_id, (placed.line_ids[0], "0")) == "backordered"
    assert await shop.figures(placed.order_id) == [(0, 0, 2, 0), (0, 0, 0, 1)]
    assert (await shop.order(placed.order_id)).total_minor == 400
    assert await shop.available() == 5
    assert await violations(tenant) == {}


async def test_a_cancelled_line_does_not_come_back_for_nothing(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(9)
    placed = await shop.place(shop.line(2), shop.line(1, item=1, price="4"))
    await _amend(shop, placed.order_id, (placed.line_ids[0], "0"))
    with pytest.raises(InvalidState):
        await _amend(shop, placed.order_id, (placed.line_ids[0], "5"))
    assert await shop.figures(placed.order_id) == [(0, 0, 2, 0), (0, 0, 0, 1)]
    await _amend(shop, placed.order_id, (placed.line_ids[0], "0"), added=[shop.line(5)])
    assert (await shop.order(placed.order_id)).total_minor == 5400
    assert await violations(tenant) == {}


async def test_an_address_is_changed_by_who_read_the_latest(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    placed = await shop.place(shop.line(1))
    await _amend(shop, placed.order_id, ship_to={"city": "Köln"}, expected_version=1)
    assert (await shop.order(placed.order_id)).ship_to == {"city": "Köln"}
    with pytest.raises(StaleVersion):
        await _amend(shop, placed.order_id, ship_to={"city": "Ulm"}, expected_version=1)
    with pytest.raises(InvalidInput):
        await _amend(shop, placed.order_id, ship_to={"planet": "Mars"})
    assert (await shop.order(placed.order_id)).ship_to == {"city": "Köln"}


async def test_amending_and_placing_at_once_do_not_deadlock(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(60)
    await shop.stock(60, item=1)
    placed = [await shop.place(shop.line(4), shop.line(1, item=1)) for _ in range(6)]
    await asyncio.gather(
        *(
            _amend(shop, each.order_id, (each.line_ids[0], "1"), (each.line_ids[1], "4"))
            for each in placed
        ),
        *(shop.place(shop.line(1, item=1), shop.line(1)) for _ in range(6)),
    )
    assert (await shop.available(), await shop.available(item=1)) == (48, 30)
    assert await violations(tenant) == {}


async def test_a_held_order_keeps_its_stock_until_it_is_let_go(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(1)
    placed = await shop.place(shop.line(1))
    async with tenant.work() as work:
        assert await hold_order(work, order_id=placed.order_id, reason="credit") == "held"
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await hold_order(work, order_id=placed.order_id, reason="again")
    assert await shop.available() == 0
    async with tenant.work() as work:
        assert await unhold_order(work, order_id=placed.order_id) == "allocated"
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await unhold_order(work, order_id=placed.order_id)


async def test_payment_facts_out_of_order_end_at_the_latest(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    order_id = (await shop.place(shop.line(1))).order_id
    states = []
    for told in ("paid", "pending", "refunded", "authorized"):
        async with tenant.work() as work:
            states.append(await set_payment_state(work, order_id=order_id, payment_state=told))
    assert states == ["paid", "paid", "refunded", "refunded"]
    assert (await shop.order(order_id)).payment_state == "refunded"
