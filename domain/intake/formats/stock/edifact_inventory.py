"""EDIFACT INVRPT: inventory report."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from domain.intake.document import Moment
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
Composite = list[str]
Segment = list[Composite]


def read_invrpt(text: str) -> list[StockReport]:
    """The reports of every INVRPT message in the text; none when there is none."""
    if not re.match(r"\s*\ufeff?\s*(UNA|UNB|UNH)", text) or "INVRPT" not in text:
        return []
    found: list[StockReport] = []
    for number, message in enumerate(_messages(_segments(text.strip("\ufeff \t\r\n"))), start=1):
        if len(message[0]) > 2 and message[0][2][0] == "INVRPT":
            found += _reports(message, f"UNH[{number}]")
    return found


def _segments(text: str) -> list[Segment]:
    marks = text[3:9] if text.startswith("UNA") else ":+.? '"
    component, element, release, end = marks[0], marks[1], marks[3], marks[5]
    body = text[9:] if text.startswith("UNA") else text
    parts: list[Segment] = []
    segment: Segment = [[""]]
    held = False
    for character in body:
        if held or character not in (component, element, release, end):
            segment[-1][-1] += "" if character in "\r\n" else character
            held = False
        elif character == release:
            held = True
        elif character == component:
            segment[-1].append("")
        elif character == element:
            segment.append([""])
        else:
            parts.append(segment)
            segment = [[""]]
    return parts


def _messages(segments: list[Segment]) -> Iterator[list[Segment]]:
    message: list[Segment] = []
    for segment in segments:
        tag = segment[0][0].strip()
        if tag == "UNH":
            message = [segment]
        elif tag == "UNT" and message:
            yield message
            message = []
        elif message:
            message.append(segment)


def _at(segment: Segment, element: int, component: int = 0) -> str:
    """An element's component, trimmed; "" if it is not there."""
    if element >= len(segment) or component >= len(segment[element]):
        return ""
    return segment[element][component].strip()


def _reports(message: list[Segment], path: str) -> list[StockReport]:
    heading, lines = _parted(message)
    reference = next((_at(s, 2) for s in heading if s[0][0] == "BGM"), "") or None
    place = _place(heading)
    rows: list[tuple[str | None, StockRow]] = []
    for number, line in enumerate(lines, start=1):
        row = _row(line, f"{path}/LIN[{number}]")
        if row is not None:
            rows.append((_place(line) or place, row))
    return by_location(FORMAT, rows, as_of=_moment(heading), reference=reference)


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
        if _at(segment, 1) in _PLACES.get(_at(segment, 0), ()):
            return _at(segment, 2) or None
    return None


def _moment(heading: list[Segment]) -> Moment | None:
    told = {_at(s, 1): (_at(s, 1, 1), _at(s, 1, 2)) for s in heading if _at(s, 0) == "DTM"}
    for kind in _REPORTED:
        value, form = told.get(kind, ("", ""))
        length = {"102": 8, "203": 12, "204": 14}.get(form)
        if length and re.fullmatch(rf"\d{{{length}}}", value):
            return _parsed(value)
    return None


def _parsed(value: str) -> Moment | None:
    try:
        moment = datetime.strptime(value.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment.date() if len(value) == 8 else moment


def _row(line: list[Segment], path: str) -> StockRow | None:
    told = {_at(s, 1): (_at(s, 1, 1), _at(s, 1, 2)) for s in line if _at(s, 0) == "QTY"}
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
        tag = _at(segment, 0)
        first = {"LIN": 3, "PIA": 2}.get(tag)
        for element in range(first, len(segment)) if first else ():
            kind = _CODES.get(_at(segment, element, 1))
            if kind and _at(segment, element):
                yield kind, _at(segment, element)


def _lot(line: list[Segment]) -> str:
    for segment in line:
        if _at(segment, 0) == "PIA" and _at(segment, 2, 1) in ("NB", "LT"):
            return _at(segment, 2)
        if _at(segment, 0) == "RFF" and _at(segment, 1) in ("BT", "LT"):
            return _at(segment, 1, 1)
    return ""
