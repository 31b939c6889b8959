"""X12 856: ship notice (ASN), by its hierarchy of shipment, orders, tares, packs and items."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from domain.intake.formats.supplying.words import SentRow, SupplierNotice
from domain.intake.formats.supplying.x12_words import senders
from domain.intake.formats.x12.envelope import Interchange, TransactionSet
from domain.intake.formats.x12.segments import Segment
from domain.intake.formats.x12.sets import item_codes, sets_of
from domain.intake.formats.x12.values import real_number, x12_day

FORMAT = "x12.856"
# DTM01 (374): to be delivered; MAN01 and REF01 that name logistic units, lots and serials.
_EXPECTED, _EXPIRY = ("017", "002", "067"), {"036", "361"}
_SSCC, _LOT, _SERIAL = {"GM", "AA"}, {"LT", "BT"}, {"SE", "SR"}


@dataclass(slots=True)
class _Level:
    """One HL with its segments; `above` is the level that it hangs on."""

    kind: str
    above: "_Level | None"
    segments: list[Segment] = field(default_factory=list)

    def up(self) -> Iterator["_Level"]:
        """The level and those above it."""
        level: _Level | None = self
        while level is not None:
            yield level
            level = level.above

    def first(self, tag: str, *qualifiers: str) -> Segment | None:
        """The nearest segment of that tag (whose first element is one of these), from here up."""
        for level in self.up():
            for segment in level.segments:
                if segment.tag == tag and (not qualifiers or segment.element(1) in qualifiers):
                    return segment
        return None


def read_856(text: str) -> list[SupplierNotice]:
    """The notices of every 856 in the text, order by order; none when there is none."""
    return [
        notice
        for interchange, each in sets_of(text, "856")
        for notice in _notices(interchange, each)
    ]


def _notices(interchange: Interchange, found: TransactionSet) -> Iterator[SupplierNotice]:
    header = next((s for s in found.segments if s.tag == "BSN"), None)
    if header is None or not header.element(2):
        return
    levels = _levels(found)
    orders: dict[str, list[SentRow]] = {}
    for level in levels:
        order = level.first("PRF") if level.kind == "I" else None
        row = None if order is None else _row(found, level)
        if order is not None and row is not None and order.element(1):
            orders.setdefault(order.element(1), []).append(row)
    for number, rows in orders.items():
        yield SupplierNotice(
            format=FORMAT,
            path=found.path,
            order=number,
            senders=senders(interchange, found),
            number=header.element(2),
            expected_on=_expected(levels),
            rows=tuple(rows),
            carrier=_told(levels, "TD5", 3) or _told(levels, "TD5", 5),
            tracking_number=_reference(levels, "CN", "2I", "BM"),
        )


def _levels(found: TransactionSet) -> list[_Level]:
    by_number: dict[str, _Level] = {}
    levels: list[_Level] = []
    for segment in found.segments:
        if segment.tag == "HL":
            level = _Level(segment.element(3), by_number.get(segment.element(2)))
            by_number[segment.element(1)] = level
            levels.append(level)
        elif levels and segment.tag not in ("CTT", "SE"):
            levels[-1].segments.append(segment)
    return levels


def _row(found: TransactionSet, level: _Level) -> SentRow | None:
    line = next((s for s in level.segments if s.tag == "LIN"), None)
    sent = next((s for s in level.segments if s.tag == "SN1"), None)
    quantity = None if sent is None else real_number(sent.element(2))
    if sent is None or not quantity:
        return None
    packed = level.first("MAN", *_SSCC)
    return SentRow(
        path=f"{found.path}/SN1 (segment {sent.number})",
        line=sent.text(1) or (None if line is None else line.text(1)),
        codes=() if line is None else item_codes(line, 2),
        quantity=quantity,
        unit=sent.text(3),
        lot=_lot(level, line),
        expires_on=_expiry(level),
        sscc=None if packed is None else packed.text(2),
        serials=tuple(
            s.element(2)
            for s in level.segments
            if s.tag in ("REF", "MAN") and s.element(1) in _SERIAL and s.element(2)
        ),
    )


def _lot(level: _Level, line: Segment | None) -> str | None:
    if line is not None:
        for n in range(2, 30, 2):
            if line.element(n) in _LOT:
                return line.text(n + 1)
    found = next((s for s in level.segments if s.tag == "REF" and s.element(1) in _LOT), None)
    return None if found is None else found.text(2)


def _expiry(level: _Level) -> date | None:
    for segment in level.segments:
        if segment.tag == "DTM" and segment.element(1) in _EXPIRY:
            return x12_day(segment.element(2))
    return None


def _expected(levels: list[_Level]) -> date | None:
    for kind in _EXPECTED:
        for level in levels:
            for segment in level.segments:
                if segment.tag == "DTM" and segment.element(1) == kind:
                    return x12_day(segment.element(2))
    return None


def _told(levels: list[_Level], tag: str, place: int) -> str | None:
    found = (s.text(place) for level in levels for s in level.segments if s.tag == tag)
    return next((each for each in found if each), None)


def _reference(levels: list[_Level], *kinds: str) -> str | None:
    for kind in kinds:
        for level in levels:
            for segment in level.segments:
                if segment.tag == "REF" and segment.element(1) == kind and segment.element(2):
                    return segment.element(2)
    return None
