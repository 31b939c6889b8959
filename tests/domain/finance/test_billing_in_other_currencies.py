"""Shipments in other currencies are billed together, with one reading of the day's rates."""

from domain.finance.billing import bill_shipments
from domain.finance.models import Invoice
from tests.factories.books import set_rate
from tests.factories.money import new_customer, rows_of, sold, taxed
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest


async def _readings_of_rates(shop: Shop, shipments: list[int]) -> int:
    async with shop.tenant.work() as work:
        with counted_statements(shop.tenant.engine) as seen:
            await bill_shipments(work, shipments)
    return sum("exchange_rate" in each for each in seen)


async def test_rates_are_read_once_however_many_are_billed(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await taxed(shop, ("VAT", "20"))
    customer = await new_customer(tenant)
    async with tenant.work() as work:
        await set_rate(work, "USD", "EUR", "0.90", on=tenant.now.date())
    sent = [
        await sold(shop, customer, price=price, currency="USD")
        for price in ("10.00", "20.00", "30.00", "40.00")
    ]
    assert await _readings_of_rates(shop, sent[:1]) == await _readings_of_rates(shop, sent[1:])
    found = [(row.total_minor, row.base_minor) for row in await rows_of(tenant, Invoice)]
    assert found == [(1200, 1080), (2400, 2160), (3600, 3240), (4800, 4320)]
    assert await violations(tenant) == {}
