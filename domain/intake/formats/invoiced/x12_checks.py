"""What an X12 810 must have. Findings are noted with the set: the sender is told of them (997)."""

from domain.intake.formats.excerpts import excerpt
from domain.intake.formats.x12.envelope import TransactionSet
from domain.intake.formats.x12.findings import element_finding, segment_finding
from domain.intake.formats.x12.segments import Segment
from domain.intake.formats.x12.values import implied_cents, real_number, x12_day

_REMEDY = "Ask the supplier for the invoice with it."
# Elements that are numbers: of each segment, the place and whether decimals are implied.
_NUMBERS = {
    "IT1": ((2, False), (4, False)),
    "SAC": ((5, True),),
    "TXI": ((2, False),),
    "TDS": ((1, True),),
}


def check_invoice(found: TransactionSet) -> None:
    """Note what is missing or cannot be read; only once for a set."""
    if any(finding.problem.code in _CODES for finding in found.findings):
        return
    by_tag = {segment.tag: segment for segment in reversed(found.segments)}
    for tag, code, what in _NEEDED:
        if tag not in by_tag:
            message = f"The {tag} segment, which has {what}, is missing."
            where = f"{found.path}/{tag}"
            found.findings.append(segment_finding(code, where, None, message, "3", _REMEDY))
    for segment in found.segments:
        for place, implied in _NUMBERS.get(segment.tag, ()):
            _check_number(found, segment, place, implied)
    if "BIG" in by_tag and x12_day(by_tag["BIG"].element(1)) is None:
        _note(found, by_tag["BIG"], 1, "date_invalid", "is not a date", "8")
    if "CTT" in by_tag:
        _check_count(found, by_tag["CTT"])


_NEEDED = (
    ("BIG", "big_missing", "the invoice's number"),
    ("TDS", "tds_missing", "its total"),
    ("IT1", "lines_missing", "a line"),
)
_CODES = frozenset(code for _, code, _ in _NEEDED) | {
    *("number_invalid", "date_invalid", "line_count_differs")
}


def _check_number(found: TransactionSet, segment: Segment, place: int, implied: bool) -> None:
    told = segment.element(place)
    read = implied_cents(told) if implied else real_number(told)
    if told and read is None:
        what = f"is not a number: “{excerpt(told, 30)}”"
        _note(found, segment, place, "number_invalid", what, "6")


def _check_count(found: TransactionSet, ctt: Segment) -> None:
    lines = sum(segment.tag == "IT1" for segment in found.segments)
    stated = ctt.element(1)
    if stated and real_number(stated) != lines:
        what = f"says {excerpt(stated, 10)} lines, and there are {lines}"
        _note(found, ctt, 1, "line_count_differs", what, "7")


def _note(
    found: TransactionSet, segment: Segment, place: int, code: str, what: str, element_code: str
) -> None:
    path = f"{found.path}/{segment.tag}"
    found.findings.append(
        element_finding(code, path, segment, place, what, element_code=element_code)
    )
