"""What every X12 document is read by: its transaction sets, and an item's codes in a segment."""

import re
from collections.abc import Iterator

from domain.intake.formats.x12.codes import CATALOGUED
from domain.intake.formats.x12.envelope import Interchange, TransactionSet, read_interchange
from domain.intake.formats.x12.segments import BLANKS, Segment

_ISA = re.compile(r"ISA[^A-Za-z0-9 \t\r\n]")
# LIN and PO1 have up to fourteen pairs of qualifier and value.
_PAIRS = 14


def sets_of(text: str, identifier: str) -> Iterator[tuple[Interchange, TransactionSet]]:
    """The transaction sets of a kind in a text; none when there is none."""
    text = text.lstrip("\ufeff" + BLANKS)
    interchange = read_interchange(text, 0, 1)[0] if _ISA.match(text) else None
    for each in interchange.sets if interchange is not None else ():
        if each.identifier == identifier:
            assert interchange is not None
            yield interchange, each


def item_codes(segment: Segment, first: int) -> tuple[tuple[str, str], ...]:
    """The item's codes that the catalogue can be asked for, as (scheme, value), in pairs of
    qualifier and value from an element on."""
    places = range(first, first + 2 * _PAIRS, 2)
    pairs = [(segment.element(n), segment.element(n + 1)) for n in places]
    return tuple((CATALOGUED[name], value) for name, value in pairs if name in CATALOGUED and value)
