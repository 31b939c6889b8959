"""X12 855: purchase order acknowledgement."""

from collections.abc import Sequence
from datetime import date

from domain.intake.formats.supplying.words import (
    ACCEPTED,
    FOLLOWS,
    REJECTED,
    AnsweredPart,
    AnsweredRow,
    SupplierAnswer,
)
from domain.intake.formats.supplying.x12_words import senders
from domain.intake.formats.x12.envelope import Interchange, TransactionSet
from domain.intake.formats.x12.segments import Segment
from domain.intake.formats.x12.sets import item_codes, sets_of
from domain.intake.formats.x12.values import real_number, x12_day

FORMAT = "x12.855"
# ACK01 (668): what is not among these comes as it is told.
_FOLLOWS = {"IB", "SP", "IH", "IW"}
_REJECTED = {"IR", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "RJ", "IS"}
# BAK02 (587).
_ALL_ACCEPTED, _ALL_REJECTED = {"AC", "AD", "AE", "AK", "AP", "AT"}, {"RD", "RF", "RJ", "RO"}
_DELIVERY = {"002", "017", "067", "068", "063", "069"}


def read_855(text: str) -> list[SupplierAnswer]:
    """The answers of every 855 in the text; none when there is none."""
    found = [_answer(interchange, each) for interchange, each in sets_of(text, "855")]
    return [each for each in found if each is not None]


def _answer(interchange: Interchange, found: TransactionSet) -> SupplierAnswer | None:
    header = next((s for s in found.segments if s.tag == "BAK"), None)
    if header is None or not header.element(3):
        return None
    state = _state(header.element(2))
    lines = _lines(found)
    heading = lines.pop(0)
    day = _delivery(heading)
    return SupplierAnswer(
        format=FORMAT,
        path=found.path,
        order=header.element(3),
        senders=senders(interchange, found),
        reference=header.text(8) or header.text(6) or interchange.isa_element(13).strip() or None,
        state=state,
        rows=tuple(_row(found, line, state, day) for line in lines),
    )


def _state(code: str) -> str | None:
    if code in _ALL_REJECTED:
        return REJECTED
    return ACCEPTED if code in _ALL_ACCEPTED else None


def _lines(found: TransactionSet) -> list[list[Segment]]:
    """The heading's segments, then those of each line."""
    lines: list[list[Segment]] = [[]]
    for segment in found.segments:
        if segment.tag == "PO1":
            lines.append([])
        if segment.tag not in ("CTT", "SE"):
            lines[-1].append(segment)
    return lines


def _row(
    found: TransactionSet, line: Sequence[Segment], state: str | None, day: date | None
) -> AnsweredRow:
    first = line[0]
    said = [segment for segment in line if segment.tag == "ACK"]
    day = _delivery(line) or day
    parts = tuple(_part(each, day) for each in said if each.element(1)) or (
        AnsweredPart(
            state=state or ACCEPTED,
            quantity=real_number(first.element(2)),
            unit=first.text(3),
            day=day,
        ),
    )
    price = real_number(first.element(4))
    return AnsweredRow(
        path=f"{found.path}/PO1 (segment {first.number})",
        line=first.text(1),
        codes=item_codes(first, 6),
        parts=parts,
        # A price of zero is how many write that they say none.
        price=price or None,
    )


def _part(said: Segment, day: date | None) -> AnsweredPart:
    code = said.element(1)
    state = FOLLOWS if code in _FOLLOWS else REJECTED if code in _REJECTED else ACCEPTED
    return AnsweredPart(
        state=state,
        quantity=real_number(said.element(2)),
        unit=said.text(3),
        day=x12_day(said.element(5)) or day,
    )


def _delivery(segments: Sequence[Segment]) -> date | None:
    """The day on which it is to be there: a DTM that says so, or a schedule's."""
    for segment in segments:
        if segment.tag == "DTM" and segment.element(1) in _DELIVERY:
            return x12_day(segment.element(2))
        if segment.tag == "SCH" and segment.element(5) in _DELIVERY:
            return x12_day(segment.element(6))
    return None
