"""What a message says beside the order proper: texts, references, dates, terms, kept as notes."""

from collections.abc import Iterable

from domain.intake.document import Notes
from domain.intake.formats.edifact import Segment, at
from domain.intake.formats.excerpts import is_storable

LONGEST = 2_000
# With how many of its elements each segment is named; the rest is the text.
_NAMED = {
    "ALC": 1, "ALI": 0, "DTM": 0, "EQD": 1, "FII": 1, "GIN": 1, "GIR": 1,
    "LOC": 1, "MEA": 1, "MOA": 0, "PAC": 0, "PAI": 0, "PAT": 1, "PCD": 0, "PCI": 1, "PIA": 1,
    "PRI": 0, "QTY": 0, "QVR": 0, "RFF": 0, "RNG": 1, "RTE": 0, "SCC": 1, "TAX": 1, "TDT": 1,
    "TOD": 1, "TSR": 0, "CCI": 0, "CAV": 0, "STG": 0, "RCS": 0, "HAN": 0,
}  # fmt: skip


def remarks(found: Iterable[Segment], *, left_out: frozenset[str] = frozenset()) -> Notes:
    """The segments that only inform, as ("RFF.PD", "50515"), ("FTX.AAI", text) and the like."""
    notes = []
    for segment in found:
        tag = at(segment, 0)
        if tag in left_out:
            continue
        name, text = _free_text(segment) if tag == "FTX" else _note(segment)
        if text and is_storable(text):
            notes.append((name, text[:LONGEST]))
    return tuple(notes)


def _free_text(segment: Segment) -> tuple[str, str]:
    """FTX: what it is about (4451), then its text (C108), or the code of one (C107)."""
    text = " ".join(_words(segment, 4)) or " ".join([*_words(segment, 3), *_words(segment, 2)])
    return f"FTX.{at(segment, 1)}", text


def _note(segment: Segment) -> tuple[str, str]:
    tag = at(segment, 0)
    if tag not in _NAMED:
        return tag, ""
    if _NAMED[tag]:
        first, rest = at(segment, 1), [_joined(each) for each in segment[2:]]
    else:
        first = at(segment, 1)
        rest = [_joined(segment[1][1:]) if len(segment) > 1 else "", *map(_joined, segment[2:])]
    name = f"{tag}.{first}" if first else tag
    return name, " ".join(part for part in rest if part) or first


def _joined(composite: list[str]) -> str:
    return ":".join(part.strip() for part in composite).strip(":")


def _words(segment: Segment, element: int) -> list[str]:
    return (
        [part.strip() for part in segment[element] if part.strip()]
        if element < len(segment)
        else []
    )
