"""No other path writes stock off, or finds it, without the yes that a correction needs."""

import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import insert

from domain.approvals.outcomes import AwaitingApproval
from domain.catalog.models import KitComponent
from domain.inventory.kit_parts import NamedPart
from domain.inventory.lines import AdjustmentLine, ReceiptLine
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.assembling import KitsWanted, disassemble_kits
from domain.inventory.operations.closing_transfers import close_transfer, request_transfer_closing
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.operations.states import change_stock_state
from domain.inventory.operations.tolerances import set_stock_tolerance
from domain.inventory.outcomes import AboveTolerance
from domain.kernel.errors import InvalidInput, InvalidState
from tests.factories.counting import allow, on_hand, say_no, say_yes
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest
from tests.factories.transfers import arrive, quantities, shipped, status


async def _strict(tenant: TenantUnderTest, *, locations: int = 1, items: int = 1) -> Shop:
    """A shop with 10 pieces of each item, in which one may be lost or found."""
    shop = await new_shop(tenant, locations=locations, items=items)
    for item in range(items):
        await shop.stock(10, item=item, value_minor=1_000)
    await allow(tenant, quantity=Decimal(1))
    return shop


async def _close(shop: Shop, transfer_id: int) -> None:
    async with shop.tenant.work() as work:
        await close_transfer(work, transfer_id=transfer_id, reason="never came")


async def _ask(shop: Shop, transfer_id: int) -> int:
    async with shop.tenant.work() as work:
        return await request_transfer_closing(work, transfer_id=transfer_id, reason="never came")


async def test_a_transfer_is_not_a_way_to_lose_goods(tenant: TenantUnderTest) -> None:
    shop = await _strict(tenant, locations=2)
    transfer_id = await shipped(shop, 6)
    with pytest.raises(AboveTolerance) as told:
        await _close(shop, transfer_id)
    assert told.value.fields == {"item_ids": shop.setting.item_ids}
    assert await status(shop, transfer_id) == "shipped"
    request_id = await _ask(shop, transfer_id)
    with pytest.raises(AwaitingApproval):
        await _ask(shop, transfer_id)
    assert await quantities(shop, transfer_id) == [(6, 0, 0, 0, 0, 6)]
    await arrive(shop, transfer_id, 2)
    await say_yes(tenant, request_id)
    assert await quantities(shop, transfer_id) == [(6, 2, 0, 0, 4, 0)]
    assert await violations(tenant) == {}
    with pytest.raises(InvalidState):
        await say_yes(tenant, request_id, who=78)


async def test_what_is_within_tolerance_is_closed_at_once(tenant: TenantUnderTest) -> None:
    shop = await _strict(tenant, locations=2)
    transfer_id = await shipped(shop, 6)
    await arrive(shop, transfer_id, 5)
    await _close(shop, transfer_id)
    assert await quantities(shop, transfer_id) == [(6, 5, 0, 0, 1, 0)]
    assert await violations(tenant) == {}


async def test_the_strictest_of_the_locations_counts(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10, value_minor=1_000)
    async with tenant.work() as work:
        place = shop.setting.location_ids[0]
        await set_stock_tolerance(work, location_id=place, quantity=Decimal(1))
    transfer_id = await shipped(shop, 6)
    with pytest.raises(AboveTolerance):
        await _close(shop, transfer_id)
    assert await status(shop, transfer_id) == "shipped"


async def test_a_closing_that_is_rejected_leaves_the_goods_on_their_way(
    tenant: TenantUnderTest,
) -> None:
    shop = await _strict(tenant, locations=2)
    transfer_id = await shipped(shop, 6)
    await say_no(tenant, await _ask(shop, transfer_id))
    assert await status(shop, transfer_id) == "shipped"
    await arrive(shop, transfer_id, 6)
    assert await status(shop, transfer_id) == "received"


