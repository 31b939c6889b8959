"""What holds for every kind of import: what comes in, what is told, and what is undone."""

from typing import Any

import pytest
from sqlalchemy import Table, text

from domain.onboarding.imports.kinds import KINDS
from domain.onboarding.jobs.advancing import advance_import
from domain.onboarding.jobs.operations import undo_import
from domain.onboarding.jobs.policy import AT_WORK
from tenancy.base import Base
from tests.factories.import_cases import CASES, ImportCase, in_small_parts, new_company
from tests.factories.importing import (
    ALL,
    asked,
    carry_out,
    counts,
    faults_of,
    job_of,
)
from tests.factories.tenants import TenantUnderTest

# What tells of the import itself, not of what it brought.
OF_THE_IMPORT = (
    "import_job import_row import_claim import_fault import_change stored_file stored_chunk "
    "audit_entry audit_chain event outbox"
).split()

every_kind = pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)


def test_every_kind_has_a_case() -> None:
    assert {case.kind for case in CASES} == set(KINDS)


@pytest.fixture
async def company(tenant: TenantUnderTest) -> TenantUnderTest:
    """A company with what the files of all kinds speak of."""
    await new_company(tenant)
    return tenant


async def _import(tenant: TenantUnderTest, kind: str, content: bytes, **how: Any) -> Any:
    import_id = await asked(tenant, kind, content, **how)
    await carry_out(tenant)
    return await job_of(tenant, import_id)


async def _digests(tenant: TenantUnderTest, *tables: Table) -> dict[str, tuple[int, str]]:
    """How many rows each table of the tenant has, and a digest of them."""
    wanted = tables or tuple(
        table
        for name, table in Base.metadata.tables.items()
        if "tenant_id" in table.c and "id" in table.c and name not in OF_THE_IMPORT
    )
    content = "string_agg((to_jsonb(t) - 'version')::text, '' ORDER BY t.id)"
    columns = f"count(*), md5(coalesce({content}, ''))"
    parts = [
        f"SELECT '{table.name}', {columns} FROM \"{table.name}\" t WHERE t.tenant_id = {tenant.id}"
        for table in wanted
    ]
    async with tenant.read() as reader:
        rows = await reader.rows(text(" UNION ALL ".join(parts)))
    return {row[0]: (row[1], row[2]) for row in rows}


async def _last_id(tenant: TenantUnderTest, case: ImportCase) -> int:
    table = case.columns[0].class_.__tablename__
    async with tenant.read() as reader:
        found = await reader.value(
            text(f'SELECT max(id) FROM "{table}" WHERE tenant_id = {tenant.id}')
        )
    return int(found or 0)


@every_kind
async def test_rows_come_in_as_the_file_says_and_the_same_file_again_changes_nothing(
    company: TenantUnderTest, case: ImportCase
) -> None:
    before = await _last_id(company, case)
    job = await _import(company, case.kind, case.good())
    assert (counts(job), job.problem) == (("done", case.count, 0, 0, 0), None)
    assert await case.rows(company, after=before) == case.rows_expected()
    standing = await _digests(company)
    again = await _import(company, case.kind, case.good())
    assert counts(again) == ("done", 0, 0, case.count, 0)
    assert await _digests(company) == standing


@every_kind
async def test_a_faulty_row_is_told_by_row_and_column_and_keeps_no_other_out(
    company: TenantUnderTest, case: ImportCase
) -> None:
    before = await _last_id(company, case)
    content, faults = case.mixed()
    job = await _import(company, case.kind, content)
    assert await faults_of(company, job.id) == faults
    assert counts(job) == ("done", case.count, 0, 0, len(case.faulty))
    assert await case.rows(company, after=before) == case.rows_expected()


@every_kind
async def test_a_dry_run_tells_all_and_writes_nothing(
    company: TenantUnderTest, case: ImportCase
) -> None:
    before = await _digests(company)
    content, faults = case.mixed()
    job = await _import(company, case.kind, content, dry_run=True)
    assert await faults_of(company, job.id) == faults
    assert counts(job) == ("done", case.count, 0, 0, len(case.faulty))
    assert await _digests(company) == before


@every_kind
async def test_one_faulty_row_keeps_all_out_only_where_that_is_asked_for(
    company: TenantUnderTest, case: ImportCase
) -> None:
    before = await _digests(company)
    content, faults = case.mixed()
    job = await _import(company, case.kind, content, error_policy=ALL)
    assert (job.status, job.problem) == ("failed", "Rows have faults.")
    assert await faults_of(company, job.id) == faults
    assert await _digests(company) == before


@every_kind
async def test_what_came_in_is_taken_back(company: TenantUnderTest, case: ImportCase) -> None:
    kind = KINDS[case.kind]
    own = [table.__table__ for table in kind.footprint.tables]
    before = await _digests(company, *own)
    job = await _import(company, case.kind, case.good())
    assert await _digests(company, *own) != before
    async with company.work() as work:
        await undo_import(work, import_id=job.id)
    await carry_out(company)
    over = await job_of(company, job.id)
    assert (over.status, over.undone, over.undo_refused) == ("undone", case.count, 0)
    if kind.take_back is None:
        assert await _digests(company, *own) == before
    else:
        # Booked out again: what was booked stays in the books.
        assert {row[0] for row in await case.rows(company)} == {0}


class _Killed(Exception):
    """The worker ends here, its transaction with it."""


@every_kind
async def test_a_worker_killed_at_every_step_goes_on_where_it_stopped(
    company: TenantUnderTest, case: ImportCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, kind in in_small_parts(case.kind).items():
        monkeypatch.setitem(KINDS, name, kind)
    monkeypatch.setattr("domain.onboarding.jobs.reading.WINDOW_BYTES", 64)
    before = await _last_id(company, case)
    content, faults = case.mixed()
    import_id = await asked(company, case.kind, content)
    await _advance_killed(company, import_id)
    job = await job_of(company, import_id)
    assert counts(job) == ("done", case.count, 0, 0, len(case.faulty))
    assert await faults_of(company, import_id) == faults
    assert await case.rows(company, after=before) == case.rows_expected()
    async with company.work() as work:
        await undo_import(work, import_id=import_id)
    await _advance_killed(company, import_id)
    over = await job_of(company, import_id)
    assert (over.status, over.undone, over.undo_refused) == ("undone", case.count, 0)


async def _advance_killed(tenant: TenantUnderTest, import_id: int) -> None:
    """Each step is done and lost, then done."""
    steps = 0
    while (await job_of(tenant, import_id)).status in AT_WORK:
        steps += 1
        with pytest.raises(_Killed):
            async with tenant.work() as work:
                await advance_import(work, import_id=import_id)
                raise _Killed
        async with tenant.work() as work:
            await advance_import(work, import_id=import_id)
    assert steps > 2
