"""Mandatory elements and syntax notes of the segments that orders are read from (X12.3, X12.22)."""

from domain.intake.formats.x12.findings import Finding, element_finding
from domain.intake.formats.x12.segments import Segment

MAX_ELEMENT_CHARACTERS = 1_000
"""Of any element; the standard allows less (264 for a message, 80 for a code)."""

_MANDATORY = {
    "BEG": (1, 2, 3),
    "BCH": (1, 3),
    "POC": (2,),
    "CUR": (1, 2),
    "N1": (1,),
    "REF": (1,),
    "DTM": (1,),
    "AMT": (1, 2),
    "SAC": (1,),
    "SLN": (1,),
    "SDQ": (1, 3, 4),
    "CTT": (1,),
}
_PAIRED = {
    "PO1": tuple((place, place + 1) for place in range(6, 26, 2)),
    "POC": tuple((place, place + 1) for place in range(8, 28, 2)),
    "N1": ((3, 4),),
    "PO4": ((6, 7),),
}
"""Note P: if either is there, the other is required."""

_CONDITIONAL = {"PO4": ((5, 6),)}
"""Note C: if the first is there, the second is required."""

_EITHER = {"N1": (2, 3), "REF": (2, 3)}
"""Note R: at least one is required."""

_LENIENT = frozenset({"N1", "REF", "DTM", "SLN", "PO4"})
"""A fault here loses a remark, not the order: a warning."""


def syntax_findings(path: str, segment: Segment) -> list[Finding]:
    """The faults of one segment against its mandatory elements and syntax notes."""
    findings = _too_long(path, segment)
    for place in _MANDATORY.get(segment.tag, ()):
        if not segment.element(place):
            findings.append(_missing(path, segment, place, "is mandatory and missing", "1"))
    for first, second in _PAIRED.get(segment.tag, ()):
        findings.extend(_paired(path, segment, first, second))
    for first, second in _CONDITIONAL.get(segment.tag, ()):
        if segment.element(first) and not segment.element(second):
            what = f"is required, because {segment.tag}{first:02d} is there"
            findings.append(_missing(path, segment, second, what, "2"))
    either = _EITHER.get(segment.tag)
    if either and not any(segment.element(place) for place in either):
        what = f"or {segment.tag}{either[1]:02d} is required"
        findings.append(_missing(path, segment, either[0], what, "2"))
    return findings


def _too_long(path: str, segment: Segment) -> list[Finding]:
    what = f"has more than {MAX_ELEMENT_CHARACTERS} characters"
    return [
        element_finding("element_too_long", path, segment, place, what, element_code="5")
        for place, text in enumerate(segment.elements, 1)
        if len(text) > MAX_ELEMENT_CHARACTERS
    ]


def _paired(path: str, segment: Segment, first: int, second: int) -> list[Finding]:
    has_first, has_second = bool(segment.element(first)), bool(segment.element(second))
    if has_first == has_second:
        return []
    missing, present = (second, first) if has_first else (first, second)
    what = f"is required, because {segment.tag}{present:02d} is there"
    return [_missing(path, segment, missing, what, "2")]


def _missing(path: str, segment: Segment, place: int, what: str, element_code: str) -> Finding:
    return element_finding(
        "element_missing",
        path,
        segment,
        place,
        what,
        element_code=element_code,
        severity="warning" if segment.tag in _LENIENT else "error",
    )