async def test_an_approval_that_races_with_the_arrival_loses_only_what_is_missing(
    tenant: TenantUnderTest,
) -> None:
    shop = await _strict(tenant, locations=2)
    transfer_id = await shipped(shop, 6)
    request_id = await _ask(shop, transfer_id)
    done = await asyncio.gather(
        say_yes(tenant, request_id), arrive(shop, transfer_id, 4), return_exceptions=True
    )
    assert [type(each) for each in done if each is not None] in ([], [InvalidState])
    ((_, received, _, _, missing, left),) = await quantities(shop, transfer_id)
    assert (received + missing, left) == (6, 0)
    assert received in (0, 4)
    assert await violations(tenant) == {}


async def test_more_than_was_sent_is_not_found_without_a_yes(tenant: TenantUnderTest) -> None:
    shop = await _strict(tenant, locations=2)
    transfer_id = await shipped(shop, 6)
    with pytest.raises(AboveTolerance):
        await arrive(shop, transfer_id, 8, reason="two more in the box")
    assert await quantities(shop, transfer_id) == [(6, 0, 0, 0, 0, 6)]
    await arrive(shop, transfer_id, 7, reason="one more in the box")
    assert await quantities(shop, transfer_id) == [(6, 7, 0, 1, 0, 0)]
    assert await violations(tenant) == {}


async def test_damaged_goods_are_not_lost_by_going_through_a_state(tenant: TenantUnderTest) -> None:
    shop = await _strict(tenant)
    place, item = shop.setting.location_ids[0], shop.setting.item_ids[0]
    async with tenant.work() as work:
        await change_stock_state(
            work,
            location_id=place,
            item_id=item,
            quantity=Decimal(5),
            from_state="available",
            to_state="damaged",
            reason="wet",
        )
    for delta in (-5, 5):
        with pytest.raises(AboveTolerance):
            async with tenant.work() as work:
                line = AdjustmentLine(item_id=item, delta=Decimal(delta))
                await adjust_stock(work, location_id=place, lines=[line], reason="thrown away")
    assert await on_hand(shop) == [(10, 0)]


@pytest.mark.parametrize("quantity", [-5, 0])
async def test_a_receipt_takes_nothing_away(tenant: TenantUnderTest, quantity: int) -> None:
    shop = await _strict(tenant)
    line = ReceiptLine(item_id=shop.setting.item_ids[0], quantity=Decimal(quantity))
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await receive_stock(work, location_id=shop.setting.location_ids[0], lines=[line])
    assert await on_hand(shop) == [(10, 0)]


@pytest.mark.parametrize("quantity", [-3, 3])
async def test_a_transfer_arrives_neither_negative_nor_more_damaged_than_it_is(
    tenant: TenantUnderTest, quantity: int
) -> None:
    shop = await _strict(tenant, locations=2)
    transfer_id = await shipped(shop, 6)
    with pytest.raises(InvalidInput):
        await arrive(shop, transfer_id, (quantity, quantity + 1))
    assert await quantities(shop, transfer_id) == [(6, 0, 0, 0, 0, 6)]


async def test_a_kit_taken_apart_gives_all_that_it_is_made_of(tenant: TenantUnderTest) -> None:
    shop = await _strict(tenant, items=2)
    kit, part = shop.setting.item_ids
    async with tenant.work() as work:
        await work.execute(
            insert(KitComponent).values(
                tenant_id=tenant.id,
                kit_item_id=kit,
                component_item_id=part,
                quantity=Decimal(2),
            )
        )
    for fewer in (1, 0, -2):
        parts = [NamedPart(item_id=part, quantity=Decimal(fewer))]
        with pytest.raises(InvalidInput):
            async with tenant.work() as work:
                await disassemble_kits(
                    work,
                    location_id=shop.setting.location_ids[0],
                    kits=KitsWanted(item_id=kit, quantity=Decimal(1), parts=parts),
                )
    assert await on_hand(shop) == [(10, 0), (10, 0)]
    assert await violations(tenant) == {}
