"""A file is imported by the worker: staged, checked, written, counted, and undone."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, update

from domain.catalog.models import Item, ItemUnit, KitComponent
from domain.catalog.operations.item_identifiers import assign_item_identifier
from domain.catalog.policy import IdentifierKey
from domain.kernel.errors import InvalidInput, InvalidState, NotFound, NotPermitted
from domain.kernel.models import EventRecord, Outbox
from domain.onboarding.files.storing import window
from domain.onboarding.imports.kinds import KINDS
from domain.onboarding.job_models import ImportChange, ImportClaim, ImportRow, StoredFile
from domain.onboarding.jobs.advancing import advance_import
from domain.onboarding.jobs.operations import (
    cancel_import,
    save_import_mapping,
    start_import,
    undo_import,
)
from tests.factories.delivering import deliver_all
from tests.factories.importing import (
    ALL,
    asked,
    counts,
    faults_of,
    imported,
    job_of,
    sent,
    undone,
)
from tests.factories.masters import new_item
from tests.factories.tables import csv_of, xlsx_of
from tests.factories.tenants import TenantUnderTest, new_tenant

GOOD = csv_of(
    "sku,name,base_unit,barcode,unit:case",
    "A1,Bolt,EA,036000291452,12",
    "A2,Nut,EA,,",
)
MIXED = csv_of(
    "sku,name,base_unit,barcode",
    "A1,Bolt,EA,036000291452",
    "A2,Nut,EA,12345",
    "A3,,EA,",
    "A4,Washer,EA,036000291452",
    "A5,Screw,EA,",
)


async def _skus(tenant: TenantUnderTest) -> list[str]:
    async with tenant.read() as reader:
        return list(
            await reader.values(
                select(Item.sku).where(Item.tenant_id == tenant.id).order_by(Item.sku)
            )
        )


async def _count(tenant: TenantUnderTest, table: Any) -> int:
    async with tenant.read() as reader:
        wanted = select(func.count()).select_from(table).where(table.tenant_id == tenant.id)
        return int(await reader.value(wanted))


async def test_a_file_is_imported_and_the_same_file_again_changes_nothing(
    tenant: TenantUnderTest,
) -> None:
    job = await imported(tenant, "items", GOOD)
    assert counts(job) == ("done", 2, 0, 0, 0)
    assert (job.rows_read, job.rows_done, job.ended_at) == (2, 2, tenant.now)
    again = await imported(tenant, "items", GOOD)
    assert counts(again) == ("done", 0, 0, 2, 0)
    assert await _skus(tenant) == ["A1", "A2"]
    assert [await _count(tenant, table) for table in (ImportRow, ImportClaim)] == [0, 0]


async def test_bad_rows_are_named_and_the_others_imported(tenant: TenantUnderTest) -> None:
    job = await imported(tenant, "items", MIXED)
    assert counts(job) == ("done", 2, 0, 0, 3)
    assert await faults_of(tenant, job.id) == [
        (3, "barcode", "BAD_VALUE"),
        (4, "name", "MISSING"),
        (5, "barcode", "CODE_TAKEN"),
    ]
    assert await _skus(tenant) == ["A1", "A5"]


async def test_a_dry_run_tells_all_of_it_and_writes_nothing(tenant: TenantUnderTest) -> None:
    job = await imported(tenant, "items", MIXED, dry_run=True)
    assert counts(job) == ("done", 2, 0, 0, 3)
    assert len(await faults_of(tenant, job.id)) == 3
    assert await _skus(tenant) == []
    assert await _count(tenant, ImportChange) == 0


async def test_one_fault_keeps_all_out_when_it_is_asked_for(tenant: TenantUnderTest) -> None:
    job = await imported(tenant, "items", MIXED, error_policy=ALL)
    assert (job.status, job.problem, job.rows_failed) == ("failed", "Rows have faults.", 3)
    assert await _skus(tenant) == []
    sound = await imported(tenant, "items", GOOD, error_policy=ALL)
    assert counts(sound) == ("done", 2, 0, 0, 0)


async def test_a_fault_that_nobody_could_foresee_takes_all_back_when_it_is_asked_for(
    tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody gives away a code between the checking and the writing of its row."""
    monkeypatch.setitem(KINDS, "items", replace(KINDS["items"], part_rows=1))
    content = csv_of("sku,name,uom,ean", "A1,Bolt,EA,", "A2,Nut,EA,036000291452")
    import_id = await asked(tenant, "items", content, error_policy=ALL)
    while (await job_of(tenant, import_id)).status != "writing":
        async with tenant.work() as work:
            await advance_import(work, import_id=import_id)
    mine = await new_item(tenant, sku="MINE", base_unit="EA")
    async with tenant.work() as work:
        key = IdentifierKey(scheme="gtin", value="036000291452")
        await assign_item_identifier(work, item_id=mine, key=key)
    await deliver_all(tenant)
    job = await job_of(tenant, import_id)
    assert (job.status, job.undone, job.rows_failed) == ("undone", 1, 1)
    assert await faults_of(tenant, import_id) == [(3, "ean", "CODE_TAKEN")]
    assert await _skus(tenant) == ["MINE"]


