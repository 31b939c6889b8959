"""Transfers between entities: goods on their way are whose the agreement says, and the profit stays
with them."""

from decimal import Decimal

import pytest

from domain.intercompany.outcomes import AgreementMissing
from domain.inventory.operations.closing_transfers import close_transfer
from domain.inventory.operations.receiving_transfers import receive_transfer
from domain.inventory.operations.shipping_transfers import ship_transfer
from domain.inventory.operations.transferring import (
    WantedTransferLine,
    create_transfer,
    release_transfer,
)
from domain.inventory.transfer_goods import MovedLine
from domain.inventory.valuation.values import unrealised_profit
from domain.returns.models import ReturnUnit
from tests.factories.affiliates import Affiliates, new_affiliates, violations
from tests.factories.returns import returns_to
from tests.factories.tenants import TenantUnderTest


async def _sent(group: Affiliates, quantity: int, *, source: int = 1, buyer: int = 0) -> int:
    async with group.tenant.work() as work:
        transfer_id = await create_transfer(
            work,
            source_id=group.location_ids[source],
            destination_id=group.location_ids[buyer],
            lines=[
                WantedTransferLine(
                    item_id=group.shop.setting.item_ids[0], quantity=Decimal(quantity)
                )
            ],
            buyer_id=group.entity_ids[buyer],
        )
    async with group.tenant.work() as work:
        await release_transfer(work, transfer_id=transfer_id)
    async with group.tenant.work() as work:
        await ship_transfer(work, transfer_id=transfer_id)
    return transfer_id


async def _receive(group: Affiliates, transfer_id: int, quantity: int) -> None:
    async with group.tenant.work() as work:
        line = MovedLine(line_number=1, quantity=Decimal(quantity))
        await receive_transfer(work, transfer_id=transfer_id, lines=[line])


async def test_without_an_agreement_goods_do_not_become_anothers(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.stock(10, of=1, value_minor=5000)
    with pytest.raises(AgreementMissing):
        await _sent(group, 4)


async def test_goods_on_their_way_are_the_suppliers_until_they_arrive(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.agree(1, percent=Decimal(50))
    await group.stock(10, of=1, value_minor=5000)
    transfer_id = await _sent(group, 4)
    assert await group.owned() == [0, 10]
    assert await group.entries() == []

    await _receive(group, transfer_id, 3)

    assert await group.owned() == [3, 7]
    # 15.00 USD are 12.00 EUR, and 18.00 with 50 percent.
    assert await group.entries() == [("transfer", 1, 0, "EUR", 1800, 2250, 1800)]
    assert await group.books(0) == {"inventory": 1800, "intercompany_payable": -1800}
    assert await violations(tenant) == {}
    async with tenant.work() as work:
        await close_transfer(work, transfer_id=transfer_id, reason="lost")
    assert (await group.books(1))["inventory_adjustment"] == 500
    assert await violations(tenant) == {}


async def test_goods_on_their_way_are_the_buyers_once_they_left(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD")
    item = group.shop.setting.item_ids[0]
    await group.agree(
        1, method="fixed", prices={item: Decimal("3.335")}, transit_owner="buyer", currency="USD"
    )
    await group.stock(10, of=1, value_minor=2000)
    transfer_id = await _sent(group, 4)
    assert await group.owned() == [4, 6]
    assert await group.entries() == [("transfer", 1, 0, "USD", 1334, 1334, 1067)]

    await _receive(group, transfer_id, 3)
    async with tenant.work() as work:
        await close_transfer(work, transfer_id=transfer_id, reason="lost")

    assert await group.owned() == [3, 6]
    # What is lost is the buyer's loss.
    assert (await group.books(0))["inventory_adjustment"] == 267
    assert "inventory_adjustment" not in await group.books(1)
    assert await violations(tenant) == {}


async def test_the_profit_stays_with_the_goods_in_stock(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.agree(1, percent=Decimal(50))
    await group.stock(10, of=1, value_minor=5000)
    await _receive(group, await _sent(group, 4), 4)
    profit = await group.value(
        "SELECT sum(profit_minor) FROM cost_layer WHERE tenant_id = :tenant_id"
    )
    assert profit == 800


async def _profits(group: Affiliates, place: int) -> list[tuple[int, int]]:
    """(quantity that is left, profit of the house in it) of each layer of an entity's."""
    async with group.tenant.read() as reader:
        found = await unrealised_profit(reader, [group.entity_ids[place]])
    return [(int(each.quantity_left), each.profit_minor) for each in found]


async def _chain(tenant: TenantUnderTest) -> Affiliates:
    """Four units at 5.00 USD are sold on for 6.00 EUR and then for 9.00 GBP each."""
    group = await new_affiliates(tenant, "USD", "GBP")
    item = group.shop.setting.item_ids[0]
    await group.agree(1, 0, method="fixed", prices={item: Decimal(6)}, lead_days=1)
    await group.agree(0, 2, currency="GBP", method="fixed", prices={item: Decimal(9)})
    await group.stock(4, of=1, value_minor=2000)
    await _receive(group, await _sent(group, 4), 4)
    # 24.00 EUR, of which 20.00 USD are 16.00.
    assert await _profits(group, 0) == [(4, 800)]
    await _receive(group, await _sent(group, 2, source=0, buyer=2), 2)
    return group


async def test_in_a_chain_the_profit_of_all_that_sold_is_known(tenant: TenantUnderTest) -> None:
    group = await _chain(tenant)
    # Two for 18.00 GBP; the first one paid 10.00 USD, which are 8.00 EUR and 6.40 GBP.
    assert await _profits(group, 0) == [(2, 400)]
    assert await _profits(group, 2) == [(2, 1160)]
    assert await violations(tenant) == {}


async def test_what_a_customer_sends_back_has_the_profit_in_it_again(
    tenant: TenantUnderTest,
) -> None:
    group = await _chain(tenant)
    await group.agree(2, 0, percent=Decimal(10), rank=5)
    returns = await returns_to(group.shop)
    order_id = await returns.sell(4, from_stock=True)
    assert (await _profits(group, 0), await _profits(group, 2)) == ([], [])

    return_id = await returns.come_back(order_id, 4)
    for unit in await returns.rows(ReturnUnit, return_id=return_id):
        await returns.dispose(unit.id)

    assert await _profits(group, 0) == [(2, 400)]
    assert await _profits(group, 2) == [(2, 1160)]
    assert await violations(tenant) == {}
