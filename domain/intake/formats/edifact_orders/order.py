"""An ORDERS (D.93A to D.01B and later, EANCOM) as a ParsedOrder; an ORDCHG as a change of one."""

from decimal import Decimal

from domain.intake.changes import Change
from domain.intake.document import (
    Address,
    Moment,
    Notes,
    ParsedLine,
    ParsedOrder,
    Problem,
    Totals,
)
from domain.intake.formats.edifact import Segment, at
from domain.intake.formats.edifact_envelope import Interchange, Message
from domain.intake.formats.edifact_moments import edifact_moment
from domain.intake.formats.edifact_numbers import EdifactNumbers
from domain.intake.formats.edifact_orders.checks import problems_of
from domain.intake.formats.edifact_orders.codes import (
    BILL_TO,
    CANCEL_AFTER,
    ORDERED_ON,
    PURPOSES,
    REPLACES_LINES,
    REQUESTED_DELIVERY,
    REQUESTED_SHIP,
    SHIP_TO,
)
from domain.intake.formats.edifact_orders.line import LineReader, dated
from domain.intake.formats.edifact_orders.parties import address_of, party_codes
from domain.intake.formats.edifact_orders.parts import Area, OrderParts, cut
from domain.intake.formats.edifact_orders.prices import adjustment, is_freight
from domain.intake.formats.edifact_orders.remarks import remarks
from domain.intake.formats.excerpts import excerpt
from domain.intake.formats.listing import listed
from domain.intake.formats.numbers import exact_sum

ORDER, CHANGE = "ORDERS", "ORDCHG"
FORMATS = {ORDER: "edifact.orders", CHANGE: "edifact.ordchg"}

_READ = frozenset({"UNH", "BGM", "UNS", "CTA", "COM"})


def parse_order(interchange: Interchange, message: Message, *, decimal_mark: str) -> ParsedOrder:
    """What one message says; its faults, and those of its envelope, are in `problems`.

    `external_id` joins the sender with the order's number, which is the buyer's own."""
    parts = cut(message.path, message.segments)
    told = EdifactNumbers(message.path, decimal_mark, "the sender")
    bgm = next(iter(parts.heading.all("BGM")), [[""]])
    change = _change(message.kind, parts, bgm)
    reader = LineReader(told, changes=change is not None)
    lines = tuple(reader.line(line, place) for place, line in enumerate(parts.lines, 1))
    number = _number(message.kind, parts.heading, bgm)
    sender, purpose = interchange.sender or None, PURPOSES.get(at(bgm, 3), "original")
    currency, unclear = _currency(parts)
    totals = _totals(told, parts, lines)
    missing = () if number or message.kind == ORDER else (_unreferred(message.path),)
    found = problems_of(told, parts, is_change=message.kind == CHANGE)
    problems = [*message.problems, *missing, *found, *unclear, *told.problems]
    return ParsedOrder(
        format=FORMATS[message.kind],
        path=message.path,
        external_number=number,
        external_id="/".join(part for part in (sender, number) if part) if number else None,
        currency=currency,
        ordered_at=_moment(parts.heading),
        purpose="change" if change and purpose == "original" else purpose,
        lines=lines,
        totals=totals,
        ship_to=_ship_to(parts.heading, is_change=change is not None),
        bill_to=address_of(parts.heading, BILL_TO),
        parties=party_codes(parts.heading),
        sender=sender,
        receiver=interchange.recipient or None,
        buyer_reference=_reference(parts.heading, "CR", "UCO", "UC"),
        cancelled=purpose == "cancel",
        source_status=at(bgm, 3) or None,
        requested_ship_on=dated(parts.heading, REQUESTED_SHIP),
        requested_delivery_on=dated(parts.heading, REQUESTED_DELIVERY),
        cancel_after_on=dated(parts.heading, CANCEL_AFTER),
        is_test=interchange.is_test,
        total_is_net=_is_net(totals),
        change=change,
        sent_at=interchange.sent_at or None,
        notes=_notes(parts, bgm),
        problems=listed(problems),
    )


def _number(kind: str, heading: Area, bgm: Segment) -> str | None:
    """The order's number: of an ORDCHG it is the one that it refers to."""
    if kind == CHANGE:
        return _reference(heading, "ON", "CO")
    return at(bgm, 2) or None


def _change(kind: str, parts: OrderParts, bgm: Segment) -> Change | None:
    """How a message changes an order. An ORDERS does where its function is 4 and its lines say
    what is to be done with them; a further one with all its lines is the order anew."""
    function = at(bgm, 3)
    acted = any(at(line.head, 2) for line in parts.lines)
    if kind == ORDER and not (PURPOSES.get(function) == "change" and acted):
        return None
    version = at(bgm, 2, 1)
    return Change(
        number="/".join(part for part in (at(bgm, 2), version) if part) if kind == CHANGE else None,
        sequence=int(version) if version.isascii() and version.isdigit() else 0,
        replaces_lines=function in REPLACES_LINES,
        lines_are_counted=kind == CHANGE,
    )


