"""A purchase order of X12 (850, versions 003010 to 008xxx) as a ParsedOrder, and a change (860)."""

from collections.abc import Iterable
from decimal import Decimal

from domain.intake.changes import Change
from domain.intake.document import Address, Notes, ParsedOrder, Totals
from domain.intake.formats.numbers import exact_sum
from domain.intake.formats.x12.codes import (
    CANCEL_AFTER,
    CHANGE_PURPOSES,
    FREIGHT_CHARGES,
    PURPOSES,
    REPLACES_LINES,
    REQUESTED_DELIVERY,
    REQUESTED_SHIP,
    TAX_CHARGES,
)
from domain.intake.formats.x12.envelope import Group, Interchange, TransactionSet
from domain.intake.formats.x12.findings import element_finding, listed_problems
from domain.intake.formats.x12.loops import Placed, PurchaseOrder, cut, outside_parties
from domain.intake.formats.x12.parties import address_of, party_code
from domain.intake.formats.x12.purchase_order_checks import check_order
from domain.intake.formats.x12.purchase_order_line import LineReader
from domain.intake.formats.x12.remarks import dated, remarks
from domain.intake.formats.x12.values import implied_cents, x12_day

FORMATS = {"850": "x12.850", "860": "x12.860"}


def parse_order(interchange: Interchange, group: Group, found: TransactionSet) -> ParsedOrder:
    """The order in this transaction set, or the change of one; its faults go to the set's findings,
    and so to `problems`.

    `external_id` joins the sender with the order number and release: a number is the buyer's own.
    """
    order = cut(found.path, found.segments)
    check_order(order, found)
    reader = LineReader(interchange.delimiters, found.findings)
    lines = tuple(reader.line(loop, place) for place, loop in enumerate(order.lines, 1))
    beg, is_change = order.beginning, found.identifier == "860"
    number, release, code = (beg.text(3), beg.text(4), beg.text(1)) if beg else (None, None, None)
    ordered_on = beg.text(6 if beg.tag == "BCH" else 5) if beg else None
    totals, currency = _totals(order, reader), _currency(order, found)
    sender, dates = _sender(interchange, group), order.all("DTM")
    purpose = (CHANGE_PURPOSES if is_change else PURPOSES).get(code or "00", "original")
    return ParsedOrder(
        format=FORMATS[found.identifier],
        path=found.path,
        external_number=number,
        external_id=_external_id(sender, number, release),
        currency=currency,
        ordered_at=x12_day(ordered_on or ""),
        purpose=purpose,
        lines=lines,
        totals=totals,
        ship_to=_address(order, "ST"),
        bill_to=_address(order, "BT"),
        parties=tuple(party_code(loop) for loop in order.parties),
        sender=sender,
        receiver=interchange.isa_element(8) or group.header_element(3) or None,
        buyer_reference=release,
        cancelled=purpose == "cancel",
        source_status=code,
        requested_ship_on=dated(dates, REQUESTED_SHIP),
        requested_delivery_on=dated(dates, REQUESTED_DELIVERY),
        cancel_after_on=dated(dates, CANCEL_AFTER),
        is_test=interchange.isa_element(15) == "T",
        change=_change(beg) if beg and is_change else None,
        sent_at=_sent_at(interchange, group),
        notes=_notes(order, beg),
        problems=listed_problems(found.findings),
    )


def _change(bch: Placed) -> Change:
    """BCH05 counts the changes of the order; with BCH07 and BCH09 it tells one from another."""
    sequence = bch.text(5) or ""
    return Change(
        number="/".join(text for n in (5, 7, 9) if (text := bch.text(n))) or None,
        sequence=int(sequence) if sequence.isascii() and sequence.isdigit() else 0,
        replaces_lines=bch.text(1) in REPLACES_LINES,
    )


