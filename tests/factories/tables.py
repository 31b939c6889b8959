"""Tables for imports: CSV and XLSX as bytes."""

import io
from typing import Any

from openpyxl import Workbook


def csv_of(*lines: str, encoding: str = "utf-8", newline: str = "\r\n") -> bytes:
    """The lines as a file."""
    return newline.join(lines).encode(encoding)


def xlsx_of(*rows: tuple[Any, ...], merged: str | None = None) -> bytes:
    """The rows as a workbook's only sheet, with a merged range if one is wanted."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merged is not None:
        sheet.merge_cells(merged)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
