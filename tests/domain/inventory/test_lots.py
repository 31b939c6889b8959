"""Lots: their days are known once, and only what may be sold is available."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from domain.inventory.lines import AdjustmentLine, ReceiptLine
from domain.inventory.models import Lot
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.lots import set_lot_days, set_lot_status
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.outcomes import LotDiffers
from domain.inventory.policy import lot_verdict
from domain.inventory.queries.availability import availability
from domain.inventory.queries.balances import BalanceFilter, balances
from domain.inventory.queries.lots import LotFilter, LotStock, lots, lots_of_codes, stock_of_lots
from domain.kernel.errors import InvalidInput, NotFound, NotPermitted, StaleVersion
from domain.kernel.models import EventRecord
from domain.kernel.paging import PageRequest
from tests.factories.checks import violations
from tests.factories.conditions import until_somebody_waits_for
from tests.factories.stock import StockSetting, new_stock_setting
from tests.factories.tenants import TenantUnderTest, new_tenant

D = Decimal
PAGE = PageRequest(size=20)


async def _receive(setting: StockSetting, quantity: int = 10, **line: Any) -> None:
    async with setting.tenant.work() as work:
        received = ReceiptLine(item_id=setting.item_ids[0], quantity=D(quantity), **line)
        await receive_stock(work, location_id=setting.location_ids[0], lines=[received])


async def _lots(tenant: TenantUnderTest, *columns: Any) -> list[tuple[Any, ...]]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(*columns).where(Lot.tenant_id == tenant.id).order_by(Lot.code)
        )
    return [tuple(row) for row in rows]


async def _lot_id(tenant: TenantUnderTest, code: str) -> int:
    return int(dict(await _lots(tenant, Lot.code, Lot.id))[code])


async def test_goods_make_their_lot_known_with_its_days(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, tracking="lot")
    await _receive(setting, lot="B", expires_on=date(2027, 1, 31))
    await _receive(setting, lot="A")
    await _receive(setting, lot="A", manufactured_on=date(2026, 1, 1), expires_on=date(2027, 2, 1))
    await _receive(setting, lot="A")
    assert await _lots(tenant, Lot.code, Lot.manufactured_on, Lot.expires_on, Lot.version) == [
        ("A", date(2026, 1, 1), date(2027, 2, 1), 2),
        ("B", None, date(2027, 1, 31), 1),
    ]
    assert await violations(tenant) == []


async def test_days_that_two_receipts_tell_differently_at_once_are_refused(
    tenant: TenantUnderTest,
) -> None:
    setting = await new_stock_setting(tenant, tracking="lot")
    await _receive(setting, lot="A")
    line = ReceiptLine(
        item_id=setting.item_ids[0], quantity=D(10), lot="A", expires_on=date(2027, 1, 31)
    )
    async with tenant.work() as work:
        await receive_stock(work, location_id=setting.location_ids[0], lines=[line])
        second = asyncio.create_task(_receive(setting, lot="A", expires_on=date(2026, 6, 30)))
        await until_somebody_waits_for(work)
    with pytest.raises(LotDiffers) as refused:
        await second
    assert refused.value.fields["expires_on"] == date(2027, 1, 31)
    assert await _lots(tenant, Lot.code, Lot.expires_on) == [("A", date(2027, 1, 31))]
    assert await violations(tenant) == []


async def test_a_lot_does_not_get_other_days_by_a_receipt(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, tracking="lot")
    await _receive(setting, lot="A", expires_on=date(2027, 1, 31))
    with pytest.raises(LotDiffers) as refused:
        await _receive(setting, lot="A", expires_on=date(2028, 1, 31))
    assert refused.value.fields == {
        "item_id": setting.item_ids[0],
        "lot": "A",
        "manufactured_on": None,
        "expires_on": date(2027, 1, 31),
    }
    with pytest.raises(InvalidInput, match="before it is made"):
        await _receive(
            setting, lot="C", manufactured_on=date(2027, 1, 2), expires_on=date(2027, 1, 1)
        )
    async with tenant.read() as reader:
        keys = [(setting.item_ids[0], "A"), (setting.item_ids[0], "C")]
        (known,) = (await lots_of_codes(reader, keys=keys)).items()
        assert known[0] == keys[0]
        lot_id = known[1].id
        assert await stock_of_lots(reader, ids=[lot_id]) == {lot_id: LotStock(D(10), D(0))}


async def test_only_lots_have_days(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    with pytest.raises(InvalidInput, match="Only a lot has such days") as refused:
        await _receive(setting, expires_on=date(2027, 1, 31))
    assert refused.value.path == ("lines", 0, "lot")


async def test_the_same_new_lot_received_by_many_at_once_is_one_lot(
    tenant: TenantUnderTest,
) -> None:
    setting = await new_stock_setting(tenant, tracking="lot")
    await asyncio.gather(
        *(_receive(setting, lot="A", expires_on=date(2027, 1, 31)) for _ in range(6))
    )
    assert await _lots(tenant, Lot.code, Lot.expires_on) == [("A", date(2027, 1, 31))]
    async with tenant.read() as reader:
        lot_id = await _lot_id(tenant, "A")
        assert await stock_of_lots(reader, ids=[lot_id]) == {lot_id: LotStock(D(60), D(0))}
    assert await violations(tenant) == []


async def test_found_goods_of_an_unknown_lot_make_it_known(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, tracking="lot")
    line = AdjustmentLine(item_id=setting.item_ids[0], delta=D(3), lot="F")
    async with tenant.work() as work:
        await adjust_stock(work, location_id=setting.location_ids[0], lines=[line], reason="found")
    assert await _lots(tenant, Lot.code, Lot.status) == [("F", "released")]
    assert await violations(tenant) == []


async def test_expired_and_blocked_stock_stands_apart_from_what_is_available(
    tenant: TenantUnderTest,
) -> None:
    setting = await new_stock_setting(tenant, tracking="lot")
    today = date(2027, 1, 31)
    await _receive(setting, 1, lot="GOOD", expires_on=today)
    await _receive(setting, 2, lot="OLD", expires_on=today - timedelta(days=1))
    await _receive(setting, 4, lot="HELD")
    await _receive(setting, 8, lot="RECALLED", expires_on=today - timedelta(days=1))
    for code, status in (("HELD", "quarantined"), ("RECALLED", "recalled")):
        async with tenant.work() as work:
            lot_id = await _lot_id(tenant, code)
            await set_lot_status(work, lot_id=lot_id, status=status, reason="complaint 7")
    async with tenant.read() as reader:
        listing = await balances(reader, where=BalanceFilter(), today=today, request=PAGE)
        (found,) = (
            await availability(reader, item_ids=[setting.item_ids[0]], today=today)
        ).values()
    assert [
        (row.lot, int(row.on_hand), int(row.available), int(row.expired), int(row.blocked))
        for row in listing.page.rows
    ] == [
        ("GOOD", 1, 1, 0, 0),
        ("OLD", 2, 0, 2, 0),
        ("HELD", 4, 0, 0, 4),
        ("RECALLED", 8, 0, 0, 8),
    ]
    assert (found.on_hand, found.available, found.expired) == (D(15), D(1), D(2))


@given(
    status=st.sampled_from(["released", "quarantined", "recalled"]),
    expires_on=st.none() | st.dates(),
    today=st.dates(),
)
def test_a_lot_may_leave_while_it_is_released_and_not_past_its_last_day(
    status: str, expires_on: date | None, today: date
) -> None:
    verdict = lot_verdict(status, expires_on, today=today)
    may_leave = status == "released" and (expires_on is None or expires_on >= today)
    assert (verdict is None) == may_leave
    assert may_leave or verdict == (status if status != "released" else "expired")


async def test_a_lot_is_kept_back_and_let_go_with_a_reason_and_an_event(
    tenant: TenantUnderTest,
) -> None:
    setting = await new_stock_setting(tenant, tracking="lot")
    await _receive(setting, lot="A")
    lot_id = await _lot_id(tenant, "A")
    async with tenant.work() as work:
        await set_lot_status(work, lot_id=lot_id, status="quarantined", reason="smell")
    with pytest.raises(StaleVersion):
        async with tenant.work() as work:
            await set_lot_status(
                work, lot_id=lot_id, status="released", reason="fine", expected_version=1
            )
    async with tenant.work() as work:
        await set_lot_days(work, lot_id=lot_id, expires_on=date(2027, 5, 1), reason="label")
        await set_lot_days(work, lot_id=lot_id, expires_on=date(2027, 5, 1), reason="label")
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await set_lot_days(
                work, lot_id=lot_id, manufactured_on=date(2027, 5, 2), reason="label"
            )
    assert await _lots(tenant, Lot.status, Lot.status_reason, Lot.expires_on, Lot.version) == [
        ("quarantined", "smell", date(2027, 5, 1), 3)
    ]
    async with tenant.read() as reader:
        payloads = await reader.values(
            select(EventRecord.payload)
            .where(EventRecord.tenant_id == tenant.id, EventRecord.type == "inventory.lot_changed")
            .order_by(EventRecord.id)
        )
    assert [(p["lot"], p["status"], p["item_ids"]) for p in payloads] == [
        ("A", "quarantined", [setting.item_ids[0]]),
        ("A", "quarantined", [setting.item_ids[0]]),
    ]


async def test_lots_are_found_by_what_matters(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, tracking="lot", items=2)
    await _receive(setting, lot="B", expires_on=date(2027, 3, 1))
    await _receive(setting, lot="A", expires_on=date(2027, 2, 1))
    await _receive(setting, lot="C")
    async with tenant.work() as work:
        line = AdjustmentLine(item_id=setting.item_ids[0], delta=D(-10), lot="A")
        await adjust_stock(work, location_id=setting.location_ids[0], lines=[line], reason="gone")
    for where, codes in (
        ({}, ["B", "A", "C"]),
        ({"code": "A"}, ["A"]),
        ({"expires_before": date(2027, 3, 1)}, ["A"]),
        ({"is_in_stock": True}, ["B", "C"]),
        ({"is_in_stock": False}, ["A"]),
        ({"status": "recalled"}, []),
        ({"item_id": setting.item_ids[1]}, []),
    ):
        async with tenant.read() as reader:
            listing = await lots(reader, where=LotFilter(**where), request=PAGE)  # type: ignore[arg-type]
        assert [row.code for row in listing.page.rows] == codes


async def test_another_tenant_knows_nothing_of_a_lot(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, tracking="lot")
    await _receive(setting, lot="A")
    lot_id = await _lot_id(tenant, "A")
    other = await new_tenant(tenant.engine, now=tenant.now)
    with pytest.raises(NotFound):
        async with other.work() as work:
            await set_lot_status(work, lot_id=lot_id, status="recalled", reason="theirs")
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("inventory.read")) as work:
            await set_lot_status(work, lot_id=lot_id, status="recalled", reason="mine")
    assert await _lots(tenant, Lot.status) == [("released",)]
