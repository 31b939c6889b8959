"""Parties, locations and prices from tables."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from domain.entities.models import Location, Party, PartyAddress, PartyIdentifier
from domain.entities.operations.parties import update_party
from domain.kernel.models import AuditEntry, EventRecord
from domain.onboarding.imports.outcomes import ImportReport
from domain.onboarding.operations import import_table
from domain.pricing.models import Price
from tests.factories.masters import (
    new_channel,
    new_entity,
    new_item,
    new_party,
    new_price_list,
    price,
)
from tests.factories.tables import csv_of, xlsx_of
from tests.factories.tenants import TenantUnderTest

ROOT = Path(__file__).resolve()


async def _import(tenant: TenantUnderTest, kind: str, content: bytes, **how: Any) -> ImportReport:
    async with tenant.work() as work:
        return await import_table(work, kind=kind, content=content, **how)


def _errors(report: ImportReport) -> list[tuple[int, str | None, str]]:
    return [(error.row, error.column, error.code) for error in report.errors]


async def _count(tenant: TenantUnderTest, table: Any) -> int:
    async with tenant.read() as reader:
        statement = select(func.count()).select_from(table).where(table.tenant_id == tenant.id)
        return int(await reader.value(statement))


async def _parties(tenant: TenantUnderTest) -> dict[str, tuple[str | None, str | None, bool, bool]]:
    parent, payer = aliased(Party), aliased(Party)
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(
                Party.code,
                parent.code.label("parent"),
                payer.code.label("payer"),
                Party.is_customer,
                Party.is_supplier,
            )
            .outerjoin(parent, parent.id == Party.parent_id)
            .outerjoin(payer, payer.id == Party.bill_to_id)
            .where(Party.tenant_id == tenant.id)
        )
    return {r.code: (r.parent, r.payer, r.is_customer, r.is_supplier) for r in rows}


PARTIES = csv_of(
    "Customer No,Customer Name,Type,Parent,Bill-To,Store Number,Address,City,State,ZIP,"
    "Country,channel:EDI,identifier",
    'S1,Store 1,,HQ,HQ,0001,"1 Main St, Apt 2",Reno,NV,89501,us,925485001,',
    "S1,,,,,0002,2 Side St,Reno,NV,89502,US,,store-one",
    'HQ,Head Office,"Customer, Vendor",,,,,,,,,,',
)


async def test_parties_come_with_tree_addresses_and_codes_and_twice_is_once(
    tenant: TenantUnderTest,
) -> None:
    await new_channel(tenant, entity_id=await new_entity(tenant), code="EDI")
    dry = await _import(tenant, "parties", PARTIES, dry_run=True)
    assert (dry.errors, dry.created, dry.written) == ((), 2, False)
    assert await _parties(tenant) == {}
    report = await _import(tenant, "parties", PARTIES)
    assert (report.rows, report.created, report.updated) == (3, 2, 0)
    assert await _parties(tenant) == {
        "S1": ("HQ", "HQ", True, False), "HQ": (None, None, True, True),
    }  # fmt: skip
    async with tenant.read() as reader:
        addresses = await reader.rows(
            select(PartyAddress.kind, PartyAddress.code, PartyAddress.line1, PartyAddress.country)
            .where(PartyAddress.tenant_id == tenant.id)
            .order_by(PartyAddress.code)
        )
        codes = await reader.values(
            select(PartyIdentifier.value)
            .where(PartyIdentifier.tenant_id == tenant.id)
            .order_by(PartyIdentifier.value)
        )
    assert [tuple(row) for row in addresses] == [
        ("ship_to", "0001", "1 Main St, Apt 2", "US"), ("ship_to", "0002", "2 Side St", "US"),
    ]  # fmt: skip
    assert codes == ["925485001", "store-one"]
    events = await _count(tenant, EventRecord)
    again = await _import(tenant, "parties", PARTIES)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    assert await _count(tenant, EventRecord) == events


async def test_a_changed_address_or_code_is_a_change_of_the_party(tenant: TenantUnderTest) -> None:
    await _import(tenant, "parties", csv_of("code,name,city", "A,a,Ulm", "B,b,Bonn"))
    report = await _import(
        tenant, "parties", csv_of("code,city,identifier", "A,Jena,", "B,Bonn,b-1")
    )
    assert (report.updated, report.unchanged) == (2, 0)
    async with tenant.read() as reader:
        changed = await reader.values(
            select(EventRecord.payload)
            .where(EventRecord.tenant_id == tenant.id, EventRecord.type == "entities.party_changed")
            .order_by(EventRecord.id)
        )
    assert changed == [{"changed": ["addresses"]}, {"changed": ["identifiers"]}]


@pytest.mark.parametrize(
    ("rows", "errors"),
    [
        (["A,a,B,", "B,b,A,"], [(2, "parent", "PARTY_CYCLE"), (3, "parent", "PARTY_CYCLE")]),
        (["A,a,A,"], [(2, "parent", "PARTY_CYCLE")]),
        (["OLD,,A,", "A,a,OLD,"], [(2, "parent", "PARTY_CYCLE"), (3, "parent", "PARTY_CYCLE")]),
        (["ABOVE,,A,", "A,a,OLD,"], [(2, "parent", "PARTY_CYCLE"), (3, "parent", "PARTY_CYCLE")]),
        (["A,a,GHOST,"], [(2, "parent", "UNKNOWN_PARTY")]),
        (
            ["A,a,B,", "B,,,", "C,c,A,"],
            [
                (2, "parent", "UNKNOWN_PARTY"), (3, "name", "MISSING"),
                (4, "parent", "UNKNOWN_PARTY"),
            ],
        ),
        (["A,a,,x@y@z"], [(2, "email", "BAD_VALUE")]),
        (["A,a,,", "A,b,,"], [(3, "name", "CONTRADICTION")]),
    ],
)  # fmt: skip
async def test_trees_that_cannot_be_are_told(
    tenant: TenantUnderTest, rows: list[str], errors: list[tuple[int, str, str]]
) -> None:
    above = await new_party(tenant, code="ABOVE")
    await new_party(tenant, code="OLD", parent_id=above)
    report = await _import(tenant, "parties", csv_of("code,name,parent,email", *rows))
    assert _errors(report) == errors
    assert report.written is False
    assert (await _parties(tenant)).keys() == {"ABOVE", "OLD"}


async def test_codes_and_roles_of_parties_are_checked(tenant: TenantUnderTest) -> None:
    content = csv_of(
        "code,name,roles,is_customer,identifier,channel,address_code,city",
        "A,a,,,1,,,",
        "B,b,,,1,,,",
        "C,c,,no,,,,",
        "D,d,friend,,,,,",
        "E,e,,,5,MALL,,",
        "F,f,,,,MALL,,",
        "G,g,,,,,9,",
        "H,h,,,,,1,Ulm",
        "H,,,,,,1,Bonn",
    )
    report = await _import(tenant, "parties", content, skip_failed_rows=True)
    assert _errors(report) == [
        (3, "identifier", "CODE_TAKEN"),
        (4, "roles", "NO_ROLE"),
        (5, "roles", "BAD_VALUE"),
        (6, "channel", "UNKNOWN_CHANNEL"),
        (7, "identifier", "MISSING"),
        (8, "address_code", "MISSING"),
        (9, None, "OTHER_ROW_FAILED"),
        (10, "address_code", "CONTRADICTION"),
    ]
    assert (await _parties(tenant)).keys() == {"A"}


async def test_an_import_and_a_move_that_would_close_a_cycle_do_not_both_succeed(
    tenant: TenantUnderTest,
) -> None:
    a, b = await new_party(tenant, code="A"), await new_party(tenant, code="B")

    async def move() -> bool:
        async with tenant.work() as work:
            await update_party(work, party_id=a, parent_id=b)
        return True

    outcomes = await asyncio.gather(
        move(), _import(tenant, "parties", csv_of("code,parent", "B,A")), return_exceptions=True
    )
    moved = outcomes[0] is True
    report = outcomes[1]
    assert isinstance(report, ImportReport)
    assert moved is not report.written
    parents = [parent for parent, *_ in (await _parties(tenant)).values()]
    assert sorted(parent is None for parent in parents) == [False, True]


async def test_locations_come_from_a_workbook(tenant: TenantUnderTest) -> None:
    await new_entity(tenant, code="DE1")
    rows = [
        ("Code", "Name", "Type", "Company", "Timezone", "Cut-off", "Street", "Country"),
        ("EAST", "East", "Third party", "DE1", "Europe/Berlin", "15:30", "Hafen 1", "de"),
        ("BAD", "Bad", "garage", "DE9", "Mars", "3pm", None, "XX"),
        ("NEW", None, None, None, None, None, None, None),
        ("X", "X", "owned", "DE9", None, None, None, None),
    ]
    report = await _import(tenant, "locations", xlsx_of(*rows), skip_failed_rows=True)
    assert _errors(report) == [
        (3, "Type", "BAD_VALUE"), (3, "Timezone", "BAD_VALUE"), (3, "Cut-off", "BAD_VALUE"),
        (3, "Country", "BAD_VALUE"), (4, "Name", "MISSING"), (4, "Type", "MISSING"),
        (4, "Company", "MISSING"), (5, "Company", "UNKNOWN_ENTITY"),
    ]  # fmt: skip
    async with tenant.read() as reader:
        row = await reader.row(select(Location).where(Location.tenant_id == tenant.id))
    assert row is not None
    assert (row.code, row.kind, row.time_zone, str(row.cut_off_time), row.line1, row.country) == (
        "EAST", "third_party", "Europe/Berlin", "15:30:00", "Hafen 1", "DE",
    )  # fmt: skip
    again = await _import(tenant, "locations", xlsx_of(*rows[:2]))
    assert (again.created, again.updated, again.unchanged) == (0, 0, 1)
    renamed = await _import(tenant, "locations", csv_of("code,name,kind", "EAST,Ost,store"))
    assert (renamed.created, renamed.updated) == (0, 1)


async def test_prices_go_to_their_lists(tenant: TenantUnderTest) -> None:
    one, two = await new_price_list(tenant, code="ONE"), await new_price_list(tenant, code="TWO")
    item = await new_item(tenant, sku="A")
    await new_item(tenant, sku="B", base_unit="pair")
    await price(tenant, one, item, "5")
    content = csv_of(
        "Price List;SKU;UoM;Min Qty;Price",
        "ONE;A;EA;;5",
        "ONE;A;;10;4,50",
        "TWO;B;;;0.000001",
        "TWO;B;pr;1;2",
        "THREE;A;;;1",
        "ONE;Z;;;1",
        "ONE;A;case;;1",
        "ONE;A;;;-1",
        "ONE;A;;0;1",
        "ONE;A;;;",
    )
    dry = await _import(tenant, "prices", content, dry_run=True)
    assert _errors(dry) == [
        (5, None, "GIVEN_TWICE"), (6, "Price List", "UNKNOWN_PRICE_LIST"),
        (7, "SKU", "UNKNOWN_ITEM"), (8, "UoM", "UNKNOWN_UNIT"), (9, "Price", "BAD_VALUE"),
        (10, "Min Qty", "BAD_VALUE"), (11, "Price", "MISSING"),
    ]  # fmt: skip
    assert (dry.valid, dry.created, dry.unchanged, await _count(tenant, Price)) == (3, 2, 1, 1)
    report = await _import(tenant, "prices", content, skip_failed_rows=True)
    assert (report.created, report.updated, report.unchanged) == (2, 0, 1)
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(Price.price_list_id, Price.unit, Price.minimum_quantity, Price.unit_price)
            .where(Price.tenant_id == tenant.id)
            .order_by(Price.price_list_id, Price.minimum_quantity)
        )
    assert [(r[0], r[1], float(r[2]), str(r[3])) for r in rows] == [
        (one, "each", 1.0, "5.000000"), (one, "each", 10.0, "4.500000"),
        (two, "pair", 1.0, "0.000001"),
    ]  # fmt: skip


def _vendors() -> Path | None:
    stated = os.environ.get("CROSSDOCK_SAMPLES")
    folders = [Path(stated)] if stated else [p / "shared" / "samples" for p in ROOT.parents]
    files = (folder / "purchasing" / "adventureworks_Vendor.csv" for folder in folders)
    return next((path for path in files if path.is_file()), None)


@pytest.mark.skipif(_vendors() is None, reason="no shared/samples beside this checkout")
async def test_real_vendors_are_imported(tenant: TenantUnderTest) -> None:
    path = _vendors()
    assert path is not None
    content = path.read_bytes()
    report = await _import(tenant, "parties", content, filename=path.name)
    rows = content.decode("utf-8-sig").strip().count("\n")
    assert (report.errors, report.rows, report.created) == ((), rows, rows)
    assert await _count(tenant, Party) == rows
    async with tenant.read() as reader:
        note = await reader.value(
            select(AuditEntry.after).where(
                AuditEntry.tenant_id == tenant.id, AuditEntry.action == "import_table"
            )
        )
    assert note == json.loads(
        json.dumps({
            "kind": "parties", "filename": "adventureworks_Vendor.csv", "created": rows,
            "updated": 0, "unchanged": 0,
        })
    )  # fmt: skip
