"""Stock as a table: a column that names the item, and one that says how much there is."""

import csv
import re

from domain.intake.formats.numbers import exact_number
from domain.intake.formats.stock.report import StockReport, StockRow, by_location

MAX_ROWS = 20_000
_MARKS = ("\t", ",", ";", "|")
_ITEM = {
    "sku": "sku",
    "item": "sku",
    "item_number": "sku",
    "item_code": "sku",
    "product_code": "sku",
    "seller_sku": "sku",
    "gtin": "gtin",
    "ean": "ean",
    "upc": "upc",
    "barcode": "gtin",
    "asin": "asin",
}
_ALL = ("on_hand", "onhand", "quantity_on_hand", "qty_on_hand", "stock", "stock_on_hand")
_FOR_SALE = ("available", "quantity", "qty", "quantity_available", "qty_available")
_PLACE = ("location", "warehouse", "location_code", "warehouse_code", "site", "location_id")
_FURTHER = ("lot", "batch", "damaged", "quality_control", "on_hold", "unit", "uom")
# A table with one of these is about something else than what lies there.
_OTHER = ("order", "order_id", "invoice", "customer", "ship", "inventory_level_id")


def read_table(text: str) -> list[StockReport]:
    """The reports of a delimited table that tells stock; none when it does not."""
    lines = text.lstrip("\ufeff").splitlines()
    if len(lines) < 2:
        return []
    mark = max(_MARKS, key=lines[0].count)
    names = [_name(cell) for cell in next(csv.reader([lines[0]], delimiter=mark))]
    told = next((name for name in (*_ALL, *_FOR_SALE) if name in names), None)
    items = [name for name in names if name in _ITEM]
    if told is None or not items or any(name.startswith(_OTHER) for name in names):
        return []
    rows: list[tuple[str | None, StockRow]] = []
    for number, cells in enumerate(csv.reader(lines[1:], delimiter=mark), start=2):
        row = dict(zip(names, (cell.strip() for cell in cells), strict=False))
        found = _row(row, told, items, number)
        if found is not None:
            place = next((row[name] for name in _PLACE if row.get(name)), None)
            rows.append((place, found))
        if len(rows) > MAX_ROWS:
            return []
    return by_location("tsv" if mark == "\t" else "csv", rows)


def _name(cell: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", cell.strip().lower()).strip("_")


def _row(row: dict[str, str], told: str, items: list[str], number: int) -> StockRow | None:
    amount = exact_number(row.get(told, ""))
    codes = tuple((_ITEM[name], row[name]) for name in items if row.get(name))
    if amount is None or not codes:
        return None
    return StockRow(
        path=f"row {number}",
        codes=codes,
        quantity=amount,
        is_available=told in _FOR_SALE,
        damaged=exact_number(row.get("damaged", "")),
        quality_control=exact_number(row.get("quality_control") or row.get("on_hold") or ""),
        unit=row.get("unit") or row.get("uom") or None,
        lot=row.get("lot") or row.get("batch") or "",
    )
