"""A correction by hand above tolerance is not made on any path without somebody's yes."""

from decimal import Decimal

import pytest

from domain.inventory.lines import AdjustmentLine
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.requesting_adjustments import request_stock_adjustment
from domain.inventory.outcomes import AboveTolerance, StockShort
from domain.kernel.errors import InvalidInput, InvalidState
from tests.factories.counting import allow, on_hand, say_no, say_yes, waiting
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest


def _lines(shop: Shop, delta: int) -> list[AdjustmentLine]:
    return [AdjustmentLine(item_id=shop.setting.item_ids[0], delta=Decimal(delta))]


async def _adjust(shop: Shop, delta: int) -> None:
    place = shop.setting.location_ids[0]
    async with shop.tenant.work() as work:
        await adjust_stock(work, location_id=place, lines=_lines(shop, delta), reason="lost")


async def _ask(shop: Shop, delta: int) -> int:
    place = shop.setting.location_ids[0]
    async with shop.tenant.work() as work:
        return await request_stock_adjustment(
            work, location_id=place, lines=_lines(shop, delta), reason="lost"
        )


async def test_without_a_tolerance_who_may_adjust_may(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(100)
    await _adjust(shop, -60)
    assert await on_hand(shop) == [(40, 0)]


async def test_above_tolerance_it_is_refused_asked_for_and_made_once_approved(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(100, value_minor=10_000)
    await allow(tenant, value_minor=500)
    await _adjust(shop, -5)
    with pytest.raises(AboveTolerance) as told:
        await _adjust(shop, -6)
    assert told.value.fields == {"item_ids": shop.setting.item_ids}
    request_id = await _ask(shop, -6)
    (request,) = await waiting(tenant)
    assert (request.id, request.details["value_minor"]) == (request_id, -600)
    assert await on_hand(shop) == [(95, 0)]
    await say_yes(tenant, request_id)
    assert await on_hand(shop) == [(89, 0)]
    assert await violations(tenant) == {}
    with pytest.raises(InvalidState):
        await say_yes(tenant, request_id, who=78)


async def test_what_is_rejected_or_cannot_be_any_more_changes_nothing(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    await allow(tenant, quantity=Decimal(1))
    rejected, late = await _ask(shop, -8), await _ask(shop, -8)
    await say_no(tenant, rejected)
    await shop.place(shop.line(5))
    with pytest.raises(StockShort):
        await say_yes(tenant, late)
    assert await on_hand(shop) == [(10, 5)]
    assert [request.id for request in await waiting(tenant)] == [late]
    with pytest.raises(InvalidInput):
        await _ask(shop, 0)
