"""X12 846: inventory inquiry or advice."""

import re
from datetime import UTC, datetime
from decimal import Decimal

from domain.intake.document import Moment
from domain.intake.formats.stock.report import StockReport, StockRow, by_location
from domain.intake.formats.x12.envelope import Interchange, TransactionSet
from domain.intake.formats.x12.segments import Segment
from domain.intake.formats.x12.sets import item_codes, sets_of
from domain.intake.formats.x12.values import real_number, x12_day

FORMAT = "x12.846"
# QTY's qualifiers (673): what of them this is.
_ALL, _FOR_SALE, _DAMAGED, _HELD = "17", "33", "20", "QH"
_PLACES = {"WH", "ST", "SF", "57", "LW"}


def read_846(text: str) -> list[StockReport]:
    """The reports of every 846 in the text; none when there is none."""
    return [
        report
        for interchange, each in sets_of(text, "846")
        for report in _reports(interchange, each)
    ]


def _reports(interchange: Interchange, found: TransactionSet) -> list[StockReport]:
    header = next((s for s in found.segments if s.tag == "BIA"), None)
    place: str | None = None
    rows: list[tuple[str | None, StockRow]] = []
    for number, (line, following) in enumerate(_lines(found), start=1):
        path = f"{found.path}/LIN[{number}] (segment {line.number})"
        row = _row(line, following, path)
        if row is not None:
            rows.append((place or _place(found.segments), row))
    reference = None if header is None else header.text(3)
    as_of = _as_of(interchange, header)
    return by_location(FORMAT, rows, as_of=as_of, reference=reference)


def _lines(found: TransactionSet) -> list[tuple[Segment, list[Segment]]]:
    lines: list[tuple[Segment, list[Segment]]] = []
    for segment in found.segments:
        if segment.tag == "LIN":
            lines.append((segment, []))
        elif lines and segment.tag not in ("CTT", "SE"):
            lines[-1][1].append(segment)
    return lines


def _place(segments: list[Segment]) -> str | None:
    """The warehouse that the heading names."""
    for segment in segments:
        if segment.tag == "LIN":
            return None
        if segment.tag == "N1" and segment.element(1) in _PLACES:
            return segment.text(4) or segment.text(2)
    return None


def _row(line: Segment, following: list[Segment], path: str) -> StockRow | None:
    quantities: dict[str, Decimal] = {}
    unit: str | None = None
    for segment in following:
        amount = real_number(segment.element(2)) if segment.tag == "QTY" else None
        if amount is not None:
            quantities.setdefault(segment.element(1), amount)
            unit = unit or segment.text(3)
    told = quantities.get(_ALL, quantities.get(_FOR_SALE))
    if told is None:
        return None
    return StockRow(
        path=path,
        codes=item_codes(line, 2),
        quantity=told,
        is_available=_ALL not in quantities,
        damaged=quantities.get(_DAMAGED),
        quality_control=quantities.get(_HELD),
        unit=unit,
        lot=_lot(line, following),
    )


def _lot(line: Segment, following: list[Segment]) -> str:
    for n in range(2, 30, 2):
        if line.element(n) == "LT":
            return line.element(n + 1)
    return next((s.element(2) for s in following if s.tag == "REF" and s.element(1) == "LT"), "")


def _as_of(interchange: Interchange, header: Segment | None) -> Moment | None:
    """BIA04 and BIA05; of a day without a time that is the interchange's, the time of that."""
    told = None if header is None else x12_day(header.element(4))
    sent = x12_day(interchange.isa_element(9))
    day = told or sent
    if day is None:
        return None
    clock = "" if header is None else header.element(5)
    if not clock and day == sent:
        clock = interchange.isa_element(10)
    if not re.fullmatch(r"([01]\d|2[0-3])[0-5]\d.*", clock):
        return day
    return datetime(day.year, day.month, day.day, int(clock[:2]), int(clock[2:4]), tzinfo=UTC)
