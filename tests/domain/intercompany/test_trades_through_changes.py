"""Whatever becomes of an order, the trade behind it follows, line by line, in its transaction."""

from datetime import date
from decimal import Decimal

import pytest

from domain.allocation.operations.amend_order import LineAmendment, amend_order
from domain.allocation.operations.cancel_order import LineCancellation, cancel_order
from domain.allocation.operations.policies import create_allocation_policy
from domain.allocation.operations.policy_activation import activate_allocation_policy
from domain.fulfilment.models import FulfilmentLine
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.reject_fulfilment import reject_fulfilment
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.fulfilment.progress import LineQuantity
from domain.intercompany.operations.correcting import correct_transfer_price
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from domain.ledger.operations.revaluation import revalue_foreign_balances
from domain.ledger.outcomes import ExchangeRateMissing
from tests.factories.affiliates import Affiliates, new_affiliates, violations
from tests.factories.books import set_rate
from tests.factories.tenants import TenantUnderTest


async def _figures(group: Affiliates) -> list[tuple[int, int, int, int]]:
    """(leg, quantity, shipped, cancelled) of every trade line."""
    return [
        (line.leg, int(line.quantity), int(line.shipped), int(line.cancelled))
        for line in await group.trade_lines()
    ]


async def _line_of(group: Affiliates, fulfilment_id: int) -> int:
    rows = await group.rows(FulfilmentLine)
    return next(int(row.id) for row in rows if row.fulfilment_order_id == fulfilment_id)


