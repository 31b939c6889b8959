"""Stock that came or became free reaches the orders that wait, by events alone."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from domain.allocation.hold_requests import HoldLine
from domain.allocation.operations.cancel_order import cancel_order
from domain.allocation.operations.soft_holds import hold_stock
from domain.inventory.lines import ReceiptLine
from domain.inventory.models import Lot
from domain.inventory.operations.lots import set_lot_status
from domain.inventory.operations.receiving import receive_stock
from tests.factories.delivering import deliver_all
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest
from workers.schedule import TASKS


async def _receive(shop: Shop, quantity: int) -> None:
    line = ReceiptLine(item_id=shop.setting.item_ids[0], quantity=Decimal(quantity))
    async with shop.tenant.work() as work:
        await receive_stock(work, location_id=shop.setting.location_ids[0], lines=[line])


async def test_a_receipt_fills_the_backorders(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    first, second = [(await shop.place(shop.line(4))).order_id for _ in range(2)]
    await deliver_all(tenant)
    assert await shop.figures(first) == [(0, 0, 0, 4)]
    await _receive(shop, 6)
    await deliver_all(tenant)
    assert await shop.figures(first) == [(4, 0, 0, 0)]
    assert await shop.figures(second) == [(2, 0, 0, 2)]
    assert await violations(tenant) == {}


async def test_what_a_cancelled_order_gives_back_goes_to_the_next(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await _receive(shop, 4)
    first, second = [(await shop.place(shop.line(4))).order_id for _ in range(2)]
    async with tenant.work() as work:
        await cancel_order(work, order_id=first, reason="customer")
    await deliver_all(tenant)
    assert await shop.figures(first) == [(0, 0, 4, 0)]
    assert await shop.figures(second) == [(4, 0, 0, 0)]
    assert await violations(tenant) == {}


async def test_what_an_expired_cart_held_goes_to_who_waits(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await _receive(shop, 4)
    line = HoldLine(item_id=shop.setting.item_ids[0], quantity=Decimal(3))
    async with tenant.work() as work:
        await hold_stock(work, channel_id=shop.channel_id, lines=[line], holder="cart-1")
    order_id = (await shop.place(shop.line(4))).order_id
    assert await shop.figures(order_id) == [(1, 0, 0, 3)]
    later = tenant.at(tenant.now + timedelta(minutes=30))
    (task,) = [each for each in TASKS if each.name == "expire_stock_holds"]
    async with later.work() as work:
        assert await task.run(work)
    await deliver_all(later)
    assert await shop.figures(order_id) == [(4, 0, 0, 0)]
    assert await violations(tenant) == {}


async def test_a_lot_that_is_released_goes_to_who_waits(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, tracking="lot")
    await shop.stock(4, lot="A")
    async with tenant.work() as work:
        lot_id = await work.value(select(Lot.id).where(Lot.tenant_id == tenant.id))
        await set_lot_status(work, lot_id=lot_id, status="quarantined", reason="smell")
    order_id = (await shop.place(shop.line(4))).order_id
    await deliver_all(tenant)
    assert await shop.figures(order_id) == [(0, 0, 0, 4)]
    async with tenant.work() as work:
        await set_lot_status(work, lot_id=lot_id, status="released", reason="fine")
    await deliver_all(tenant)
    assert await shop.figures(order_id) == [(4, 0, 0, 0)]
    assert await violations(tenant) == {}
