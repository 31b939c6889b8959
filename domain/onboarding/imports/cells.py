"""What a table is made of, before anyone knows what it means."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell without a value that could be used, and why."""

    code: str
    message: str
    remedy: str


Cell = str | CellFault


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its line in the file as an editor or a spreadsheet program counts, and its cells."""

    line: int
    cells: tuple[Cell, ...]
