"""Kits are put together and taken apart: quantities, cost and books stay exact."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from domain.catalog.models import Item
from domain.catalog.operations.kits import ComponentLine, set_kit_components
from domain.inventory.kit_parts import NamedPart
from domain.inventory.lines import ReceiptLine
from domain.inventory.lots import ToldLot
from domain.inventory.models import ItemCost, Lot, StockBalance, StockMovement
from domain.inventory.operations.assembling import KitsWanted, assemble_kits, disassemble_kits
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.outcomes import LotBlocked, SerialNotThere, StockShort
from domain.inventory.queries.availability import availability
from domain.kernel.errors import InvalidInput
from domain.ledger.models import Journal
from tests.factories.checks import violations
from tests.factories.stock import StockSetting, new_item, new_stock_setting
from tests.factories.tenants import TenantUnderTest

D = Decimal


async def _setting(tenant: TenantUnderTest, *, tracking: str = "none") -> StockSetting:
    """Item 0 is a kit of 2 of item 1 and 3 of item 2."""
    setting = await new_stock_setting(tenant, items=3, locations=2)
    if tracking != "none":
        async with tenant.work() as work:
            setting.item_ids[1] = await new_item(work, tracking=tracking)
    lines = [
        ComponentLine(item_id=setting.item_ids[1], quantity=D(2)),
        ComponentLine(item_id=setting.item_ids[2], quantity=D(3)),
    ]
    async with tenant.work() as work:
        await set_kit_components(work, item_id=setting.item_ids[0], components=lines)
    return setting


async def _receive(setting: StockSetting, item: int, quantity: int, cost: str, **f: Any) -> None:
    line = ReceiptLine(item_id=setting.item_ids[item], quantity=D(quantity), unit_cost=D(cost), **f)
    async with setting.tenant.work() as work:
        await receive_stock(work, location_id=setting.location_ids[0], lines=[line])


async def _assemble(setting: StockSetting, quantity: int, **fields: Any) -> None:
    kits = KitsWanted(item_id=setting.item_ids[0], quantity=D(quantity), **fields)
    async with setting.tenant.work() as work:
        await assemble_kits(work, location_id=setting.location_ids[0], kits=kits)


async def _disassemble(setting: StockSetting, quantity: int, **fields: Any) -> None:
    kits = KitsWanted(item_id=setting.item_ids[0], quantity=D(quantity), **fields)
    async with setting.tenant.work() as work:
        await disassemble_kits(work, location_id=setting.location_ids[0], kits=kits)


async def _costs(setting: StockSetting) -> list[tuple[int, int]]:
    """(quantity, value in minor units) of each item."""
    async with setting.tenant.read() as reader:
        rows = await reader.rows(
            select(ItemCost.item_id, ItemCost.quantity, ItemCost.value_minor).where(
                ItemCost.tenant_id == setting.tenant.id
            )
        )
    found = {row.item_id: (int(row.quantity), row.value_minor) for row in rows}
    return [found.get(item_id, (0, 0)) for item_id in setting.item_ids]


async def _journals(tenant: TenantUnderTest) -> int:
    async with tenant.read() as reader:
        wanted = select(func.count()).select_from(Journal).where(Journal.tenant_id == tenant.id)
        return int(await reader.value(wanted))


async def test_components_go_and_kits_come_for_what_those_cost(tenant: TenantUnderTest) -> None:
    setting = await _setting(tenant)
    await _receive(setting, 1, 10, "0.333333")
    await _receive(setting, 2, 10, "1.10")
    journals = await _journals(tenant)
    await _assemble(setting, 3)
    assert await _costs(setting) == [(3, 200 + 990), (4, 133), (1, 110)]
    assert await _journals(tenant) == journals
    async with tenant.read() as reader:
        moved = await reader.rows(
            select(StockMovement.on_hand, StockMovement.unit_cost, StockMovement.reference_kind)
            .where(StockMovement.tenant_id == tenant.id, StockMovement.kind == "kit_assembly")
            .order_by(StockMovement.id)
        )
    assert [tuple(row) for row in moved] == [
        (D(-6), None, "stock_document"),
        (D(-9), None, "stock_document"),
        (D(3), D("3.966667"), "stock_document"),
    ]
    assert await violations(tenant) == []


async def test_what_was_put_together_and_taken_apart_costs_what_it_did(
    tenant: TenantUnderTest,
) -> None:
    setting = await _setting(tenant)
    await _receive(setting, 1, 10, "0.333333")
    await _receive(setting, 2, 10, "1.10")
    before = await _costs(setting)
    await _assemble(setting, 3)
    await _disassemble(setting, 1)
    await _disassemble(setting, 2)
    after = await _costs(setting)
    assert [quantity for quantity, _ in after] == [quantity for quantity, _ in before]
    assert sum(value for _, value in after) == sum(value for _, value in before)
    assert await violations(tenant) == []


async def test_more_than_the_scarcest_component_makes_is_refused(tenant: TenantUnderTest) -> None:
    setting = await _setting(tenant)
    await _receive(setting, 1, 10, "1")
    await _receive(setting, 2, 8, "1")
    with pytest.raises(StockShort) as refused:
        await _assemble(setting, 3)
    assert refused.value.fields["item_id"] == setting.item_ids[2]
    assert (refused.value.fields["requested"], refused.value.fields["available"]) == (9, 8)
    with pytest.raises(StockShort):
        await _disassemble(setting, 1)
    with pytest.raises(InvalidInput, match="no components"):
        async with tenant.work() as work:
            kits = KitsWanted(item_id=setting.item_ids[1], quantity=D(1))
            await assemble_kits(work, location_id=setting.location_ids[0], kits=kits)
    assert await _costs(setting) == [(0, 0), (10, 1000), (8, 800)]
    assert await violations(tenant) == []


async def test_kits_put_together_at_once_share_their_components_without_overdraft(
    tenant: TenantUnderTest,
) -> None:
    setting = await _setting(tenant)
    await _receive(setting, 1, 20, "1")
    await _receive(setting, 2, 15, "1")
    results = await asyncio.gather(
        *(_assemble(setting, 1) for _ in range(9)),
        *(_disassemble(setting, 1) for _ in range(2)),
        return_exceptions=True,
    )
    assert all(result is None or isinstance(result, StockShort) for result in results)
    taken_apart = results[9:].count(None)
    made = results[:9].count(None) - taken_apart
    assert await _costs(setting) == [
        (made, made * 500),
        (20 - 2 * made, 100 * (20 - 2 * made)),
        (15 - 3 * made, 100 * (15 - 3 * made)),
    ]
    assert await violations(tenant) == []


async def test_what_expires_first_goes_into_kits_and_blocked_lots_do_not(
    tenant: TenantUnderTest,
) -> None:
    setting = await _setting(tenant, tracking="lot")
    today = tenant.now.date()
    await _receive(setting, 1, 3, "1", lot="LATE", expires_on=date(2099, 1, 1))
    await _receive(setting, 1, 3, "1", lot="SOON", expires_on=date(2098, 1, 1))
    await _receive(setting, 1, 9, "1", lot="OLD", expires_on=date(2000, 1, 1))
    await _receive(setting, 2, 20, "1")
    assert today < date(2098, 1, 1)
    await _assemble(setting, 2)
    with pytest.raises(StockShort):
        await _assemble(setting, 2)
    part = NamedPart(item_id=setting.item_ids[1], quantity=D(2), lot="OLD")
    with pytest.raises(LotBlocked) as refused:
        await _assemble(setting, 1, parts=[part])
    assert refused.value.fields["status"] == "expired"
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(StockBalance.lot, StockBalance.on_hand).where(
                StockBalance.tenant_id == tenant.id,
                StockBalance.item_id == setting.item_ids[1],
            )
        )
    assert {row.lot: int(row.on_hand) for row in rows} == {"LATE": 2, "SOON": 0, "OLD": 9}
    await _disassemble(
        setting, 1, parts=[NamedPart(item_id=setting.item_ids[1], quantity=D(2), lot="LATE")]
    )
    with pytest.raises(InvalidInput, match="tracked by lot"):
        await _disassemble(setting, 1)
    assert await violations(tenant) == []


async def test_pieces_that_go_into_kits_are_named(tenant: TenantUnderTest) -> None:
    setting = await _setting(tenant, tracking="serial")
    await _receive(setting, 1, 4, "1", serials=["S1", "S2", "S3", "S4"])
    await _receive(setting, 2, 20, "1")
    with pytest.raises(InvalidInput, match="serial"):
        await _assemble(setting, 1)

    def parts(*serials: str) -> list[NamedPart]:
        return [NamedPart(item_id=setting.item_ids[1], quantity=D(len(serials)), serials=serials)]

    with pytest.raises(InvalidInput, match="needed"):
        await _assemble(setting, 2, parts=parts("S1"))
    with pytest.raises(SerialNotThere):
        await _assemble(setting, 1, parts=parts("S1", "S9"))
    await _assemble(setting, 1, parts=parts("S1", "S2"))
    with pytest.raises(SerialNotThere):
        await _assemble(setting, 1, parts=parts("S2", "S3"))
    await _disassemble(setting, 1, parts=parts("S1", "S2"))
    assert await violations(tenant) == []


async def test_a_kits_own_lot_is_made_known(tenant: TenantUnderTest) -> None:
    setting = await _setting(tenant)
    async with tenant.work() as work:
        setting.item_ids[0] = await new_item(work, tracking="lot")
        line = ComponentLine(item_id=setting.item_ids[2], quantity=D(1))
        await set_kit_components(work, item_id=setting.item_ids[0], components=[line])
    await _receive(setting, 2, 5, "1")
    lot = ToldLot(item_id=setting.item_ids[0], code="K1", expires_on=date(2099, 1, 1))
    await _assemble(setting, 5, lot=lot)
    async with tenant.read() as reader:
        known = await reader.rows(
            select(Lot.code, Lot.expires_on).where(Lot.item_id == setting.item_ids[0])
        )
    assert [tuple(row) for row in known] == [("K1", date(2099, 1, 1))]
    assert await violations(tenant) == []


async def test_a_kit_without_stock_has_what_its_components_make(tenant: TenantUnderTest) -> None:
    setting = await _setting(tenant)
    kit = setting.item_ids[0]
    async with tenant.work() as work:
        await work.execute(
            Item.__table__.update()
            .where(Item.tenant_id == tenant.id, Item.id == kit)
            .values(kind="kit")
        )
    await _receive(setting, 1, 9, "1")
    await _receive(setting, 2, 7, "1")
    async with tenant.read() as reader:
        found = await availability(reader, item_ids=[kit])
    assert found[kit].available == 2
    assert [(at.location_id, at.available) for at in found[kit].locations] == [
        (setting.location_ids[0], 2)
    ]
    with pytest.raises(InvalidInput, match="no stock"):
        await _receive(setting, 0, 1, "1")
    with pytest.raises(InvalidInput, match="no stock"):
        await _assemble(setting, 1)