def _sent_at(interchange: Interchange, group: Group) -> str | None:
    """When the group was made (GS04, GS05), else the interchange (ISA09, ISA10)."""
    of_group = (group.header_element(4), group.header_element(5))
    of_whole = (interchange.isa_element(9), interchange.isa_element(10))
    for day, clock in (of_group, of_whole):
        if (on := x12_day(day)) is not None and len(clock) >= 4 and clock.isdigit():
            return f"{on.isoformat()}T{clock[:2]}:{clock[2:4]}:{clock[4:6] or '00'}"
    return None


def _sender(interchange: Interchange, group: Group) -> str | None:
    """ "<qualifier>:<id>" of ISA05 and ISA06, or GS02 where there is no ISA."""
    if interchange.isa_element(6):
        return f"{interchange.isa_element(5)}:{interchange.isa_element(6)}"
    return group.header_element(2) or None


def _external_id(sender: str | None, number: str | None, release: str | None) -> str | None:
    if number is None:
        return None
    return "/".join(part for part in (sender, number, release) if part)


def _currency(order: PurchaseOrder, found: TransactionSet) -> str | None:
    """CUR02 of the header; else that of the lines, if they agree."""
    in_lines = [member for loop in order.lines for member in loop.all("CUR")]
    stated = order.all("CUR") or in_lines
    codes = list(dict.fromkeys(code for placed in stated if (code := placed.text(2))))
    for placed in stated:
        if not _is_currency(placed.text(2)):
            what = "is no currency code"
            found.findings.append(
                element_finding("currency_invalid", placed.path, placed.segment, 2, what)
            )
            return None
    if len(codes) > 1:
        placed = next(placed for placed in stated if placed.text(2) == codes[1])
        what = f"names a second currency beside {codes[0]}"
        found.findings.append(
            element_finding("currencies_differ", placed.path, placed.segment, 2, what)
        )
    return codes[0] if codes else None


def _is_currency(code: str | None) -> bool:
    return code is None or (len(code) == 3 and code.isascii() and code.isalpha())


def _address(order: PurchaseOrder, role: str) -> Address | None:
    found = [loop for loop in order.parties if loop.head.text(1) == role]
    return address_of(found[0]) if found else None


def _totals(order: PurchaseOrder, reader: LineReader) -> Totals:
    """AMT 1 and TT of the summary, SAC and TXI of the header."""
    charges = [sac for sac in order.all("SAC") if sac.text(1) == "C"]
    allowances = [sac for sac in order.all("SAC") if sac.text(1) == "A"]
    freight = [sac for sac in charges if sac.text(2) in FREIGHT_CHARGES]
    taxes = [sac for sac in charges if sac.text(2) in TAX_CHARGES]
    taxed = [reader.number(txi, 2) for txi in order.all("TXI")]
    return Totals(
        subtotal=_amount(order, reader, "1"),
        discount=_cents(allowances),
        tax=exact_sum([*taxed, _cents(taxes)]),
        shipping=_cents(freight),
        total=_amount(order, reader, "TT"),
    )


def _cents(charges: Iterable[Placed]) -> Decimal | None:
    """The sum of SAC05, which has two implied decimals."""
    return exact_sum(implied_cents(sac.text(5) or "") for sac in charges)


def _amount(order: PurchaseOrder, reader: LineReader, qualifier: str) -> Decimal | None:
    stated = [
        placed
        for placed in (*order.summary, *order.all("AMT"))
        if placed.tag == "AMT" and placed.text(1) == qualifier
    ]
    return reader.number(stated[0], 2) if stated else None


def _notes(order: PurchaseOrder, beg: Placed | None) -> Notes:
    kind = ((f"{beg.tag}.02", text),) if beg and (text := beg.text(2)) else ()
    place = 8 if beg and beg.tag == "BCH" else 6
    contract = ((f"{beg.tag}.{place:02}", text),) if beg and (text := beg.text(place)) else ()
    charges = tuple(
        (f"SAC.{sac.text(1)}.{sac.text(2) or sac.text(4) or ''}", sac.text(5) or sac.text(15) or "")
        for sac in order.all("SAC")
    )
    return (*kind, *contract, *remarks(outside_parties(order.header)), *charges)
