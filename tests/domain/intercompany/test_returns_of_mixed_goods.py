"""A line that was partly one's own and partly bought comes back to whose each part of it was."""

from decimal import Decimal

from domain.fulfilment.models import FulfilmentLine, FulfilmentOrder
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.fulfilment.progress import LineQuantity
from domain.inventory.lines import ReceiptLine
from domain.inventory.operations.receiving import receive_stock
from domain.returns.models import ReturnDisposition, ReturnUnit
from tests.factories.affiliates import Affiliates, new_affiliates, violations
from tests.factories.returns import Returns, returns_to
from tests.factories.tenants import TenantUnderTest


async def _sold(tenant: TenantUnderTest, **terms: object) -> tuple[Affiliates, Returns, int]:
    """Five units: two of the shop's own at 3.00, three bought for 4.40 each (5.00 USD and ten
    percent), all sent."""
    group = await new_affiliates(tenant, "USD")
    await group.agree(1, percent=Decimal(10), **terms)
    await group.stock(2, of=0, value_minor=600)
    await group.stock(10, of=1, value_minor=5000)
    returns = await returns_to(group.shop)
    order_id = await returns.sell(5, from_stock=True)
    assert await group.balances() == {(1, 0, "EUR"): 1320}
    assert (await group.books(0))["cost_of_goods"] == 1920
    return group, returns, order_id


async def _back(returns: Returns, order_id: int, *quantities: int, as_: str = "restock") -> None:
    for quantity in quantities:
        return_id = await returns.come_back(order_id, quantity)
        for unit in await returns.rows(ReturnUnit, return_id=return_id):
            await returns.dispose(unit.id, as_)


async def _all_is_as_before(group: Affiliates) -> None:
    assert await group.owned() == [2, 10]
    assert await group.balances() == {(1, 0, "EUR"): 0}
    assert (await group.books(0))["inventory"] == 600
    assert (await group.books(1))["inventory"] == 5000
    assert "cost_of_goods" not in await group.books(0)
    assert await violations(group.tenant) == {}


async def test_all_of_it_in_one_unit_goes_to_both_owners(tenant: TenantUnderTest) -> None:
    group, returns, order_id = await _sold(tenant)
    await _back(returns, order_id, 5)
    await _all_is_as_before(group)
    parts = await returns.rows(ReturnDisposition)
    assert sorted((int(part.quantity), part.cost_minor) for part in parts) == [(2, 600), (3, 1500)]


async def test_one_by_one_what_was_bought_goes_back_first(tenant: TenantUnderTest) -> None:
    group, returns, order_id = await _sold(tenant)
    await _back(returns, order_id, 1, 1)
    assert await group.owned() == [0, 9]
    assert await group.balances() == {(1, 0, "EUR"): 440}
    await _back(returns, order_id, 2, 1)
    await _all_is_as_before(group)


async def test_what_the_seller_keeps_is_not_taken_for_still_with_the_customer(
    tenant: TenantUnderTest,
) -> None:
    group, returns, order_id = await _sold(tenant, dispositions={"restock": None})
    await _back(returns, order_id, 2, 3)
    assert await group.owned() == [5, 7]
    # Three at what they were bought for, and two at what the shop's own had cost.
    assert (await group.books(0))["inventory"] == 1920
    assert "cost_of_goods" not in await group.books(0)
    profit = await group.value(
        "SELECT sum(profit_minor) FROM cost_layer WHERE tenant_id = :tenant_id"
    )
    assert profit == 120
    assert await group.balances() == {(1, 0, "EUR"): 1320}
    assert await violations(tenant) == {}


async def test_what_was_bought_by_two_allocations_comes_back_in_one_unit(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR", "EUR")
    await group.agree(1)
    await group.agree(2, rank=1)
    await group.stock(2, of=1, value_minor=200)
    await group.stock(2, of=2, value_minor=600)
    returns = await returns_to(group.shop)
    order_id = await returns.sell(4, from_stock=True)
    await _back(returns, order_id, 3, 1)
    assert await group.owned() == [0, 2, 2]
    assert {pair: owed for pair, owed in (await group.balances()).items() if owed} == {}
    assert await violations(tenant) == {}


async def test_scrap_of_a_mixed_line_is_the_loss_of_whose_each_part_was(
    tenant: TenantUnderTest,
) -> None:
    group, returns, order_id = await _sold(tenant, dispositions={"scrap": "scrap"})
    await _back(returns, order_id, 5, as_="scrap")
    assert (await group.books(0))["scrap"] == 600
    assert (await group.books(1))["scrap"] == 1500
    assert await group.balances() == {(1, 0, "EUR"): 0}
    assert await violations(tenant) == {}


async def _pieces(tenant: TenantUnderTest) -> tuple[Affiliates, Returns, int]:
    """The shop's own piece OWN and the piece THEIRS, which it bought, left with one order."""
    group = await new_affiliates(tenant, "EUR", tracking="serial")
    await group.agree(1)
    names = {group.location_ids[0]: "OWN", group.location_ids[1]: "THEIRS"}
    for place, code in names.items():
        line = ReceiptLine(
            item_id=group.shop.setting.item_ids[0],
            quantity=Decimal(1),
            unit_cost=Decimal(3),
            serials=[code],
        )
        async with tenant.work() as work:
            await receive_stock(work, location_id=place, lines=[line])
    returns = await returns_to(group.shop)
    placed = await group.shop.place(group.shop.line(2), party_id=returns.party_id)
    await group.release(placed.order_id)
    places = {each.id: each.location_id for each in await group.rows(FulfilmentOrder)}
    for line in await group.rows(FulfilmentLine):
        work_id = line.fulfilment_order_id
        picked = LineQuantity(line.id, Decimal(1), serials=(names[places[work_id]],))
        async with tenant.work() as work:
            await record_pick(work, fulfilment_order_id=work_id, lines=[picked])
        async with tenant.work() as work:
            await pack_fulfilment_order(work, fulfilment_order_id=work_id)
        async with tenant.work() as work:
            await ship_fulfilment_order(work, fulfilment_order_id=work_id)
    return group, returns, placed.order_id


async def test_a_piece_goes_back_to_whose_it_was(tenant: TenantUnderTest) -> None:
    group, returns, order_id = await _pieces(tenant)
    assert await group.balances() == {(1, 0, "EUR"): 300}
    for serial, owned, owed in (("OWN", [1, 0], 300), ("THEIRS", [1, 1], 0)):
        return_id = await returns.request(order_id, 1)
        await returns.receive(return_id, (0, 1), serials=[serial])
        (unit,) = await returns.rows(ReturnUnit, return_id=return_id)
        await returns.inspect(unit.id, (1, "new"))
        await returns.dispose(unit.id)
        assert await group.owned() == owned
        assert await group.balances() == {(1, 0, "EUR"): owed}
    assert await violations(tenant) == {}
