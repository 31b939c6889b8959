"""What the sender is told of an interchange: TA1 for its envelope, 997 for its groups (X12.20)."""

from datetime import UTC, datetime

from domain.intake.formats.x12.delimiters import Delimiters, read_isa
from domain.intake.formats.x12.envelope import Group, Interchange, TransactionSet
from domain.intake.formats.x12.findings import Finding
from domain.intake.formats.x12.segments import Segment, segments

READ_SETS = frozenset({"850", "860", "810"})
"""Transaction sets that are taken; others are answered as not supported (AK502 = 1)."""

_MAX_CODES = 5
_MAX_BAD_DATA = 99


def acknowledge(interchange: Interchange, number: int) -> str | None:
    """The interchange to send back: 997 for groups but acknowledgements, TA1 for a bad envelope.

    None where nothing is owed. Its date, time and control number are those of the interchange that
    is answered (`stamp` sets its own); `number` tells several answers apart.
    """
    groups = [group for group in interchange.groups if _is_owed(group)]
    faults = [finding for finding in interchange.findings if finding.is_error]
    if not interchange.isa or not (groups or faults) or not _is_answerable(interchange):
        return None
    writer = _Writer(interchange)
    if faults or interchange.isa_element(14) == "1":
        _write_ta1(writer, interchange, faults)
    for place, group in enumerate(groups, 1):
        _write_group(writer, group, place, rejected=bool(faults))
    return writer.close(len(groups))


def stamp(acknowledgement: str, *, sent_at: datetime, control_number: int) -> str:
    """The acknowledgement with its own date, time and control number (1 to 999,999,999).

    Takes what `acknowledge` made (any number of interchanges; numbered from `control_number`
    upwards).
    """
    when = sent_at.astimezone(UTC)
    stamped: list[str] = []
    place = 0
    while (header := read_isa(acknowledgement, place)) is not None:
        control = f"{(control_number + len(stamped) - 1) % 999_999_999 + 1:09d}"
        found, place = _stamped(acknowledgement, place, header.delimiters, when, control)
        stamped.append(found)
        place = len(acknowledgement) if place < 0 else place
    return "".join(stamped)


def _stamped(
    text: str, start: int, delimiters: Delimiters, when: datetime, control: str
) -> tuple[str, int]:
    """One interchange stamped, and the place of the next."""
    lines, end = [], start
    for segment, after in segments(text, delimiters, start):
        lines.append(delimiters.element.join([segment.tag, *_own(segment, when, control)]))
        end = after
        if segment.tag == "IEA":
            break
    terminator = delimiters.terminator
    return terminator.join(lines) + terminator + _line_end(terminator), text.find("ISA", end)


def _own(segment: Segment, when: datetime, control: str) -> tuple[str, ...]:
    parts = list(segment.elements)
    if segment.tag == "ISA":
        parts[8], parts[9], parts[12] = f"{when:%y%m%d}", f"{when:%H%M}", control
    elif segment.tag == "GS":
        parts[3], parts[4] = f"{when:%Y%m%d}", f"{when:%H%M}"
    elif segment.tag == "IEA":
        parts[1] = control
    return tuple(parts)


def _line_end(terminator: str) -> str:
    return "" if terminator in "\r\n" else "\n"


class _Writer:
    """Collects segments in the delimiters of the interchange that is answered."""

    def __init__(self, interchange: Interchange) -> None:
        self._interchange = interchange
        self._delimiters = interchange.delimiters
        self._lines: list[str] = []
        self.add("ISA", *self._isa())

    def _isa(self) -> list[str]:
        received = self._interchange
        element = received.isa_element
        widths = ((element(7), element(8)), (element(5), element(6)))
        parties = [part for pair in widths for part in (pair[0].ljust(2), pair[1].ljust(15))]
        head = ["00", " " * 10, "00", " " * 10, *parties, element(9), element(10)]
        tail = [element(11), element(12), element(13), "0", element(15) or "P"]
        return [*head, *tail, self._delimiters.component or self._free_component()]

    def _free_component(self) -> str:
        used = {self._delimiters.element, self._delimiters.terminator, self._delimiters.repetition}
        return next(mark for mark in ">:<\\" if mark not in used)

    def add(self, *parts: str) -> None:
        """Append one segment; empty elements at its end are left out."""
        trimmed = list(parts)
        while trimmed and not trimmed[-1]:
            trimmed.pop()
        self._lines.append(self._delimiters.element.join(trimmed))

    @property
    def count(self) -> int:
        """How many segments there are."""
        return len(self._lines)

    def close(self, groups: int) -> str:
        """End the interchange; the whole text."""
        self.add("IEA", str(groups), self._interchange.isa_element(13))
        terminator = self._delimiters.terminator
        return terminator.join(self._lines) + terminator + _line_end(terminator)


