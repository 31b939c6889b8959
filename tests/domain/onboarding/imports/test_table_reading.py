"""Tables as people really save them, and real exports, read cell for cell."""

import csv
import io
import json
import os
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.errors import InvalidInput
from domain.kernel.quantity import Conversion
from domain.onboarding.imports.cells import CellFault
from domain.onboarding.imports.delimited import delimiter_of
from domain.onboarding.imports.headers import Column, find_header
from domain.onboarding.imports.outcomes import MOST_ROWS, TableTooLarge, UnreadableTable
from domain.onboarding.imports.tables import read_table
from domain.onboarding.imports.values import (
    as_boolean,
    as_day,
    as_decimal,
    as_ratio,
    as_time_of_day,
)
from tests.factories.tables import csv_of, xlsx_of

ROOT = Path(__file__).resolve()
REAL = ("purchasing", "ecommerce/shopify-export-csv", "marketplace/amazon-export-csv")


def _cells(content: bytes) -> list[tuple[object, ...]]:
    return [row.cells for row in read_table(content)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_way_of_saving_gives_the_same_cells(
    encoding: str, newline: str, delimiter: str
) -> None:
    lines = ("sku,name", 'A1,"Bolt 5"" Größe"', "", " B2 ,Öse", "C3,")
    content = csv_of(
        *(line.replace(",", delimiter) for line in lines), encoding=encoding, newline=newline
    )
    assert _cells(content) == [
        ("sku", "name"), ("A1", 'Bolt 5" Größe'), ("B2", "Öse"), ("C3", ""),
    ]  # fmt: skip


def test_lines_are_counted_as_an_editor_does() -> None:
    rows = read_table(csv_of("sku,name", "", 'A,"two', 'lines"', "B,x", newline="\n"))
    assert [(row.line, row.cells) for row in rows] == [
        (1, ("sku", "name")), (3, ("A", "two\nlines")), (5, ("B", "x")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b;c,d", ","), ("a;b;c,d", ";"), ('"a,b,c";d', ";"), ("a\tb,c\td", "\t"),
        ("sku", ","), ("sep=;\na,b", ";"), ("\n\na|b|c", "|"), ("", ","),
    ],
)  # fmt: skip
def test_the_delimiter_is_what_the_first_line_holds_most_of(text: str, delimiter: str) -> None:
    assert delimiter_of(text) == delimiter


def test_a_declared_delimiter_is_no_row() -> None:
    assert _cells(csv_of("sep=;", "sku;name", "A;B, C")) == [("sku", "name"), ("A", "B, C")]


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        (b"", "EMPTY", None),
        (b" \n ", "EMPTY", None),
        ("sku,name\nA,Größe".encode("latin-1"), "NOT_UTF8", 2),
        (b"sku,name\nA,ok\nB,\xff\xfe", "NOT_UTF8", 3),
        (b'sku,name\nA,"open\nB,x\n', "BROKEN_ROW", 2),
        (b'sku,name\nA,"quoted" text\n', "BROKEN_ROW", 2),
        (b"sku\nA\x00B", "NOT_A_TABLE", 2),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "OLD_EXCEL", None),
        (b"PK\x03\x04 this is no archive", "DAMAGED_WORKBOOK", None),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    content: bytes, reason: str, line: int | None
) -> None:
    with pytest.raises(UnreadableTable) as refusal:
        read_table(content)
    assert refusal.value.fields == {"reason": reason, "line": line}
    assert refusal.value.path == ("content",)


def test_limits_are_told() -> None:
    for content, what in (
        (b"x" * (10 * 1024 * 1024 + 1), "bytes"),
        (csv_of("sku", *["A"] * (MOST_ROWS + 1)), "rows"),
        (csv_of("a" + ",a" * 200), "columns"),
    ):
        with pytest.raises(TableTooLarge) as refusal:
            read_table(content)
        assert refusal.value.fields["what"] == what
    assert len(read_table(csv_of("sku", *["A"] * MOST_ROWS))) == MOST_ROWS + 1


def test_a_workbook_reads_as_a_person_sees_it() -> None:
    content = xlsx_of(
        ("sku", "number", "when", "flag"),
        ("A", 0.1, date(2026, 3, 2), True),
        ("B", 0.1 + 0.2, datetime.fromisoformat("2026-03-02 15:30"), False),
        (None, None, None, None),
        (36000291452, 1e-7, time(15, 30), None),
        ("C", 12345678901234.0, None, None),
        ("D", -2.50, None, "#N/A"),
    )
    rows = read_table(content)
    assert [(row.line, row.cells) for row in rows[:-1]] == [
        (1, ("sku", "number", "when", "flag")),
        (2, ("A", "0.1", "2026-03-02", "true")),
        (3, ("B", "0.3", "2026-03-02 15:30:00", "false")),
        (5, ("36000291452", "0.0000001", "15:30:00")),
        (6, ("C", "12345678901234")),
    ]
    assert rows[-1].cells[1] == "-2.5"
    assert isinstance(rows[-1].cells[3], CellFault)


