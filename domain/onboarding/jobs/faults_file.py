"""The faults of an import as a file that a spreadsheet program opens."""

import csv
import io

from domain.kernel.errors import InvalidInput
from domain.kernel.reading import Reader
from domain.onboarding.imports.guarding import guarded
from domain.onboarding.jobs.queries import import_faults_after

FAULTS_AT_ONCE = 5_000
HEADER = ("row", "column", "code", "message", "remedy")


async def faults_as_csv(
    reader: Reader, *, import_id: int, after: str | None
) -> tuple[str, str | None]:
    """Up to 5,000 faults after a place, with a header at the very beginning; and the place after
    them, None at the end. Raises InvalidInput on a place that is none."""
    rows = await import_faults_after(
        reader, import_id=import_id, after=_place(after), most=FAULTS_AT_ONCE
    )
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if after is None:
        writer.writerow(HEADER)
    for row in rows:
        cells = (row.column_label or "", row.code, row.message, row.remedy)
        writer.writerow([row.line, *(guarded(cell) for cell in cells)])
    is_full = len(rows) == FAULTS_AT_ONCE
    return text.getvalue(), f"{rows[-1].line}-{rows[-1].id}" if is_full else None


def _place(after: str | None) -> tuple[int, int]:
    if after is None:
        return 0, 0
    line, _, fault_id = after.partition("-")
    if not (line.isascii() and line.isdigit() and fault_id.isascii() and fault_id.isdigit()):
        raise InvalidInput("This is no place in the list of faults.", path=("after",))
    if len(line) > 18 or len(fault_id) > 18:
        raise InvalidInput("This is no place in the list of faults.", path=("after",))
    return int(line), int(fault_id)