async def test_rows_of_one_record_are_brought_together_from_far_apart(
    tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts of the file are small here: the case's row is read long after the item's."""
    monkeypatch.setattr("domain.onboarding.jobs.reading.WINDOW_BYTES", 128)
    rows = [f"B{n},Item,EA,," for n in range(40)]
    content = csv_of(
        "sku,name,base_unit,unit,unit_quantity",
        "A1,Bolt,EA,,",
        *rows,
        "A1,Other name,,,",
        "A1,,,case,12",
    )
    job = await imported(tenant, "items", content)
    assert counts(job) == ("done", 41, 0, 0, 1)
    assert await faults_of(tenant, job.id) == [(43, "name", "CONTRADICTION")]
    async with tenant.read() as reader:
        units = await reader.values(
            select(ItemUnit.unit)
            .join(Item, Item.id == ItemUnit.item_id)
            .where(Item.tenant_id == tenant.id, ItemUnit.tenant_id == tenant.id, Item.sku == "A1")
        )
    assert sorted(units) == ["EA", "case"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
async def test_parts_end_at_rows_in_every_encoding(
    tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr("domain.onboarding.jobs.reading.WINDOW_BYTES", 200)
    rows = [f'S{n};Größe {n};EA;"Zeile ""{n}""\r\nzweite Zeile ÄÖÜ"' for n in range(50)]
    job = await imported(tenant, "items", csv_of("sku;name;uom;Notiz", *rows, encoding=encoding))
    assert (job.status, job.problem, job.created) == ("done", None, 50)


async def test_a_workbook_is_read_in_parts(
    tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.onboarding.jobs.reading.WORKBOOK_ROWS", 4)
    rows = [(f"X{n}", "Item", "EA") for n in range(10)]
    job = await imported(tenant, "items", xlsx_of(("sku", "name", "uom"), *rows))
    assert (job.status, job.problem, job.rows_read, job.created) == ("done", None, 10, 10)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "This is an old or password-protected"),
        (b"PK\x03\x04 nothing", "The XLSX file is damaged"),
        (b"colour,size\r\nred,1\r\n", "No header was found."),
        (b"sku,name,base_unit\r\nA,\xff,EA\r\n", "Line 2 is not UTF-8"),
        (b'sku,name,base_unit\r\nA,"Bolt,EA\r\n', "The row that begins in line 2"),
    ],
)
async def test_a_file_that_cannot_be_read_ends_the_import(
    tenant: TenantUnderTest, content: bytes, says: str
) -> None:
    job = await imported(tenant, "items", content)
    assert job.status == "failed"
    assert job.problem.startswith(says)


async def test_an_import_is_undone_and_what_was_touched_since_stays(
    tenant: TenantUnderTest,
) -> None:
    await new_item(tenant, sku="A2", name="Old nut", base_unit="EA")
    job = await imported(
        tenant,
        "items",
        csv_of("sku,name,base_unit,unit:case", "A1,Bolt,EA,6", "A2,Nut,,10", "A3,Pin,EA,"),
    )
    assert counts(job) == ("done", 2, 1, 0, 0)
    async with tenant.work() as work:
        await work.execute(
            update(Item)
            .where(Item.tenant_id == tenant.id, Item.sku == "A3")
            .values(name="Mine", version=Item.version + 1)
        )
    over = await undone(tenant, job.id)
    assert (over.status, over.undone, over.undo_refused) == ("undone", 2, 1)
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(Item.sku, Item.name).where(Item.tenant_id == tenant.id).order_by(Item.sku)
        )
        refused = await reader.rows(
            select(ImportChange.record_key, ImportChange.problem).where(
                ImportChange.tenant_id == tenant.id, ImportChange.outcome == "refused"
            )
        )
    assert [tuple(row) for row in rows] == [("A2", "Old nut"), ("A3", "Mine")]
    assert [tuple(row) for row in refused] == [("A3", "It was changed since.")]
    assert await _count(tenant, ItemUnit) == 2
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await undo_import(work, import_id=job.id)


async def test_a_worker_killed_half_way_goes_on_where_it_stopped(
    tenant: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part is tried, thrown away, and done: nothing is there twice."""
    monkeypatch.setattr("domain.onboarding.jobs.reading.WINDOW_BYTES", 256)
    rows = [f"K{n},Item,EA" for n in range(60)]
    import_id = await asked(tenant, "items", csv_of("sku,name,base_unit", *rows))

    class _Killed(Exception):
        pass

    while (await job_of(tenant, import_id)).status in ("reading", "writing"):
        with pytest.raises(_Killed):
            async with tenant.work() as work:
                await advance_import(work, import_id=import_id)
                raise _Killed
        async with tenant.work() as work:
            await advance_import(work, import_id=import_id)
    assert counts(await job_of(tenant, import_id)) == ("done", 60, 0, 0, 0)
    assert len(await _skus(tenant)) == 60
    await deliver_all(tenant)
    assert counts(await job_of(tenant, import_id)) == ("done", 60, 0, 0, 0)


async def test_two_workers_at_the_same_import_take_turns(tenant: TenantUnderTest) -> None:
    import_id = await asked(tenant, "items", GOOD)

    async def advance() -> None:
        async with tenant.work() as work:
            await advance_import(work, import_id=import_id)

    for _ in range(3):
        await asyncio.gather(advance(), advance())
    assert counts(await job_of(tenant, import_id)) == ("done", 2, 0, 0, 0)


async def test_a_cancelled_import_goes_no_further(tenant: TenantUnderTest) -> None:
    import_id = await asked(tenant, "items", GOOD)
    async with tenant.work() as work:
        await cancel_import(work, import_id=import_id)
    await deliver_all(tenant)
    assert (await job_of(tenant, import_id)).status == "cancelled"
    assert await _skus(tenant) == []
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await cancel_import(work, import_id=import_id)


async def test_a_mapping_is_given_or_kept_for_the_next_file_alike(
    tenant: TenantUnderTest,
) -> None:
    content = csv_of("Nummer,Bezeichnung,Einheit,Farbe", "A1,Bolzen,EA,rot")
    assert (await imported(tenant, "items", content)).status == "failed"
    mapping = {"Nummer": "sku", "Bezeichnung": "name", "Einheit": "base_unit", "Farbe": ""}
    job = await imported(tenant, "items", content, mapping=mapping, dry_run=True)
    assert (job.status, job.created, job.ignored_columns) == ("done", 1, ["Farbe"])
    async with tenant.work() as work:
        await save_import_mapping(work, kind="items", mapping=mapping)
    alike = csv_of("Farbe,Nummer,Bezeichnung,Einheit", "rot,A1,Bolzen,EA")
    assert counts(await imported(tenant, "items", alike)) == ("done", 1, 0, 0, 0)
    with pytest.raises(InvalidInput):
        async with tenant.work() as work:
            await save_import_mapping(work, kind="items", mapping={"Nummer": "nonsense"})


async def test_the_file_of_an_import_is_imported_again_for_real(tenant: TenantUnderTest) -> None:
    dry = await imported(tenant, "items", GOOD, dry_run=True)
    async with tenant.work() as work:
        real = await start_import(work, kind="items", again_id=dry.id)
    await deliver_all(tenant)
    assert counts(await job_of(tenant, real)) == ("done", 2, 0, 0, 0)
    async with tenant.read() as reader:
        assert await window(reader, dry.file_id, begin=0, size=10_000) == GOOD


async def test_who_may_not_import_and_who_is_somebody_else_starts_nothing(
    tenant: TenantUnderTest, engine: Any
) -> None:
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("catalog.manage")) as work:
            await start_import(work, kind="items", file=sent(GOOD))
    with pytest.raises(NotPermitted):
        async with tenant.work(as_=tenant.user("onboarding.import")) as work:
            await start_import(work, kind="opening_stock", file=sent(GOOD))
    job = await imported(tenant, "items", GOOD)
    other = await new_tenant(engine, now=tenant.now)
    for act in (cancel_import, undo_import):
        with pytest.raises(NotFound):
            async with other.work() as work:
                await act(work, import_id=job.id)
    with pytest.raises(NotFound):
        async with other.work() as work:
            await start_import(work, kind="items", again_id=job.id)
    assert await _count(tenant, StoredFile) == 1


