"""Serial numbers: as many pieces as are on hand, and a history of each."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.inventory.lines import AdjustmentLine, ReceiptLine
from domain.inventory.models import SerialNumber
from domain.inventory.operations.adjusting import adjust_stock
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.operations.states import change_stock_state
from domain.inventory.outcomes import SerialNotThere, SerialTaken
from domain.inventory.queries.serials import SerialFilter, history_of_serials, serial_numbers
from domain.kernel.errors import InvalidInput
from domain.kernel.paging import PageRequest
from tests.factories.checks import violations
from tests.factories.stock import StockSetting, new_stock_setting
from tests.factories.tenants import TenantUnderTest, new_tenant

D = Decimal


async def _receive(setting: StockSetting, serials: Sequence[str], *, location: int = 0) -> None:
    async with setting.tenant.work() as work:
        line = ReceiptLine(
            item_id=setting.item_ids[0], quantity=D(len(serials)), serials=serials, unit_cost=D(5)
        )
        await receive_stock(work, location_id=setting.location_ids[location], lines=[line])


async def _adjust(setting: StockSetting, **line: Any) -> None:
    async with setting.tenant.work() as work:
        adjusted = AdjustmentLine(item_id=setting.item_ids[0], **line)
        place = setting.location_ids[0]
        await adjust_stock(work, location_id=place, lines=[adjusted], reason="count")


async def _states(tenant: TenantUnderTest) -> dict[str, str]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(SerialNumber.code, SerialNumber.state).where(SerialNumber.tenant_id == tenant.id)
        )
    return {row.code: row.state for row in rows}


async def test_each_piece_is_registered_when_it_comes(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, tracking="serial")
    await _receive(setting, ["S2", " S1 "])
    assert await _states(tenant) == {"S1": "available", "S2": "available"}
    assert await violations(tenant) == []


async def test_a_serial_number_is_in_stock_once_in_a_tenant(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, tracking="serial", locations=2)
    await _receive(setting, ["S1"])
    with pytest.raises(SerialTaken) as refused:
        await _receive(setting, ["S2", "S1"], location=1)
    assert refused.value.fields == {"item_id": setting.item_ids[0], "serial": "S1"}
    assert await _states(tenant) == {"S1": "available"}
    other = await new_stock_setting(
        await new_tenant(tenant.engine, now=tenant.now), tracking="serial"
    )
    await _receive(other, ["S1"])
    assert await violations(tenant) == []


async def test_of_many_receipts_of_one_piece_at_once_one_wins(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, tracking="serial", locations=4)
    orders = [["S1", "S2"], ["S2", "S1"], ["S1"], ["S2"]]
    results = await asyncio.gather(
        *(_receive(setting, serials, location=n) for n, serials in enumerate(orders)),
        return_exceptions=True,
    )
    assert all(result is None or isinstance(result, SerialTaken) for result in results)
    assert 1 <= results.count(None) <= 2
    assert await violations(tenant) == []


async def test_pieces_that_are_found_or_gone_are_named(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, tracking="serial")
    await _receive(setting, ["S1", "S2", "S3"])
    for line in ({"delta": D(-1)}, {"delta": D(-2), "serials": ["S1"]}):
        with pytest.raises(InvalidInput) as refused:
            await _adjust(setting, **line)
        assert refused.value.path == ("lines", 0, "serials")
    with pytest.raises(SerialNotThere):
        await _adjust(setting, delta=D(-1), serials=["S9"])
    await _adjust(setting, delta=D(-1), serials=["S2"])
    await _adjust(setting, quantity=D(3), expected=D(2), serials=["S2"])
    await _adjust(setting, quantity=D(2), expected=D(3), serials=["S1"])
    await _adjust(setting, quantity=D(2), expected=D(2))
    assert await _states(tenant) == {"S1": "removed", "S2": "available", "S3": "available"}
    assert await violations(tenant) == []


async def test_pieces_change_state_by_name_and_keep_their_history(
    tenant: TenantUnderTest,
) -> None:
    setting = await new_stock_setting(tenant, tracking="serial")
    await _receive(setting, ["S1", "S2"])

    async def change(serials: Sequence[str], from_state: str, to_state: str) -> None:
        async with tenant.work() as work:
            await change_stock_state(
                work,
                location_id=setting.location_ids[0],
                item_id=setting.item_ids[0],
                quantity=D(len(serials)),
                from_state=from_state,
                to_state=to_state,
                reason="look",
                serials=serials,
            )

    await change(["S1"], "available", "quality_control")
    with pytest.raises(SerialNotThere, match="quality control"):
        await change(["S2"], "quality_control", "damaged")
    await change(["S1"], "quality_control", "damaged")
    assert await _states(tenant) == {"S1": "damaged", "S2": "available"}
    assert await violations(tenant) == []
    async with tenant.read() as reader:
        listing = await serial_numbers(
            reader, where=SerialFilter(code="S1"), request=PageRequest(size=5)
        )
        (piece,) = listing.page.rows
        history = (await history_of_serials(reader, serial_ids=[piece.id]))[piece.id]
    assert [(each.kind, each.state, each.reason, each.reference_kind) for each in history] == [
        ("receipt", "available", "received", "stock_document"),
        ("state_change", "quality_control", "look", "stock_document"),
        ("state_change", "damaged", "look", "stock_document"),
    ]


async def test_a_piece_that_is_lost_and_one_that_is_held_are_noticed(
    tenant: TenantUnderTest,
) -> None:
    setting = await new_stock_setting(tenant, tracking="serial")
    await _receive(setting, ["S1", "S2"])
    async with tenant.work() as work:
        await work.execute(
            SerialNumber.__table__.update()
            .where(SerialNumber.tenant_id == tenant.id, SerialNumber.code == "S1")
            .values(state="shipped")
        )
        await work.execute(
            SerialNumber.__table__.update()
            .where(SerialNumber.tenant_id == tenant.id, SerialNumber.code == "S2")
            .values(state="damaged")
        )
        balance = await work.value(select(SerialNumber.balance_id).limit(1))
    found = [(name, row["expected"], row["actual"]) for name, row in await violations(tenant)]
    assert sorted((name, actual) for name, _, actual in found) == [
        ("pieces_are_what_is_on_hand", 1),
        ("pieces_are_where_their_history_says", f"damaged in {balance}"),
        ("pieces_are_where_their_history_says", f"shipped in {balance}"),
        ("pieces_held_are_what_is_held", "0 and 1"),
    ]
