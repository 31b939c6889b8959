"""A supplier bills in another currency than that of the books: goods stand at what the day made of
them on which they came, and the books still agree."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.finance.models import PartyFinance, SupplierInvoice
from domain.finance.operations.supplier_invoices import record_supplier_invoice
from domain.finance.taking_in import BilledLine
from domain.ledger.outcomes import ExchangeRateMissing
from domain.ledger.rates import rates_on_days
from tests.factories.books import set_rate
from tests.factories.money import balances, rows_of, with_settings
from tests.factories.orders import new_shop, violations
from tests.factories.purchases import Buying, new_buying
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest


async def _buying(tenant: TenantUnderTest) -> Buying:
    """A dollar is worth 0.80 euros today, and 0.90 tomorrow."""
    buying = await new_buying(await new_shop(tenant, items=1))
    async with tenant.work() as work:
        await set_rate(work, "USD", "EUR", "0.80", on=tenant.now.date())
        await set_rate(work, "USD", "EUR", "0.90", on=tenant.now.date() + timedelta(days=1))
    return buying


async def _billed_tomorrow(
    tenant: TenantUnderTest, order_id: int, quantity: int, net_minor: int, **fields: Any
) -> Any:
    line = BilledLine(order_line_number=1, quantity=Decimal(quantity), net_minor=net_minor)
    tomorrow = tenant.at(tenant.now + timedelta(days=1))
    async with tomorrow.work() as work:
        invoice_id = await record_supplier_invoice(
            work,
            purchase_order_id=order_id,
            external_number=f"R-{quantity}-{net_minor}",
            invoiced_on=tomorrow.now.date(),
            lines=[line],
            **fields,
        )
    [row] = await rows_of(tenant, SupplierInvoice, id=invoice_id)
    return row


async def test_what_rates_did_between_receipt_and_invoice_is_a_realised_difference(
    tenant: TenantUnderTest,
) -> None:
    buying = await _buying(tenant)
    order = await buying.ordered(10, currency="USD")
    await buying.receive(order, 10)
    assert await balances(tenant) == {"goods_received": -2000, "inventory": 2000}
    row = await _billed_tomorrow(tenant, order, 10, 2500)
    assert (row.status, row.base_minor) == ("booked", 2250)
    assert await balances(tenant) == {
        "inventory": 2000,
        "payables": -2250,
        "realised_exchange": 250,
    }
    assert await violations(tenant) == {}


async def test_another_price_goes_to_the_goods_in_the_currency_of_the_books(
    tenant: TenantUnderTest,
) -> None:
    """It went there in the invoice's own currency, and the stock's account was off by the rate."""
    buying = await _buying(tenant)
    supplier = buying.supplier_id
    await with_settings(tenant, PartyFinance, party_id=supplier, price_percent=Decimal(50))
    order = await buying.ordered(10, currency="USD")
    await buying.receive(order, 10)
    row = await _billed_tomorrow(tenant, order, 10, 2600, tax_minor=100)
    assert (row.status, row.base_minor) == ("booked", 2430)
    assert await balances(tenant) == {
        "inventory": 2090,
        "payables": -2430,
        "realised_exchange": 250,
        "tax_receivable": 90,
    }
    assert await violations(tenant) == {}


async def test_what_is_billed_in_parts_clears_what_came_to_the_cent(
    tenant: TenantUnderTest,
) -> None:
    buying = await _buying(tenant)
    order = await buying.ordered(7, currency="USD")
    await buying.receive(order, 3)
    tomorrow = tenant.at(tenant.now + timedelta(days=1))
    later = Buying(
        type(buying.shop)(
            type(buying.shop.setting)(
                tomorrow,
                buying.shop.setting.entity_id,
                buying.shop.setting.location_ids,
                buying.shop.setting.item_ids,
            ),
            buying.shop.channel_id,
        ),
        buying.supplier_id,
    )
    await later.receive(order, 4)
    assert await balances(tenant) == {"goods_received": -1500, "inventory": 1500}
    for quantity, net in ((1, 250), (4, 1000), (2, 500)):
        assert (await _billed_tomorrow(tenant, order, quantity, net)).status == "booked"
    assert await balances(tenant) == {
        "inventory": 1500,
        "payables": -1575,
        "realised_exchange": 75,
    }
    assert await violations(tenant) == {}


async def test_rates_of_many_days_are_read_at_once(tenant: TenantUnderTest) -> None:
    days = [tenant.now.date() + timedelta(days=number) for number in range(3)]
    async with tenant.work() as work:
        for day, rate in zip(days, ("0.80", "0.90", "1.00"), strict=True):
            await set_rate(work, "USD", "EUR", rate, on=day)
    async with tenant.read() as reader:
        with counted_statements(tenant.engine) as seen:
            found = await rates_on_days(reader, [("USD", "EUR")], days=days[::-1])
        assert len(seen) == 1
        assert [found[day][("USD", "EUR")] for day in days] == list(
            map(Decimal, ("0.80", "0.90", "1.00"))
        )
        with pytest.raises(ExchangeRateMissing):
            await rates_on_days(reader, [("USD", "EUR")], days=[days[0] - timedelta(days=1)])
