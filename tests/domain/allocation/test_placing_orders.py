"""Placing orders: what is served, what waits, and that nothing is sold twice."""

import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from domain.allocation.operations.amend_order import LineAmendment, amend_order
from domain.allocation.operations.place_order import place_order
from domain.allocation.ordering import OrderedLine
from domain.allocation.outcomes import (
    DuplicateExternalOrder,
    ItemUnknown,
    PriceMissing,
    UnitUnknown,
)
from domain.allocation.placing import PlacedOrder
from domain.allocation.queries.decisions import explain_allocations
from domain.inventory.outcomes import StockShort
from domain.kernel.errors import InvalidInput, NotFound, NotPermitted
from domain.kernel.models import AuditEntry, EventRecord
from domain.orders.models import SalesOrder
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest


async def _count(shop: Shop) -> int:
    async with shop.tenant.read() as reader:
        wanted = select(func.count()).where(SalesOrder.tenant_id == shop.tenant.id)
        return int(await reader.value(wanted))


async def test_an_order_reserves_its_stock_and_tells_of_it(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(20)
    placed = await shop.place(
        shop.line(2, unit="CASE", price="99.95"), ship_to={"city": "Bonn", "country": "DE"}
    )
    assert (placed.number, placed.status, placed.is_new) == ("SO-1", "allocated", True)
    line = (await shop.lines(placed.order_id))[0]
    assert (line.quantity_ordered, line.unit, line.quantity) == (2, "CASE", 20)
    assert (line.allocated, line.backordered, line.net_minor) == (20, 0, 19990)
    order = await shop.order(placed.order_id)
    assert (order.subtotal_minor, order.total_minor, order.currency) == (19990, 19990, "EUR")
    assert order.ship_to == {"city": "Bonn", "country": "DE"}
    assert await shop.available() == 0
    async with tenant.read() as reader:
        events = await reader.rows(
            select(EventRecord.type, EventRecord.aggregate, EventRecord.aggregate_id).where(
                EventRecord.tenant_id == tenant.id, EventRecord.aggregate == "order"
            )
        )
        audit = await reader.values(
            select(AuditEntry.action).where(
                AuditEntry.tenant_id == tenant.id, AuditEntry.subject == "order"
            )
        )
    assert [tuple(row) for row in events] == [("order.placed", "order", placed.order_id)]
    assert audit == ["place_order"]
    assert await violations(tenant) == {}


async def test_what_is_not_there_is_backordered(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(3)
    placed = await shop.place(shop.line(5))
    assert placed.status == "partially_allocated"
    assert await shop.figures(placed.order_id) == [(3, 0, 0, 2)]
    assert (await shop.place(shop.line(1))).status == "backordered"
    assert await violations(tenant) == {}


async def test_two_lines_of_one_item_share_the_stock(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(7)
    placed = await shop.place(shop.line(5), shop.line(5))
    assert await shop.figures(placed.order_id) == [(5, 0, 0, 0), (2, 0, 0, 3)]
    assert await violations(tenant) == {}


async def test_all_or_nothing_leaves_nothing(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(5)
    await shop.stock(1, item=1)
    with pytest.raises(StockShort) as refused:
        await shop.place(shop.line(5), shop.line(2, item=1), all_or_nothing=True)
    assert refused.value.fields == {
        "item_id": shop.setting.item_ids[1],
        "location_id": None,
        "requested": Decimal(2),
        "available": Decimal(1),
    }
    assert refused.value.path == ("lines", 1, "quantity")
    assert (await _count(shop), await shop.available()) == (0, 5)


async def test_sixty_four_at_once_get_no_more_than_there_is(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(20)
    outcomes = await asyncio.gather(
        *(shop.place(shop.line(1), all_or_nothing=True) for _ in range(64)),
        return_exceptions=True,
    )
    placed = [each for each in outcomes if isinstance(each, PlacedOrder)]
    assert len(placed) == 20
    assert all(isinstance(each, PlacedOrder | StockShort) for each in outcomes)
    assert (await _count(shop), await shop.available()) == (20, 0)
    assert await violations(tenant) == {}


async def test_opposite_line_orders_at_once_do_not_deadlock(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(100)
    await shop.stock(100, item=1)
    one, other = shop.line(1), shop.line(1, item=1)
    await asyncio.gather(
        *(shop.place(*((one, other) if n % 2 else (other, one))) for n in range(32))
    )
    assert (await shop.available(), await shop.available(item=1)) == (68, 68)
    assert await violations(tenant) == {}


async def test_the_same_external_id_at_once_is_one_order(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    outcomes = await asyncio.gather(
        *(shop.place(shop.line(1), external_id="A-1") for _ in range(8)), return_exceptions=True
    )
    placed = [each for each in outcomes if isinstance(each, PlacedOrder)]
    doubles = [each for each in outcomes if isinstance(each, DuplicateExternalOrder)]
    assert (len(placed), len(doubles)) == (1, 7)
    assert {each.fields["order_id"] for each in doubles} == {placed[0].order_id}
    assert (await _count(shop), await shop.available()) == (1, 9)


async def test_every_candidate_location_is_explained(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=3)
    await shop.stock(2, location=0)
    await shop.stock(9, location=2)
    placed = await shop.place(shop.line(5))
    async with tenant.read() as reader:
        explained = (await explain_allocations(reader, order_ids=[placed.order_id]))[
            placed.order_id
        ]
    assert [(e.trigger, e.requested, e.allocated) for e in explained] == [("order_placed", 5, 5)]
    assert [(c.rank, c.available, c.given, c.rule) for c in explained[0].candidates] == [
        (1, 2, 2, "highest_priority"),
        (2, 0, 0, "no_stock"),
        (3, 9, 3, "takes_remainder"),
    ]


async def test_without_split_one_location_serves_the_whole_order(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2, split_allowed=False)
    await shop.stock(3, location=0)
    await shop.stock(5, location=1)
    placed = await shop.place(shop.line(5))
    assert placed.status == "allocated"
    assert (await shop.available(location=0), await shop.available(location=1)) == (3, 0)


async def test_stock_of_another_entity_is_not_given(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    other = await new_shop(tenant)
    await shop.stock(5)
    async with tenant.work() as work:
        placed = await place_order(work, channel_id=other.channel_id, lines=[shop.line(1)])
    assert placed.status == "backordered"
    async with tenant.read() as reader:
        explained = (await explain_allocations(reader, order_ids=[placed.order_id]))[
            placed.order_id
        ]
    assert "owned_by_other_entity" in {c.rule for c in explained[0].candidates}


async def test_wrong_orders_are_refused_and_leave_nothing(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    item_id = shop.setting.item_ids[0]
    refusals = [
        (OrderedLine(item_id=item_id, quantity=Decimal(0)), InvalidInput),
        (OrderedLine(item_id=item_id, quantity=Decimal("NaN")), InvalidInput),
        (OrderedLine(item_id=item_id, quantity=Decimal("0.0000001")), InvalidInput),
        (OrderedLine(quantity=Decimal(1)), InvalidInput),
        (OrderedLine(item_id=10**12, quantity=Decimal(1)), NotFound),
        (OrderedLine(code="nothing", quantity=Decimal(1)), ItemUnknown),
        (OrderedLine(item_id=item_id, quantity=Decimal(1), unit="PALLET"), UnitUnknown),
        (OrderedLine(item_id=item_id, quantity=Decimal(1)), PriceMissing),
    ]
    for line, refusal in refusals:
        with pytest.raises(refusal):
            await shop.place(line)
    with pytest.raises(InvalidInput):
        await shop.place()
    assert (await _count(shop), await shop.available()) == (0, 5)


async def test_a_price_of_ones_own_needs_the_right_to_it(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("orders.place")) as work:
            await place_order(work, channel_id=shop.channel_id, lines=[shop.line(1)])
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("orders.read")) as work:
            await place_order(work, channel_id=shop.channel_id, lines=[shop.line(1)])


async def test_more_than_can_be_kept_is_refused(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    beyond = (
        shop.line(999_999_999_999, unit="CASE", price="0.01"),
        shop.line(999_999_999_999, price="999999999"),
    )
    for line in beyond:
        with pytest.raises(InvalidInput) as refused:
            await shop.place(shop.line(1), line)
        assert refused.value.path == ("lines", 1, "quantity")
    assert await _count(shop) == 0
    placed = await shop.place(shop.line(1, price="999999999999"))
    for quantity in ("999999999999", "1000000"):
        with pytest.raises(InvalidInput):
            async with tenant.work() as work:
                changed = [LineAmendment(placed.line_ids[0], Decimal(quantity))]
                await amend_order(work, order_id=placed.order_id, lines=changed)
    assert await shop.available() == 4
    assert await violations(tenant) == {}
