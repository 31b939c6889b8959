"""Lots and serial numbers through picking and shipping: what left is what was recorded."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.allocation.models import Allocation
from domain.fulfilment.models import FulfilmentLine, PickedSerial
from domain.fulfilment.operations.cancel_fulfilment import cancel_fulfilment_order
from domain.fulfilment.operations.pack import pack_fulfilment_order
from domain.fulfilment.operations.record_pick import record_pick
from domain.fulfilment.operations.release_order import release_order
from domain.fulfilment.operations.ship import ship_fulfilment_order
from domain.fulfilment.outcomes import NotThatMuch, SerialsMissing
from domain.fulfilment.progress import LineQuantity
from domain.inventory.lines import ReceiptLine
from domain.inventory.models import Lot, SerialMovement, SerialNumber, StockBalance
from domain.inventory.operations.lots import set_lot_status
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.outcomes import LotBlocked, SerialNotThere, StockShort
from domain.kernel.errors import InvalidInput
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

D = Decimal


async def _receive(shop: Shop, quantity: int, **line: Any) -> None:
    received = ReceiptLine(
        item_id=shop.setting.item_ids[0], quantity=D(quantity), unit_cost=D(2), **line
    )
    async with shop.tenant.work() as work:
        place = shop.setting.location_ids[0]
        await receive_stock(work, location_id=place, lines=[received])


async def _released(shop: Shop, quantity: int) -> tuple[int, int]:
    """A fulfilment order for so many, and its one line."""
    placed = await shop.place(shop.line(quantity))
    async with shop.tenant.work() as work:
        (fulfilment_id,) = await release_order(work, order_id=placed.order_id)
    (line,) = await _lines(shop, fulfilment_id)
    return fulfilment_id, line.id


async def _lines(shop: Shop, fulfilment_id: int) -> Sequence[Any]:
    async with shop.tenant.read() as reader:
        return await reader.rows(
            select(*FulfilmentLine.__table__.c, StockBalance.lot)
            .join(Allocation, Allocation.id == FulfilmentLine.allocation_id)
            .join(StockBalance, StockBalance.id == Allocation.balance_id)
            .where(FulfilmentLine.fulfilment_order_id == fulfilment_id)
            .order_by(FulfilmentLine.id)
        )


async def _pick(shop: Shop, fulfilment_id: int, *lines: LineQuantity, **fields: Any) -> str:
    async with shop.tenant.work() as work:
        return await record_pick(
            work, fulfilment_order_id=fulfilment_id, lines=lines or None, **fields
        )


async def _pack(shop: Shop, fulfilment_id: int) -> None:
    async with shop.tenant.work() as work:
        await pack_fulfilment_order(work, fulfilment_order_id=fulfilment_id)


async def _ship(shop: Shop, fulfilment_id: int, *lines: LineQuantity) -> int:
    async with shop.tenant.work() as work:
        return await ship_fulfilment_order(
            work, fulfilment_order_id=fulfilment_id, lines=lines or None
        )


async def _stock(shop: Shop) -> dict[str, tuple[int, int]]:
    """(on hand, reserved) of each lot."""
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(StockBalance.lot, StockBalance.on_hand, StockBalance.reserved).where(
                StockBalance.tenant_id == shop.tenant.id
            )
        )
    return {row.lot: (int(row.on_hand), int(row.reserved)) for row in rows}


async def _block(shop: Shop, code: str, status: str = "recalled") -> None:
    async with shop.tenant.work() as work:
        wanted = select(Lot.id).where(Lot.tenant_id == shop.tenant.id, Lot.code == code)
        lot_id = await work.value(wanted)
        await set_lot_status(work, lot_id=lot_id, status=status, reason="test")


async def _pieces(shop: Shop) -> dict[str, str]:
    async with shop.tenant.read() as reader:
        rows = await reader.rows(
            select(SerialNumber.code, SerialNumber.state).where(
                SerialNumber.tenant_id == shop.tenant.id
            )
        )
    return {row.code: row.state for row in rows}


async def test_what_expires_first_is_proposed_and_another_lot_may_be_taken(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, tracking="lot")
    soon = tenant.now.date() + timedelta(days=30)
    await _receive(shop, 10, lot="LATE", expires_on=soon + timedelta(days=300))
    await _receive(shop, 10, lot="SOON", expires_on=soon)
    fulfilment_id, line_id = await _released(shop, 6)
    assert [(line.lot, int(line.quantity)) for line in await _lines(shop, fulfilment_id)] == [
        ("SOON", 6)
    ]
    status = await _pick(
        shop, fulfilment_id, LineQuantity(line_id, D(4), "LATE"), LineQuantity(line_id, D(2))
    )
    assert status == "picked"
    assert [
        (line.lot, int(line.quantity), int(line.picked))
        for line in await _lines(shop, fulfilment_id)
    ] == [("SOON", 2, 2), ("LATE", 4, 4)]
    assert await _stock(shop) == {"LATE": (10, 4), "SOON": (10, 2)}
    assert await violations(tenant) == {}
    await _pack(shop, fulfilment_id)
    await _ship(shop, fulfilment_id)
    assert await _stock(shop) == {"LATE": (6, 0), "SOON": (8, 0)}
    assert await violations(tenant) == {}


async def test_a_whole_line_may_come_from_another_lot(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, tracking="lot")
    await _receive(shop, 5, lot="A", expires_on=date(2098, 1, 1))
    await _receive(shop, 5, lot="B", expires_on=date(2099, 1, 1))
    fulfilment_id, line_id = await _released(shop, 5)
    await _pick(shop, fulfilment_id, LineQuantity(line_id, D(5), "B"))
    assert await _stock(shop) == {"A": (5, 0), "B": (5, 5)}
    await _pack(shop, fulfilment_id)
    await _ship(shop, fulfilment_id)
    assert await _stock(shop) == {"A": (5, 0), "B": (0, 0)}
    assert await violations(tenant) == {}


async def test_a_lot_that_is_not_there_promised_or_blocked_is_not_taken(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, tracking="lot")
    await _receive(shop, 5, lot="A", expires_on=date(2098, 1, 1))
    await _receive(shop, 5, lot="B", expires_on=date(2099, 1, 1))
    await _receive(shop, 5, lot="C")
    fulfilment_id, line_id = await _released(shop, 5)
    await shop.place(shop.line(3))
    await _block(shop, "C")
    for quantity, lot, refusal in (
        (3, "B", StockShort),
        (1, "C", LotBlocked),
        (1, "D", InvalidInput),
        (6, "B", NotThatMuch),
    ):
        with pytest.raises(refusal):
            await _pick(shop, fulfilment_id, LineQuantity(line_id, D(quantity), lot))
    assert await _stock(shop) == {"A": (5, 5), "B": (5, 3), "C": (5, 0)}
    assert [int(line.picked) for line in await _lines(shop, fulfilment_id)] == [0]
    assert await violations(tenant) == {}


async def test_a_lot_that_was_recalled_after_allocation_is_neither_picked_nor_shipped(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, tracking="lot")
    await _receive(shop, 5, lot="A", expires_on=date(2098, 1, 1))
    await _receive(shop, 5, lot="B", expires_on=date(2099, 1, 1))
    fulfilment_id, line_id = await _released(shop, 5)
    await _block(shop, "A", "quarantined")
    with pytest.raises(LotBlocked) as refused:
        await _pick(shop, fulfilment_id)
    assert refused.value.fields["status"] == "quarantined"
    await _pick(shop, fulfilment_id, LineQuantity(line_id, D(5), "B"))
    await _pack(shop, fulfilment_id)
    await _block(shop, "B")
    with pytest.raises(LotBlocked):
        await _ship(shop, fulfilment_id)
    await _block(shop, "B", "released")
    await _ship(shop, fulfilment_id)
    assert await violations(tenant) == {}


async def test_pickers_who_swap_lots_at_once_take_no_more_than_there_is(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, tracking="lot")
    await _receive(shop, 8, lot="A", expires_on=date(2098, 1, 1))
    await _receive(shop, 5, lot="B", expires_on=date(2099, 1, 1))
    work = [await _released(shop, 2) for _ in range(4)]
    results = await asyncio.gather(
        *(_pick(shop, order, LineQuantity(line, D(2), "B")) for order, line in work),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == [
        "StockShort",
        "StockShort",
        "str",
        "str",
    ]
    assert await _stock(shop) == {"A": (8, 4), "B": (5, 4)}
    assert await violations(tenant) == {}


async def test_as_many_pieces_are_named_as_leave(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, tracking="serial")
    await _receive(shop, 4, serials=["S1", "S2", "S3", "S4"])
    fulfilment_id, line_id = await _released(shop, 3)
    await _pick(shop, fulfilment_id, LineQuantity(line_id, D(3), serials=("S1", "S2", "S3")))
    await _pack(shop, fulfilment_id)
    with pytest.raises(SerialsMissing) as refused:
        await _ship(shop, fulfilment_id, LineQuantity(line_id, D(2)))
    assert refused.value.fields == {
        "item_id": shop.setting.item_ids[0],
        "requested": D(2),
        "named": 3,
    }
    await _ship(shop, fulfilment_id, LineQuantity(line_id, D(1), serials=("S2",)))
    shipment = await _ship(shop, fulfilment_id)
    assert await _pieces(shop) == {
        "S1": "shipped",
        "S2": "shipped",
        "S3": "shipped",
        "S4": "available",
    }
    assert await violations(tenant) == {}
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(SerialNumber.code, SerialMovement.reference_id)
            .join(SerialMovement, SerialMovement.serial_id == SerialNumber.id)
            .where(SerialMovement.kind == "issue", SerialMovement.reference_kind == "shipment")
            .order_by(SerialNumber.code)
        )
    assert [row.code for row in rows] == ["S1", "S2", "S3"]
    assert [row.reference_id == shipment for row in rows] == [True, False, True]


async def test_pieces_may_be_named_when_they_leave(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, tracking="serial")
    await _receive(shop, 3, serials=["S1", "S2", "S3"])
    fulfilment_id, line_id = await _released(shop, 2)
    await _pick(shop, fulfilment_id)
    await _pack(shop, fulfilment_id)
    for serials, refusal in (
        ((), SerialsMissing),
        (("S1",), InvalidInput),
        (("S1", "S1"), InvalidInput),
        (("S1", "S9"), SerialNotThere),
    ):
        with pytest.raises(refusal):
            await _ship(shop, fulfilment_id, LineQuantity(line_id, D(2), serials=serials))
    assert await _stock(shop) == {"": (3, 2)}
    await _ship(shop, fulfilment_id, LineQuantity(line_id, D(2), serials=("S1", "S3")))
    assert await _pieces(shop) == {"S1": "shipped", "S2": "available", "S3": "shipped"}
    assert await violations(tenant) == {}


async def test_a_piece_is_picked_once_however_many_pick_it(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, tracking="serial")
    await _receive(shop, 4, serials=["S1", "S2", "S3", "S4"])
    work = [await _released(shop, 1) for _ in range(4)]
    results = await asyncio.gather(
        *(_pick(shop, order, LineQuantity(line, D(1), serials=("S1",))) for order, line in work),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["SerialNotThere"] * 3 + ["str"]
    winner = results.index("picked")
    async with tenant.work() as unit:
        await cancel_fulfilment_order(unit, fulfilment_order_id=work[winner][0])
    async with tenant.read() as reader:
        left = await reader.values(
            select(PickedSerial.id).where(PickedSerial.tenant_id == tenant.id)
        )
    assert left == []
    again = work[(winner + 1) % 4]
    await _pick(shop, again[0], LineQuantity(again[1], D(1), serials=("S1",)))
    assert await violations(tenant) == {}


async def test_pieces_that_are_missing_are_named_and_held(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, tracking="serial")
    await _receive(shop, 2, serials=["S1", "S2"])
    fulfilment_id, line_id = await _released(shop, 2)
    picked = LineQuantity(line_id, D(1), serials=("S1",))
    with pytest.raises(InvalidInput):
        await _pick(shop, fulfilment_id, picked, missing=[LineQuantity(line_id, D(1))])
    gone = LineQuantity(line_id, D(1), serials=("S2",))
    assert await _pick(shop, fulfilment_id, picked, missing=[gone]) == "picked"
    assert await _pieces(shop) == {"S1": "available", "S2": "quality_control"}
    assert await violations(tenant) == {}


async def test_pieces_of_untracked_goods_have_no_numbers(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(2)
    fulfilment_id, line_id = await _released(shop, 2)
    with pytest.raises(InvalidInput):
        await _pick(shop, fulfilment_id, LineQuantity(line_id, D(1), serials=("S1",)))
    with pytest.raises(InvalidInput):
        await _pick(shop, fulfilment_id, LineQuantity(line_id, D(1), "A"))
    assert await _pick(shop, fulfilment_id) == "picked"
