"""Carts and quotes hold stock until a moment; what they hold is never sold twice, nor lost."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from domain.allocation.hold_requests import HoldLine
from domain.allocation.operations.place_order import place_order
from domain.allocation.operations.soft_holds import (
    expire_holds,
    extend_hold,
    hold_stock,
    release_hold,
)
from domain.allocation.outcomes import HoldEnded
from domain.entities.models import Party
from domain.inventory.holds import expire_due, give_way
from domain.inventory.models import StockBalance, StockHold, StockMovement, StockReservation
from domain.inventory.outcomes import StockShort
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.models import EventRecord
from domain.kernel.quantity import QuantityNotExact
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

D = Decimal
HOUR = timedelta(hours=1)


async def _hold(shop: Shop, *quantities: int, **fields: Any) -> int:
    tenant = fields.pop("tenant", shop.tenant)
    lines = [
        HoldLine(item_id=shop.setting.item_ids[n], quantity=D(quantity))
        for n, quantity in enumerate(quantities)
    ]
    async with tenant.work(as_=fields.pop("as_", None)) as work:
        values = {"channel_id": shop.channel_id, "holder": "cart-1", "lines": lines, **fields}
        return await hold_stock(work, **values)


async def _holds(shop: Shop) -> list[tuple[str, int]]:
    """(status, what is still reserved for it) of every hold."""
    kept = func.coalesce(
        select(func.sum(StockReservation.quantity))
        .where(StockReservation.hold_id == StockHold.id, StockReservation.status == "open")
        .scalar_subquery(),
        0,
    )
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(StockHold.status, kept)
            .where(StockHold.tenant_id == shop.tenant.id)
            .order_by(StockHold.id)
        )
    return [(row[0], int(row[1])) for row in rows]


async def _events(tenant: TenantUnderTest, type_: str) -> list[Any]:
    async with tenant.read() as reader:
        return list(
            await reader.values(
                select(EventRecord.payload)
                .where(EventRecord.tenant_id == tenant.id, EventRecord.type == type_)
                .order_by(EventRecord.id)
            )
        )


async def test_a_cart_holds_stock_that_nobody_else_gets(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(5)
    await shop.stock(5, item=1)
    hold_id = await _hold(shop, 4, 5)
    placed = await shop.place(shop.line(3))
    assert await shop.figures(placed.order_id) == [(1, 0, 0, 2)]
    assert await shop.available() == 0
    assert await _holds(shop) == [("open", 9)]
    async with tenant.work() as work:
        await release_hold(work, hold_id=hold_id)
        await release_hold(work, hold_id=hold_id)
    assert await _holds(shop) == [("released", 0)]
    assert await shop.available() == 4
    assert await _events(tenant, "inventory.stock_hold_released") == [
        {"location_ids": shop.setting.location_ids, "item_ids": sorted(shop.setting.item_ids)}
    ]
    async with tenant.read() as reader:
        moved = await reader.rows(
            select(StockMovement.kind, StockMovement.reserved, StockMovement.reference_id)
            .where(
                StockMovement.tenant_id == tenant.id,
                StockMovement.reference_kind == "stock_hold",
            )
            .order_by(StockMovement.id)
        )
    assert [tuple(row) for row in moved] == [
        ("reservation", 4, hold_id),
        ("reservation", 5, hold_id),
        ("release", -4, hold_id),
        ("release", -5, hold_id),
    ]
    assert await violations(tenant) == {}


async def test_a_hold_is_all_or_nothing(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(5)
    await shop.stock(1, item=1)
    with pytest.raises(StockShort) as refused:
        await _hold(shop, 5, 2)
    assert refused.value.path == ("lines", 1, "quantity")
    assert refused.value.fields["available"] == 1
    assert await _holds(shop) == []
    assert (await shop.available(), await shop.available(item=1)) == (5, 1)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"lines": []}, InvalidInput),
        ({"kind": "wish"}, InvalidInput),
        ({"holder": " "}, InvalidInput),
        ({"channel_id": 0}, NotFound),
    ],
)
async def test_a_hold_that_cannot_be_right_is_refused(
    tenant: TenantUnderTest, fields: dict[str, Any], refusal: Any
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    with pytest.raises(refusal):
        await _hold(shop, 1, **fields)
    for until in (tenant.now, tenant.now + timedelta(days=1, seconds=1)):
        with pytest.raises(InvalidInput):
            await _hold(shop, 1, expires_at=until)
    item_id = shop.setting.item_ids[0]
    for quantity, wrong in ((D(0), InvalidInput), (D("0.0000001"), QuantityNotExact)):
        with pytest.raises(wrong):
            await _hold(shop, lines=[HoldLine(item_id=item_id, quantity=quantity)])
    assert await _holds(shop) == []


async def test_a_hold_ends_by_itself_once_and_what_it_kept_goes_to_who_waits(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    await _hold(shop, 3, expires_at=tenant.now + HOUR)
    await _hold(shop, 1, expires_at=tenant.now + 2 * HOUR)
    later = tenant.at(tenant.now + HOUR)
    async with tenant.work() as work:
        assert await expire_holds(work) == 0
    async with later.work() as work:
        assert await expire_holds(work) == 1
    async with later.work() as work:
        assert await expire_holds(work) == 0
    assert await _holds(shop) == [("expired", 0), ("open", 1)]
    (event,) = await _events(tenant, "inventory.stock_holds_expired")
    assert event["item_ids"] == [shop.setting.item_ids[0]]
    assert await shop.available() == 4
    assert await violations(tenant) == {}


async def test_expiry_by_many_at_once_has_one_effect(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(20)
    for _ in range(6):
        await _hold(shop, 2, expires_at=tenant.now + HOUR)
    later = tenant.at(tenant.now + HOUR)

    async def expire() -> int:
        async with later.work() as work:
            return await expire_holds(work)

    done = await asyncio.gather(*(expire() for _ in range(4)))
    assert sum(done) == 6
    assert await _holds(shop) == [("expired", 0)] * 6
    assert await shop.available() == 20
    assert await violations(tenant) == {}


async def test_a_hold_is_kept_longer_only_while_it_lasts(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    hold_id = await _hold(shop, 3, expires_at=tenant.now + HOUR)
    async with tenant.work() as work:
        await extend_hold(work, hold_id=hold_id, expires_at=tenant.now + 3 * HOUR)
    later = tenant.at(tenant.now + 2 * HOUR)
    async with later.work() as work:
        assert await expire_holds(work) == 0
    latest = tenant.at(tenant.now + 3 * HOUR)
    with pytest.raises(HoldEnded) as refused:
        async with latest.work() as work:
            await extend_hold(work, hold_id=hold_id, expires_at=latest.now + HOUR)
    assert refused.value.fields == {"hold_id": hold_id, "status": "expired"}
    async with latest.work() as work:
        assert await expire_holds(work) == 1
    with pytest.raises(HoldEnded):
        async with latest.work() as work:
            await extend_hold(work, hold_id=hold_id, expires_at=latest.now + HOUR)
    assert await _holds(shop) == [("expired", 0)]


async def test_a_hold_whose_time_is_over_does_not_stand_in_the_way_of_another(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    await _hold(shop, 3, expires_at=tenant.now + HOUR)
    with pytest.raises(StockShort):
        await _hold(shop, 4)
    await _hold(shop, 4, tenant=tenant.at(tenant.now + HOUR))
    assert await _holds(shop) == [("expired", 0), ("open", 4)]
    assert await violations(tenant) == {}


async def test_a_hold_gives_way_to_its_order_in_the_same_transaction(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    hold_id = await _hold(shop, 5)
    async with tenant.work() as work:
        freed = await give_way(work, [hold_id])
        placed = await place_order(work, channel_id=shop.channel_id, lines=[shop.line(5)])
    assert freed.item_ids == (shop.setting.item_ids[0],)
    assert await shop.figures(placed.order_id) == [(5, 0, 0, 0)]
    assert await _holds(shop) == [("placed", 0)]
    async with tenant.work() as work:
        assert (await give_way(work, [hold_id])).item_ids == ()
        with pytest.raises(NotFound):
            await give_way(work, [hold_id, 0])
    assert await violations(tenant) == {}


async def test_an_order_takes_what_its_cart_held_or_leaves_it_held(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    hold_id = await _hold(shop, 5)
    with pytest.raises(StockShort):
        await shop.place(shop.line(6), hold_ids=[hold_id], all_or_nothing=True)
    assert await _holds(shop) == [("open", 5)]
    with pytest.raises(StockShort):
        await shop.place(shop.line(5), all_or_nothing=True)
    placed = await shop.place(shop.line(5), hold_ids=[hold_id], all_or_nothing=True)
    assert placed.status == "allocated"
    assert await _holds(shop) == [("placed", 0)]
    assert await violations(tenant) == {}


async def test_a_cart_whose_time_is_over_does_not_stand_in_an_orders_way(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(5)
    await shop.stock(5, item=1)
    await _hold(shop, 3, 3, expires_at=tenant.now + HOUR)
    later = tenant.at(tenant.now + HOUR)
    async with later.work() as work:
        placed = await place_order(
            work, channel_id=shop.channel_id, lines=[shop.line(4)], all_or_nothing=True
        )
    assert placed.status == "allocated"
    assert await _holds(shop) == [("expired", 3)]
    async with later.work() as work:
        await expire_holds(work)
    assert await _holds(shop) == [("expired", 0)]
    assert await shop.available(item=1) == 5
    assert await violations(tenant) == {}


async def test_carts_and_orders_that_race_for_the_last_units_never_oversell(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(7)
    await shop.stock(7, item=1)
    later = tenant.at(tenant.now + HOUR)
    for _ in range(2):
        await _hold(shop, 1, 1, expires_at=later.now)

    async def order() -> Any:
        async with later.work() as work:
            lines = [shop.line(1, item=1), shop.line(1)]
            return await place_order(
                work, channel_id=shop.channel_id, lines=lines, all_or_nothing=True
            )

    async def expire() -> int:
        async with later.work() as work:
            return await expire_holds(work)

    results = await asyncio.gather(
        *(_hold(shop, 1, 1, tenant=later) for _ in range(6)),
        expire(),
        *(order() for _ in range(6)),
        expire(),
        return_exceptions=True,
    )
    assert all(not isinstance(r, Exception) or isinstance(r, StockShort) for r in results)
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(StockBalance.on_hand, StockBalance.reserved).where(
                StockBalance.tenant_id == tenant.id
            )
        )
    won = sum(1 for n, r in enumerate(results) if n not in (6, 13) and not isinstance(r, Exception))
    assert [tuple(row) for row in rows] == [(7, won), (7, won)]
    assert won <= 7
    assert await violations(tenant) == {}


async def test_placing_and_expiring_a_cart_at_its_last_moment_ends_one_way(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(4)
    later = tenant.at(tenant.now + HOUR)
    holds = [await _hold(shop, 1, expires_at=later.now) for _ in range(4)]

    async def order(hold_id: int) -> None:
        async with later.work() as work:
            await give_way(work, [hold_id])
            await place_order(work, channel_id=shop.channel_id, lines=[shop.line(1)])

    async def expire() -> None:
        async with later.work() as work:
            await expire_due(work)

    await asyncio.gather(*(order(hold_id) for hold_id in holds), *(expire() for _ in range(4)))
    assert {status for status, _ in await _holds(shop)} <= {"placed", "expired"}
    assert [kept for _, kept in await _holds(shop)] == [0] * 4
    assert await shop.available() == 0
    assert await violations(tenant) == {}


async def _party(tenant: TenantUnderTest, code: str) -> int:
    row = {"tenant_id": tenant.id, "code": code, "name": code, "is_customer": True}
    async with tenant.work() as work:
        statement = insert(Party).values(**row, created_at=tenant.now).returning(Party.id)
        return int(await work.value(statement))


async def test_a_customer_neither_sees_nor_ends_another_customers_cart(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    mine, theirs = await _party(tenant, "MINE"), await _party(tenant, "THEIRS")
    as_mine = replace(tenant.user("orders.place"), party_id=mine)
    as_theirs = replace(tenant.user("orders.place"), party_id=theirs)
    hold_id = await _hold(shop, 3, as_=as_mine, expires_at=tenant.now + HOUR)
    with pytest.raises(NotFound):
        async with tenant.work(as_=as_theirs) as work:
            await release_hold(work, hold_id=hold_id)
    with pytest.raises(NotFound):
        async with tenant.work(as_=as_theirs) as work:
            await give_way(work, [hold_id])
    with pytest.raises(StockShort):
        await _hold(shop, 3, as_=as_theirs)
    # Its time over, it does not stand in a neighbour's way, who still cannot see it.
    await _hold(shop, 3, as_=as_theirs, tenant=tenant.at(tenant.now + HOUR))
    assert await _holds(shop) == [("expired", 0), ("open", 3)]
    assert await violations(tenant) == {}


async def test_a_quote_lasts_two_weeks_unless_told(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    await _hold(shop, 1, kind="quote")
    await _hold(shop, 1)
    async with tenant.read() as reader:
        moments: list[datetime] = list(
            await reader.values(select(StockHold.expires_at).order_by(StockHold.id))
        )
    assert [moment - tenant.now for moment in moments] == [
        timedelta(days=14),
        timedelta(minutes=30),
    ]
