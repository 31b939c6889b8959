"""Cuts a message into heading, lines, sub-lines and summary, and each into its groups."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from domain.intake.formats.edifact import Segment, at

# What stands in a group of segments, by the segment that it begins with. What may stand in it, but
# is mostly meant for the line (a date after a price), is left to the line.
_GROUPS = {
    "ALC": frozenset({"ALI", "QTY", "PCD", "MOA", "RTE", "TAX", "RNG"}),
    "TAX": frozenset({"MOA"}),
    "NAD": frozenset({"LOC", "FII", "RFF", "DOC", "CTA", "COM"}),
    "LOC": frozenset({"QTY", "DTM", "PCD"}),
    "PAC": frozenset({"MEA", "QTY", "RFF", "DTM", "PCI", "GIN"}),
    "SCC": frozenset({"FTX", "RFF", "QTY", "DTM", "MEA"}),
    "PAT": frozenset({"DTM", "PCD", "MOA"}),
    "TDT": frozenset({"LOC", "DTM"}),
    "TOD": frozenset({"LOC"}),
    "EQD": frozenset({"MEA", "QTY"}),
}


@dataclass(slots=True)
class Area:
    """Segments, those of groups apart: `groups` each begin with their first segment."""

    path: str
    own: list[Segment] = field(default_factory=list)
    groups: list[list[Segment]] = field(default_factory=list)

    def all(self, tag: str) -> list[Segment]:
        """Its own segments of that tag."""
        return [segment for segment in self.own if at(segment, 0) == tag]

    def grouped(self, tag: str) -> list[list[Segment]]:
        """Its groups that begin with that tag."""
        return [group for group in self.groups if at(group[0], 0) == tag]

    def everything(self) -> Iterator[Segment]:
        """Its own segments, then those of its groups."""
        yield from self.own
        for group in self.groups:
            yield from group


@dataclass(slots=True)
class Line:
    """A LIN with what belongs to it."""

    area: Area
    parts: list[Area] = field(default_factory=list)

    @property
    def head(self) -> Segment:
        """The LIN itself."""
        return self.area.own[0]


@dataclass(slots=True)
class OrderParts:
    """The areas of one message; `orphans` are sub-lines whose line is not there."""

    heading: Area
    lines: list[Line]
    summary: Area
    orphans: list[Area]
    items: int


def cut(path: str, message: Sequence[Segment]) -> OrderParts:
    """The areas of a message (UNH and UNT left out)."""
    heading, summary = Area(path), Area(path)
    items: list[Area] = []
    place: list[Segment] = []
    spread = [(heading, place)]
    for segment in message[1:]:
        tag = at(segment, 0)
        if tag == "UNT":
            break
        if tag == "LIN" and spread[-1][0] is not summary:
            items.append(Area(f"{path}/LIN[{len(items) + 1}]"))
            place = []
            spread.append((items[-1], place))
        elif tag == "UNS" or (tag == "CNT" and spread[-1][0] is not summary):
            place = []
            spread.append((summary, place))
        place.append(segment)
    for area, found in spread:
        _group(area, found)
    return _nested(heading, items, summary)


def _group(area: Area, found: Sequence[Segment]) -> None:
    allowed: frozenset[str] = frozenset()
    for segment in found:
        tag = at(segment, 0)
        if tag in allowed:
            area.groups[-1].append(segment)
        elif tag in _GROUPS:
            area.groups.append([segment])
            allowed = _GROUPS[tag]
        else:
            area.own.append(segment)
            allowed = frozenset()


def _nested(heading: Area, items: list[Area], summary: Area) -> OrderParts:
    lines: list[Line] = []
    by_number: dict[str, Line] = {}
    orphans: list[Area] = []
    for area in items:
        head = area.own[0]
        above = at(head, 4, 1) if at(head, 4) == "1" else ""
        if not above:
            lines.append(Line(area))
            by_number.setdefault(at(head, 1), lines[-1])
        elif above in by_number:
            by_number[above].parts.append(area)
            by_number.setdefault(at(head, 1), by_number[above])
        else:
            orphans.append(area)
    return OrderParts(heading, lines, summary, orphans, len(items))
