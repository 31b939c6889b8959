"""Segments and messages of EDIFACT (ISO 9735), whatever the message."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from domain.intake.document import Moment
from domain.intake.formats.edifact_moments import edifact_moment

Composite = list[str]
Segment = list[Composite]
MAX_PARTS = 3_000_000
"""Segments, elements and components of one text; in more of them no document is read."""

_LINE_BREAKS = str.maketrans("", "", "\r\n")
_STARTS = re.compile(r"UNA.{6}\s*[A-Z]{3}|(?:UNB|UNG|UNH)[^A-Za-z0-9\s]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of an interchange; `release` is "" where there is none."""

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    end: str = "'"


STANDARD = Marks()


def marks_of(text: str) -> Marks:
    """The marks that a text says for itself (UNA), or those of the standard."""
    if not text.startswith("UNA") or len(text) < 9:
        return STANDARD
    release = text[6] if text[6] != " " else ""
    return Marks(text[3], text[4], text[5], release, text[8])


def is_edifact(text: str) -> bool:
    """Whether a text, blanks before it left out, begins as an interchange or a message does."""
    return _STARTS.match(text) is not None


def is_too_long(text: str) -> bool:
    """Whether a text has more parts than are read."""
    marks = marks_of(text)
    return sum(map(text.count, (marks.component, marks.element, marks.end))) > MAX_PARTS


def segments(text: str) -> list[Segment]:
    """The segments of an interchange, by its own marks if it says them (UNA).

    Line breaks are no data. What stands after the last mark of a segment's end is a segment too."""
    marks = marks_of(text)
    body = text[9:] if text.startswith("UNA") else text
    parts = _split(body, marks.end, marks.release)
    if not parts[-1].strip():
        parts.pop()
    return [
        _segment(part if marks.end in "\r\n" else part.translate(_LINE_BREAKS), marks)
        for part in parts
    ]


def _segment(text: str, marks: Marks) -> Segment:
    elements = _split(text, marks.element, marks.release)
    return [
        [_plain(part, marks.release) for part in _split(each, marks.component, marks.release)]
        for each in elements
    ]


def _split(text: str, mark: str, release: str) -> list[str]:
    """The text cut at each mark that is not released; releases stay in it."""
    if mark not in text:
        return [text]
    if not release or release not in text:
        return text.split(mark)
    parts, start, piece = [], 0, _piece(mark, release)
    while (found := piece.match(text, start)) is not None and found.end() < len(text):
        if text[found.end()] != mark:
            break
        parts.append(found[0])
        start = found.end() + 1
    return [*parts, text[start:]]


@cache
def _piece(mark: str, release: str) -> re.Pattern[str]:
    """Up to the next mark that is not released."""
    one, other = re.escape(release), re.escape(mark)
    return re.compile(f"(?:[^{one}{other}]++|{one}.)*+", re.DOTALL)


def _plain(text: str, release: str) -> str:
    if not release or release not in text:
        return text
    return re.sub(f"{re.escape(release)}(.?)", r"\1", text, flags=re.DOTALL)


def messages(text: str, kind: str) -> Iterator[tuple[str, list[Segment]]]:
    """The messages of a kind (`DESADV`) in a text, each with its path; none when there is none."""
    text = text.strip("\ufeff \t\r\n")
    if kind not in text or not is_edifact(text) or is_too_long(text):
        return
    for number, message in enumerate(_messages(segments(text)), start=1):
        if at(message[0], 2) == kind:
            yield f"UNH[{number}]", message


def _messages(parts: list[Segment]) -> Iterator[list[Segment]]:
    message: list[Segment] = []
    for segment in parts:
        tag = segment[0][0].strip()
        if tag == "UNH":
            message = [segment]
        elif tag == "UNT" and message:
            yield message
            message = []
        elif message:
            message.append(segment)


def at(segment: Segment, element: int, component: int = 0) -> str:
    """An element's component, trimmed; "" if it is not there."""
    if element >= len(segment) or component >= len(segment[element]):
        return ""
    return segment[element][component].strip()


def moment(parts: list[Segment], *kinds: str) -> Moment | None:
    """The first of these dates (DTM's qualifiers, 2005) that is told; None if none is."""
    told = {at(s, 1): (at(s, 1, 1), at(s, 1, 2)) for s in parts if at(s, 0) == "DTM"}
    for kind in kinds:
        found = edifact_moment(*told.get(kind, ("", "")))
        if found is not None:
            return found
    return None