async def test_what_stands_in_for_an_item_is_traded_as_what_it_is(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD", items=2)
    wanted, other = group.shop.setting.item_ids
    prices = {wanted: Decimal(9), other: Decimal("2.5")}
    await group.agree(1, method="fixed", prices=prices, tax_percent=Decimal(10))
    await group.stock(5, of=1, item=1, value_minor=1000)
    strategy = {
        "code": "ALL",
        "sources": [{"location_id": each, "priority": 1} for each in group.location_ids],
    }
    rule = {"item_id": wanted, "substitute_id": other}
    async with tenant.work() as work:
        policy = await create_allocation_policy(
            work,
            code="P",
            name="P",
            definition={"strategies": [strategy], "substitutions": [rule]},
        )
        await activate_allocation_policy(work, policy_id=policy)

    placed = await group.shop.place(group.shop.line(2), substitutes_allowed=True)
    await group.ship(placed.order_id)

    (line,) = await group.trade_lines()
    assert (line.item_id, line.unit_price, line.shipped) == (other, Decimal("2.5"), 2)
    # 5.00 EUR and 10 percent, at 1.25 USD.
    assert await group.entries() == [("shipment", 1, 0, "EUR", 550, 688, 550)]
    assert await violations(tenant) == {}


async def test_a_line_that_becomes_less_and_more_again_is_bought_as_it_is_then(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR")
    await group.agree(1)
    await group.stock(10, of=1, value_minor=1000)
    placed = await group.shop.place(group.shop.line(6))
    for quantity in (2, 5):
        async with tenant.work() as work:
            wanted = LineAmendment(line_id=placed.line_ids[0], quantity=Decimal(quantity))
            await amend_order(work, order_id=placed.order_id, lines=[wanted])
        assert await violations(tenant) == {}
    assert await _figures(group) == [(1, 6, 0, 4), (1, 3, 0, 0)]

    await group.ship(placed.order_id)

    assert sum(entry[4] for entry in await group.entries()) == 500
    assert await violations(tenant) == {}


async def test_what_a_warehouse_does_not_find_is_not_bought(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "EUR")
    await group.agree(1)
    await group.stock(4, of=1, value_minor=400)
    placed = await group.shop.place(group.shop.line(4))
    (fulfilment_id,) = await group.release(placed.order_id)
    missing = [LineQuantity(await _line_of(group, fulfilment_id), Decimal(1))]
    async with tenant.work() as work:
        await record_pick(work, fulfilment_order_id=fulfilment_id, missing=missing)
    async with tenant.work() as work:
        await pack_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
    async with tenant.work() as work:
        await ship_fulfilment_order(work, fulfilment_order_id=fulfilment_id)

    assert await _figures(group) == [(1, 4, 3, 1)]
    assert await group.balances() == {(1, 0, "EUR"): 300}
    assert await violations(tenant) == {}


async def test_what_a_warehouse_rejects_is_bought_from_the_next_owner(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR", "EUR")
    await group.agree(1)
    await group.agree(2, rank=1)
    await group.stock(4, of=1, value_minor=400)
    await group.stock(4, of=2, value_minor=800)
    placed = await group.shop.place(group.shop.line(4))
    (fulfilment_id,) = await group.release(placed.order_id)
    async with tenant.work() as work:
        await reject_fulfilment(work, fulfilment_order_id=fulfilment_id, reason="capacity")

    await group.ship(placed.order_id)

    assert await group.trades() == [(1, 0, "EUR"), (2, 0, "EUR")]
    assert await _figures(group) == [(1, 4, 0, 4), (1, 4, 4, 0)]
    assert await group.balances() == {(2, 0, "EUR"): 800}
    assert await violations(tenant) == {}


async def test_another_lot_goes_on_under_the_same_terms(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "EUR", "EUR", tracking="lot")
    item = group.shop.setting.item_ids[0]
    await group.agree(1, 2, method="fixed", prices={item: Decimal(2)})
    await group.agree(2, 0, method="fixed", prices={item: Decimal(3)})
    for lot in ("A", "B"):
        line = ReceiptLine(
            item_id=item,
            quantity=Decimal(5),
            unit_cost=Decimal(1),
            lot=lot,
            expires_on=date(2098 + (lot == "B"), 1, 1),
        )
        async with tenant.work() as work:
            await receive_stock(work, location_id=group.location_ids[1], lines=[line])
    placed = await group.shop.place(group.shop.line(5))
    (fulfilment_id,) = await group.release(placed.order_id)
    line_id = await _line_of(group, fulfilment_id)
    picked = [LineQuantity(line_id, Decimal(2), "B"), LineQuantity(line_id, Decimal(3))]
    async with tenant.work() as work:
        await record_pick(work, fulfilment_order_id=fulfilment_id, lines=picked)
    assert await _figures(group) == [(1, 5, 0, 2), (2, 5, 0, 2), (1, 2, 0, 0), (2, 2, 0, 0)]
    async with tenant.work() as work:
        await pack_fulfilment_order(work, fulfilment_order_id=fulfilment_id)
    async with tenant.work() as work:
        await ship_fulfilment_order(work, fulfilment_order_id=fulfilment_id)

    assert await group.balances() == {(1, 2, "EUR"): 1000, (2, 0, "EUR"): 1500}
    assert await violations(tenant) == {}


async def test_a_chain_of_three_follows_cancellations_parts_and_corrections(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD", "GBP")
    item = group.shop.setting.item_ids[0]
    await group.agree(1, 2, currency="USD", method="fixed", prices={item: Decimal(10)})
    await group.agree(2, 0, currency="GBP", method="fixed", prices={item: Decimal(8)})
    await group.stock(10, of=1, value_minor=5000)
    placed = await group.shop.place(group.shop.line(6))
    async with tenant.work() as work:
        given_up = LineCancellation(placed.line_ids[0], Decimal(1))
        await cancel_order(work, order_id=placed.order_id, lines=[given_up])
    (fulfilment_id,) = await group.release(placed.order_id)
    await group.ship_fulfilment(fulfilment_id, 2)
    assert await _figures(group) == [(1, 6, 2, 1), (2, 6, 2, 1)]
    first = next(line for line in await group.trade_lines() if line.leg == 1)
    async with tenant.work() as work:
        await correct_transfer_price(
            work, trade_line_id=first.id, unit_price=Decimal(11), reason="agreed anew"
        )
    await group.ship_fulfilment(fulfilment_id)

    assert [entry[:5] for entry in await group.entries()] == [
        ("shipment", 1, 2, "USD", 2000),
        ("shipment", 2, 0, "GBP", 1600),
        ("correction", 1, 2, "USD", 200),
        ("shipment", 1, 2, "USD", 3300),
        ("shipment", 2, 0, "GBP", 2400),
    ]
    # Five for 55.00 USD, which are 35.20 GBP, sold on for 40.00; nothing stays in its stock.
    assert await group.books(2) == {
        "intercompany_cost": 3520,
        "intercompany_payable": -3520,
        "intercompany_receivable": 4000,
        "intercompany_revenue": -4000,
    }
    assert await violations(tenant) == {}


async def test_a_currency_that_is_neither_ones_own_is_owed_by_both_books(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.agree(1, currency="GBP", percent=Decimal(25))
    await group.stock(10, of=1, value_minor=5000)
    async with tenant.work() as work:
        await set_rate(work, "GBP", "EUR", "1.25")
        await set_rate(work, "USD", "GBP", "0.64")
    placed = await group.shop.place(group.shop.line(4))
    await group.ship(placed.order_id)
    # 20.00 USD are 12.80 GBP; with 25 percent 16.00, which are 25.00 USD and 20.00 EUR.
    assert await group.entries() == [("shipment", 1, 0, "GBP", 1600, 2500, 2000)]
    assert await violations(tenant) == {}


async def test_without_a_rate_nothing_leaves_and_nothing_is_booked(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.agree(1, currency="GBP")
    await group.stock(10, of=1, value_minor=5000)
    placed = await group.shop.place(group.shop.line(4))
    before = await group.books(1)
    with pytest.raises(ExchangeRateMissing):
        await group.ship(placed.order_id)
    assert await _figures(group) == [(1, 4, 0, 0)]
    assert (await group.entries(), await group.books(1), await group.books(0)) == ([], before, {})
    assert await group.shop.figures(placed.order_id) == [(4, 0, 0, 0)]
    assert await violations(tenant) == {}


async def test_what_is_owed_is_worth_what_the_day_says_and_both_still_agree(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.agree(1)
    await group.stock(10, of=1, value_minor=5000)
    placed = await group.shop.place(group.shop.line(4))
    await group.ship(placed.order_id)
    today = tenant.now.date()
    async with tenant.work() as work:
        # 16.00 EUR stand at 20.00 USD, and are worth 19.20.
        await set_rate(work, "EUR", "USD", "1.2", on=today)
        done = await revalue_foreign_balances(work, entity_id=group.entity_ids[1], as_of=today)
    assert done.journal_id is not None
    lost = await group.value(
        "SELECT sum(l.base_amount_minor) FROM journal_line l WHERE l.tenant_id = :tenant_id "
        "AND l.journal_id = :id AND l.leg = 'difference'",
        id=done.journal_id,
    )
    assert lost == 80
    assert await group.balances() == {(1, 0, "EUR"): 1600}
    assert await violations(tenant) == {}
