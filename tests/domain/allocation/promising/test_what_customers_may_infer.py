"""Where a channel shows customers no quantities, no refusal and no date tells them either."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.allocation.hold_requests import HoldLine
from domain.allocation.operations.place_order import place_order
from domain.allocation.operations.soft_holds import hold_stock
from domain.allocation.ordering import OrderedLine
from domain.allocation.promising.queries.baskets import BasketLine, BasketPromise, promise
from domain.channels.operations import update_channel
from domain.inventory.outcomes import StockLacking, StockShort
from tenancy.permissions import OF_PARTY
from tenancy.principals import Principal
from tests.factories.masters import new_party, new_price_list, price
from tests.factories.orders import Shop, new_shop
from tests.factories.promises import coming
from tests.factories.tenants import TenantUnderTest

D = Decimal
MONDAY = date(2026, 3, 2)
FRIDAY = MONDAY + timedelta(days=4)
LEVELS: dict[str, Any] = {"availability_shown": "levels", "low_below": D(10)}
HIDDEN: dict[str, Any] = {"availability_shown": "hidden"}
CAPPED: dict[str, Any] = {"availability_cap": D(3)}


async def _shop(tenant: TenantUnderTest, shown: dict[str, Any]) -> tuple[Shop, Principal]:
    """A shop with 4 of an item, and 30 more on Friday; and a customer of it."""
    shop = await new_shop(tenant)
    await shop.stock(4)
    await coming(shop, 30, FRIDAY)
    prices = await new_price_list(tenant)
    await price(tenant, prices, shop.setting.item_ids[0], "1.00", unit="EA")
    async with tenant.work() as work:
        await update_channel(work, channel_id=shop.channel_id, **shown)
    return shop, replace(tenant.user(*OF_PARTY), party_id=await new_party(tenant))


async def _short_hold(shop: Shop, eyes: Principal | None) -> dict[str, Any]:
    line = HoldLine(item_id=shop.setting.item_ids[0], quantity=D(9))
    with pytest.raises((StockShort, StockLacking)) as refused:
        async with shop.tenant.work(as_=eyes) as work:
            await hold_stock(work, channel_id=shop.channel_id, lines=[line], holder="cart")
    return refused.value.fields


async def _short_order(shop: Shop, eyes: Principal | None) -> dict[str, Any]:
    line = OrderedLine(item_id=shop.setting.item_ids[0], quantity=D(9))
    with pytest.raises((StockShort, StockLacking)) as refused:
        async with shop.tenant.work(as_=eyes) as work:
            await place_order(work, channel_id=shop.channel_id, lines=[line], all_or_nothing=True)
    return refused.value.fields


@pytest.mark.parametrize(
    ("shown", "available", "level"),
    [({}, D(4), None), (CAPPED, D(3), None), (LEVELS, None, "low"), (HIDDEN, None, None)],
)
async def test_a_shortage_tells_a_customer_what_the_channel_shows(
    tenant: TenantUnderTest, shown: dict[str, Any], available: Decimal | None, level: str | None
) -> None:
    shop, eyes = await _shop(tenant, shown)
    for fields in (await _short_hold(shop, eyes), await _short_order(shop, eyes)):
        told = fields["requested"], fields.get("available"), fields.get("level")
        assert told == (9, available, level)
    for fields in (await _short_hold(shop, None), await _short_order(shop, None)):
        assert fields["available"] == 4
        assert "level" not in fields
    assert await shop.available() == 4


async def _promised(shop: Shop, eyes: Principal | None, quantity: int) -> BasketPromise:
    async with shop.tenant.read(as_=eyes) as reader:
        return await promise(
            reader,
            channel_id=shop.channel_id,
            lines=[BasketLine(item_id=shop.setting.item_ids[0], quantity=D(quantity))],
            now=shop.tenant.now,
        )


def _told(found: BasketPromise) -> tuple[list[tuple[int, date]], int]:
    """(quantity, ships on) of each part, and what is short, of the way that was asked for."""
    [line] = found.chosen.lines
    return [(int(part.quantity), part.ships_on) for part in line.parts], int(line.short)


TOO_MANY = 100


@pytest.mark.parametrize(
    ("shown", "quantity", "expected"),
    [
        ({}, 9, ([(4, MONDAY), (5, FRIDAY)], 0)),
        ({}, TOO_MANY, ([(4, MONDAY), (30, FRIDAY)], 66)),
        (LEVELS, 4, ([(4, MONDAY)], 0)),
        (LEVELS, 9, ([(9, FRIDAY)], 0)),
        (LEVELS, TOO_MANY, ([], TOO_MANY)),
        (HIDDEN, 9, ([(9, FRIDAY)], 0)),
        (HIDDEN, TOO_MANY, ([], TOO_MANY)),
        (CAPPED, 3, ([(3, MONDAY)], 0)),
        (CAPPED, 9, ([(9, FRIDAY)], 0)),
        (CAPPED, TOO_MANY, ([], TOO_MANY - 3)),
    ],
)
async def test_a_promise_tells_a_customer_dates_and_no_more_quantities_than_the_channel_shows(
    tenant: TenantUnderTest,
    shown: dict[str, Any],
    quantity: int,
    expected: tuple[list[tuple[int, date]], int],
) -> None:
    shop, eyes = await _shop(tenant, shown)
    found = await _promised(shop, eyes, quantity)
    assert _told(found) == expected
    for option in found.options:
        shorts = {int(line.short) for line in option.lines}
        assert shorts == {expected[1]}
    # The house is told everything.
    whole = await _promised(shop, None, quantity)
    assert _told(whole)[0][0] == (min(quantity, 4), MONDAY)
