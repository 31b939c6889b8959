"""Channels and customers are offered everything, or what their assortments hold."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from domain.allocation.hold_requests import HoldLine
from domain.allocation.operations.amend_order import amend_order
from domain.allocation.operations.place_order import place_order
from domain.allocation.operations.soft_holds import hold_stock
from domain.allocation.ordering import OrderedLine
from domain.allocation.outcomes import ItemNotSellable, ItemUnknown
from domain.catalog.models import Item
from domain.catalog.operations.items import update_item
from domain.catalog.queries.items import ItemFilter, item_count
from domain.channels.models import Assortment, AssortmentItem
from domain.channels.operations import change_assortment
from domain.channels.queries import offered_to
from domain.kernel.errors import InvalidInput, NotFound
from tenancy.permissions import OF_PARTY
from tenancy.principals import Principal
from tests.factories.masters import new_item, new_party, new_price_list, price
from tests.factories.orders import Shop, new_shop
from tests.factories.tenants import TenantUnderTest


def _eyes(tenant: TenantUnderTest, party_id: int) -> Principal:
    return replace(tenant.user(*OF_PARTY), party_id=party_id)


async def _offer(tenant: TenantUnderTest, **fields: object) -> int | None:
    async with tenant.work() as work:
        return await change_assortment(work, **fields)  # type: ignore[arg-type]


async def _seen(tenant: TenantUnderTest, party_id: int) -> list[int]:
    async with tenant.read(as_=_eyes(tenant, party_id)) as reader:
        return sorted(await reader.values(select(Item.id).where(Item.tenant_id == tenant.id)))


async def _priced(shop: Shop) -> None:
    prices = await new_price_list(shop.tenant)
    for item_id in shop.setting.item_ids:
        await price(shop.tenant, prices, item_id, "1.00", unit="EA")


def _line(shop: Shop, item: int) -> OrderedLine:
    return OrderedLine(item_id=shop.setting.item_ids[item], quantity=Decimal(1))


async def test_a_customer_sees_what_it_is_offered_and_its_neighbour_everything(
    tenant: TenantUnderTest,
) -> None:
    items = [await new_item(tenant) for _ in range(3)]
    group, other = await new_party(tenant), await new_party(tenant)
    branch = await new_party(tenant, parent_id=group)
    assert await _seen(tenant, group) == items
    await _offer(tenant, party_id=group, add=items[:2])
    assert await _seen(tenant, group) == items[:2]
    assert await _seen(tenant, branch) == items[:2]
    assert await _seen(tenant, other) == items
    await _offer(tenant, party_id=branch, add=items[2:])
    assert await _seen(tenant, branch) == items[2:]
    await _offer(tenant, party_id=group, add=[items[1], items[2]], remove=items[:1])
    assert await _seen(tenant, group) == items[1:]
    await _offer(tenant, party_id=group, limited=False)
    assert await _seen(tenant, group) == items


async def test_an_empty_assortment_offers_nothing(tenant: TenantUnderTest) -> None:
    await new_item(tenant)
    party = await new_party(tenant)
    await _offer(tenant, party_id=party)
    assert await _seen(tenant, party) == []


async def test_a_customer_sees_no_other_assortment(tenant: TenantUnderTest) -> None:
    item = await new_item(tenant)
    own, other = await new_party(tenant), await new_party(tenant)
    mine = await _offer(tenant, party_id=own, add=[item])
    await _offer(tenant, party_id=other, add=[item])
    async with tenant.read(as_=_eyes(tenant, own)) as reader:
        found = await reader.values(select(Assortment.id).where(Assortment.tenant_id == tenant.id))
        items = await reader.values(
            select(AssortmentItem.assortment_id).where(AssortmentItem.tenant_id == tenant.id)
        )
        with pytest.raises(NotFound):
            await offered_to(reader, channel_id=None, party_id=other)
    assert (list(found), list(items)) == ([mine], [mine])


async def test_what_was_ordered_before_is_still_seen_and_not_ordered_again(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, items=2)
    await _priced(shop)
    party = await new_party(tenant)
    placed = await shop.place(shop.line(1, item=1), party_id=party)
    await _offer(tenant, party_id=party, add=shop.setting.item_ids[:1])
    assert await _seen(tenant, party) == sorted(shop.setting.item_ids)
    assert placed.status == "backordered"
    again = [_line(shop, 1)]
    with pytest.raises(ItemNotSellable):
        async with tenant.work(as_=_eyes(tenant, party)) as work:
            await place_order(work, channel_id=shop.channel_id, lines=again)
    with pytest.raises(ItemNotSellable):
        async with tenant.work(as_=_eyes(tenant, party)) as work:
            await amend_order(work, order_id=placed.order_id, added=again)
    assert len(await shop.lines(placed.order_id)) == 1


async def test_a_customer_orders_and_adds_only_what_it_is_offered(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    await _priced(shop)
    party = await new_party(tenant)
    await _offer(tenant, party_id=party, add=shop.setting.item_ids[:1])
    async with tenant.work(as_=_eyes(tenant, party)) as work:
        placed = await place_order(work, channel_id=shop.channel_id, lines=[_line(shop, 0)])
    with pytest.raises(NotFound):
        async with tenant.work(as_=_eyes(tenant, party)) as work:
            await place_order(work, channel_id=shop.channel_id, lines=[_line(shop, 1)])
    with pytest.raises(NotFound):
        async with tenant.work(as_=_eyes(tenant, party)) as work:
            await amend_order(work, order_id=placed.order_id, added=[_line(shop, 1)])
    assert len(await shop.lines(placed.order_id)) == 1
    # The house gives it anything.
    async with tenant.work() as work:
        await amend_order(work, order_id=placed.order_id, added=[_line(shop, 1)])
    assert len(await shop.lines(placed.order_id)) == 2


async def test_through_a_channel_goes_what_it_is_offered(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    await _offer(tenant, channel_id=shop.channel_id, add=shop.setting.item_ids[:1])
    await shop.place(shop.line(1, item=0))
    with pytest.raises(ItemNotSellable, match="not offered") as refused:
        await shop.place(shop.line(1, item=1))
    assert refused.value.fields["status"] == "not_offered"
    async with tenant.read() as reader:
        offered = await offered_to(reader, channel_id=shop.channel_id, party_id=None)
        assert await item_count(reader, where=ItemFilter(offered=offered)) == 1
    with pytest.raises(ItemUnknown):
        await shop.place(OrderedLine(code="no such code", quantity=Decimal(1)))
    await _offer(tenant, channel_id=shop.channel_id, limited=False)
    await shop.place(shop.line(1, item=1))


async def test_an_assortment_is_of_one_and_names_what_there_is(tenant: TenantUnderTest) -> None:
    party, item = await new_party(tenant), await new_item(tenant)
    with pytest.raises(InvalidInput):
        await _offer(tenant)
    with pytest.raises(InvalidInput):
        await _offer(tenant, party_id=party, limited=False, add=[item])
    with pytest.raises(NotFound):
        await _offer(tenant, party_id=party, add=[item, item + 1000])
    async with tenant.read() as reader:
        made = select(func.count()).where(Assortment.tenant_id == tenant.id)
        assert await reader.value(made) == 0


async def test_a_cart_holds_only_what_could_be_ordered(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    party = await new_party(tenant)
    for item in range(2):
        await shop.stock(5, item=item)
    # It has ordered the second item before, and so still sees it.
    await shop.place(shop.line(1, item=1), party_id=party)
    await _offer(tenant, party_id=party, add=shop.setting.item_ids[:1])

    async def hold(item: int, as_: Principal | None) -> int:
        line = HoldLine(item_id=shop.setting.item_ids[item], quantity=Decimal(1))
        async with tenant.work(as_=as_) as work:
            return await hold_stock(
                work, channel_id=shop.channel_id, lines=[line], holder="1", party_id=party
            )

    await hold(0, _eyes(tenant, party))
    with pytest.raises(ItemNotSellable) as refused:
        await hold(1, _eyes(tenant, party))
    assert refused.value.path == ("lines", 0)
    assert refused.value.fields["status"] == "not_offered"
    # The house keeps anything for it, unless the channel itself is offered less.
    await hold(1, None)
    assert await shop.available(item=1) == 3
    await _offer(tenant, channel_id=shop.channel_id, add=shop.setting.item_ids[:1])
    with pytest.raises(ItemNotSellable):
        await hold(1, None)
    assert (await shop.available(item=0), await shop.available(item=1)) == (4, 3)


async def test_a_cart_holds_nothing_that_is_no_longer_sold(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    async with tenant.work() as work:
        await update_item(work, item_id=shop.setting.item_ids[0], status="discontinued")
    with pytest.raises(ItemNotSellable) as refused:
        async with tenant.work() as work:
            line = HoldLine(item_id=shop.setting.item_ids[0], quantity=Decimal(1))
            await hold_stock(work, channel_id=shop.channel_id, lines=[line], holder="1")
    assert refused.value.fields["status"] == "discontinued"
    assert await shop.available() == 5
