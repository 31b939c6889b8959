"""A promise rests only on lots that may be given."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from domain.allocation.promising.queries.availability import channel_availability
from domain.inventory.models import Lot
from domain.inventory.operations.lots import set_lot_days, set_lot_status
from tests.factories.orders import Shop, new_shop
from tests.factories.tenants import TenantUnderTest


async def _lot_id(tenant: TenantUnderTest, code: str) -> int:
    async with tenant.read() as reader:
        wanted = select(Lot.id).where(Lot.tenant_id == tenant.id, Lot.code == code)
        return int(await reader.value(wanted))


async def _promised_today(shop: Shop) -> Decimal:
    item_id = shop.setting.item_ids[0]
    async with shop.tenant.read() as reader:
        found = await channel_availability(
            reader, channel_id=shop.channel_id, item_ids=[item_id], now=shop.tenant.now
        )
    return found[item_id][0].available


async def test_recalled_and_expired_lots_are_not_promised(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, tracking="lot")
    for quantity, lot in ((1, "GOOD"), (2, "RECALLED"), (4, "OLD")):
        await shop.stock(quantity, lot=lot)
    assert await _promised_today(shop) == 7
    async with tenant.work() as work:
        recalled = await _lot_id(tenant, "RECALLED")
        await set_lot_status(work, lot_id=recalled, status="recalled", reason="glass")
    assert await _promised_today(shop) == 5
    yesterday = tenant.now.date() - timedelta(days=1)
    async with tenant.work() as work:
        await set_lot_days(
            work, lot_id=await _lot_id(tenant, "OLD"), reason="label", expires_on=yesterday
        )
    assert await _promised_today(shop) == 1
