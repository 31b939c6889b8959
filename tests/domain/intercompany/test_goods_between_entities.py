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
from tests.factories.affiliates import Affiliates, new_affiliates, violations
from tests.factories.tenants import TenantUnderTest


async def _sent(group: Affiliates, quantity: int) -> int:
    async with group.tenant.work() as work:
        transfer_id = await create_transfer(
            work,
            source_id=group.location_ids[1],
            destination_id=group.location_ids[0],
            lines=[
                WantedTransferLine(
                    item_id=group.shop.setting.item_ids[0], quantity=Decimal(quantity)
                )
            ],
            buyer_id=group.entity_ids[0],
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


async def _owners(group: Affiliates) -> dict[int, int]:
    found = {}
    for place, entity_id in enumerate(group.entity_ids):
        found[place] = int(
            await group.value(
                "SELECT coalesce(sum(on_hand), 0) FROM stock_balance "
                "WHERE tenant_id = :tenant_id AND owner_id = :owner",
                owner=entity_id,
            )
        )
    return found


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
    assert await _owners(group) == {0: 0, 1: 10}
    assert await group.entries() == []

    await _receive(group, transfer_id, 3)

    assert await _owners(group) == {0: 3, 1: 7}
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
    assert await _owners(group) == {0: 4, 1: 6}
    assert await group.entries() == [("transfer", 1, 0, "USD", 1334, 1334, 1067)]

    await _receive(group, transfer_id, 3)
    async with tenant.work() as work:
        await close_transfer(work, transfer_id=transfer_id, reason="lost")

    assert await _owners(group) == {0: 3, 1: 6}
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
