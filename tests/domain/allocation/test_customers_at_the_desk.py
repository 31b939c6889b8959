"""What is worked out for a customer is worked out of all there is, and tells it nothing more."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select

from domain.allocation.hold_requests import HoldLine
from domain.allocation.operations.hold_order import (
    hold_order,
    hold_order_for_credit,
    unhold_order,
)
from domain.allocation.operations.place_order import place_order
from domain.allocation.operations.soft_holds import hold_stock
from domain.allocation.ordering import OrderedLine
from domain.allocation.outcomes import DuplicateExternalOrder, ItemNotSellable
from domain.allocation.promising.operations import renew_promise
from domain.allocation.promising.queries.baskets import BasketLine, promise
from domain.catalog.models import Item, ItemUnit, KitComponent
from domain.channels.operations import change_assortment
from domain.inventory.models import StockHold
from domain.kernel.errors import NotFound, NotPermitted
from domain.kernel.work import Work
from domain.orders.operations import set_payment_state
from tenancy.permissions import OF_PARTY
from tenancy.principals import Principal
from tests.factories.masters import new_party, new_price_list, price
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.pools import new_pool
from tests.factories.tenants import TenantUnderTest

D = Decimal


@dataclass(frozen=True, slots=True)
class Portal:
    """A shop with prices for everybody, and a customer with a branch beside a stranger."""

    shop: Shop
    customer: int
    branch: int
    stranger: int
    prices: int

    def eyes(self, party_id: int) -> Principal:
        """Somebody of this party, who may do whatever a customer may."""
        return replace(self.shop.tenant.user(*OF_PARTY, id=party_id), party_id=party_id)

    def wants(self, quantity: int, *, item: int = 0) -> OrderedLine:
        """A line at the price of the list."""
        return OrderedLine(item_id=self.shop.setting.item_ids[item], quantity=D(quantity))

    async def hold(self, as_: int, quantity: int, *, item: int = 0, for_: int | None = None) -> int:
        """The id of a cart's hold."""
        line = HoldLine(item_id=self.shop.setting.item_ids[item], quantity=D(quantity))
        async with self.shop.tenant.work(as_=self.eyes(as_)) as work:
            return await hold_stock(
                work, channel_id=self.shop.channel_id, lines=[line], holder="cart", party_id=for_
            )

    async def place(
        self, as_: int, *lines: OrderedLine, holds: Sequence[int] = (), external: str | None = None
    ) -> int:
        """The id of an order that a customer places itself."""
        async with self.shop.tenant.work(as_=self.eyes(as_)) as work:
            placed = await place_order(
                work,
                channel_id=self.shop.channel_id,
                lines=lines,
                hold_ids=holds,
                external_id=external,
            )
        return placed.order_id


@pytest.fixture
async def portal(tenant: TenantUnderTest) -> Portal:
    """Ten of each of two items, the second three times as dear to us as the first."""
    shop = await new_shop(tenant, items=2)
    await shop.stock(10, value_minor=10_00)
    await shop.stock(10, item=1, value_minor=30_00)
    customer = await new_party(tenant)
    branch = await new_party(tenant, parent_id=customer)
    prices = await new_price_list(tenant)
    for item_id in shop.setting.item_ids:
        await price(tenant, prices, item_id, "5.00", unit="EA")
    return Portal(shop, customer, branch, await new_party(tenant), prices)


async def _offered_kit(portal: Portal) -> int:
    """The id of a kit of one of each item, which is all that the customer is offered."""
    tenant = portal.shop.tenant
    async with tenant.work() as work:
        owner = {"tenant_id": work.tenant_id}
        named = {"sku": "SET", "name": "Set", "kind": "kit", "base_unit": "EA"}
        kit = await work.value(
            insert(Item).values(**owner, **named, created_at=work.now).returning(Item.id)
        )
        one = {**owner, "kit_item_id": kit, "quantity": D(1), "created_at": work.now}
        parts = [{**one, "component_item_id": part} for part in portal.shop.setting.item_ids]
        await work.execute(insert(KitComponent), parts)
        await work.execute(insert(ItemUnit).values(**owner, item_id=kit, unit="EA", numerator=D(1)))
        await change_assortment(work, party_id=portal.customer, add=[kit])
    await price(tenant, portal.prices, kit, "40.00", unit="EA")
    return int(kit)


async def test_holds_payments_and_promises_of_its_order_are_the_houses(portal: Portal) -> None:
    tenant = portal.shop.tenant
    order_id = await portal.place(portal.customer, portal.wants(1))
    async with tenant.work() as work:
        assert await hold_order(work, order_id=order_id, reason="looks odd") == "held"
    acts: list[Callable[[Work], Awaitable[object]]] = [
        lambda work: unhold_order(work, order_id=order_id),
        lambda work: hold_order(work, order_id=order_id, reason="mine"),
        lambda work: hold_order_for_credit(work, order_id=order_id, reason="mine"),
        lambda work: set_payment_state(work, order_id=order_id, payment_state="paid"),
        lambda work: renew_promise(work, order_id=order_id),
    ]
    for act in acts:
        with pytest.raises(NotPermitted):
            async with tenant.work(as_=portal.eyes(portal.customer)) as work:
                await act(work)
    order = await portal.shop.order(order_id)
    assert (order.status, order.hold_reason, order.payment_state) == (
        "held",
        "looks odd",
        "unknown",
    )


