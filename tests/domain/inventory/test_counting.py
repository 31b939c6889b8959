"""Cycle counts: sales during the count stay, what is above tolerance waits for a yes."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.approvals.operations import approve
from domain.approvals.outcomes import OwnRequest
from domain.inventory.balances import find_balances
from domain.inventory.lines import AdjustmentLine
from domain.inventory.movements import Change, move
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.counting import cancel_stock_count, close_stock_count
from domain.inventory.outcomes import NothingCounted, StockChanged, StockPromised
from domain.inventory.valuation.costs import CostOf, Source, take_cost
from domain.kernel.errors import InvalidState
from tests.factories.counting import (
    APPROVER,
    allow,
    close,
    count_of,
    counted,
    movement_kinds,
    on_hand,
    open_count,
    say_no,
    say_yes,
    verdicts,
    waiting,
)
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest


async def test_differences_within_tolerance_are_booked_at_once(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=3)
    for item in range(2):
        await shop.stock(100, item=item, value_minor=10_000)
    await allow(tenant, quantity=Decimal(2))
    count_id = await open_count(shop, items=[0, 1, 2])
    await counted(shop, count_id, 98, 100, 1)
    assert await close(shop, count_id) == "booked"
    assert await verdicts(shop, count_id) == [
        ("within", -2, True),
        ("even", 0, True),
        ("within", 1, True),
    ]
    assert await on_hand(shop) == [(98, 0), (100, 0), (1, 0)]
    assert (await movement_kinds(shop))[2:] == [("count", -2), ("count", 1)]
    assert await violations(tenant) == {}


@pytest.mark.parametrize(
    "limits", [{"quantity": Decimal(4)}, {"percent": Decimal("4.9")}, {"value_minor": 499}, {}]
)
async def test_a_difference_above_any_limit_waits_and_is_booked_once_approved(
    tenant: TenantUnderTest, limits: dict[str, Decimal]
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(100, value_minor=10_000)
    if limits:
        await allow(tenant, **limits)
    count_id = await open_count(shop)
    await counted(shop, count_id, 95)
    assert await close(shop, count_id) == "waiting"
    (request,) = await waiting(tenant)
    assert (request.subject, request.subject_id) == ("stock_count", count_id)
    assert request.details["value_minor"] == -500
    assert await on_hand(shop) == [(100, 0)]
    with pytest.raises(OwnRequest):
        async with tenant.work() as work:
            await approve(work, request_id=request.id)
    for _ in range(2):  # Neither closed again nor given up: what waits is blocked.
        with pytest.raises(InvalidState):
            await close(shop, count_id)
        with pytest.raises(InvalidState):
            async with tenant.work() as work:
                await cancel_stock_count(work, count_id=count_id, reason="no")
    await shop.place(shop.line(10))
    await say_yes(tenant, request.id)
    assert await on_hand(shop) == [(95, 10)]
    assert (await count_of(shop, count_id)).status == "booked"
    assert await violations(tenant) == {}


async def test_what_is_rejected_is_never_booked(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(100)
    count_id = await open_count(shop)
    await counted(shop, count_id, 50)
    await close(shop, count_id)
    (request,) = await waiting(tenant)
    await say_no(tenant, request.id)
    assert (await count_of(shop, count_id)).status == "rejected"
    with pytest.raises(InvalidState):
        await say_yes(tenant, request.id)
    assert await on_hand(shop) == [(100, 0)]


async def test_sales_and_receipts_during_the_count_are_not_erased(tenant: TenantUnderTest) -> None:
    """Counted 98 of 100, then 30 are sold and leave, and 7 come: 75 are there, not 98."""
    shop = await new_shop(tenant)
    await shop.stock(100)
    await allow(tenant, quantity=Decimal(5))
    count_id = await open_count(shop)
    await counted(shop, count_id, 98)
    await _leave(shop, 30)
    await shop.stock(7)
    assert await close(shop, count_id) == "booked"
    assert await verdicts(shop, count_id) == [("within", -2, True)]
    assert await on_hand(shop) == [(75, 0)]
    assert await violations(tenant) == {}


async def test_a_scanner_that_was_offline_counts_as_of_its_own_moment(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(100)
    await allow(tenant, quantity=Decimal(5))
    count_id = await open_count(shop)
    later = shop.tenant.at(tenant.now + timedelta(hours=1))
    moving = type(shop)(type(shop.setting)(later, *_rest(shop)), shop.channel_id)
    await _leave(moving, 30)
    await counted(moving, count_id, 99, counted_at=tenant.now + timedelta(minutes=30))
    assert await close(moving, count_id) == "booked"
    assert await on_hand(shop) == [(69, 0)]


async def test_orders_placed_while_it_is_counted_and_closed_all_stand(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(100)
    await allow(tenant, quantity=Decimal(10))
    count_id = await open_count(shop)
    placed = [shop.place(shop.line(3)) for _ in range(12)]

    async def count_it() -> None:
        await counted(shop, count_id, 96)
        assert await close(shop, count_id) == "booked"

    await asyncio.gather(count_it(), *placed)
    assert await on_hand(shop) == [(96, 36)]
    assert await violations(tenant) == {}


async def test_less_than_is_promised_is_not_booked_and_takes_nothing_from_anybody(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    await allow(tenant, quantity=Decimal(100))
    order = await shop.place(shop.line(8))
    count_id = await open_count(shop)
    await counted(shop, count_id, 5)
    with pytest.raises(StockPromised) as told:
        await close(shop, count_id)
    lines = await shop.lines(order.order_id)
    assert told.value.fields["order_line_ids"] == [lines[0].id]
    assert await on_hand(shop) == [(10, 8)]
    assert (await count_of(shop, count_id)).status == "open"


async def test_an_approval_that_comes_too_late_is_answered_and_nothing_is_half_done(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, items=2)
    for item in range(2):
        await shop.stock(10, item=item)
    count_id = await open_count(shop)
    await counted(shop, count_id, 5, 5)
    await close(shop, count_id)
    (request,) = await waiting(tenant)
    await shop.place(shop.line(8, item=1))
    with pytest.raises(StockPromised):
        await say_yes(tenant, request.id)
    assert await on_hand(shop) == [(10, 0), (10, 8)]
    assert len(await waiting(tenant)) == 1


async def _correct(shop: Shop, *, minutes: int) -> None:
    """Correct by hand, in a transaction that began so many minutes from now."""
    moment = shop.tenant.at(shop.tenant.now + timedelta(minutes=minutes))
    async with moment.work() as work:
        await adjust_stock(
            work,
            location_id=shop.setting.location_ids[0],
            lines=[AdjustmentLine(item_id=shop.setting.item_ids[0], delta=Decimal(-3))],
            reason="found it out",
        )


@pytest.mark.parametrize("minutes", [1, 0, -1])
async def test_stock_corrected_by_hand_meanwhile_is_not_corrected_twice(
    tenant: TenantUnderTest, minutes: int
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    count_id = await open_count(shop)
    await counted(shop, count_id, 7)
    # Whenever the correction began: it had to wait for the stock until the count was closed.
    async with tenant.work() as work:
        await close_stock_count(work, count_id=count_id)
        correcting = asyncio.create_task(_correct(shop, minutes=minutes))
        await asyncio.sleep(0)
    await correcting
    (request,) = await waiting(tenant)
    with pytest.raises(StockChanged):
        await say_yes(tenant, request.id)
    assert await on_hand(shop) == [(7, 0)]


async def test_a_second_count_after_a_correction_does_not_correct_again(
    tenant: TenantUnderTest,
) -> None:
    """Both see 8 of 10; the books follow once."""
    shop = await new_shop(tenant)
    await shop.stock(10)
    await allow(tenant, quantity=Decimal(5))
    first, second = await open_count(shop), await open_count(shop)
    await counted(shop, first, 8)
    await counted(shop, second, 8)
    assert [await close(shop, first), await close(shop, second)] == ["booked", "booked"]
    assert await on_hand(shop) == [(8, 0)]
    assert await verdicts(shop, second) == [("even", 0, True)]


async def test_two_deciders_and_a_kill_in_between_book_once_or_not_at_all(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    count_id = await open_count(shop)
    await counted(shop, count_id, 4)
    await close(shop, count_id)
    (request,) = await waiting(tenant)
    with pytest.raises(RuntimeError):
        async with tenant.work(as_=tenant.user(*APPROVER, id=5)) as work:
            await approve(work, request_id=request.id)
            raise RuntimeError("killed")
    assert await on_hand(shop) == [(10, 0)]
    done = await asyncio.gather(
        *(say_yes(tenant, request.id, who=who) for who in range(70, 76)), return_exceptions=True
    )
    assert [each for each in done if each is None] == [None]
    assert {type(each) for each in done if each is not None} == {InvalidState}
    assert (await movement_kinds(shop))[1:] == [("count", -6)]


async def test_a_count_of_nothing_is_not_closed(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    count_id = await open_count(shop)
    with pytest.raises(NothingCounted):
        await close(shop, count_id)


def _rest(shop: Shop) -> tuple[int, list[int], list[int]]:
    return shop.setting.entity_id, shop.setting.location_ids, shop.setting.item_ids


async def _leave(shop: Shop, quantity: int) -> None:
    """Goods leave the shelf, as a shipment does."""
    async with shop.tenant.work() as work:
        balance_id = (await find_balances(work, [shop.setting.place()]))[shop.setting.place()]
        change = Change(
            balance_id=balance_id, kind="issue", on_hand=-Decimal(quantity), reason="shipped"
        )
        await move(work, [change], reference_kind="test", reference_id=1)
        key = CostOf(shop.setting.entity_id, shop.setting.item_ids[0], Decimal(quantity))
        await take_cost(work, [key], source=Source("test", 1))
