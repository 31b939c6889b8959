"""Master data is imported from files."""

import asyncio
from typing import Any

from domain.kernel.errors import InvalidInput
from domain.kernel.governing import require_open
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.onboarding.imports.kinds import ImportKind, kind_named
from domain.onboarding.imports.outcomes import ImportReport
from domain.onboarding.imports.records import read_records
from domain.onboarding.imports.tables import read_table
from domain.onboarding.imports.written import Written


class _DryRun(Exception):
    """Undoes what a dry run wrote to learn what it would write."""


@operation("onboarding.import")
async def import_table(
    work: Work,
    *,
    kind: str,
    content: bytes,
    filename: str = "",
    dry_run: bool = False,
    skip_failed_rows: bool = False,
) -> ImportReport:
    """Import `kind` (items, parties, locations or prices) from a CSV or XLSX file.

    Records are made or changed by their code; a blank cell says nothing; the same file again
    changes nothing. With any error nothing is written, unless failed rows are skipped; a dry run
    writes nothing and tells what would be. At most 10 MB and 20,000 rows. Raises InvalidInput,
    UnreadableTable, TableTooLarge, Conflict, ChangeRequestRequired."""
    chosen = kind_named(kind)
    if not chosen.at_once:
        raise InvalidInput("This kind is imported by startImport alone.", path=("kind",))
    if chosen.governed is not None and not dry_run:
        await require_open(work, chosen.governed)
    # Reading takes up to seconds of CPU; other requests must not wait for it.
    rows = await asyncio.to_thread(read_table, content)
    header, records, faults = await asyncio.to_thread(read_records, rows, chosen.columns)
    plan = await chosen.check(work, records, faults)
    errors = faults.in_order()
    writes = not dry_run and (skip_failed_rows or not errors)
    with work.through(f"import:{kind}:{filename[:100]}"):
        done = await (_written(work, chosen, plan) if writes else _foreseen(work, chosen, plan))
        if writes:
            _note(work, kind, filename, done)
    return ImportReport(
        kind=kind,
        rows=len(records),
        valid=len(records) - faults.rows,
        errors=errors,
        ignored_columns=header.ignored,
        created=done.created,
        updated=done.updated,
        unchanged=done.unchanged,
        written=writes,
    )


async def _written(work: Work, kind: ImportKind, plan: Any) -> Written:
    return await kind.write(work, plan)


async def _foreseen(work: Work, kind: ImportKind, plan: Any) -> Written:
    """What writing the sound rows would do: it is done, and undone."""
    done = Written(0, 0, 0)
    try:
        async with work.attempt():
            done = await kind.write(work, plan)
            raise _DryRun
    except _DryRun:
        return done


def _note(work: Work, kind: str, filename: str, done: Written) -> None:
    work.audit(
        "import_table",
        subject="import",
        subject_id=0,
        after={
            "kind": kind,
            "filename": filename[:255],
            "created": done.created,
            "updated": done.updated,
            "unchanged": done.unchanged,
        },
    )