def test_a_formula_without_a_stored_value_is_a_fault_of_its_cell() -> None:
    rows = read_table(xlsx_of(("sku", "qty", "x"), ("A", "=1+1", 5)))
    fault = rows[1].cells[1]
    assert isinstance(fault, CellFault)
    assert fault.code == "FORMULA_WITHOUT_VALUE"
    assert rows[1].cells[2] == "5"


def test_a_merged_title_above_the_header_is_no_header() -> None:
    rows = read_table(
        xlsx_of(("Our items 2026", None), (None, None), ("SKU", "Name"), ("A", "B"), merged="A1:B1")
    )
    columns = (Column(field="sku", says="", needed=True), Column(field="name", says=""))
    place, header = find_header(rows, columns)
    assert (rows[place].line, [p.label for p in header.places]) == (3, ["SKU", "Name"])


def test_an_archive_that_unpacks_to_too_much_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"")
        for n in range(3):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", bytes(100 * 1024 * 1024))
    with pytest.raises(TableTooLarge):
        read_table(buffer.getvalue())
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("items.csv", "sku")
    with pytest.raises(UnreadableTable) as refusal:
        read_table(other.getvalue())
    assert refusal.value.fields["reason"] == "NOT_A_TABLE"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1234.50", "1234.50"), ("1234,5", "1234.5"), ("0,12", "0.12"), ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"), ("1.234", "1.234"), ("-5", "-5"), ("1 234.5", "1234.5"),
        ("1,234", None), ("1,234,567", None), ("abc", None), ("1e5", None), ("NaN", None),
        ("", None), ("1.2.3", None), ("0.0000001", None), ("9" * 13, None), ("٣", None),
    ],
)  # fmt: skip
def test_numbers_are_exact_or_refused(text: str, number: str | None) -> None:
    if number is None:
        with pytest.raises(InvalidInput):
            as_decimal(text)
    else:
        assert as_decimal(text) == Decimal(number)


@given(st.decimals(-(10**11), 10**11, places=6))
def test_a_number_reads_as_it_was_written(number: Decimal) -> None:
    assert as_decimal(format(number, "f")) == number


def test_days_times_and_yes_or_no_are_read_in_one_way() -> None:
    assert as_day("2026-03-31") == as_day("2026-03-31 00:00:00") == date(2026, 3, 31)
    assert as_time_of_day("9:05") == as_time_of_day("09:05:00") == time(9, 5)
    assert (as_boolean("Yes"), as_boolean("0"), as_boolean(" x ")) == (True, False, True)
    assert as_ratio("1/3") == Conversion(Decimal(1), Decimal(3))
    for read, text in (
        (as_day, "03/04/2026"), (as_day, "2026-02-30"), (as_time_of_day, "25:00"),
        (as_time_of_day, "3pm"), (as_boolean, "maybe"), (as_ratio, "0"), (as_ratio, "1/0"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            read(text)


def _samples() -> Path | None:
    stated = os.environ.get("CROSSDOCK_SAMPLES")
    candidates = [Path(stated)] if stated else [p / "shared" / "samples" for p in ROOT.parents]
    return next((path for path in candidates if (path / "manifest.jsonl").is_file()), None)


def _real_tables() -> list[Path]:
    folder = _samples()
    if folder is None:
        return []
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    files = [folder / row["file"] for row in rows if row["file"].startswith(REAL)]
    return [path for path in files if path.suffix == ".csv" and path.is_file()]


@pytest.mark.parametrize("path", _real_tables(), ids=lambda path: path.name)
def test_real_exports_are_rectangular(path: Path) -> None:
    content = path.read_bytes()
    rows = read_table(content)
    width = len(rows[0].cells)
    assert {len(row.cells) for row in rows} == {width}
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert len(rows) == len([row for row in csv.reader(file) if any(row)])


@pytest.mark.skipif(_samples() is None, reason="no shared/samples beside this checkout")
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("purchasing/adventureworks_ProductInventory.csv", 1069),
        ("purchasing/adventureworks_PurchaseOrderHeader.csv", 2338),
        ("purchasing/adventureworks_PurchaseOrderDetail.csv", 5537),
    ],
)
def test_real_exports_have_the_rows_that_the_manifest_counts(name: str, count: int) -> None:
    folder = _samples()
    assert folder is not None
    assert len(read_table((folder / name).read_bytes())) - 1 == count
