"""Stock that came or became free reaches the orders that wait, by events alone."""

from decimal import Decimal

from domain.allocation.operations.cancel_order import cancel_order
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from tests.factories.delivering import deliver_all
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest


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
