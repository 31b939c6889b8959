"""An order sold by one entity and shipped from the stock of another makes the chain by itself."""

from decimal import Decimal

from domain.allocation.operations.cancel_order import LineCancellation, cancel_order
from tests.factories.affiliates import new_affiliates, violations
from tests.factories.tenants import TenantUnderTest


async def test_without_an_agreement_stock_of_another_entity_is_not_sold(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.stock(10, of=1, value_minor=5000)

    placed = await group.shop.place(group.shop.line(4))

    assert placed.status == "backordered"
    assert await group.trades() == []


async def test_own_stock_goes_first_and_the_rest_is_bought(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.agree(1, percent=Decimal(10))
    await group.stock(3, of=0, value_minor=900)
    await group.stock(10, of=1, value_minor=5000)

    placed = await group.shop.place(group.shop.line(5))

    assert placed.status == "allocated"
    assert await group.trades() == [(1, 0, "EUR")]
    (line,) = await group.trade_lines()
    assert (line.leg, line.quantity, line.basis, line.percent) == (1, 2, "cost_plus", 10)
    assert await group.entries() == []
    assert await violations(tenant) == {}


async def test_a_shipment_is_a_sale_and_a_purchase_in_the_same_transaction(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.agree(1, percent=Decimal(10), tax_percent=Decimal(20))
    await group.stock(10, of=1, value_minor=5000)
    placed = await group.shop.place(group.shop.line(4))

    await group.ship(placed.order_id)

    # 20.00 USD of cost are 16.00 EUR; with 10 percent 17.60, and 3.52 of tax.
    assert await group.entries() == [("shipment", 1, 0, "EUR", 2112, 2640, 2112)]
    assert await group.books(1) == {
        "inventory": 3000,
        "goods_received": -5000,
        "intercompany_cost": 2000,
        "intercompany_receivable": 2640,
        "intercompany_revenue": -2200,
        "tax_payable": -440,
    }
    assert await group.books(0) == {
        "unbilled": 4000,
        "revenue": -4000,
        "cost_of_goods": 1760,
        "tax_receivable": 352,
        "intercompany_payable": -2112,
    }
    assert await group.balances() == {(1, 0, "EUR"): 2112}
    broken = await violations(tenant)
    assert broken == {}


async def test_three_entities_trade_in_a_row(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD", "GBP")
    await group.agree(1, 2, currency="USD", percent=Decimal(25))
    await group.agree(2, 0, currency="GBP", percent=Decimal(10))
    await group.stock(10, of=1, value_minor=10000)
    placed = await group.shop.place(group.shop.line(4))

    await group.ship(placed.order_id)

    # 40.00 USD + 25 % = 50.00 USD = 32.00 GBP; + 10 % = 35.20 GBP = 44.00 EUR.
    assert await group.entries() == [
        ("shipment", 1, 2, "USD", 5000, 5000, 3200),
        ("shipment", 2, 0, "GBP", 3520, 3520, 4400),
    ]
    assert await group.books(2) == {
        "intercompany_cost": 3200,
        "intercompany_payable": -3200,
        "intercompany_receivable": 3520,
        "intercompany_revenue": -3520,
    }
    assert (await group.books(0))["cost_of_goods"] == 4400
    assert await violations(tenant) == {}


async def test_a_cancelled_line_is_not_bought(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.agree(1)
    await group.stock(10, of=1, value_minor=5000)
    placed = await group.shop.place(group.shop.line(4))
    async with tenant.work() as work:
        await cancel_order(
            work,
            order_id=placed.order_id,
            lines=[LineCancellation(placed.line_ids[0], Decimal(1))],
        )
    (line,) = await group.trade_lines()
    assert (line.quantity, line.cancelled) == (4, 1)

    await group.ship(placed.order_id)

    (line,) = await group.trade_lines()
    assert (line.shipped, line.cancelled) == (3, 1)
    assert await group.balances() == {(1, 0, "EUR"): 1200}
    assert await violations(tenant) == {}


async def test_partial_shipments_close_to_the_price_of_the_whole(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD")
    item = group.shop.setting.item_ids[0]
    await group.agree(1, method="fixed", prices={item: Decimal("3.333")})
    await group.stock(10, of=1, value_minor=5000)
    placed = await group.shop.place(group.shop.line(3))
    (fulfilment_id,) = await group.release(placed.order_id)
    for _ in range(3):
        await group.ship_fulfilment(fulfilment_id, 1)

    amounts = [entry[4] for entry in await group.entries()]
    assert amounts == [333, 334, 333]
    assert await group.balances() == {(1, 0, "EUR"): 1000}
    assert await violations(tenant) == {}
