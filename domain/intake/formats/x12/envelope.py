"""Interchange, groups and transaction sets of X12 (X12.5, X12.6)."""

from dataclasses import dataclass, field

from domain.intake.formats.x12.delimiters import Delimiters, IsaHeader, read_isa
from domain.intake.formats.x12.findings import Finding, envelope_finding
from domain.intake.formats.x12.segments import Segment, segments

MAX_SEGMENTS = 200_000
"""Of one interchange."""


@dataclass(slots=True)
class TransactionSet:
    """ST to SE. `segments` has both, if both are there."""

    path: str
    segments: list[Segment] = field(default_factory=list)
    trailer: Segment | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def identifier(self) -> str:
        """ST01: 850, 856, 997 …"""
        return self.segments[0].element(1)

    @property
    def control_number(self) -> str:
        """ST02."""
        return self.segments[0].element(2)


@dataclass(slots=True)
class Group:
    """GS to GE; `header` is None where transaction sets came without a group."""

    path: str
    header: Segment | None
    sets: list[TransactionSet] = field(default_factory=list)
    trailer: Segment | None = None
    findings: list[Finding] = field(default_factory=list)

    def header_element(self, place: int) -> str:
        """An element of GS, "" without one."""
        return self.header.element(place) if self.header is not None else ""


@dataclass(slots=True)
class Interchange:
    """ISA to IEA. `isa` has ISA01 … ISA16; empty where the text came without an ISA."""

    path: str
    isa: tuple[str, ...]
    delimiters: Delimiters
    groups: list[Group] = field(default_factory=list)
    services: list[Segment] = field(default_factory=list)
    trailer: Segment | None = None
    findings: list[Finding] = field(default_factory=list)

    def isa_element(self, place: int) -> str:
        """An element of ISA, "" without one."""
        return self.isa[place - 1] if 0 < place <= len(self.isa) else ""

    @property
    def sets(self) -> list[TransactionSet]:
        """All transaction sets, in order."""
        return [found for group in self.groups for found in group.sets]


def read_interchange(text: str, start: int, number: int) -> tuple[Interchange | None, int]:
    """The interchange whose ISA begins at `start`, and the place after it; None for a bad ISA."""
    header = read_isa(text, start)
    if header is None or not header.delimiters.are_distinct:
        return None, len(text)
    interchange = Interchange(f"ISA[{number}]", header.elements, header.delimiters)
    _check_header(interchange, header)
    return interchange, _fill(interchange, text, header.end)


def read_bare(text: str, delimiters: Delimiters) -> Interchange:
    """Groups or transaction sets that came without an ISA."""
    interchange = Interchange("ISA[1]", (), delimiters)
    message = "There is no ISA segment: the text begins without an interchange."
    interchange.findings.append(envelope_finding("isa_missing", "ISA[1]", message, "022"))
    _fill(interchange, text, 0)
    return interchange


def _check_header(interchange: Interchange, header: IsaHeader) -> None:
    rules = (
        (9, 6, "a date (YYMMDD)", "014"),
        (10, 4, "a time (HHMM)", "015"),
        (13, 9, "a control number (9 digits)", "018"),
    )
    for place, width, what, code in rules:
        value = interchange.isa_element(place)
        if not (len(value) == width and value.isascii() and value.isdigit()):
            path, message = f"{interchange.path}-{place:02d}", f"ISA{place:02d} is not {what}."
            interchange.findings.append(envelope_finding("isa_malformed", path, message, code))


def _fill(interchange: Interchange, text: str, start: int) -> int:
    """Put the segments from `start` on into their places; returns where the interchange ends."""
    end = start
    for count, (segment, after) in enumerate(segments(text, interchange.delimiters, start)):
        if segment.tag == "ISA":
            return text.find("ISA", end)
        if count >= MAX_SEGMENTS:
            message = f"The interchange has more than {MAX_SEGMENTS} segments."
            finding = envelope_finding("interchange_too_long", interchange.path, message, "022")
            interchange.findings.append(finding)
            return len(text)
        end = after
        if segment.tag == "IEA":
            interchange.trailer = segment
            return end
        _place(interchange, segment)
    return len(text)


def _place(interchange: Interchange, segment: Segment) -> None:
    if segment.tag == "GS":
        path = f"{interchange.path}/GS[{len(interchange.groups) + 1}]"
        interchange.groups.append(Group(path, segment))
        return
    group = interchange.groups[-1] if interchange.groups else None
    if group is not None and group.trailer is not None and segment.tag != "ST":
        _outside(interchange, segment)
    elif segment.tag == "ST":
        _open_set(interchange, segment)
    elif group is None:
        _before_groups(interchange, segment)
    elif segment.tag == "GE":
        group.trailer = segment
    else:
        _within_group(interchange, group, segment)


def _open_set(interchange: Interchange, segment: Segment) -> None:
    if not interchange.groups or interchange.groups[-1].trailer is not None:
        path = f"{interchange.path}/GS[{len(interchange.groups) + 1}]"
        group = Group(path, None)
        message = "A transaction set stands outside of any functional group (GS)."
        group.findings.append(envelope_finding("gs_missing", path, message, "1"))
        interchange.groups.append(group)
    group = interchange.groups[-1]
    path = f"{group.path}/ST[{len(group.sets) + 1}]"
    group.sets.append(TransactionSet(path, [segment.numbered(1)]))


def _within_group(interchange: Interchange, group: Group, segment: Segment) -> None:
    current = group.sets[-1] if group.sets else None
    if current is None or current.trailer is not None:
        _outside(interchange, segment)
        return
    numbered = segment.numbered(len(current.segments) + 1)
    current.segments.append(numbered)
    if segment.tag == "SE":
        current.trailer = numbered


def _before_groups(interchange: Interchange, segment: Segment) -> None:
    if segment.tag in ("TA1", "TA3", "ISB", "ISE"):
        interchange.services.append(segment)
    else:
        _outside(interchange, segment)


def _outside(interchange: Interchange, segment: Segment) -> None:
    if any(finding.problem.code == "segment_outside" for finding in interchange.findings):
        return
    message = f"Segment “{segment.tag[:12]}” stands outside of any transaction set."
    finding = envelope_finding("segment_outside", interchange.path, message, "022")
    interchange.findings.append(finding)
