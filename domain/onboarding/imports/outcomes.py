"""Tables that cannot be imported at all, and what became of those that can."""

from dataclasses import dataclass

from domain.kernel.errors import Expected

LARGEST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 200


class UnreadableTable(Expected):
    """The file is not a table that can be read. Fields: reason (stable code), line (or None)."""

    @classmethod
    def because(cls, reason: str, message: str, *, line: int | None = None) -> "UnreadableTable":
        """The outcome for a reason; the message says what to do."""
        return cls(message, path=("content",), reason=reason, line=line)


class TableTooLarge(Expected):
    """More than one request may bring. Fields: what (bytes, rows, columns), limit."""

    @classmethod
    def of(cls, what: str, limit: int) -> "TableTooLarge":
        """The outcome for a limit that is passed."""
        message = f"A file may have at most {limit:,} {what}; split it into several."
        return cls(message, path=("content",), what=what, limit=limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """One fault of one row: its line in the file, the column's header if it is one column's."""

    row: int
    column: str | None
    code: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or would do. Rows count lines of the file, the rest counts records.

    `written` is False for a dry run, and when errors kept everything from being written."""

    kind: str
    rows: int
    valid: int
    errors: tuple[RowError, ...]
    ignored_columns: tuple[str, ...]
    created: int
    updated: int
    unchanged: int
    written: bool
