"""Channels, price lists, supplier items, kits and opening stock come in from files, each by its own
rules, and are taken back."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.catalog.models import KitComponent, SupplierItem
from domain.channels.models import Channel
from domain.governance.governing import govern
from domain.inventory.lines import AdjustmentLine
from domain.inventory.models import ItemCost, StockBalance, StockMovement
from domain.inventory.operations.adjusting import adjust_stock
from domain.kernel.governing import ChangeRequestRequired
from domain.onboarding.imports.kinds import KINDS
from domain.onboarding.jobs.advancing import advance_import
from domain.onboarding.jobs.operations import start_import
from domain.pricing.models import PriceList
from tests.factories.conditions import until_somebody_waits_for
from tests.factories.importing import (
    ALL,
    asked,
    carry_out,
    counts,
    faults_of,
    imported,
    job_of,
    sent,
    undone,
)
from tests.factories.masters import new_entity, new_item, new_location, new_party
from tests.factories.tables import csv_of
from tests.factories.tenants import TenantUnderTest
from workers.handlers import HANDLERS


async def _rows(tenant: TenantUnderTest, table: Any, *columns: Any) -> list[tuple[Any, ...]]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(*columns).where(table.tenant_id == tenant.id).order_by(table.id)
        )
    return [tuple(row) for row in rows]


async def test_channels_are_made_changed_and_taken_back(tenant: TenantUnderTest) -> None:
    await new_entity(tenant, code="DE")
    header = "Channel Code,name,type,source,entity,split allowed"
    job = await imported(
        tenant,
        "channels",
        csv_of(
            header,
            "SHOP,Shop,storefront,shopify,DE,no",
            "EDI,Edi,edi,x12,NOWHERE,",
            "BAD,Bad,shoe shop,x12,DE,",
        ),
    )
    assert counts(job) == ("done", 1, 0, 0, 2)
    assert await faults_of(tenant, job.id) == [
        (3, "entity", "UNKNOWN_LEGAL_ENTITY"),
        (4, "type", "BAD_VALUE"),
    ]
    change = await imported(tenant, "channels", csv_of("code,name", "SHOP,Web shop"))
    assert counts(change) == ("done", 0, 1, 0, 0)
    assert await _rows(tenant, Channel, Channel.code, Channel.name, Channel.split_allowed) == [
        ("SHOP", "Web shop", False)
    ]
    assert (await undone(tenant, change.id)).undone == 1
    assert await _rows(tenant, Channel, Channel.name) == [("Shop",)]
    assert (await undone(tenant, job.id)).undo_refused == 1


async def test_price_lists_and_governed_ones(tenant: TenantUnderTest) -> None:
    await new_party(tenant, code="ACME")
    content = csv_of("code,name,currency,customer,valid from", "ACME,For Acme,eur,ACME,2026-01-01")
    job = await imported(tenant, "price_lists", content)
    assert counts(job) == ("done", 1, 0, 0, 0)
    fixed = await imported(tenant, "price_lists", csv_of("code,currency", "ACME,USD"))
    assert await faults_of(tenant, fixed.id) == [(2, "currency", "BAD_VALUE")]
    assert (await undone(tenant, job.id)).undone == 1
    assert await _rows(tenant, PriceList, PriceList.id) == []
    async with tenant.work() as work:
        await govern(work)
    for kind in ("price_lists", "prices"):
        with pytest.raises(ChangeRequestRequired):
            async with tenant.work() as work:
                await start_import(work, kind=kind, file=sent(content))
    dry = await imported(tenant, "price_lists", content, dry_run=True)
    assert await faults_of(tenant, dry.id) == [(2, None, "CHANGE_REQUEST_REQUIRED")]


async def test_supplier_items(tenant: TenantUnderTest) -> None:
    await new_item(tenant, sku="A")
    await new_party(tenant, code="MILL", is_supplier=True)
    await new_party(tenant, code="SHOP")
    job = await imported(
        tenant,
        "supplier_items",
        csv_of(
            "sku,vendor,lead time,moq,pack",
            "A,MILL,7,10,2.5",
            "A,MILL,8,,",
            "A,SHOP,7,,",
            "B,MILL,1,,",
            "A,NONE,x,,",
        ),
    )
    assert counts(job) == ("done", 1, 0, 0, 4)
    assert await faults_of(tenant, job.id) == [
        (3, None, "GIVEN_TWICE"),
        (4, "vendor", "NOT_FOUND"),
        (5, "sku", "UNKNOWN_ITEM"),
        (6, "lead time", "BAD_VALUE"),
    ]
    columns = (SupplierItem.lead_days, SupplierItem.minimum_quantity, SupplierItem.pack_size)
    assert await _rows(tenant, SupplierItem, *columns) == [(7, Decimal(10), Decimal("2.5"))]
    again = await imported(tenant, "supplier_items", csv_of("sku,vendor,moq", "A,MILL,10"))
    assert counts(again) == ("done", 0, 0, 1, 0)
    changed = await imported(tenant, "supplier_items", csv_of("sku,vendor,moq", "A,MILL,20"))
    assert counts(changed) == ("done", 0, 1, 0, 0)
    await undone(tenant, changed.id)
    assert await _rows(tenant, SupplierItem, *columns) == [(7, Decimal(10), Decimal("2.5"))]


async def test_kits_are_all_of_their_rows_or_nothing(tenant: TenantUnderTest) -> None:
    for sku in ("SET", "BOX", "CUP", "LID"):
        await new_item(tenant, sku=sku)
    job = await imported(
        tenant,
        "kits",
        csv_of(
            "kit,component,qty", "SET,CUP,2", "SET,LID,2", "BOX,CUP,1", "BOX,NONE,1", "CUP,CUP,1"
        ),
    )
    assert job.status == "done"
    assert await faults_of(tenant, job.id) == [
        (4, None, "OTHER_ROW_FAILED"),
        (5, "component", "UNKNOWN_ITEM"),
        (6, "component", "KIT_OF_ITSELF"),
    ]
    assert len(await _rows(tenant, KitComponent, KitComponent.id)) == 2
    other = await imported(tenant, "kits", csv_of("kit,component,qty", "SET,CUP,3"))
    assert counts(other) == ("done", 0, 1, 0, 0)
    assert (await undone(tenant, other.id)).undone == 1
    assert await _rows(tenant, KitComponent, KitComponent.quantity) == [(Decimal(2),)] * 2


@pytest.fixture
async def shelf(tenant: TenantUnderTest) -> TenantUnderTest:
    """A warehouse, and items of each kind of tracking."""
    entity = await new_entity(tenant, code="DE")
    await new_location(tenant, entity_id=entity, code="HAM")
    await new_item(tenant, sku="PLAIN", base_unit="EA")
    await new_item(tenant, sku="LOT", base_unit="EA", tracking="lot")
    await new_item(tenant, sku="PIECE", base_unit="EA", tracking="serial")
    return tenant


STOCK = csv_of(
    "warehouse,sku,on hand,cost,batch,best before,serial numbers",
    "HAM,PLAIN,10,2.50,,,",
    "HAM,LOT,4,1,L1,2027-01-31,",
    "HAM,PIECE,2,99,,,S1;S2",
)


async def _stock(tenant: TenantUnderTest) -> list[tuple[Any, ...]]:
    return await _rows(tenant, StockBalance, StockBalance.on_hand)


async def test_opening_stock_is_received_once_with_its_cost(shelf: TenantUnderTest) -> None:
    job = await imported(shelf, "opening_stock", STOCK)
    assert counts(job) == ("done", 3, 0, 0, 0)
    assert counts(await imported(shelf, "opening_stock", STOCK)) == ("done", 0, 0, 3, 0)
    assert await _stock(shelf) == [(Decimal(10),), (Decimal(4),), (Decimal(2),)]
    assert await _rows(shelf, ItemCost, ItemCost.value_minor) == [(2500,), (400,), (19800,)]
    assert await _rows(shelf, StockMovement, StockMovement.reason) == [("OPENING",)] * 3
    more = csv_of("warehouse,sku,on hand", "HAM,PLAIN,12", "HAM,LOT,1", "HAM,PLAIN,12")
    refused = await imported(shelf, "opening_stock", more)
    assert await faults_of(shelf, refused.id) == [
        (2, "on hand", "STOCK_THERE"),
        (3, "lot", "BAD_VALUE"),
        (4, None, "GIVEN_TWICE"),
    ]


async def test_the_same_opening_stock_twice_at_once_is_received_once(
    shelf: TenantUnderTest,
) -> None:
    """Somebody sent the file twice; two workers write it at the same time."""
    content = csv_of("warehouse,sku,on hand,cost", "HAM,PLAIN,10,2.50")
    jobs = [await asked(shelf, "opening_stock", content) for _ in range(2)]
    for job_id in jobs:
        async with shelf.work() as work:
            await advance_import(work, import_id=job_id)
        assert (await job_of(shelf, job_id)).status == "writing"

    async def write_second() -> None:
        async with shelf.work() as work:
            await advance_import(work, import_id=jobs[1])

    async with shelf.work() as work:
        await advance_import(work, import_id=jobs[0])
        second = asyncio.create_task(write_second())
        await until_somebody_waits_for(work)
    await second
    await carry_out(shelf)
    assert [counts(await job_of(shelf, job_id)) for job_id in jobs] == [
        ("done", 1, 0, 0, 0),
        ("done", 0, 0, 1, 0),
    ]
    assert await _stock(shelf) == [(Decimal(10),)]
    assert await _rows(shelf, ItemCost, ItemCost.value_minor) == [(2500,)]


async def test_opening_stock_is_taken_back_unless_it_was_used(shelf: TenantUnderTest) -> None:
    job = await imported(shelf, "opening_stock", STOCK)
    async with shelf.work() as work:
        row = await work.row(
            select(StockBalance.item_id, StockBalance.location_id)
            .where(StockBalance.tenant_id == shelf.id)
            .order_by(StockBalance.id)
        )
        assert row is not None
        line = AdjustmentLine(item_id=row.item_id, delta=Decimal(-1))
        await adjust_stock(work, location_id=row.location_id, lines=[line], reason="broken")
    over = await undone(shelf, job.id)
    assert (over.undone, over.undo_refused) == (2, 1)
    assert await _stock(shelf) == [(Decimal(9),), (Decimal(0),), (Decimal(0),)]
    assert await _rows(shelf, ItemCost, ItemCost.value_minor) == [(2250,), (0,), (0,)]


async def test_a_piece_lies_in_one_place_only(shelf: TenantUnderTest) -> None:
    content = csv_of(
        "warehouse,sku,on hand,serial numbers,condition",
        "HAM,PLAIN,10,,",
        "HAM,PIECE,1,S1,new",
        "HAM,PIECE,1,S1,refurbished",
    )
    dry = await imported(shelf, "opening_stock", content, dry_run=True)
    assert (dry.status, dry.created, dry.rows_failed) == ("done", 2, 1)
    assert await faults_of(shelf, dry.id) == [(4, "serial numbers", "CODE_TAKEN")]
    none = await imported(shelf, "opening_stock", content, error_policy=ALL)
    assert (none.status, none.problem) == ("failed", "Rows have faults.")
    assert await _stock(shelf) == []


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_events_that_may_go_unheard_have_no_handler_but_the_webhooks(kind: str) -> None:
    for event_type in KINDS[kind].events:
        assert HANDLERS.of(event_type) == HANDLERS.of("nothing.of_the_kind")
