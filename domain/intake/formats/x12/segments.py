"""X12 text to segments (X12.6): one pass, nothing interpreted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.intake.formats.x12.delimiters import Delimiters

WRAP_COLUMNS = 80
"""Old mailboxes break the text after so many characters; such breaks are no data."""

MAX_ELEMENTS = 120

BLANKS = " \t\r\n\xa0"
"""What may stand between segments. Not str.isspace: it counts \\x1c to \\x1f, which delimit."""

_LINE_BREAKS = re.compile(r"[\r\n]+")
_TAG = re.compile(r"\s*([A-Z][A-Z0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment. `number` counts within its transaction set (ST is 1), 0 outside of one."""

    tag: str
    elements: tuple[str, ...]
    number: int = 0
    unterminated_before: str | None = None

    def element(self, place: int) -> str:
        """The element at its place (1 is the first), trimmed; "" if it is not there."""
        return self.elements[place - 1].strip(BLANKS) if 0 < place <= len(self.elements) else ""

    def text(self, place: int) -> str | None:
        """The same, None if it is empty."""
        return self.element(place) or None

    def numbered(self, number: int) -> "Segment":
        """The same segment with its number in the transaction set."""
        return Segment(self.tag, self.elements, number, self.unterminated_before)


def segments(text: str, delimiters: Delimiters, start: int = 0) -> Iterator[tuple[Segment, int]]:
    """The segments of the text from `start`, with the place after each; blank ones are left out.

    `unterminated_before` of a segment names the tag of a next segment that begins on a new line
    within it: its terminator is missing there.
    """
    while start < len(text):
        found = text.find(delimiters.terminator, start)
        end = len(text) if found < 0 else found
        segment = parse_segment(text[start:end], delimiters)
        start = end + len(delimiters.terminator)
        if segment is not None:
            yield segment, min(start, len(text))


def parse_segment(text: str, delimiters: Delimiters) -> Segment | None:
    """One segment without its terminator; None if it is blank."""
    trimmed = text.lstrip(BLANKS).rstrip("\r\n")
    if not trimmed:
        return None
    swallowed = _swallowed_tag(trimmed, delimiters.element)
    parts = _LINE_BREAKS.sub("", trimmed).split(delimiters.element, MAX_ELEMENTS)
    return Segment(parts[0].strip(BLANKS), tuple(parts[1:]), 0, swallowed)


def _swallowed_tag(text: str, element: str) -> str | None:
    for match in _LINE_BREAKS.finditer(text):
        line_start = text.rfind("\n", 0, match.start()) + 1
        if match.start() - line_start >= WRAP_COLUMNS:
            continue
        following = _TAG.match(text, match.end())
        if following and text.startswith(element, following.end()):
            return following[1]
    return None
