"""What a customer is told of what is there: quantities, levels, or nothing."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.allocation.promising.queries.availability import channel_availability
from domain.channels.operations import update_channel
from domain.channels.policy import Telling
from domain.kernel.errors import InvalidInput
from tenancy.permissions import OF_PARTY
from tests.factories.masters import new_party
from tests.factories.orders import Shop, new_shop
from tests.factories.promises import coming
from tests.factories.tenants import TenantUnderTest

MONDAY = date(2026, 3, 2)
FRIDAY = MONDAY + timedelta(days=4)
EXACT = [(MONDAY, 4, "low"), (FRIDAY, 34, "in_stock")]


async def _told(shop: Shop, party_id: int | None) -> list[tuple[date, Decimal | None, str]]:
    eyes = None if party_id is None else replace(shop.tenant.user(*OF_PARTY), party_id=party_id)
    [item_id] = shop.setting.item_ids
    async with shop.tenant.read(as_=eyes) as reader:
        found = await channel_availability(
            reader, channel_id=shop.channel_id, item_ids=[item_id], now=shop.tenant.now
        )
    return [(each.on, each.available, each.level) for each in found[item_id]]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ({}, EXACT),
        ({"availability_cap": Decimal(20)}, [(MONDAY, 4, "low"), (FRIDAY, 20, "in_stock")]),
        ({"availability_shown": "levels"}, [(MONDAY, None, "low"), (FRIDAY, None, "in_stock")]),
        (
            {"availability_shown": "levels", "low_below": Decimal(4)},
            [(MONDAY, None, "in_stock")],
        ),
        ({"availability_shown": "hidden"}, []),
    ],
)
async def test_a_customer_is_told_what_the_channel_shows_and_the_house_everything(
    tenant: TenantUnderTest, shown: dict[str, Any], expected: list[Any]
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(4)
    await coming(shop, 30, FRIDAY)
    async with tenant.work() as work:
        await update_channel(work, channel_id=shop.channel_id, **shown)  # type: ignore[misc]
    assert await _told(shop, await new_party(tenant)) == expected
    assert [row[:2] for row in await _told(shop, None)] == [row[:2] for row in EXACT]


@pytest.mark.parametrize(
    ("available", "unlimited", "expected"),
    [
        (-1, False, "out"),
        (0, False, "out"),
        (9, False, "low"),
        (10, False, "in_stock"),
        (0, True, "in_stock"),
    ],
)
def test_a_level_is_a_word_for_a_quantity(available: int, unlimited: bool, expected: str) -> None:
    telling = Telling("levels", None, Decimal(10))
    assert telling.level(Decimal(available), unlimited=unlimited) == expected
    assert telling.quantity(Decimal(available)) is None


@pytest.mark.parametrize("field", [{"availability_cap": Decimal(0)}, {"low_below": Decimal(-1)}])
async def test_bounds_are_sound(tenant: TenantUnderTest, field: dict[str, Any]) -> None:
    shop = await new_shop(tenant)
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await update_channel(work, channel_id=shop.channel_id, **field)
