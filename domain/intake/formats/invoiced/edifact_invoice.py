"""EDIFACT INVOIC (D.93A to D.01B and later, EANCOM): invoices and credit notes."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from domain.intake.document import Problem
from domain.intake.formats.edifact import Segment, at
from domain.intake.formats.edifact_envelope import Message
from domain.intake.formats.edifact_numbers import EdifactNumbers
from domain.intake.formats.excerpts import excerpt
from domain.intake.formats.invoiced.edifact_amounts import adjustments, taxes, totals
from domain.intake.formats.invoiced.invoice import InvoicedLine, InvoiceParty, ParsedInvoice, party
from domain.intake.formats.invoiced.type_codes import CREDITS, INVOICES
from domain.intake.formats.supplying.edifact_words import item_codes, referred
from domain.kernel.money import exponent

FORMAT, KIND = "edifact.invoic", "INVOIC"
_SELLERS, _BUYERS = ("SU", "SE", "II", "PE", "SR"), ("BY", "IV", "BT", "BCO", "UC")
# Quantities (6063) that are billed, the best first.
_BILLED = ("47", "12", "46", "113", "1", "21")
# Prices (5125) that are net of allowances; a gross one only where there are none.
_NET_PRICES, _GROSS_PRICES = ("AAA", "INV", "CAL"), ("AAB",)
_WITHDRAWN = frozenset({"1", "3"})
_DAY = re.compile(r"\d{8}")


def read_invoice(message: Message, *, decimal_mark: str, sender: str) -> ParsedInvoice:
    """What one INVOIC message says; its figures are not checked yet."""
    told = EdifactNumbers(message.path, decimal_mark)
    heading, lines, summary = _parts(message.segments)
    bgm = next((s for s in heading if at(s, 0) == "BGM"), [[""]])
    kind, path = at(bgm, 1), message.path
    problems = [*message.problems, *_wrong_kind(bgm, path)]
    named = next((s for s in heading if at(s, 0) == "CUX"), [[""]])
    currency = at(named, 1, 1) or _currency(message.segments)
    read = tuple(
        _line(told, line, f"{path}/LIN[{n}]", currency) for n, line in enumerate(lines, start=1)
    )
    whole = totals(told, summary)
    beside = adjustments(told, heading, "heading")
    if whole.net == sum((line.amount or Decimal(0) for line in read), Decimal(0)):
        # The lines have what the heading tells: it is not taken off once more.
        beside = ()
    return ParsedInvoice(
        format=FORMAT,
        path=path,
        number=at(bgm, 2) or None,
        is_credit=kind in CREDITS,
        issued_on=_day(heading, "137", "3"),
        due_on=_day(heading, "13", "140"),
        currency=currency,
        order=referred(heading, "ON", "CO"),
        corrects=tuple(_references(heading, "IV", "OI")),
        seller=_party(heading, _SELLERS, sender),
        buyer=_party(heading, _BUYERS, None),
        lines=read,
        adjustments=beside,
        taxes=taxes(told, summary),
        totals=whole,
        problems=(*problems, *_miscounted(summary, len(lines), path), *told.problems),
    )


def _parts(segments: list[Segment]) -> tuple[list[Segment], list[list[Segment]], list[Segment]]:
    """The heading, the lines, and the summary (from UNS on)."""
    heading: list[Segment] = []
    lines: list[list[Segment]] = []
    summary: list[Segment] = []
    place = heading
    for segment in segments:
        tag = at(segment, 0)
        if tag == "LIN":
            place = []
            lines.append(place)
        elif tag == "UNS":
            place = summary
        place.append(segment)
    return heading, lines, summary


def _wrong_kind(bgm: Segment, path: str) -> Iterator[Problem]:
    kind = at(bgm, 1)
    if kind and kind not in CREDITS and kind not in INVOICES:
        message = f"Its kind is {excerpt(kind, 10)} (BGM), which is no invoice and no credit note."
        remedy = "Ask the supplier for an invoice (380) or a credit note (381)."
        yield Problem("not_an_invoice", f"{path}/BGM", message, remedy)
    if at(bgm, 3) in _WITHDRAWN:
        message = "It takes back an invoice that was sent before (BGM)."
        remedy = "Reject the invoice that it means, or ask the supplier for a credit note."
        yield Problem("invoice_withdrawn", f"{path}/BGM", message, remedy)


def _miscounted(summary: list[Segment], lines: int, path: str) -> Iterator[Problem]:
    for segment in summary:
        if at(segment, 0) == "CNT" and at(segment, 1) == "2" and at(segment, 1, 1) != str(lines):
            stated = excerpt(at(segment, 1, 1), 10)
            message = f"It says {stated} lines, and there are {lines}."
            yield Problem(
                "line_count_differs", f"{path}/CNT", message, "Ask the supplier for all of it."
            )


def _day(parts: list[Segment], *kinds: str) -> date | None:
    """The first of these dates (2005); a time after the day is left out."""
    told = {at(s, 1): at(s, 1, 1) for s in parts if at(s, 0) == "DTM"}
    for kind in kinds:
        if (match := _DAY.match(told.get(kind, ""))) is not None:
            try:
                return date.fromisoformat(match[0])
            except ValueError:
                continue
    return None


def _currency(segments: list[Segment]) -> str | None:
    """What an amount is in, where no CUX says it."""
    return next((at(s, 1, 2) for s in segments if at(s, 0) == "MOA" and at(s, 1, 2)), None)


def _references(parts: list[Segment], *kinds: str) -> Iterator[str]:
    for segment in parts:
        if at(segment, 0) == "RFF" and at(segment, 1) in kinds and at(segment, 1, 1):
            yield at(segment, 1, 1)


def _party(heading: list[Segment], roles: tuple[str, ...], last: str | None) -> InvoiceParty:
    """Who has one of these roles, by NAD and the tax number (RFF VA) that follows it."""
    codes: dict[str, list[str]] = {role: [] for role in roles}
    names: list[str] = []
    role = ""
    for segment in heading:
        tag = at(segment, 0)
        if tag == "NAD":
            role = at(segment, 1)
            if role in codes:
                codes[role].append(at(segment, 2))
                names += [at(segment, 4), at(segment, 3)]
        elif tag == "RFF" and at(segment, 1) in ("VA", "GN", "XA") and role in codes:
            codes[role].append(at(segment, 1, 1))
        elif tag == "CUX":
            break
    found = [code for own in codes.values() for code in own if code]
    return party([*found, *([last] if last else [])], [each for each in names if each])


def _line(
    told: EdifactNumbers, line: list[Segment], path: str, currency: str | None
) -> InvoicedLine:
    quantity = _quantity(line)
    amount = told.amount(line, path, "203", "66", "38")
    number = None if quantity is None else told.number(at(quantity, 1, 1), f"{path}/QTY")
    price, basis = _price(told, line, path)
    if amount is None and number is not None and price is not None:
        unit = Decimal(1).scaleb(-exponent(currency or ""))
        amount = (number * price / basis).quantize(unit, ROUND_HALF_UP)
    return InvoicedLine(
        path=path,
        line=at(line[0], 1) or None,
        order=referred(line, "ON", "CO"),
        order_line=_order_line(line) or at(line[0], 1) or None,
        codes=item_codes(line),
        description=_described(line),
        quantity=number,
        unit=None if quantity is None else at(quantity, 1, 2) or None,
        price=price,
        price_basis=basis,
        amount=amount,
    )


def _quantity(line: list[Segment]) -> Segment | None:
    told = {at(s, 1): s for s in line if at(s, 0) == "QTY"}
    return next((told[kind] for kind in _BILLED if kind in told), next(iter(told.values()), None))


def _price(told: EdifactNumbers, line: list[Segment], path: str) -> tuple[Decimal | None, Decimal]:
    """The price that the amount is made of, and for how much it is."""
    adjusted = any(at(s, 0) == "ALC" for s in line)
    kinds = _NET_PRICES if adjusted else (*_NET_PRICES, *_GROSS_PRICES)
    for kind in kinds:
        for segment in line:
            if at(segment, 0) == "PRI" and at(segment, 1) == kind:
                price = told.number(at(segment, 1, 1), f"{path}/PRI")
                basis = told.number(at(segment, 1, 4), f"{path}/PRI")
                return price, basis or Decimal(1)
    return None, Decimal(1)


def _order_line(line: list[Segment]) -> str | None:
    for segment in line:
        if at(segment, 0) == "RFF" and at(segment, 1) in ("ON", "CO", "LI") and at(segment, 1, 2):
            return at(segment, 1, 2)
    return None


def _described(line: list[Segment]) -> str | None:
    words = (at(s, 3, 3) or at(s, 3, 4) for s in line if at(s, 0) == "IMD")
    return next((each for each in words if each), None)
