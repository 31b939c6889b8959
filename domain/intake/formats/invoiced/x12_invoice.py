"""X12 810: invoice, of any version and delimiters; and the credit memos among them (BIG07)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from domain.intake.document import Problem
from domain.intake.formats.invoiced.invoice import (
    InvoicedLine,
    InvoiceParty,
    ParsedInvoice,
    Totals,
    party,
)
from domain.intake.formats.invoiced.x12_amounts import closed, levels_of
from domain.intake.formats.invoiced.x12_checks import check_invoice
from domain.intake.formats.numbers import exact_number
from domain.intake.formats.x12.codes import PRICE_PER
from domain.intake.formats.x12.envelope import Interchange, TransactionSet
from domain.intake.formats.x12.findings import listed_problems
from domain.intake.formats.x12.segments import Segment
from domain.intake.formats.x12.sets import item_codes
from domain.intake.formats.x12.values import implied_cents, real_number, x12_day

FORMAT, SET = "x12.810", "810"
_CREDITS = frozenset({"CN", "CR", "CA", "CC"})
_WITHDRAWN = frozenset({"01", "03"})
_SELLERS = ("SU", "VN", "SE", "SF", "RI", "RE", "II")
_BUYERS = ("BT", "BY", "BU", "SO", "OB", "ST")
_SUMMARY = ("TDS", "CTT", "SE")


def read_invoice(interchange: Interchange, found: TransactionSet) -> ParsedInvoice:
    """What one 810 says; its figures are checked by others, its segments here (and the findings
    noted with the set, for its acknowledgement)."""
    check_invoice(found)
    heading, lines, summary = _parts(found)
    big = next((s for s in heading if s.tag == "BIG"), Segment("BIG", ()))
    currency = next((s.text(2) for s in heading if s.tag == "CUR"), None)
    stated = next((implied_cents(s.element(1)) for s in summary if s.tag == "TDS"), None)
    level = closed(levels_of(found, heading, lines, summary), stated, currency)
    order = big.text(4) or _reference(heading, "PO")
    return ParsedInvoice(
        format=FORMAT,
        path=found.path,
        number=big.text(2),
        is_credit=big.element(7) in _CREDITS,
        issued_on=x12_day(big.element(1)),
        due_on=_due(heading),
        currency=currency,
        order=order,
        corrects=tuple(s.element(2) for s in heading if _is_reference(s, "OI", "I5")),
        seller=_party(heading, _SELLERS, (interchange.isa_element(6).strip(),)),
        buyer=_party(heading, _BUYERS, (interchange.isa_element(8).strip(),)),
        lines=tuple(
            _line(found, line, amount) for line, amount in zip(lines, level.amounts, strict=True)
        ),
        adjustments=level.adjustments,
        taxes=level.taxes,
        totals=Totals(gross=stated),
        problems=(*_withdrawn(found, big), *listed_problems(found.findings)),
    )


def _parts(
    found: TransactionSet,
) -> tuple[list[Segment], list[list[Segment]], list[Segment]]:
    """The heading, the lines (from IT1 on), and the summary (from TDS on)."""
    heading: list[Segment] = []
    lines: list[list[Segment]] = []
    summary: list[Segment] = []
    place = heading
    for segment in found.segments:
        if segment.tag == "IT1":
            place = []
            lines.append(place)
        elif segment.tag in _SUMMARY:
            place = summary
        place.append(segment)
    return heading, lines, summary


def _is_reference(segment: Segment, *kinds: str) -> bool:
    return segment.tag == "REF" and segment.element(1) in kinds and bool(segment.element(2))


def _reference(segments: list[Segment], *kinds: str) -> str | None:
    return next((s.element(2) for s in segments if _is_reference(s, *kinds)), None)


def _due(heading: list[Segment]) -> date | None:
    terms = (x12_day(s.element(6)) for s in heading if s.tag == "ITD")
    return next((day for day in terms if day is not None), None)


def _party(heading: list[Segment], roles: tuple[str, ...], last: tuple[str, ...]) -> InvoiceParty:
    named = [s for role in roles for s in heading if s.tag == "N1" and s.element(1) == role]
    codes = [s.element(4) for s in named if s.element(4)]
    names = [s.element(2) for s in named if s.element(2)]
    return party([*codes, *(each for each in last if each)], names)


def _line(found: TransactionSet, line: list[Segment], amount: Decimal | None) -> InvoicedLine:
    it1 = line[0]
    return InvoicedLine(
        path=place_of(found, it1),
        line=it1.text(1),
        order=_reference(line, "PO") or _paired(it1, "PO"),
        order_line=_paired(it1, "PL") or _reference(line, "FJ") or it1.text(1),
        codes=item_codes(it1, 6),
        description=next((s.text(5) for s in line if s.tag == "PID"), None),
        quantity=real_number(it1.element(2)),
        unit=it1.text(3),
        price=None if amount is None else exact_number(it1.element(4)),
        price_basis=PRICE_PER.get(it1.element(5), Decimal(1)),
        amount=amount,
        adjustments=(),
    )


def _paired(it1: Segment, qualifier: str) -> str | None:
    places = (n for n in range(6, 34, 2) if it1.element(n) == qualifier)
    return next((it1.text(n + 1) for n in places), None)


def _withdrawn(found: TransactionSet, big: Segment) -> Iterator[Problem]:
    if big.element(8) in _WITHDRAWN:
        message = "It takes back an invoice that was sent before (BIG08)."
        remedy = "Reject the invoice that it means, or ask the supplier for a credit note."
        yield Problem("invoice_withdrawn", place_of(found, big), message, remedy)


def place_of(found: TransactionSet, segment: Segment) -> str:
    """Where a segment stands."""
    return f"{found.path}/{segment.tag} (segment {segment.number})"