def _is_answerable(interchange: Interchange) -> bool:
    wrong = {"isa_malformed"}
    return not any(finding.problem.code in wrong for finding in interchange.findings)


def _is_owed(group: Group) -> bool:
    answers = {"997", "999", "TA1", "824"}
    is_answer = group.header_element(1) == "FA"
    return (
        group.header is not None
        and not is_answer
        and not all(found.identifier in answers for found in group.sets)
    )


def _write_ta1(writer: _Writer, interchange: Interchange, faults: list[Finding]) -> None:
    code = faults[0].level_code if faults else "000"
    element = interchange.isa_element
    writer.add("TA1", element(13), element(9), element(10), "R" if faults else "A", code)


def _write_group(writer: _Writer, group: Group, place: int, *, rejected: bool) -> None:
    element = group.header_element
    faults = [finding for finding in group.findings if finding.is_error]
    version, control = element(8) or "004010", f"{place:04d}"
    writer.add("GS", "FA", element(3), element(2), element(4), element(5), str(place), "X", version)
    start = writer.count
    writer.add("ST", "997", control)
    writer.add("AK1", element(1), element(6))
    accepted = 0
    for found in group.sets:
        accepted += _write_set(writer, found, rejected=rejected or bool(faults))
    _write_group_verdict(writer, group, faults, accepted)
    writer.add("SE", str(writer.count - start + 1), control)
    writer.add("GE", "1", str(place))


def _write_group_verdict(
    writer: _Writer, group: Group, faults: list[Finding], accepted: int
) -> None:
    stated = group.trailer.element(1) if group.trailer is not None else ""
    total = len(group.sets)
    partly = "P" if accepted else "R"
    verdict = "A" if accepted == total and total else partly
    codes = _codes(faults)
    writer.add(
        "AK9",
        verdict,
        stated if stated.isdigit() else str(total),
        str(total),
        str(accepted),
        *codes,
    )


def _write_set(writer: _Writer, found: TransactionSet, *, rejected: bool) -> bool:
    """AK2 to AK5 of one transaction set; whether it is accepted."""
    errors = [finding for finding in found.findings if finding.is_error]
    supported = found.identifier in READ_SETS
    writer.add("AK2", found.identifier, found.control_number)
    _write_findings(writer, found.findings)
    if not supported:
        writer.add("AK5", "R", "1", *_codes(errors)[: _MAX_CODES - 1])
    elif errors or rejected:
        writer.add("AK5", "R", *_codes(errors))
    else:
        writer.add("AK5", "E" if found.findings else "A", *(("5",) if found.findings else ()))
    return supported and not errors and not rejected


def _write_findings(writer: _Writer, findings: list[Finding]) -> None:
    """AK3 for each segment at fault, in their order, and AK4 for its elements."""
    placed = [(f.segment.number, f.segment, f) for f in findings if f.segment and f.segment_code]
    written = 0
    for number, segment, finding in sorted(placed, key=lambda found: (found[0], found[2].element)):
        if number != written:
            writer.add("AK3", segment.tag[:3], str(number), "", finding.segment_code)
            written = number
        if finding.element:
            bad = segment.element(finding.element)[:_MAX_BAD_DATA]
            writer.add("AK4", str(finding.element), "", finding.element_code, bad)


def _codes(findings: list[Finding]) -> list[str]:
    codes = list(dict.fromkeys(finding.level_code for finding in findings if finding.level_code))
    return codes[:_MAX_CODES]
