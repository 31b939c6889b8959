"""Open reservations always add up to what their balance has reserved."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.inventory.models import StockBalance, StockMovement, StockReservation
from domain.inventory.outcomes import ReservationSpent, StockShort
from domain.inventory.reservations import Taken, Wanted, consume, release, reserve
from domain.kernel.errors import NotFound
from tests.factories.stock import StockSetting, new_order_lines, new_stock_setting, put_stock
from tests.factories.tenants import TenantUnderTest, new_tenant

D = Decimal


async def _balance(setting: StockSetting, balance_id: int) -> tuple[Any, ...]:
    async with setting.tenant.read() as reader:
        row = await reader.row(
            select(StockBalance.on_hand, StockBalance.reserved).where(
                StockBalance.tenant_id == reader.tenant_id, StockBalance.id == balance_id
            )
        )
    assert row is not None
    return tuple(row)


async def _reservations(setting: StockSetting, balance_id: int) -> list[tuple[Any, ...]]:
    async with setting.tenant.read() as reader:
        rows = await reader.rows(
            select(StockReservation.quantity, StockReservation.status, StockReservation.ended_at)
            .where(
                StockReservation.tenant_id == reader.tenant_id,
                StockReservation.balance_id == balance_id,
            )
            .order_by(StockReservation.id)
        )
    return [tuple(row) for row in rows]


async def _movements(setting: StockSetting, balance_id: int) -> list[tuple[Any, ...]]:
    async with setting.tenant.read() as reader:
        rows = await reader.rows(
            select(
                StockMovement.kind,
                StockMovement.on_hand,
                StockMovement.reserved,
                StockMovement.reference_kind,
                StockMovement.reference_id,
            )
            .where(
                StockMovement.tenant_id == reader.tenant_id,
                StockMovement.balance_id == balance_id,
            )
            .order_by(StockMovement.id)
        )
    return [tuple(row) for row in rows[1:]]


async def _reserved(
    tenant: TenantUnderTest, on_hand: int, *quantities: int
) -> tuple[StockSetting, int, list[int]]:
    setting = await new_stock_setting(tenant)
    balance_id = await put_stock(setting, setting.place(), on_hand)
    lines = await new_order_lines(setting, quantities)
    async with tenant.work() as work:
        ids = await reserve(
            work,
            [
                Wanted(balance_id=balance_id, order_line_id=line, quantity=D(quantity))
                for line, quantity in zip(lines, quantities, strict=True)
            ],
            reference_kind="order",
            reference_id=5,
        )
    return setting, balance_id, ids


async def test_goods_are_reserved_taken_and_given_back(tenant: TenantUnderTest) -> None:
    setting, balance_id, (first, second) = await _reserved(tenant, 10, 6, 4)
    assert await _balance(setting, balance_id) == (10, 10)
    async with tenant.work() as work:
        await consume(
            work,
            [
                Taken(reservation_id=first, quantity=D(1)),
                Taken(reservation_id=first, quantity=D(1)),
            ],
            reference_kind="shipment",
            reference_id=9,
        )
    assert await _balance(setting, balance_id) == (8, 8)
    assert await _reservations(setting, balance_id) == [(4, "open", None), (4, "open", None)]
    async with tenant.work() as work:
        taken = [Taken(reservation_id=second, quantity=D(4))]
        await consume(work, taken, reference_kind="shipment", reference_id=10)
        given = [Taken(reservation_id=first, quantity=D(4))]
        await release(work, given, reference_kind="order", reference_id=5)
    assert await _balance(setting, balance_id) == (4, 0)
    assert await _reservations(setting, balance_id) == [
        (0, "released", tenant.now),
        (0, "consumed", tenant.now),
    ]
    assert await _movements(setting, balance_id) == [
        ("reservation", 0, 6, "order", 5),
        ("reservation", 0, 4, "order", 5),
        ("issue", -2, -2, "shipment", 9),
        ("issue", -4, -4, "shipment", 10),
        ("release", 0, -4, "order", 5),
    ]


@pytest.mark.parametrize("act", [consume, release])
async def test_no_more_is_taken_from_a_reservation_than_it_holds(
    tenant: TenantUnderTest, act: Any
) -> None:
    setting, balance_id, ids = await _reserved(tenant, 20, 6, 6)
    taken = [Taken(reservation_id=ids[0], quantity=D(7))]
    with pytest.raises(ReservationSpent) as refused:
        async with tenant.work() as work:
            await act(work, taken, reference_kind="order", reference_id=5)
    assert refused.value.fields == {"reservation_id": ids[0], "requested": 7, "available": 6}
    assert await _balance(setting, balance_id) == (20, 12)
    assert await _reservations(setting, balance_id) == [(6, "open", None)] * 2


async def test_thirty_reservers_at_once_get_the_ten_units_there_are(
    tenant: TenantUnderTest,
) -> None:
    setting = await new_stock_setting(tenant)
    balance_id = await put_stock(setting, setting.place(), 10)
    lines = await new_order_lines(setting, [1] * 30)

    async def attempt(line: int) -> int:
        wanted = [Wanted(balance_id=balance_id, order_line_id=line, quantity=D(1))]
        try:
            async with tenant.work() as work:
                ids = await reserve(work, wanted, reference_kind="order", reference_id=line)
        except StockShort:
            return 0
        return len(ids)

    assert sum(await asyncio.gather(*(attempt(line) for line in lines))) == 10
    assert await _balance(setting, balance_id) == (10, 10)
    assert await _reservations(setting, balance_id) == [(1, "open", None)] * 10


async def test_two_who_spend_one_reservation_at_once_spend_it_once(
    tenant: TenantUnderTest,
) -> None:
    setting, balance_id, ids = await _reserved(tenant, 20, 6, 6)

    async def spend(act: Any) -> bool:
        try:
            async with tenant.work() as work:
                taken = [Taken(reservation_id=ids[0], quantity=D(6))]
                await act(work, taken, reference_kind="order", reference_id=5)
        except ReservationSpent:
            return False
        return True

    assert sum(await asyncio.gather(*(spend(consume) for _ in range(8)))) == 1
    assert await _balance(setting, balance_id) == (14, 6)
    assert await _reservations(setting, balance_id) == [
        (0, "consumed", tenant.now),
        (6, "open", None),
    ]


async def test_two_who_take_more_together_than_it_holds_do_not_both_get_it(
    tenant: TenantUnderTest,
) -> None:
    setting, balance_id, ids = await _reserved(tenant, 20, 6, 6)

    async def spend(act: Any) -> bool:
        try:
            async with tenant.work() as work:
                taken = [Taken(reservation_id=ids[0], quantity=D(4))]
                await act(work, taken, reference_kind="order", reference_id=5)
        except ReservationSpent:
            return False
        return True

    assert sum(await asyncio.gather(*(spend(release) for _ in range(6)))) == 1
    assert await _balance(setting, balance_id) == (20, 8)
    assert await _reservations(setting, balance_id) == [(2, "open", None), (6, "open", None)]


async def test_a_reservation_of_another_tenant_is_not_there(tenant: TenantUnderTest) -> None:
    setting, balance_id, ids = await _reserved(tenant, 10, 6)
    other = await new_tenant(tenant.engine, now=tenant.now)
    taken = [Taken(reservation_id=ids[0], quantity=D(1))]
    for act in (consume, release):
        with pytest.raises(NotFound):
            async with other.work() as work:
                await act(work, taken, reference_kind="order", reference_id=5)
    assert await _balance(setting, balance_id) == (10, 6)
    assert await _reservations(setting, balance_id) == [(6, "open", None)]


async def test_nothing_or_less_cannot_be_reserved(tenant: TenantUnderTest) -> None:
    async with tenant.work() as work:
        assert await reserve(work, [], reference_kind="order", reference_id=1) == []
        await consume(work, [], reference_kind="order", reference_id=1)
        wanted = [Wanted(balance_id=1, order_line_id=1, quantity=D(0))]
        with pytest.raises(ValueError, match="more than nothing"):
            await reserve(work, wanted, reference_kind="order", reference_id=1)
