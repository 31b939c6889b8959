"""Cuts the segments of an 850 or 860 into header, lines and summary, each with its path."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from domain.intake.formats.x12.segments import Segment


@dataclass(frozen=True, slots=True)
class Placed:
    """A segment with its path, such as "ISA[1]/GS[1]/ST[1]/PO1[3]"."""

    segment: Segment
    path: str

    @property
    def tag(self) -> str:
        """The segment's tag."""
        return self.segment.tag

    def text(self, place: int) -> str | None:
        """An element of the segment, None if it is empty."""
        return self.segment.text(place)


@dataclass(slots=True)
class Loop:
    """A segment (N1, PO1, POC …) with those that belong to it."""

    head: Placed
    members: list[Placed] = field(default_factory=list)

    def all(self, tag: str) -> list[Placed]:
        """Its members of that tag."""
        return [member for member in self.members if member.tag == tag]

    def first(self, tag: str) -> Placed | None:
        """Its first member of that tag."""
        return next(iter(self.all(tag)), None)


@dataclass(slots=True)
class PurchaseOrder:
    """The areas of an order, or of a change of one. `header` and `summary` have every segment,
    `parties` the N1 loops."""

    header: list[Placed] = field(default_factory=list)
    lines: list[Loop] = field(default_factory=list)
    summary: list[Placed] = field(default_factory=list)

    def all(self, tag: str) -> list[Placed]:
        """The header's segments of that tag that belong to no party."""
        return [placed for placed in outside_parties(self.header) if placed.tag == tag]

    @property
    def parties(self) -> list[Loop]:
        """The N1 loops of the header."""
        return party_loops(self.header)

    @property
    def beginning(self) -> Placed | None:
        """BEG, or of a change BCH."""
        return next((placed for placed in self.header if placed.tag in ("BEG", "BCH")), None)


_PARTY_MEMBERS = frozenset(
    {"N2", "N3", "N4", "NX2", "PER", "REF", "SI", "FOB", "TD1", "TD5", "TD3"}
)


def cut(set_path: str, found: Iterable[Segment]) -> PurchaseOrder:
    """The areas of the segments of one transaction set (ST and SE left out)."""
    order = PurchaseOrder()
    in_summary = False
    for placed in _placed(set_path, found):
        if placed.tag in ("PO1", "POC") and not in_summary:
            order.lines.append(Loop(placed))
        elif placed.tag == "CTT" or in_summary:
            in_summary = True
            order.summary.append(placed)
        elif order.lines:
            order.lines[-1].members.append(placed)
        else:
            order.header.append(placed)
    return order


def party_loops(area: list[Placed]) -> list[Loop]:
    """The N1 loops among the segments."""
    loops: list[Loop] = []
    is_open = False
    for placed in area:
        if placed.tag == "N1":
            loops.append(Loop(placed))
            is_open = True
        elif is_open and placed.tag in _PARTY_MEMBERS:
            loops[-1].members.append(placed)
        else:
            is_open = False
    return loops


def outside_parties(area: list[Placed]) -> Iterator[Placed]:
    """The segments that belong to no N1 loop."""
    is_open = False
    for placed in area:
        is_open = placed.tag == "N1" or (is_open and placed.tag in _PARTY_MEMBERS)
        if not is_open:
            yield placed


def _placed(set_path: str, found: Iterable[Segment]) -> Iterator[Placed]:
    counts: Counter[str] = Counter()
    for segment in found:
        counts[segment.tag] += 1
        if segment.tag not in ("ST", "SE"):
            yield Placed(segment, f"{set_path}/{segment.tag}[{counts[segment.tag]}]")
