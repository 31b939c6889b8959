"""Rows that were read are checked, a part at a time, and written if they are to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row

from domain.integration.listening import unheard_of
from domain.kernel.governing import require_open
from domain.kernel.inserting import insert_rows
from domain.kernel.work import Work
from domain.onboarding.imports.cells import Cell, CellFault, TableRow
from domain.onboarding.imports.footprints import traces
from domain.onboarding.imports.headers import Header
from domain.onboarding.imports.kinds import KINDS, ImportKind
from domain.onboarding.imports.records import Faults, Record, records_of
from domain.onboarding.imports.written import Written
from domain.onboarding.job_models import ImportChange, ImportClaim, ImportFault, ImportRow


class _DryRun(Exception):
    """Undoes what was written to learn what would be."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A part: its last record's line, how many rows it had, of which so many have faults, how many
    faults there are, and what was written or would be."""

    after_line: int
    rows: int
    failed: int
    faults: int
    written: Written


@dataclass(slots=True)
class _Rows:
    table: list[TableRow]
    leads: dict[int, int]
    lines: dict[str, int]


async def check_next(work: Work, job: Row[Any], header: Header, *, writes: bool) -> Checked | None:
    """Check the next part, and write its sound rows if it `writes`; else tell what would be.

    None: nothing is left. Raises what the kind's write raises for all its rows."""
    kind = KINDS[job.kind]
    rows = await _next_rows(work, job, kind)
    if not rows.table:
        return None
    records, faults = records_of(header, rows.table)
    await _note_claims(work, job.id, kind, records, rows, faults)
    plan = await kind.check(work, records, faults)
    if writes:
        done = await _written(work, job.id, kind, plan, rows)
    else:
        done = await _foreseen(work, kind, plan)
    errors = faults.in_order()
    await _keep_faults(work, job.id, errors)
    return Checked(max(rows.leads.values()), len(rows.table), faults.rows, len(errors), done)


async def _next_rows(work: Work, job: Row[Any], kind: ImportKind) -> _Rows:
    """The rows of the next records: as many as make a part, and the last one's to its end."""
    own = (ImportRow.tenant_id == work.tenant_id, ImportRow.import_id == job.id)
    columns = (ImportRow.line, ImportRow.lead_line, ImportRow.record_key, ImportRow.cells)
    in_order = (ImportRow.lead_line, ImportRow.line)
    found = list(
        await work.rows(
            select(*columns)
            .where(*own, ImportRow.lead_line > job.after_line)
            .order_by(*in_order)
            .limit(kind.part_rows)
        )
    )
    if len(found) == kind.part_rows:
        last = found[-1]
        rest = (ImportRow.lead_line == last.lead_line, ImportRow.line > last.line)
        found += await work.rows(select(*columns).where(*own, *rest).order_by(*in_order))
    return _Rows(
        [TableRow(row.line, tuple(_cell(cell) for cell in row.cells)) for row in found],
        {row.line: row.lead_line for row in found},
        {row.record_key: row.lead_line for row in found if row.record_key is not None},
    )


def _cell(kept: Any) -> Cell:
    return CellFault(*kept) if isinstance(kept, list) else str(kept)


async def _note_claims(
    work: Work,
    import_id: int,
    kind: ImportKind,
    records: Sequence[Record],
    rows: _Rows,
    faults: Faults,
) -> None:
    """Note codes that an earlier record of the file has, wherever in the file it stands."""
    claims = {record.row: kind.claims(record) for record in records}
    named = sorted({claim for some in claims.values() for claim in some})
    if not named:
        return
    first = {
        row.claim: row.lead_line
        for row in await work.rows(
            select(ImportClaim.claim, ImportClaim.lead_line).where(
                ImportClaim.tenant_id == work.tenant_id,
                ImportClaim.import_id == import_id,
                ImportClaim.claim == any_(literal(named, ARRAY(Text))),
            )
        )
    }
    for line, some in claims.items():
        for claim in some:
            holder = first.get(claim, rows.leads[line])
            if holder != rows.leads[line]:
                scheme, _, code = claim.partition(" ")
                column = "channel_sku" if scheme == "channel" else scheme
                message = f"Row {holder} gives {code} to another record."
                faults.add(line, column, "CODE_TAKEN", message, "Give each code to one record.")


async def _written(work: Work, import_id: int, kind: ImportKind, plan: Any, rows: _Rows) -> Written:
    if kind.governed is not None:
        await require_open(work, kind.governed)
    before = await traces(work, kind.footprint, [i for _, i in await kind.found(work, plan)])
    with work.unheard(await unheard_of(work, kind.events)):
        done = await kind.write(work, plan)
    if done.created or done.updated:
        await _keep_changes(work, import_id, kind, plan, rows, before)
    return done


async def _keep_changes(
    work: Work, import_id: int, kind: ImportKind, plan: Any, rows: _Rows, before: dict[int, Any]
) -> None:
    found = await kind.found(work, plan)
    after = await traces(work, kind.footprint, [record_id for _, record_id in found])
    changes = [
        {
            "import_id": import_id,
            "line": rows.lines[key],
            "record_key": key,
            "record_id": record_id,
            "before": was.state if (was := before.get(record_id)) else None,
            "digest": after[record_id].digest,
        }
        for key, record_id in found
        if record_id not in before or before[record_id].digest != after[record_id].digest
    ]
    await insert_rows(work, ImportChange, changes)


async def _foreseen(work: Work, kind: ImportKind, plan: Any) -> Written:
    done = Written(0, 0, 0)
    try:
        async with work.attempt():
            done = await kind.write(work, plan)
            raise _DryRun
    except _DryRun:
        return done


async def _keep_faults(work: Work, import_id: int, errors: Sequence[Any]) -> None:
    await insert_rows(
        work,
        ImportFault,
        [
            {
                "import_id": import_id,
                "line": error.row,
                "column_label": error.column,
                "code": error.code,
                "message": error.message,
                "remedy": error.remedy,
            }
            for error in errors
        ],
    )