def _unreferred(path: str) -> Problem:
    return Problem(
        "order_reference_missing",
        f"{path}/RFF",
        "The change does not say which order it changes (RFF ON).",
        "Ask the sender for the number of the order.",
    )


def _currency(parts: OrderParts) -> tuple[str | None, list[Problem]]:
    """The currency of the order (CUX), else that of its amounts (MOA), if they agree."""
    told = [
        (at(cux, n), at(cux, n, 1), at(cux, n, 2))
        for cux in parts.heading.all("CUX")
        for n in (1, 2)
    ]
    reference = [code for usage, code, kind in told if code and usage in ("2", "") and kind != "11"]
    areas = [parts.heading, *(line.area for line in parts.lines), parts.summary]
    amounts = [at(s, 1, 2) for area in areas for s in area.everything() if at(s, 0) == "MOA"]
    codes = list(dict.fromkeys([*reference[:1], *(code for code in amounts if code)]))
    path = f"{parts.heading.path}/CUX"
    wrong = next((code for code in codes if not _is_currency(code)), None)
    remedy = "Ask the sender for one currency of ISO 4217."
    if wrong is not None:
        message = f"“{excerpt(wrong, 10)}” is no currency code."
        return None, [Problem("currency_invalid", path, message, remedy)]
    if len(codes) > 1:
        message = f"An amount is in {codes[1]}, beside {codes[0]}."
        return codes[0], [Problem("currencies_differ", path, message, remedy)]
    return (codes[0] if codes else None), []


def _is_currency(code: str) -> bool:
    return len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()


def _moment(heading: Area) -> Moment | None:
    told = {at(dtm, 1): dtm for dtm in reversed(heading.all("DTM"))}
    found = (edifact_moment(at(told[k], 1, 1), at(told[k], 1, 2)) for k in ORDERED_ON if k in told)
    return next((each for each in found if each is not None), None)


def _ship_to(heading: Area, *, is_change: bool) -> Address | None:
    """Where it goes; to the buyer, where nobody else is named."""
    named = {at(group[0], 1) for group in heading.grouped("NAD")}
    if is_change or named & set(SHIP_TO):
        return address_of(heading, SHIP_TO)
    return address_of(heading, ("BY",))


def _reference(heading: Area, *kinds: str) -> str | None:
    for kind in kinds:
        for rff in heading.all("RFF"):
            if at(rff, 1) == kind and at(rff, 1, 1):
                return at(rff, 1, 1)
    return None


def _totals(told: EdifactNumbers, parts: OrderParts, lines: tuple[ParsedLine, ...]) -> Totals:
    """What the summary states (MOA 79, 86 …), and the allowances and charges of the heading."""
    own, path = parts.summary.own, f"{parts.summary.path}/UNS"
    subtotal = told.amount(own, path, "79", "289")
    tax = told.amount(own, path, "176", "124", "150")
    worth = subtotal if subtotal is not None else exact_sum(line.amount for line in lines)
    allowed: list[Decimal | None] = []
    freight: list[Decimal | None] = []
    for alc in parts.heading.grouped("ALC"):
        part = adjustment(told, alc, parts.heading.path, of=worth, quantity=None)
        if at(alc[0], 1) == "A":
            allowed.append(part)
        elif at(alc[0], 1) == "C" and is_freight(alc[0]):
            freight.append(part)
    discount = exact_sum(allowed)
    if discount is not None:
        # The total of discounts has those of the lines.
        discount = exact_sum([discount, *(line.discount for line in lines)])
    taxed = (
        told.amount(group, path, "124", "150", "176") for group in parts.summary.grouped("TAX")
    )
    return Totals(
        subtotal=subtotal,
        discount=discount,
        tax=exact_sum(taxed) if tax is None else tax,
        shipping=exact_sum(freight),
        total=told.amount(own, path, "86", "39", "128", "77", "9"),
    )


def _is_net(totals: Totals) -> bool:
    """Whether the total is that of the lines, with no tax in it."""
    if totals.total is None or not totals.tax or totals.subtotal is None:
        return False
    net = totals.subtotal - (totals.discount or 0) + (totals.shipping or 0)
    return totals.total == net


def _notes(parts: OrderParts, bgm: Segment) -> Notes:
    kind = (("BGM.1001", text),) if (text := at(bgm, 1) or at(bgm, 1, 3)) else ()
    whole = (*parts.heading.everything(), *parts.summary.everything())
    return (*kind, *remarks(whole, left_out=_READ))
