"""What the EDIFACT documents of suppliers share: parts of a message, codes, who sends."""

from collections.abc import Iterator
from datetime import date, datetime

from domain.intake.document import Moment
from domain.intake.formats.edifact import Segment, at
from domain.intake.formats.supplying.words import Codes

# Item number types (7143) as the catalogue asks for them.
_CODES = {
    "SRV": "gtin",
    "EN": "gtin",
    "UP": "upc",
    "IN": "buyer",
    "BP": "buyer",
    "SA": "vendor",
    "VN": "vendor",
}
_SUPPLIERS = {"SU", "SE", "MS", "CZ", "SF"}
# What stands between two lines and belongs to neither.
_END = ("UNS", "CNT", "UNT")


def parted(message: list[Segment], *starts: str) -> list[list[Segment]]:
    """The heading's segments, then those from each segment of these tags on."""
    parts: list[list[Segment]] = [[]]
    for segment in message:
        tag = at(segment, 0)
        if tag in _END:
            break
        if tag in starts:
            parts.append([])
        parts[-1].append(segment)
    return parts


def item_codes(line: list[Segment]) -> Codes:
    """The codes of LIN and PIA."""
    return tuple(_codes(line))


def _codes(line: list[Segment]) -> Iterator[tuple[str, str]]:
    for segment in line:
        first = {"LIN": 3, "PIA": 2}.get(at(segment, 0))
        for element in range(first, len(segment)) if first else ():
            kind = _CODES.get(at(segment, element, 1))
            if kind and at(segment, element):
                yield kind, at(segment, element)


def senders(message: list[Segment]) -> tuple[str, ...]:
    """By which codes the supplier may be known."""
    told = [at(s, 2) for s in message if at(s, 0) == "NAD" and at(s, 1) in _SUPPLIERS]
    return tuple(dict.fromkeys(each for each in told if each))


def referred(parts: list[Segment], *kinds: str) -> str | None:
    """The first reference (RFF) of these kinds."""
    for kind in kinds:
        for segment in parts:
            if at(segment, 0) == "RFF" and at(segment, 1) == kind and at(segment, 1, 1):
                return at(segment, 1, 1)
    return None


def day_of(told: Moment | None) -> date | None:
    """The day of a moment."""
    return told.date() if isinstance(told, datetime) else told
