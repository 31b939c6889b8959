"""Kits that are not kept assembled: ordered as one, given and cancelled whole."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, update

from domain.allocation.operations.allocate import reallocate_backorders
from domain.allocation.operations.amend_order import KitAmendment, LineAmendment, amend_order
from domain.allocation.operations.cancel_order import (
    KitCancellation,
    LineCancellation,
    cancel_order,
)
from domain.allocation.operations.overrides import request_allocation_override
from domain.allocation.ordering import OrderedLine
from domain.allocation.outcomes import (
    CancellationTooMuch,
    ComponentOfKit,
    KitsNotWhole,
    KitWithoutComponents,
)
from domain.allocation.queries.previewing import (
    Basket,
    BasketLine,
    Preview,
    preview_allocation,
)
from domain.catalog.models import Item, KitComponent
from domain.inventory.outcomes import StockShort
from domain.kernel.errors import InvalidInput
from domain.orders.queries import kits_of_orders
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.stock import new_item
from tests.factories.tenants import TenantUnderTest


async def _kit(shop: Shop, *components: tuple[int, int]) -> int:
    """The id of a virtual kit of (item position, quantity)."""
    async with shop.tenant.work() as work:
        kit = await new_item(work)
        await work.execute(
            update(Item).where(Item.tenant_id == work.tenant_id, Item.id == kit).values(kind="kit")
        )
        for item, quantity in components:
            await work.execute(
                insert(KitComponent).values(
                    tenant_id=work.tenant_id,
                    kit_item_id=kit,
                    component_item_id=shop.setting.item_ids[item],
                    quantity=Decimal(quantity),
                )
            )
    return kit


def _line(kit: int, quantity: str, *, price: str = "10.00", unit: str = "EA") -> OrderedLine:
    return OrderedLine(
        item_id=kit,
        quantity=Decimal(quantity),
        unit=unit,
        unit_price=Decimal(price),
        external_line="7",
        description="A gift box",
    )


async def _kits(shop: Shop, order_id: int) -> Sequence[Any]:
    async with shop.tenant.read() as reader:
        return await kits_of_orders(reader, order_ids=[order_id])


async def _progress(shop: Shop, order_id: int) -> list[tuple[int, ...]]:
    """(quantity, allocated, shipped, cancelled, backordered) of each kit."""
    names = ("quantity", "allocated", "shipped", "cancelled", "backordered")
    return [tuple(int(getattr(k, name)) for name in names) for k in await _kits(shop, order_id)]


async def _money(shop: Shop, order_id: int) -> list[int]:
    return [line.net_minor for line in await shop.lines(order_id)]


async def test_a_kit_becomes_lines_of_its_components_and_stays_what_was_ordered(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, items=3)
    kit = await _kit(shop, (0, 2), (1, 1))
    await shop.stock(9, item=0, value_minor=900)
    await shop.stock(9, item=1, value_minor=2700)
    placed = await shop.place(shop.line(1, item=2), _line(kit, "3", price="9.99"))
    lines = await shop.lines(placed.order_id)
    assert [(line.item_id, int(line.quantity), line.unit) for line in lines] == [
        (shop.setting.item_ids[2], 1, "EA"),
        (shop.setting.item_ids[0], 6, "EA"),
        (shop.setting.item_ids[1], 3, "EA"),
    ]
    # A component that costs 2 × 1.00 and one that costs 3.00 share 29.97 as 2 to 3.
    assert await _money(shop, placed.order_id) == [1000, 1199, 1798]
    assert await shop.figures(placed.order_id) == [(0, 0, 0, 1), (6, 0, 0, 0), (3, 0, 0, 0)]
    [found] = await _kits(shop, placed.order_id)
    assert {line.kit_id for line in lines} == {None, found.id}
    assert (found.item_id, found.line_number, found.external_line) == (kit, 2, "7")
    assert (found.quantity_ordered, found.unit, found.unit_price) == (3, "EA", Decimal("9.99"))
    assert (found.net_minor, found.description, found.currency) == (2997, "A gift box", "EUR")
    assert await _progress(shop, placed.order_id) == [(3, 3, 0, 0, 0)]
    assert await violations(tenant) == {}


async def test_a_case_of_kits_is_ten_kits(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    kit = await _kit(shop, (0, 2))
    placed = await shop.place(_line(kit, "2", unit="CASE", price="50.00"))
    [line] = await shop.lines(placed.order_id)
    assert (line.quantity, line.net_minor) == (40, 10000)
    [found] = await _kits(shop, placed.order_id)
    assert (found.quantity_ordered, found.unit, found.quantity) == (2, "CASE", 20)


async def test_only_whole_kits_are_given_each_from_one_location(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2, items=2)
    kit = await _kit(shop, (0, 2), (1, 1))
    await shop.stock(5, item=0, location=0)
    await shop.stock(1, item=1, location=0)
    await shop.stock(9, item=1, location=1)
    placed = await shop.place(_line(kit, "3"))
    assert placed.status == "partially_allocated"
    assert await _progress(shop, placed.order_id) == [(3, 1, 0, 0, 2)]
    assert await shop.figures(placed.order_id) == [(2, 0, 0, 4), (1, 0, 0, 2)]
    await shop.stock(3, item=0, location=1)
    async with tenant.work() as work:
        await reallocate_backorders(work, item_ids=[shop.setting.item_ids[0]])
    assert await _progress(shop, placed.order_id) == [(3, 2, 0, 0, 1)]
    assert await shop.figures(placed.order_id) == [(4, 0, 0, 2), (2, 0, 0, 1)]
    assert await violations(tenant) == {}


async def test_a_kit_shares_components_with_other_lines_and_nothing_is_promised_twice(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, items=2)
    box, pair = await _kit(shop, (0, 1), (1, 1)), await _kit(shop, (0, 2))
    await shop.stock(6, item=0)
    await shop.stock(9, item=1)
    placed = await shop.place(shop.line(2, item=0), _line(box, "2"), _line(pair, "2"))
    assert await _progress(shop, placed.order_id) == [(2, 2, 0, 0, 0), (2, 1, 0, 0, 1)]
    assert await shop.figures(placed.order_id) == [
        (2, 0, 0, 0),
        (2, 0, 0, 0),
        (2, 0, 0, 0),
        (2, 0, 0, 2),
    ]
    assert await shop.available(item=0) == 0
    assert await violations(tenant) == {}


async def test_who_wants_all_or_nothing_is_told_of_the_kit(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=3)
    kit = await _kit(shop, (0, 2), (1, 1))
    await shop.stock(5, item=0)
    await shop.stock(5, item=1)
    await shop.stock(5, item=2)
    lines = [_line(kit, "1"), shop.line(1, item=2), _line(kit, "3")]
    with pytest.raises(StockShort) as refused:
        await shop.place(*lines, all_or_nothing=True)
    assert refused.value.path == ("lines", 2, "quantity")
    fields = refused.value.fields
    assert (fields["item_id"], fields["requested"], fields["available"]) == (kit, 3, 1)
    assert await shop.available(item=0) == 5


async def test_kits_are_cancelled_whole_and_not_one_part_of_them(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    kit = await _kit(shop, (0, 2), (1, 1))
    await shop.stock(4, item=0)
    await shop.stock(4, item=1)
    placed = await shop.place(_line(kit, "3"))
    lines = await shop.lines(placed.order_id)
    [found] = await _kits(shop, placed.order_id)
    with pytest.raises(ComponentOfKit) as refused:
        async with tenant.work() as work:
            part = [LineCancellation(lines[0].id, Decimal(2))]
            await cancel_order(work, order_id=placed.order_id, lines=part)
    assert refused.value.fields == {"line_number": 1, "kit_id": found.id}
    for quantity, error in ((Decimal("0.5"), KitsNotWhole), (Decimal(4), CancellationTooMuch)):
        with pytest.raises(error):
            async with tenant.work() as work:
                wanted = [KitCancellation(found.id, quantity)]
                await cancel_order(work, order_id=placed.order_id, kits=wanted)
    async with tenant.work() as work:
        wanted = [KitCancellation(found.id, Decimal(2))]
        await cancel_order(work, order_id=placed.order_id, kits=wanted)
    assert await _progress(shop, placed.order_id) == [(3, 1, 0, 2, 0)]
    assert await shop.available(item=0) == 2
    async with tenant.work() as work:
        await cancel_order(work, order_id=placed.order_id, kits=[KitCancellation(found.id)])
    assert (await shop.order(placed.order_id)).status == "cancelled"
    assert await shop.available(item=0) == 4
    assert await violations(tenant) == {}


async def test_kits_are_amended_whole_and_cost_exactly_what_they_should(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, items=3)
    kit = await _kit(shop, (0, 1), (1, 1), (2, 1))
    for item in range(3):
        await shop.stock(4, item=item)
    placed = await shop.place(_line(kit, "2", price="10.00"))
    assert sorted(await _money(shop, placed.order_id)) == [666, 667, 667]
    [found] = await _kits(shop, placed.order_id)
    [first, *_] = await shop.lines(placed.order_id)

    async def amend(quantity: int) -> None:
        async with tenant.work() as work:
            wanted = [KitAmendment(found.id, Decimal(quantity))]
            await amend_order(work, order_id=placed.order_id, kits=wanted)

    await amend(1)
    assert sum(await _money(shop, placed.order_id)) == 1000
    assert await _progress(shop, placed.order_id) == [(1, 1, 0, 0, 0)]
    await amend(5)
    assert sum(await _money(shop, placed.order_id)) == 5000
    assert await _progress(shop, placed.order_id) == [(5, 4, 0, 0, 1)]
    assert await shop.available(item=2) == 0
    with pytest.raises(ComponentOfKit):
        async with tenant.work() as work:
            part = [LineAmendment(first.id, Decimal(1))]
            await amend_order(work, order_id=placed.order_id, lines=part)
    async with tenant.work() as work:
        await amend_order(work, order_id=placed.order_id, added=[_line(kit, "1")])
    assert await _progress(shop, placed.order_id) == [(5, 4, 0, 0, 1), (1, 0, 0, 0, 1)]
    await amend(0)
    assert await _progress(shop, placed.order_id) == [(5, 0, 0, 5, 0), (1, 1, 0, 0, 0)]
    assert sum(await _money(shop, placed.order_id)) == 1000
    assert await violations(tenant) == {}


async def test_an_order_of_no_whole_kit_or_of_nothing_is_refused(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    kit, nothing = await _kit(shop, (0, 2)), await _kit(shop)
    with pytest.raises(KitsNotWhole):
        await shop.place(_line(kit, "1.5"))
    with pytest.raises(KitWithoutComponents) as refused:
        await shop.place(shop.line(1), _line(nothing, "1"))
    assert refused.value.path == ("lines", 1)


async def test_no_override_takes_a_part_out_of_another_orders_kit(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(4)
    await shop.stock(2, item=1)
    kit = await _kit(shop, (0, 2), (1, 1))
    whole = await shop.place(_line(kit, "2"))
    waits = await shop.place(shop.line(1))
    with pytest.raises(ComponentOfKit):
        async with tenant.work() as work:
            await request_allocation_override(
                work,
                order_line_id=waits.line_ids[0],
                from_order_line_id=whole.line_ids[0],
                quantity=Decimal(1),
                reason="gold",
            )
    assert await shop.figures(whole.order_id) == [(4, 0, 0, 0), (2, 0, 0, 0)]
    assert await violations(tenant) == {}


async def test_a_preview_of_a_kit_sees_the_stock_of_its_components(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, items=2, locations=2)
    kit = await _kit(shop, (0, 2), (1, 1))
    await shop.stock(5)
    await shop.stock(9, item=1)
    await shop.stock(2, item=0, location=1)

    async def preview(quantity: str) -> Preview:
        line = BasketLine(item_id=kit, quantity=Decimal(quantity))
        basket = Basket(channel_id=shop.channel_id, lines=(line,))
        async with tenant.read() as reader:
            return await preview_allocation(reader, basket=basket, at=tenant.now)

    found = await preview("3")
    assert found.item_ids == tuple(shop.setting.item_ids)
    assert [int(line.given) for line in found.decision.lines] == [4, 2]
    assert found.places == (shop.setting.location_ids[0],)
    placed = await shop.place(_line(kit, "3"))
    assert [line[0] for line in await shop.figures(placed.order_id)] == [4, 2]
    with pytest.raises(InvalidInput) as refused:
        await preview("1.5")
    assert refused.value.path == ("lines", 0, "quantity")
