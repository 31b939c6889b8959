"""Segments and messages of EDIFACT (ISO 9735), whatever the message."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from domain.intake.document import Moment

Composite = list[str]
Segment = list[Composite]
_LENGTHS = {"102": 8, "203": 12, "204": 14}


def segments(text: str) -> list[Segment]:
    """The segments of an interchange, by its own delimiters if it says them (UNA)."""
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


def messages(text: str, kind: str) -> Iterator[tuple[str, list[Segment]]]:
    """The messages of a kind (`DESADV`) in a text, each with its path; none when there is none."""
    if not re.match(r"\s*\ufeff?\s*(UNA|UNB|UNH)", text) or kind not in text:
        return
    for number, message in enumerate(_messages(segments(text.strip("\ufeff \t\r\n"))), start=1):
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
        value, form = told.get(kind, ("", ""))
        length = _LENGTHS.get(form)
        if length and re.fullmatch(rf"\d{{{length}}}", value):
            return _parsed(value)
    return None


def _parsed(value: str) -> Moment | None:
    try:
        found = datetime.strptime(value.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return found.date() if len(value) == 8 else found
