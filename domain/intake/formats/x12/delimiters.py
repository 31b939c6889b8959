"""The delimiters of an X12 interchange, as its ISA segment shows them (X12.5, X12.6)."""

from dataclasses import dataclass
from itertools import pairwise

ISA_ELEMENTS = 16
MAX_ISA_CHARACTERS = 250
"""Up to the terminator, padding and line breaks of careless senders included (106 by standard)."""

LOOK_AHEAD = 4_000
"""Characters after the ISA that are looked at to tell its terminator."""

_NEXT_TAGS = ("GS", "TA1", "ISB", "ISE", "IEA")


@dataclass(frozen=True, slots=True)
class Delimiters:
    """`component` and `repetition` are "" where the interchange declares none."""

    element: str
    component: str
    repetition: str
    terminator: str

    @property
    def are_distinct(self) -> bool:
        """Whether no delimiter stands for two things, and none is a letter, a digit or a blank."""
        used = [d for d in (self.element, self.component, self.repetition, self.terminator) if d]
        return len(set(used)) == len(used) and not any(d.isalnum() or d == " " for d in used)


@dataclass(frozen=True, slots=True)
class IsaHeader:
    """The ISA: its elements (ISA01 first, trimmed), its delimiters, and where the next segment is.

    `has_fixed_widths`: whether every element has the width that the standard fixes.
    """

    elements: tuple[str, ...]
    delimiters: Delimiters
    end: int
    has_fixed_widths: bool


def read_isa(text: str, start: int) -> IsaHeader | None:
    """The ISA that begins at `start`; None if it has no 16 elements or no terminator.

    Delimiters are found by the separators, so that collapsed blanks and lines broken after 80
    characters do no harm. A terminator may be any character, a line break too.
    """
    element = text[start + 3 : start + 4]
    ends = _separators(text, start, element)
    if ends is None:
        return None
    raw = [text[a + 1 : b] for a, b in pairwise(ends)]
    values = [_unbroken(value) for value in raw]
    tail = _tail(text, ends[-1] + 1, element)
    if tail is None:
        return None
    component, terminator, end = tail
    repetition = values[10] if len(values[10]) == 1 and not values[10].isalnum() else ""
    return IsaHeader(
        elements=(*(value.strip() for value in values), component),
        delimiters=Delimiters(element, component, repetition.strip(), terminator),
        end=end,
        has_fixed_widths=tuple(map(len, raw)) == _WIDTHS,
    )


_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1)


def _separators(text: str, start: int, element: str) -> list[int] | None:
    """Where the 16 element separators stand."""
    if not element or element.isalnum() or element in " \t\r\n":
        return None
    places: list[int] = []
    place = start + 3
    while len(places) < ISA_ELEMENTS:
        if place < 0 or place - start > MAX_ISA_CHARACTERS:
            return None
        places.append(place)
        place = text.find(element, place + 1)
    return places


def _tail(text: str, place: int, element: str) -> tuple[str, str, int] | None:
    """(component separator, terminator, place after it), from what follows the 16th separator."""
    first, second = text[place : place + 1], text[place + 1 : place + 2]
    if not first:
        return None
    if first in "\r\n":
        return "", first, place + 1
    if second in ("\r", "\n"):
        return _before_line_break(text, place, first)
    if not second or second in " \t":
        return "", first, place + 1
    if second.isalnum():
        rest = text[place + 1 : place + LOOK_AHEAD]
        follows = any(rest.startswith(tag + element) for tag in _NEXT_TAGS)
        return ("", first, place + 1) if follows and first in rest else None
    return first, second, place + 2


def _before_line_break(text: str, place: int, first: str) -> tuple[str, str, int]:
    """One character, then a line break: is it the terminator (and ISA16 missing), or ISA16?"""
    rest = text[place + 1 : place + LOOK_AHEAD].lstrip()
    next_line = rest.splitlines()[0].rstrip() if rest else ""
    if not next_line or next_line.endswith(first):
        return "", first, place + 1
    at = place + 1
    line_break = "\n" if text[at : at + 2] == "\r\n" or text[at] == "\n" else "\r"
    return first, line_break, text.index(line_break, at) + 1


def _unbroken(value: str) -> str:
    return value.replace("\r", "").replace("\n", "")
