"""What X12 says beside the order proper: references, dates, messages, kept as notes."""

from collections.abc import Iterable
from datetime import date

from domain.intake.document import Notes
from domain.intake.formats.excerpts import is_storable
from domain.intake.formats.x12.loops import Placed
from domain.intake.formats.x12.values import x12_day

_NAMED = ("REF", "DTM", "N9", "FOB", "SI", "ITD", "TD5", "CSH", "PKG", "PO4", "TAX", "MEA", "TC2")
_FREE = {"MSG": (1,), "MTX": (2,), "NTE": (2,)}


def remarks(area: Iterable[Placed]) -> Notes:
    """The segments that only inform, as ("REF.DP", "038"), ("MSG", text) and the like."""
    found = []
    for placed in area:
        text = _text(placed)
        if text and is_storable(text):
            found.append((_name(placed), text[:2_000]))
    return tuple(found)


def dated(segments: Iterable[Placed], qualifiers: tuple[str, ...]) -> date | None:
    """The day of the DTM with the first of these qualifiers that is there and a date."""
    days = {
        placed.text(1): x12_day(placed.text(2) or "", placed.text(5) or "")
        for placed in reversed(list(segments))
    }
    return next((day for q in qualifiers if (day := days.get(q)) is not None), None)


def _name(placed: Placed) -> str:
    if placed.tag in _FREE:
        return placed.tag
    return f"{placed.tag}.{placed.text(1)}" if placed.text(1) else placed.tag


def _text(placed: Placed) -> str:
    if placed.tag in _FREE:
        return " ".join(placed.text(place) or "" for place in _FREE[placed.tag]).strip()
    if placed.tag not in _NAMED:
        return ""
    return " ".join(part for part in placed.segment.elements[1:] if part.strip()).strip()
