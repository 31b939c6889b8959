"""What the X12 documents of suppliers share: who sends, item codes, the sets of a text."""

import re
from collections.abc import Iterator

from domain.intake.formats.supplying.words import Codes
from domain.intake.formats.x12.envelope import Interchange, TransactionSet, read_interchange
from domain.intake.formats.x12.segments import BLANKS, Segment

_ISA = re.compile(r"ISA[^A-Za-z0-9 \t\r\n]")
# PO1's and LIN's qualifiers (235), as the catalogue asks for them.
_CODES = {
    "UP": "upc",
    "UK": "gtin",
    "EN": "ean",
    "EO": "ean",
    "SK": "sku",
    "BP": "buyer",
    "IN": "buyer",
    "VN": "vendor",
    "VP": "vendor",
    "VC": "vendor",
}
_SUPPLIERS = {"SU", "VN", "SF", "SE"}


def sets_of(text: str, identifier: str) -> Iterator[tuple[Interchange, TransactionSet]]:
    """The transaction sets of a kind in a text; none when there is none."""
    text = text.lstrip("\ufeff" + BLANKS)
    interchange = read_interchange(text, 0, 1)[0] if _ISA.match(text) else None
    for each in interchange.sets if interchange is not None else ():
        if each.identifier == identifier:
            assert interchange is not None
            yield interchange, each


def senders(interchange: Interchange, found: TransactionSet) -> tuple[str, ...]:
    """By which codes and names the supplier may be known."""
    told = [interchange.isa_element(6).strip()]
    for segment in found.segments:
        if segment.tag == "N1" and segment.element(1) in _SUPPLIERS:
            told += [segment.element(4), segment.element(2)]
    return tuple(dict.fromkeys(each for each in told if each))


def item_codes(segment: Segment, first: int) -> Codes:
    """The item's codes, in pairs of qualifier and value from an element on."""
    pairs = [(segment.element(n), segment.element(n + 1)) for n in range(first, first + 30, 2)]
    return tuple((_CODES[name], value) for name, value in pairs if name in _CODES and value)
