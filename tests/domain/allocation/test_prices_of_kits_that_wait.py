"""A kit at a price of its own waits as the kit that was ordered, and goes back as whole kits."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from domain.allocation.operations.amend_order import KitAmendment, amend_order
from domain.allocation.ordering import OrderedLine
from domain.approvals.models import ApprovalRequest
from domain.approvals.operations import approve, reject
from domain.catalog.models import Item, KitComponent
from domain.orders.queries import kits_of_orders
from domain.pricing.operations.limits import set_price_override_limit
from domain.pricing.operations.price_lists import create_price_list
from domain.pricing.operations.prices import set_prices
from domain.pricing.price_writing import WantedPrice
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.stock import new_item
from tests.factories.tenants import TenantUnderTest

BOSS = ("approvals.read", "approvals.decide", "pricing.approve")


@pytest.fixture
async def shop(tenant: TenantUnderTest) -> Shop:
    """A shop with fifty pieces of a component."""
    made = await new_shop(tenant)
    await made.stock(50)
    return made


@pytest.fixture
async def kit(tenant: TenantUnderTest, shop: Shop) -> int:
    """A kit of two pieces, for 20.00 on the list; 10 % off is allowed."""
    async with tenant.work() as work:
        kit_id = await new_item(work)
        await work.execute(
            update(Item).where(Item.tenant_id == tenant.id, Item.id == kit_id).values(kind="kit")
        )
        await work.execute(
            insert(KitComponent).values(
                tenant_id=tenant.id,
                kit_item_id=kit_id,
                component_item_id=shop.setting.item_ids[0],
                quantity=Decimal(2),
            )
        )
        prices = await create_price_list(work, code="L", name="L", currency="EUR")
        wanted = [WantedPrice(item_id=kit_id, unit="EA", unit_price=Decimal(20))]
        await set_prices(work, price_list_id=prices, prices=wanted)
        await set_price_override_limit(work, percent=Decimal(10))
    return kit_id


async def _decide(tenant: TenantUnderTest, decide: Any) -> dict[str, Any]:
    async with tenant.read() as reader:
        row = await reader.row(
            select(ApprovalRequest.id, ApprovalRequest.facts)
            .where(ApprovalRequest.tenant_id == tenant.id)
            .order_by(ApprovalRequest.id.desc())
        )
    assert row is not None
    async with tenant.work(as_=tenant.user(*BOSS, id=77)) as work:
        await decide(work, request_id=row.id)
    return dict(row.facts)


async def _place(shop: Shop, kit: int, quantity: int, price: str) -> Any:
    line = OrderedLine(
        item_id=kit, quantity=Decimal(quantity), unit="EA", unit_price=Decimal(price)
    )
    return await shop.place(line)


async def test_a_kit_is_compared_with_its_own_list_price_and_cancelled_whole(
    tenant: TenantUnderTest, shop: Shop, kit: int
) -> None:
    assert (await _place(shop, kit, 1, "18.00")).status == "allocated"
    placed = await _place(shop, kit, 3, "15.00")
    assert placed.status == "held"
    facts = await _decide(tenant, reject)
    assert (Decimal(facts["percent"]), facts["amount_minor"]) == (Decimal(25), -1500)
    assert (await shop.order(placed.order_id)).status == "cancelled"
    assert await shop.available() == 48
    assert await violations(tenant) == {}


async def test_more_kits_at_an_approved_price_wait_again_and_go_back_to_the_approved_ones(
    tenant: TenantUnderTest, shop: Shop, kit: int
) -> None:
    placed = await _place(shop, kit, 3, "15.00")
    await _decide(tenant, approve)
    async with tenant.read() as reader:
        [ordered] = await kits_of_orders(reader, order_ids=[placed.order_id])
    async with tenant.work() as work:
        more = [KitAmendment(ordered.id, Decimal(5))]
        assert await amend_order(work, order_id=placed.order_id, kits=more) == "held"
    assert await shop.available() == 40
    facts = await _decide(tenant, reject)
    assert facts["amount_minor"] == -1000
    order = await shop.order(placed.order_id)
    assert (order.status, order.total_minor) == ("allocated", 4500)
    assert await shop.available() == 44
    assert await violations(tenant) == {}
