"""A file's bytes to rows of cells, whatever kind of table it is."""

from domain.onboarding.imports.cells import TableRow
from domain.onboarding.imports.delimited import read_delimited
from domain.onboarding.imports.outcomes import LARGEST_BYTES, TableTooLarge, UnreadableTable
from domain.onboarding.imports.workbooks import read_workbook

_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_table(content: bytes) -> list[TableRow]:
    """All rows that are not blank, the header's among them.

    XLSX and CSV are told apart by their first bytes, never by a name. Raises UnreadableTable,
    TableTooLarge."""
    if len(content) > LARGEST_BYTES:
        raise TableTooLarge.of("bytes", LARGEST_BYTES)
    if not content.strip():
        raise UnreadableTable.because("EMPTY", "The file is empty.")
    if content.startswith(_OLD_OFFICE):
        message = "This is an old or password-protected Excel file; save it as XLSX or CSV UTF-8."
        raise UnreadableTable.because("OLD_EXCEL", message)
    if content.startswith(_ZIP):
        return read_workbook(content)
    return read_delimited(content)
