"""Orders are found by number, text, state and date, page by page."""

from datetime import timedelta

import pytest

from domain.kernel.errors import NotPermitted
from domain.kernel.paging import PageRequest
from domain.orders.queries import (
    ORDERINGS,
    OrderFilter,
    backorders,
    lines_of_orders,
    order,
    orders,
    orders_by_ids,
)
from tests.factories.orders import Shop, new_shop
from tests.factories.tenants import TenantUnderTest


async def _found(shop: Shop, **wanted: object) -> list[str]:
    async with shop.tenant.read() as reader:
        listing = await orders(
            reader,
            where=OrderFilter(**wanted),  # type: ignore[arg-type]
            ordering=ORDERINGS["placed"],
            request=PageRequest(),
        )
        assert await listing.count() == len(listing.page.rows)
    return [row.number for row in listing.page.rows]


async def test_orders_are_found_by_what_is_known_of_them(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(1)
    await shop.place(shop.line(1), external_number="PO-77", external_id="x1")
    later = tenant.now + timedelta(days=3)
    await shop.place(shop.line(1), external_number="ZZ-1", ordered_at=later)
    assert await _found(shop) == ["SO-1", "SO-2"]
    assert await _found(shop, statuses=["backordered"]) == ["SO-2"]
    assert await _found(shop, text="PO") == ["SO-1"]
    assert await _found(shop, text="SO-2") == ["SO-2"]
    assert await _found(shop, text="%") == []
    assert await _found(shop, ordered_from=later) == ["SO-2"]
    assert await _found(shop, ordered_until=tenant.now) == ["SO-1"]
    assert await _found(shop, channel_ids=[]) == []
    assert await _found(shop, external_id="x1", channel_ids=[shop.channel_id]) == ["SO-1"]


async def test_one_order_is_found_by_each_of_its_names(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    placed = await shop.place(shop.line(2), external_id="x1")
    async with tenant.read() as reader:
        by_id = await order(reader, order_id=placed.order_id)
        by_number = await order(reader, number="SO-1")
        by_external = await order(reader, channel_id=shop.channel_id, external_id="x1")
        assert by_id == by_number == by_external is not None
        assert await order(reader, number="SO-9") is None
        assert await order(reader) is None
        lines = await lines_of_orders(reader, order_ids=[placed.order_id, 10**12])
        assert [line.id for line in lines[placed.order_id]] == list(placed.line_ids)
        assert set(await orders_by_ids(reader, order_ids=[placed.order_id])) == {placed.order_id}
        queue = await backorders(reader, request=PageRequest(), item_ids=shop.setting.item_ids)
        assert [row.id for row in queue.page.rows] == list(placed.line_ids)


async def test_reading_orders_needs_the_right_to_it(tenant: TenantUnderTest) -> None:
    with pytest.raises(NotPermitted):
        async with tenant.read(as_=tenant.user("orders.place")) as reader:
            await order(reader, number="SO-1")
