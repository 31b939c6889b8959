"""EDIFACT INVRPT: inventory report."""

from collections.abc import Iterator

from domain.intake.formats.edifact import Segment, at, messages, moment
from domain.intake.formats.numbers import exact_number
from domain.intake.formats.stock.report import StockReport, StockRow, by_location

FORMAT = "edifact.invrpt"
# Item number types (7143) as the catalogue asks for them.
_CODES = {"SRV": "gtin", "EN": "gtin", "UP": "upc", "SA": "sku", "IN": "buyer", "BP": "buyer"}
# Quantity types (6063).
_ALL = ("145", "17", "198")
_FOR_SALE = ("83E", "33", "10E")
_DAMAGED, _HELD = "124", "78E"
_REPORTED = ("366", "137", "171")
_PLACES = {"LOC": ("18", "14"), "NAD": ("WH", "GM")}


def read_invrpt(text: str) -> list[StockReport]:
    """The reports of every INVRPT message in the text; none when there is none."""
    return [
        report for path, message in messages(text, "INVRPT") for report in _reports(message, path)
    ]


def _reports(message: list[Segment], path: str) -> list[StockReport]:
    heading, lines = _parted(message)
    reference = next((at(s, 2) for s in heading if s[0][0] == "BGM"), "") or None
    place = _place(heading)
    rows: list[tuple[str | None, StockRow]] = []
    for number, line in enumerate(lines, start=1):
        row = _row(line, f"{path}/LIN[{number}]")
        if row is not None:
            rows.append((_place(line) or place, row))
    return by_location(FORMAT, rows, as_of=moment(heading, *_REPORTED), reference=reference)


def _parted(message: list[Segment]) -> tuple[list[Segment], list[list[Segment]]]:
    heading: list[Segment] = []
    lines: list[list[Segment]] = []
    for segment in message:
        if segment[0][0].strip() == "LIN":
            lines.append([segment])
        elif lines:
            lines[-1].append(segment)
        else:
            heading.append(segment)
    return heading, lines


def _place(segments: list[Segment]) -> str | None:
    for segment in segments:
        if at(segment, 1) in _PLACES.get(at(segment, 0), ()):
            return at(segment, 2) or None
    return None


def _row(line: list[Segment], path: str) -> StockRow | None:
    told = {at(s, 1): (at(s, 1, 1), at(s, 1, 2)) for s in line if at(s, 0) == "QTY"}
    kind = next((k for k in (*_ALL, *_FOR_SALE) if k in told), None)
    amount = None if kind is None else exact_number(told[kind][0])
    if kind is None or amount is None:
        return None
    return StockRow(
        path=path,
        codes=tuple(_item_codes(line)),
        quantity=amount,
        is_available=kind in _FOR_SALE,
        damaged=exact_number(told[_DAMAGED][0]) if _DAMAGED in told else None,
        quality_control=exact_number(told[_HELD][0]) if _HELD in told else None,
        unit=told[kind][1] or None,
        lot=_lot(line),
    )


def _item_codes(line: list[Segment]) -> Iterator[tuple[str, str]]:
    for segment in line:
        tag = at(segment, 0)
        first = {"LIN": 3, "PIA": 2}.get(tag)
        for element in range(first, len(segment)) if first else ():
            kind = _CODES.get(at(segment, element, 1))
            if kind and at(segment, element):
                yield kind, at(segment, element)


def _lot(line: list[Segment]) -> str:
    for segment in line:
        if at(segment, 0) == "PIA" and at(segment, 2, 1) in ("NB", "LT"):
            return at(segment, 2)
        if at(segment, 0) == "RFF" and at(segment, 1) in ("BT", "LT"):
            return at(segment, 1, 1)
    return ""