async def test_events_of_items_that_nobody_asks_for_are_logged_and_sent_to_nobody(
    tenant: TenantUnderTest,
) -> None:
    import_id = await asked(tenant, "items", GOOD)
    async with tenant.work() as work:
        await advance_import(work, import_id=import_id)
    async with tenant.work() as work:
        await advance_import(work, import_id=import_id)
    async with tenant.read() as reader:
        logged = await reader.values(
            select(EventRecord.type).where(
                EventRecord.tenant_id == tenant.id, EventRecord.aggregate == "item"
            )
        )
        waiting = await reader.values(
            select(Outbox.aggregate).distinct().where(Outbox.tenant_id == tenant.id)
        )
    assert list(logged) == ["catalog.item_created"] * 2
    assert list(waiting) == ["import_job"]


async def test_an_item_that_is_needed_by_others_is_not_undone(tenant: TenantUnderTest) -> None:
    job = await imported(tenant, "items", csv_of("sku,name,base_unit", "KIT,Set,EA", "P1,Part,EA"))
    kits = await imported(tenant, "kits", csv_of("kit,component,qty", "KIT,P1,2"))
    assert counts(kits) == ("done", 1, 0, 0, 0)
    over = await undone(tenant, job.id)
    assert (over.status, over.undone, over.undo_refused) == ("undone", 0, 2)
    async with tenant.read() as reader:
        told = await reader.rows(
            select(ImportChange.record_key, ImportChange.problem)
            .where(ImportChange.tenant_id == tenant.id, ImportChange.import_id == job.id)
            .order_by(ImportChange.record_key)
        )
    assert [tuple(row) for row in told] == [
        ("KIT", "It was changed since."),
        ("P1", "Something refers to it."),
    ]
    assert await _skus(tenant) == ["KIT", "P1"]
    assert (await undone(tenant, kits.id)).undone == 1
    assert await _count(tenant, KitComponent) == 0
