"""Custom fields are columns of the files of their objects, on the way in and out."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from domain.governance.custom_fields.values import set_values
from domain.governance.models import CustomFieldValue
from domain.governance.operations.custom_fields import change_custom_field, register_custom_field
from domain.governance.queries.custom_fields import values_of_objects
from domain.kernel.errors import NotPermitted
from domain.onboarding.exports.operations import start_export
from domain.onboarding.exports.queries import export_content
from domain.onboarding.jobs.operations import undo_import
from tests.factories.importing import (
    ALL,
    asked,
    carry_out,
    counts,
    faults_of,
    job_of,
)
from tests.factories.masters import new_item, new_party
from tests.factories.tables import csv_of
from tests.factories.tenants import TenantUnderTest

FIELDS: tuple[dict[str, Any], ...] = (
    {"code": "colour", "type": "choice", "choices": ["red", "blue"]},
    {"code": "shelf", "type": "text", "pattern": "A99"},
    {"code": "plies", "type": "whole_number", "lowest": 1, "highest": 9},
    {"code": "weight", "type": "decimal"},
    {"code": "fragile", "type": "boolean"},
    {"code": "launched", "type": "date"},
    {"code": "maker", "type": "reference", "reference_to": "party"},
)
HEADER = "sku,name,base_unit," + ",".join(f"field:{field['code']}" for field in FIELDS)
FULL = 'A1,Bolt,EA,red,B12,3,"1,25",yes,2026-01-31,MILL'
KEPT = ("red", "B12", 3, 1_250_000, 1, 739647)


@dataclass(frozen=True, slots=True)
class Fielded:
    """A tenant whose items have a field of each type, and the ids of those."""

    tenant: TenantUnderTest
    fields: dict[str, int]
    maker: int

    async def imported(
        self, *rows: str, header: str = HEADER, kind: str = "items", **how: Any
    ) -> Any:
        """An import that is over."""
        import_id = await asked(self.tenant, kind, csv_of(header, *rows), **how)
        await carry_out(self.tenant)
        return await job_of(self.tenant, import_id)

    async def undone(self, import_id: int) -> Any:
        """The import, undone."""
        async with self.tenant.work() as work:
            await undo_import(work, import_id=import_id)
        await carry_out(self.tenant)
        return await job_of(self.tenant, import_id)

    async def values(self) -> list[tuple[str, Any]]:
        """Code of the field and what is kept in it, of all objects."""
        value = CustomFieldValue
        codes = {field_id: code for code, field_id in self.fields.items()}
        async with self.tenant.read() as reader:
            rows = await reader.rows(
                select(value.field_id, value.text_value, value.number_value)
                .where(value.tenant_id == self.tenant.id)
                .order_by(value.subject_id, value.field_id)
            )
        return [
            (codes[row.field_id], row.number_value if row.text_value is None else row.text_value)
            for row in rows
        ]


@pytest.fixture
async def fielded(tenant: TenantUnderTest) -> Fielded:
    """Items have a field of every type; parties have one too."""
    maker = await new_party(tenant, code="MILL", is_supplier=True)
    async with tenant.work() as work:
        ids = {
            field["code"]: await register_custom_field(work, subject="item", **field)
            for field in FIELDS
        }
        ids["terms"] = await register_custom_field(
            work, subject="party", code="terms", type="whole_number"
        )
    return Fielded(tenant, ids, maker)


def _full(fielded: Fielded) -> list[tuple[str, Any]]:
    codes = [field["code"] for field in FIELDS]
    return list(zip(codes, (*KEPT, fielded.maker), strict=True))


async def test_values_of_every_type_come_in_and_the_same_file_again_changes_nothing(
    fielded: Fielded,
) -> None:
    job = await fielded.imported(FULL, "A2,Nut,EA,,,,,,,")
    assert (counts(job), job.ignored_columns) == (("done", 2, 0, 0, 0), [])
    assert await fielded.values() == _full(fielded)
    again = await fielded.imported(FULL, "A2,Nut,EA,,,,,,,")
    assert counts(again) == ("done", 0, 0, 2, 0)
    # Of a record of which only a field is new: changed.
    more = await fielded.imported("A1,blue", "A2,red", header="sku,field:colour")
    assert counts(more) == ("done", 0, 2, 0, 0)
    assert [value for code, value in await fielded.values() if code == "colour"] == ["blue", "red"]


async def test_what_a_field_does_not_take_is_told_by_row_and_column(fielded: Fielded) -> None:
    bad = (
        "B1,One,EA,green,,,,,,",
        "B2,Two,EA,,12,,,,,",
        "B3,Three,EA,,,10,,,,",
        "B4,Four,EA,,,,heavy,,,",
        "B5,Five,EA,,,,,perhaps,,",
        "B6,Six,EA,,,,,,31.01.2026,",
        "B7,Seven,EA,,,,,,,NOBODY",
    )
    job = await fielded.imported(*bad, FULL)
    assert await faults_of(fielded.tenant, job.id) == [
        (2, "field:colour", "BAD_VALUE"),
        (3, "field:shelf", "BAD_VALUE"),
        (4, "field:plies", "BAD_VALUE"),
        (5, "field:weight", "BAD_VALUE"),
        (6, "field:fragile", "BAD_VALUE"),
        (7, "field:launched", "BAD_VALUE"),
        (8, "field:maker", "UNKNOWN_PARTY"),
    ]
    assert counts(job) == ("done", 1, 0, 0, 7)
    assert await fielded.values() == _full(fielded)


async def test_rows_of_one_record_say_the_same_of_a_field(fielded: Fielded) -> None:
    job = await fielded.imported(
        "A1,Bolt,EA,red", "A1,,,blue", "A1,,,red", header="sku,name,base_unit,field:colour"
    )
    assert await faults_of(fielded.tenant, job.id) == [(3, "field:colour", "CONTRADICTION")]
    assert counts(job) == ("done", 1, 0, 0, 1)
    assert await fielded.values() == [("colour", "red")]


async def test_a_column_of_no_active_field_ends_the_import_before_anything_is_written(
    fielded: Fielded,
) -> None:
    for code in ("nonsense", "terms"):
        job = await fielded.imported("A1,Bolt,EA,1", header=f"sku,name,base_unit,field:{code}")
        assert job.status == "failed"
        assert job.problem.startswith(f"There is no active custom field {code} here")
    async with fielded.tenant.work() as work:
        await change_custom_field(work, field_id=fielded.fields["plies"], status="retired")
    assert (await fielded.imported(FULL)).status == "failed"
    assert await fielded.values() == []


@pytest.mark.parametrize("how", [{"dry_run": True}, {"error_policy": ALL}])
async def test_nothing_is_written_by_a_dry_run_or_where_one_fault_keeps_all_out(
    fielded: Fielded, how: dict[str, Any]
) -> None:
    job = await fielded.imported(FULL, "B1,One,EA,green,,,,,,", **how)
    assert (job.created, job.rows_failed, job.error_count) == (1, 1, 1)
    assert await fielded.values() == []


async def test_values_are_put_back_as_they_were_and_those_of_others_stay(fielded: Fielded) -> None:
    tenant = fielded.tenant
    item = await new_item(tenant, sku="A1", base_unit="EA")
    async with tenant.work() as work:
        await set_values(work, subject="item", values={item: {"colour": "blue", "plies": "2"}})
        # Of another kind of object, and of the same row number as a new item will have.
        await set_values(work, subject="party", values={item + 1: {"terms": "30"}})
    before = await fielded.values()
    job = await fielded.imported(FULL, "A2,Nut,EA,red,,,,,,")
    assert counts(job) == ("done", 1, 1, 0, 0)
    assert len(await fielded.values()) == len(before) - 2 + 7 + 1
    over = await fielded.undone(job.id)
    assert (over.status, over.undone, over.undo_refused) == ("undone", 2, 0)
    assert await fielded.values() == before


async def test_what_somebody_set_since_is_not_undone(fielded: Fielded) -> None:
    job = await fielded.imported(FULL)
    async with fielded.tenant.read() as reader:
        item = await reader.value(
            select(CustomFieldValue.subject_id).where(
                CustomFieldValue.tenant_id == fielded.tenant.id
            )
        )
    async with fielded.tenant.work() as work:
        await set_values(work, subject="item", values={item: {"colour": "blue"}})
    over = await fielded.undone(job.id)
    assert (over.undone, over.undo_refused) == (0, 1)
    async with fielded.tenant.read() as reader:
        kept = await values_of_objects(reader, subject="item", ids=[item])
    assert kept[item][0].text_value == "blue"


async def _exported(tenant: TenantUnderTest, kind: str) -> str:
    async with tenant.work() as work:
        export_id = await start_export(work, kinds=[kind])
    await carry_out(tenant)
    async with tenant.read() as reader:
        return (await export_content(reader, export_id=export_id, begin=0)).content.decode()


@pytest.mark.parametrize("kind", ["items", "parties", "locations", "channels"])
async def test_what_is_exported_is_imported_again_unchanged(fielded: Fielded, kind: str) -> None:
    await fielded.imported(FULL, "A2,Nut,EA,blue,,,,,,", "A1,,,,,,,,,")
    await fielded.imported("MILL,30", header="code,field:terms", kind="parties")
    before = await fielded.values()
    text = await _exported(fielded.tenant, kind)
    header, *lines = text.splitlines()
    codes = [name for name in header.split(",") if name.startswith("field:")]
    own = {"items": sorted(f"field:{each['code']}" for each in FIELDS), "parties": ["field:terms"]}
    assert codes == own.get(kind, [])
    if kind == "items":
        assert lines[0].endswith("red,true,2026-01-31,MILL,3,B12,1.25")
    job = await fielded.imported(*lines, header=header, kind=kind)
    assert (job.status, job.created, job.updated, job.rows_failed) == ("done", 0, 0, 0)
    assert (job.ignored_columns, await fielded.values()) == ([], before)


async def test_who_may_not_read_custom_fields_does_not_get_them_in_a_file(fielded: Fielded) -> None:
    clerk = fielded.tenant.user("onboarding.import", "catalog.read", "channels.read")
    with pytest.raises(NotPermitted):
        async with fielded.tenant.work(as_=clerk) as work:
            await start_export(work, kinds=["items"])
    # Channels have no such fields.
    async with fielded.tenant.work(as_=clerk) as work:
        assert await start_export(work, kinds=["channels"]) > 0