async def test_a_kit_is_ordered_by_who_is_offered_the_kit_and_not_its_components(
    portal: Portal,
) -> None:
    kit = await _offered_kit(portal)
    order_id = await portal.place(portal.customer, OrderedLine(item_id=kit, quantity=D(2)))
    lines = await portal.shop.lines(order_id)
    assert [(line.item_id, line.allocated) for line in lines] == [
        (item_id, 2) for item_id in portal.shop.setting.item_ids
    ]
    # Shared by what the components cost us, as if the house had placed it.
    assert [line.net_minor for line in lines] == [20_00, 60_00]
    # Now it sees them, as parts of its order; they are not offered to it for that.
    with pytest.raises(ItemNotSellable):
        await portal.place(portal.customer, portal.wants(1))
    assert await violations(portal.shop.tenant) == {}


async def test_a_kit_is_promised_to_who_does_not_see_its_components(portal: Portal) -> None:
    kit = await _offered_kit(portal)
    tenant, line = portal.shop.tenant, BasketLine(item_id=kit, quantity=D(3))
    asked: dict[str, Any] = {
        "channel_id": portal.shop.channel_id,
        "lines": [line],
        "now": tenant.now,
    }
    async with tenant.read() as reader:
        to_house = await promise(reader, **asked)
    async with tenant.read(as_=portal.eyes(portal.customer)) as reader:
        to_customer = await promise(reader, **asked)
        assert await reader.values(select(Item.id).where(Item.tenant_id == tenant.id)) == [kit]
    assert to_customer.chosen.lines[0].short == 0
    assert to_customer == to_house


async def test_nobody_asks_for_a_date_in_the_name_of_a_stranger(portal: Portal) -> None:
    """A stranger's protected stock is told to the stranger and to the house."""
    tenant, line = (
        portal.shop.tenant,
        BasketLine(item_id=portal.wants(1).item_id or 0, quantity=D(8)),
    )
    await new_pool(portal.shop, "STRANGERS", 5, party_id=portal.stranger)
    asked: dict[str, Any] = {
        "channel_id": portal.shop.channel_id,
        "lines": [line],
        "now": tenant.now,
    }

    async def short(as_: int, *, for_: int | None) -> Decimal:
        async with tenant.read(as_=portal.eyes(as_)) as reader:
            found = await promise(reader, **asked, party_id=for_)
        return found.chosen.lines[0].short

    assert await short(portal.stranger, for_=None) == 0
    assert await short(portal.customer, for_=portal.branch) == 3
    for early in (None, True):
        with pytest.raises(NotFound, match="party"):
            async with tenant.read(as_=portal.eyes(portal.customer)) as reader:
                await promise(
                    reader, **asked, party_id=portal.stranger, early_delivery_allowed=early
                )


async def test_a_cart_is_ones_own_or_of_a_party_below(portal: Portal) -> None:
    tenant = portal.shop.tenant
    await portal.hold(portal.customer, 1)
    await portal.hold(portal.customer, 1, for_=portal.branch)
    for neighbour in (portal.stranger, portal.customer):
        with pytest.raises(NotFound, match="party"):
            await portal.hold(portal.branch, 1, for_=neighbour)
    async with tenant.read() as reader:
        whose = select(StockHold.party_id).where(StockHold.tenant_id == tenant.id)
        assert await reader.values(whose.order_by(StockHold.id)) == [portal.customer, portal.branch]
    assert await portal.shop.available() == 8


async def test_a_cart_that_is_ordered_opens_no_strangers_order(portal: Portal) -> None:
    """The same external id, once a stranger's and once one's own: the first is out of sight."""
    await portal.place(portal.stranger, portal.wants(1), external="PO-1")
    mine = await portal.place(portal.customer, portal.wants(1), external="PO-2")
    hold = await portal.hold(portal.customer, 2)
    with pytest.raises(NotFound, match="order"):
        await portal.place(portal.customer, portal.wants(2), holds=[hold], external="PO-1")
    with pytest.raises(DuplicateExternalOrder) as refused:
        await portal.place(portal.customer, portal.wants(2), holds=[hold], external="PO-2")
    assert refused.value.fields["order_id"] == mine
    assert await portal.shop.available() == 6
    with pytest.raises(NotFound, match="stock hold"):
        await portal.place(portal.stranger, portal.wants(2), holds=[hold])
    await portal.place(portal.customer, portal.wants(2), holds=[hold], external="PO-3")
    assert await portal.shop.available() == 6
    assert await violations(portal.shop.tenant) == {}


async def test_customers_who_order_across_each_others_carts_do_not_wait_in_a_circle(
    portal: Portal,
) -> None:
    buyers = [portal.customer, portal.stranger] * 2
    holds = [await portal.hold(buyer, 1, item=n % 2) for n, buyer in enumerate(buyers)]
    await asyncio.gather(
        *(
            portal.place(buyer, portal.wants(1, item=1 - n % 2), holds=[hold])
            for n, (buyer, hold) in enumerate(zip(buyers, holds, strict=True))
        )
    )
    assert [await portal.shop.available(item=item) for item in (0, 1)] == [8, 8]
    assert await violations(portal.shop.tenant) == {}
