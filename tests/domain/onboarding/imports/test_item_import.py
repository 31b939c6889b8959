"""Items from tables: every error before anything is written, then all, once."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from domain.catalog.item_upserts import WantedItem, upsert_items
from domain.catalog.models import Item, ItemIdentifier, ItemUnit
from domain.catalog.operations.item_identifiers import assign_item_identifier
from domain.catalog.policy import IdentifierKey
from domain.kernel.errors import Conflict, InvalidInput, NotPermitted
from domain.kernel.models import AuditEntry, EventRecord, Outbox
from domain.onboarding.imports.outcomes import ImportReport, UnreadableTable
from domain.onboarding.operations import import_table
from tests.factories.masters import new_channel, new_entity, new_item
from tests.factories.statements import counted_statements
from tests.factories.tables import csv_of, xlsx_of
from tests.factories.tenants import TenantUnderTest, new_tenant

GOOD = csv_of(
    "SKU;Item Name;UoM;Barcode;unit:case;gtin:case;channel:SHOP;Colour",
    "A1;Bolt;EA;036000291452;12;10614141000415;v-1;red",
    "A2;Nut;each;;1/2;;;blue",
)


async def _import(tenant: TenantUnderTest, content: bytes, **how: Any) -> ImportReport:
    async with tenant.work() as work:
        return await import_table(work, kind="items", content=content, **how)


async def _counts(tenant: TenantUnderTest) -> list[int]:
    tables = (Item, ItemUnit, ItemIdentifier, EventRecord, Outbox, AuditEntry)
    async with tenant.read() as reader:
        return [
            await reader.value(
                select(func.count()).select_from(table).where(table.tenant_id == tenant.id)
            )
            for table in tables
        ]


async def _items(tenant: TenantUnderTest) -> dict[str, tuple[str, str, str, int]]:
    async with tenant.read() as reader:
        rows = await reader.rows(select(Item).where(Item.tenant_id == tenant.id))
    return {row.sku: (row.name, row.base_unit, row.status, row.version) for row in rows}


async def _details(tenant: TenantUnderTest) -> tuple[set[Any], set[Any]]:
    async with tenant.read() as reader:
        units = await reader.rows(
            select(Item.sku, ItemUnit.unit, ItemUnit.numerator, ItemUnit.denominator)
            .join(ItemUnit, ItemUnit.item_id == Item.id)
            .where(Item.tenant_id == tenant.id, ItemUnit.tenant_id == tenant.id)
        )
        codes = await reader.rows(
            select(Item.sku, ItemIdentifier.scheme, ItemIdentifier.value, ItemIdentifier.unit)
            .join(ItemIdentifier, ItemIdentifier.item_id == Item.id)
            .where(Item.tenant_id == tenant.id, ItemIdentifier.tenant_id == tenant.id)
        )
    return {tuple(row) for row in units}, {tuple(row) for row in codes}


async def _with_shop(tenant: TenantUnderTest) -> int:
    return await new_channel(tenant, entity_id=await new_entity(tenant), code="SHOP")


async def test_a_dry_run_tells_all_and_writes_nothing(tenant: TenantUnderTest) -> None:
    await _with_shop(tenant)
    before = await _counts(tenant)
    report = await _import(tenant, GOOD, dry_run=True)
    assert report == ImportReport(
        kind="items",
        rows=2,
        valid=2,
        errors=(),
        ignored_columns=("Colour",),
        created=2,
        updated=0,
        unchanged=0,
        written=False,
    )
    assert await _counts(tenant) == before


async def test_items_come_with_their_units_and_codes_and_twice_is_once(
    tenant: TenantUnderTest,
) -> None:
    await _with_shop(tenant)
    first = await _import(tenant, GOOD, filename="items.csv")
    assert (first.written, first.created, first.updated, first.unchanged) == (True, 2, 0, 0)
    assert await _items(tenant) == {
        "A1": ("Bolt", "EA", "active", 1), "A2": ("Nut", "each", "active", 1),
    }  # fmt: skip
    assert await _details(tenant) == (
        {("A1", "EA", 1, 1), ("A1", "case", 12, 1), ("A2", "each", 1, 1), ("A2", "case", 1, 2)},
        {
            ("A1", "gtin", "00036000291452", None),
            ("A1", "gtin", "10614141000415", "case"),
            ("A1", "channel", "v-1", None),
        },
    )
    before = await _counts(tenant)
    again = await _import(tenant, GOOD, filename="items.csv")
    assert (again.written, again.created, again.updated, again.unchanged) == (True, 0, 0, 2)
    after = await _counts(tenant)
    assert after == [*before[:5], before[5] + 1]


async def test_blank_cells_say_nothing_and_others_change(tenant: TenantUnderTest) -> None:
    await new_item(tenant, sku="A1", name="Old", base_unit="PCE", tax_code="T1")
    report = await _import(
        tenant, csv_of("sku,name,base unit,tax code,unit,pack size", "A1,New,EA,,CS,6", "A1,,,,,")
    )
    assert (report.errors, report.created, report.updated) == ((), 0, 1)
    assert await _items(tenant) == {"A1": ("New", "PCE", "active", 2)}
    assert (await _details(tenant))[0] == {("A1", "PCE", 1, 1), ("A1", "CS", 6, 1)}
    async with tenant.read() as reader:
        audit = await reader.row(
            select(AuditEntry.before, AuditEntry.after).where(
                AuditEntry.tenant_id == tenant.id, AuditEntry.action == "import_items"
            )
        )
        event = await reader.value(
            select(EventRecord.payload).where(
                EventRecord.tenant_id == tenant.id, EventRecord.type == "catalog.item_changed"
            )
        )
    assert audit is not None
    assert tuple(audit) == (
        {"name": "Old", "units": None}, {"name": "New", "units": {"CS": ["6", "1"]}},
    )  # fmt: skip
    assert event == {"changed": ["name", "units"]}


HEADER = (
    "sku,name,base_unit,tracking,gtin,unit,unit_quantity,unit_gtin,channel,channel_sku,unit:box"
)
FAULTS = [
    (",Bolt,EA", "sku", "MISSING"),
    ("X,,EA", "name", "MISSING"),
    ("X,Bolt,", "base_unit", "MISSING"),
    ("X,Bolt,EA,batch", "tracking", "BAD_VALUE"),
    ("X,Bolt,EA,,036000291453", "gtin", "BAD_VALUE"),
    ("X,Bolt,EA,,,case", "unit_quantity", "MISSING"),
    ("X,Bolt,EA,,,,12", "unit", "MISSING"),
    ('X,Bolt,EA,,,case,"1,234"', "unit_quantity", "BAD_VALUE"),
    ("X,Bolt,EA,,,case,0", "unit_quantity", "BAD_VALUE"),
    ("X,Bolt,EA,,,PCE,12", "unit_quantity", "BASE_UNIT_IS_ONE"),
    ("X,Bolt,EA,,,,,036000291452", "unit_gtin", "UNKNOWN_UNIT"),
    ("X,Bolt,EA,,,,,,SHOP,", "channel_sku", "MISSING"),
    ("X,Bolt,EA,,,,,,,v1", "channel", "MISSING"),
    ("X,Bolt,EA,,,,,,MALL,v1", "channel", "UNKNOWN_CHANNEL"),
    ("X,Bolt,EA,,00036000291469", "gtin", "CODE_TAKEN"),
    ("X,Bolt,EA,,,,,,SHOP,taken", "channel_sku", "CODE_TAKEN"),
    ("X,Bolt,EA,,,,,,,,minus", "unit:box", "BAD_VALUE"),
    ("X,Bolt,EA,,,,,,,,5,more", None, "TOO_MANY_CELLS"),
    ("HELD,,KGM", "base_unit", "BASE_UNIT_FIXED"),
    ("HELD,,,lot", "tracking", "TRACKING_FIXED"),
    ("GOOD,Another", "name", "CONTRADICTION"),
]


@pytest.mark.parametrize(("row", "column", "code"), FAULTS)
async def test_a_fault_is_told_where_it_is_and_keeps_all_from_being_written(
    tenant: TenantUnderTest, row: str, column: str | None, code: str
) -> None:
    shop = await _with_shop(tenant)
    held = await new_item(tenant, sku="HELD", base_unit="EA")
    async with tenant.work() as work:
        for key in (
            IdentifierKey(scheme="gtin", value="036000291469"),
            IdentifierKey(scheme="channel", value="taken", channel_id=shop),
        ):
            await assign_item_identifier(work, item_id=held, key=key)
    before = await _counts(tenant)
    content = csv_of(HEADER, "GOOD,Nut,EA", row, "LAST,Pin,EA")
    for dry_run in (True, False):
        report = await _import(tenant, content, dry_run=dry_run)
        assert [(e.row, e.column, e.code) for e in report.errors] == [(3, column, code)]
        assert report.errors[0].message
        assert (report.written, report.rows, report.valid) == (False, 3, 2)
        assert await _counts(tenant) == before
    skipped = await _import(tenant, content, skip_failed_rows=True)
    expected = {"GOOD", "HELD", "LAST"}
    assert (skipped.written, skipped.created, set(await _items(tenant))) == (True, 2, expected)


async def test_all_faults_of_all_rows_are_told_at_once(tenant: TenantUnderTest) -> None:
    content = csv_of(HEADER, "A,x,EA,batch,1", "B,,", "C,Pin,EA,none,,case,x", "A,Bolt,EA")
    report = await _import(tenant, content, dry_run=True)
    assert [(e.row, e.column, e.code) for e in report.errors] == [
        (2, "tracking", "BAD_VALUE"),
        (2, "gtin", "BAD_VALUE"),
        (3, "name", "MISSING"),
        (3, "base_unit", "MISSING"),
        (4, "unit_quantity", "BAD_VALUE"),
    ]
    assert (report.valid, report.created) == (1, 1)


async def test_a_code_is_given_to_one_item_of_the_file(tenant: TenantUnderTest) -> None:
    content = csv_of("sku,name,base_unit,gtin", "A,a,EA,036000291452", "B,b,EA,0036000291452")
    report = await _import(tenant, content)
    assert [(e.row, e.code, e.message) for e in report.errors] == [
        (3, "CODE_TAKEN", "00036000291452 is the code of A.")
    ]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("name,base_unit", "a,EA"), "MISSING_COLUMN"),
        (("sku,Item No.", "a,b"), "DOUBLE_COLUMN"),
        (("sku,unit:case,unit: case", "a,1,2"), "DOUBLE_COLUMN"),
        (("colour,size", "red,5"), "NO_HEADER"),
    ],
)
async def test_a_table_without_its_columns_is_refused(
    tenant: TenantUnderTest, lines: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(UnreadableTable) as refusal:
        await _import(tenant, csv_of(*lines))
    assert refusal.value.fields["reason"] == reason


async def test_a_workbook_with_a_title_is_imported(tenant: TenantUnderTest) -> None:
    content = xlsx_of(
        ("Items of 2026", None, None, None),
        ("Item No.", "Item Name", "Base UoM", "Pack size"),
        (4711, "Bolt", "EA", None),
        ("B", "Nut", "EA", "=1+1"),
        merged="A1:D1",
    )
    report = await _import(tenant, content, skip_failed_rows=True)
    assert [(e.row, e.column, e.code) for e in report.errors] == [
        (4, "Pack size", "FORMULA_WITHOUT_VALUE")
    ]
    assert await _items(tenant) == {"4711": ("Bolt", "EA", "active", 1)}


async def test_thousands_of_rows_take_a_few_statements(tenant: TenantUnderTest) -> None:
    rows = [f"S{n},Item {n},EA,{n % 40 + 2}" for n in range(3000)]
    with counted_statements(tenant.engine) as seen:
        report = await _import(tenant, csv_of("sku,name,base_unit,unit:case", *rows))
    assert (report.created, report.errors) == (3000, ())
    assert (await _counts(tenant))[:3] == [3000, 6000, 0]
    assert len(seen) < 30


async def test_two_imports_of_the_same_file_at_once_make_each_item_once(
    tenant: TenantUnderTest,
) -> None:
    content = csv_of("sku,name,base_unit", *[f"S{n},Item {n},EA" for n in range(50)])
    reports = await asyncio.gather(*(_import(tenant, content) for _ in range(3)))
    assert sum(report.created for report in reports) == 50
    assert (await _counts(tenant))[:4] == [50, 50, 0, 50]


async def test_a_code_that_another_got_meanwhile_stops_the_import(tenant: TenantUnderTest) -> None:
    holder = await new_item(tenant, sku="HOLDER")
    key = IdentifierKey(scheme="gtin", value="00036000291452")
    async with tenant.work() as work:
        await assign_item_identifier(work, item_id=holder, key=key)
    wanted = WantedItem(fields={"name": "a", "base_unit": "EA"}, codes={key: None})
    with pytest.raises(Conflict):
        async with tenant.work() as work:
            await upsert_items(work, {"A": wanted})
    assert set(await _items(tenant)) == {"HOLDER"}


async def test_other_tenants_channels_and_items_do_not_exist(tenant: TenantUnderTest) -> None:
    await _with_shop(tenant)
    await _import(tenant, GOOD)
    stranger = await new_tenant(tenant.engine, now=tenant.now)
    report = await _import(stranger, GOOD, skip_failed_rows=True)
    assert [(e.row, e.column, e.code) for e in report.errors] == [
        (2, "channel:SHOP", "UNKNOWN_CHANNEL")
    ]
    assert set(await _items(stranger)) == {"A2"}
    assert (await _items(tenant))["A2"][3] == 1


async def test_importing_asks_for_its_permission_and_a_known_kind(tenant: TenantUnderTest) -> None:
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("catalog.manage")) as work:
            await import_table(work, kind="items", content=GOOD)
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await import_table(work, kind="unicorns", content=GOOD)
