"""Goods come in exactly, with their cost and their journal."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, update

from domain.entities.models import Location
from domain.inventory.lines import ReceiptLine
from domain.inventory.models import ItemCost, StockBalance, StockDocument, StockMovement
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.outcomes import LocationClosed
from domain.kernel.errors import InvalidInput, NotFound, NotPermitted
from domain.kernel.models import AuditEntry, EventRecord
from domain.kernel.quantity import QuantityNotExact
from domain.ledger.models import Journal, JournalLine
from tests.factories.checks import violations
from tests.factories.stock import StockSetting, new_entity, new_stock_setting
from tests.factories.tenants import TenantUnderTest, new_tenant

D = Decimal


async def _rows(tenant: TenantUnderTest, *columns: Any) -> list[tuple[Any, ...]]:
    table = columns[0].class_
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(*columns).where(table.tenant_id == tenant.id).order_by(table.id)
        )
    return [tuple(row) for row in rows]


async def _receive(setting: StockSetting, *lines: ReceiptLine, **fields: Any) -> Any:
    async with setting.tenant.work() as work:
        return await receive_stock(
            work, **{"location_id": setting.location_ids[0], "lines": lines, **fields}
        )


async def test_a_receipt_writes_stock_cost_and_journal_together(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, items=2)
    one, two = setting.item_ids
    document = await _receive(
        setting,
        ReceiptLine(item_id=two, quantity=D(3), unit="CASE", unit_cost=D("12.34")),
        ReceiptLine(item_id=one, quantity=D("200"), unit_cost=D("0.0125")),
        ReceiptLine(item_id=two, quantity=D(5), unit_cost=D("20"), cost_unit="CASE"),
        external_reference="ASN-77",
    )
    assert document.number == "RC-1"
    balances = await _rows(tenant, StockBalance.id, StockBalance.item_id, StockBalance.on_hand)
    assert {item: amount for _, item, amount in balances} == {one: 200, two: 35}
    of_item = {item: balance_id for balance_id, item, _ in balances}
    assert document.balance_ids == (of_item[two], of_item[one], of_item[two])
    assert await _rows(
        tenant,
        StockMovement.balance_id,
        StockMovement.kind,
        StockMovement.on_hand,
        StockMovement.unit_cost,
        StockMovement.reference_kind,
        StockMovement.reference_id,
    ) == [
        (of_item[two], "receipt", 30, D("1.234"), "stock_document", document.document_id),
        (of_item[one], "receipt", 200, D("0.0125"), "stock_document", document.document_id),
        (of_item[two], "receipt", 5, D(2), "stock_document", document.document_id),
    ]
    costs = await _rows(tenant, ItemCost.item_id, ItemCost.quantity, ItemCost.value_minor)
    assert sorted(costs) == [(one, 200, 250), (two, 35, 4702)]
    assert await _rows(tenant, Journal.milestone, Journal.source_id, Journal.trace) == [
        ("receipt", document.document_id, {"stock_document_id": document.document_id})
    ]
    assert await _rows(tenant, JournalLine.leg, JournalLine.amount_minor, JournalLine.currency) == [
        ("inventory", 4952, "EUR"),
        ("goods_received", -4952, "EUR"),
    ]
    assert await violations(tenant) == []


async def test_a_receipt_is_told_and_noted(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    document = await _receive(setting, ReceiptLine(item_id=setting.item_ids[0], quantity=D(1)))
    assert await _rows(tenant, EventRecord.type, EventRecord.aggregate_id, EventRecord.payload) == [
        (
            "inventory.stock_received",
            document.document_id,
            {
                "number": "RC-1",
                "location_id": setting.location_ids[0],
                "owner_id": setting.entity_id,
                "item_ids": setting.item_ids,
            },
        )
    ]
    ((action, subject_id, after),) = await _rows(
        tenant, AuditEntry.action, AuditEntry.subject_id, AuditEntry.after
    )
    assert (action, subject_id) == ("receive_stock", document.document_id)
    assert after["lines"][0]["quantity"] == "1"


async def test_200_stays_200(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    await _receive(setting, ReceiptLine(item_id=setting.item_ids[0], quantity=D("200")))
    await _receive(
        setting, ReceiptLine(item_id=setting.item_ids[0], quantity=D("0.5"), unit="CASE")
    )
    assert await _rows(tenant, StockBalance.on_hand) == [(205,)]


async def test_without_a_cost_goods_count_at_the_moving_average(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    item = setting.item_ids[0]
    await _receive(setting, ReceiptLine(item_id=item, quantity=D(1)))
    assert await _rows(tenant, ItemCost.value_minor) == [(0,)]
    assert await _rows(tenant, Journal.id) == []
    await _receive(setting, ReceiptLine(item_id=item, quantity=D(3), unit_cost=D(4)))
    await _receive(setting, ReceiptLine(item_id=item, quantity=D(2)))
    assert await _rows(tenant, ItemCost.quantity, ItemCost.value_minor) == [(6, 1800)]
    assert await violations(tenant) == []


async def test_goods_may_be_owned_by_another_entity(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    async with tenant.work() as work:
        owner_id = await new_entity(work, currency="JPY")
    line = ReceiptLine(item_id=setting.item_ids[0], quantity=D(3), unit_cost=D(7))
    await _receive(setting, line, owner_id=owner_id, currency="JPY")
    assert await _rows(tenant, StockBalance.owner_id) == [(owner_id,)]
    assert await _rows(tenant, Journal.entity_id) == [(owner_id,)]
    assert await _rows(tenant, JournalLine.amount_minor, JournalLine.currency) == [
        (21, "JPY"),
        (-21, "JPY"),
    ]


async def _nothing_was_written(tenant: TenantUnderTest) -> bool:
    async with tenant.read() as reader:
        counts = [
            await reader.value(
                select(func.count()).select_from(table).where(table.tenant_id == tenant.id)
            )
            for table in (StockBalance, StockMovement, StockDocument, ItemCost, Journal, AuditEntry)
        ]
    return not any(counts)


@pytest.mark.parametrize(
    ("line", "refusal", "path"),
    [
        ({"quantity": D(0)}, InvalidInput, ("lines", 1, "quantity")),
        ({"quantity": D(-1)}, InvalidInput, ("lines", 1, "quantity")),
        ({"quantity": D("0.0000001")}, QuantityNotExact, ("lines", 1, "quantity")),
        ({"quantity": D("1e12")}, InvalidInput, ("lines", 1, "quantity")),
        ({"unit": "PALLET"}, InvalidInput, ("lines", 1, "unit")),
        ({"unit_cost": D(-1)}, InvalidInput, ("lines", 1, "unit_cost")),
        ({"unit_cost": D("1e13"), "quantity": D("0.1")}, InvalidInput, ("lines", 1, "unit_cost")),
        ({"unit_cost": D("1e11"), "quantity": D("1e4")}, InvalidInput, ("lines", 1, "unit_cost")),
        ({"unit_cost": D(1), "cost_unit": "KG"}, InvalidInput, ("lines", 1, "cost_unit")),
        ({"lot": "L1"}, InvalidInput, ("lines", 1, "lot")),
        ({"condition": "odd"}, InvalidInput, ("lines", 1, "condition")),
    ],
)
async def test_a_line_that_cannot_be_right_refuses_the_receipt(
    tenant: TenantUnderTest, line: dict[str, Any], refusal: Any, path: tuple[Any, ...]
) -> None:
    setting = await new_stock_setting(tenant)
    item = setting.item_ids[0]
    with pytest.raises(refusal) as refused:
        await _receive(
            setting,
            ReceiptLine(item_id=item, quantity=D(1)),
            ReceiptLine(**{"item_id": item, "quantity": D(1), **line}),
        )
    assert refused.value.path == path
    assert await _nothing_was_written(tenant)


async def test_tracked_goods_name_their_lot_or_serial(tenant: TenantUnderTest) -> None:
    lots = await new_stock_setting(tenant, tracking="lot")
    serials = await new_stock_setting(tenant, tracking="serial")
    for setting, fields, path in (
        (lots, {}, "lot"),
        (serials, {}, "serials"),
        (serials, {"lot": "S1", "quantity": D(2)}, "serials"),
        (serials, {"quantity": D(2), "serials": ["S1", " S1"]}, "serials"),
        (serials, {"quantity": D("1.5"), "serials": ["S1"]}, "serials"),
        (lots, {"lot": "A", "serials": ["S1"]}, "serials"),
    ):
        line = {"item_id": setting.item_ids[0], "quantity": D(1), **fields}
        with pytest.raises(InvalidInput) as refused:
            await _receive(setting, ReceiptLine(**line))  # type: ignore[arg-type]
        assert refused.value.path == ("lines", 0, path)
    assert await _nothing_was_written(tenant)
    item = lots.item_ids[0]
    await _receive(lots, *(ReceiptLine(item_id=item, quantity=D(2), lot=lot) for lot in "BA"))
    assert sorted(await _rows(tenant, StockBalance.lot, StockBalance.on_hand)) == [
        ("A", 2),
        ("B", 2),
    ]


async def test_what_the_caller_cannot_see_is_not_found(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, locations=2)
    other = await new_stock_setting(await new_tenant(tenant.engine, now=tenant.now))
    line = ReceiptLine(item_id=setting.item_ids[0], quantity=D(1))
    for fields, kind in (
        ({"location_id": other.location_ids[0]}, "location"),
        ({"owner_id": other.entity_id}, "legal entity"),
        ({"lines": [ReceiptLine(item_id=other.item_ids[0], quantity=D(1))]}, "item"),
    ):
        with pytest.raises(NotFound) as missing:
            await _receive(setting, **{"lines": [line], **fields})  # type: ignore[arg-type]
        assert missing.value.kind == kind
    assert await _nothing_was_written(tenant)
    assert await _nothing_was_written(other.tenant)


async def test_a_partner_receives_at_its_own_location_only(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, locations=2)
    line = ReceiptLine(item_id=setting.item_ids[0], quantity=D(1), unit_cost=D(1))
    partner = replace(tenant.user("inventory.receive"), location_id=setting.location_ids[0])
    with pytest.raises(NotFound, match="location"):
        async with tenant.work(as_=partner) as work:
            await receive_stock(work, location_id=setting.location_ids[1], lines=[line])
    async with tenant.work(as_=partner) as work:
        await receive_stock(work, location_id=setting.location_ids[0], lines=[line])
    assert await _rows(tenant, StockBalance.location_id) == [(setting.location_ids[0],)]


async def test_a_receipt_is_refused_as_a_whole(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant)
    line = ReceiptLine(item_id=setting.item_ids[0], quantity=D(1))
    for fields, path in (
        ({"lines": []}, ("lines",)),
        ({"lines": [line] * 1001}, ("lines",)),
        ({"lines": [line], "currency": "USD"}, ("currency",)),
        ({"lines": [line], "reason": " "}, ("reason",)),
    ):
        with pytest.raises(InvalidInput) as refused:
            await _receive(setting, **fields)  # type: ignore[arg-type]
        assert refused.value.path == path
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("inventory.read")) as work:
            await receive_stock(work, location_id=setting.location_ids[0], lines=[line])
    async with tenant.work() as work:
        await work.execute(
            update(Location).where(Location.tenant_id == tenant.id).values(status="closed")
        )
    with pytest.raises(LocationClosed):
        await _receive(setting, line)
    assert await _nothing_was_written(tenant)


async def test_receipts_of_the_same_new_goods_at_once_all_count(tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, items=3)

    async def receive(number: int) -> None:
        items = setting.item_ids[:: 1 if number % 2 else -1]
        lines = [
            ReceiptLine(item_id=item, quantity=D(1), unit_cost=D("1.01") if number % 3 else None)
            for item in items
        ]
        await _receive(setting, *lines)

    await asyncio.gather(*(receive(number) for number in range(15)))
    assert [row[0] for row in await _rows(tenant, StockBalance.on_hand)] == [15] * 3
    numbers = [row[0] for row in await _rows(tenant, StockDocument.number)]
    assert sorted(numbers) == sorted(f"RC-{n}" for n in range(1, 16))
    assert await violations(tenant) == []
