"""X12 documents: which transaction sets are in them, and what is read."""

import re

from domain.intake.document import ParsedOrder, Problem, Reading
from domain.intake.formats.excerpts import excerpt
from domain.intake.formats.invoiced.x12_checks import check_invoice
from domain.intake.formats.recognition import Received, not_an_order, orders_reading
from domain.intake.formats.x12.acknowledgement import READ_SETS, acknowledge
from domain.intake.formats.x12.delimiters import Delimiters
from domain.intake.formats.x12.envelope import (
    Group,
    Interchange,
    TransactionSet,
    read_bare,
    read_interchange,
)
from domain.intake.formats.x12.envelope_checks import check_envelope
from domain.intake.formats.x12.purchase_order import FORMATS, parse_order
from domain.intake.formats.x12.segments import BLANKS

MAX_INTERCHANGES = 1_000

_ISA = re.compile(r"ISA[^A-Za-z0-9 \t\r\n]")
_BARE = re.compile(r"(?:GS|ST)([^A-Za-z0-9 \t\r\n])[A-Z0-9]{2,3}\1")

_NAMES = {
    "204": "a motor carrier load tender",
    "210": "a freight invoice",
    "214": "a shipment status message",
    "810": "an invoice",
    "820": "a payment order",
    "824": "an application advice",
    "830": "a planning schedule",
    "832": "a price catalogue",
    "840": "a request for quotation",
    "846": "an inventory advice",
    "855": "a purchase order acknowledgement",
    "856": "a ship notice",
    "862": "a shipping schedule",
    "865": "an acknowledgement of a purchase order change",
    "875": "a grocery purchase order",
    "940": "a warehouse shipping order",
    "945": "a warehouse shipping advice",
    "990": "a response to a load tender",
    "997": "a functional acknowledgement",
    "999": "an implementation acknowledgement",
}


def read(received: Received) -> Reading | None:
    """The reading of an X12 text: one interchange or several, or sets without an envelope.

    An 850 becomes an order, an 860 a change of one; its faults are the order's, those of group and
    interchange the reading's: they concern every order in it. None if the text is no X12.
    """
    text = (received.text or "").lstrip("\ufeff" + BLANKS)
    if _BARE.match(text):
        return _reading([read_bare(text, _guessed(text))], [])
    if not _ISA.match(text):
        return None
    interchanges, problems = interchanges_of(text)
    return _reading(interchanges, problems)


def _guessed(text: str) -> Delimiters:
    marks = (mark for mark in "~'\x1c" if mark in text)
    return Delimiters(text[2], ":" if text[2] != ":" else ">", "", next(marks, "\n"))


def interchanges_of(text: str) -> tuple[list[Interchange], list[Problem]]:
    """The interchanges of an X12 text, and what is wrong between them."""
    found: list[Interchange] = []
    start = 0
    while len(found) < MAX_INTERCHANGES:
        interchange, end = read_interchange(text, start, len(found) + 1)
        if interchange is None:
            return found, [_malformed(len(found) + 1)]
        found.append(interchange)
        start = _skip_blanks(text, end)
        if start == len(text):
            return found, []
        if not _ISA.match(text, start):
            return found, [_trailing(len(found), text[start : start + 80])]
    return found, [_too_many()]


def _skip_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place] in BLANKS:
        place += 1
    return place


def _malformed(number: int) -> Problem:
    return Problem(
        "isa_malformed",
        f"ISA[{number}]",
        "The ISA segment has not its 16 elements and a terminator: delimiters cannot be told.",
        "Ask the sender for a correct ISA (106 characters, X12.5), or correct it and replay.",
    )


def _trailing(number: int, rest: str) -> Problem:
    message = f"After the interchange stands “{excerpt(rest, 30)}”, which belongs to none."
    return Problem("trailing_text", f"ISA[{number}]/IEA", message, "Ask the sender what it is.")


def _too_many() -> Problem:
    message = f"There are more than {MAX_INTERCHANGES} interchanges."
    return Problem("too_many_interchanges", "", message, "Send them in several documents.")


def _reading(interchanges: list[Interchange], problems: list[Problem]) -> Reading:
    orders: list[ParsedOrder] = []
    others: list[TransactionSet] = []
    for interchange in interchanges:
        check_envelope(interchange)
        for group in interchange.groups:
            _sort(interchange, group, orders, others)
    envelope = [*problems, *envelope_problems(interchanges)]
    answers = [acknowledge(found, place) for place, found in enumerate(interchanges, 1)]
    answer = "".join(text for text in answers if text) or None
    if orders:
        unread = [_unread(found) for found in others if found.identifier not in READ_SETS]
        return orders_reading(orders[0].format, orders, [*envelope, *unread], answer)
    return _without_orders(interchanges, others, envelope, answer)


def _sort(
    interchange: Interchange,
    group: Group,
    orders: list[ParsedOrder],
    others: list[TransactionSet],
) -> None:
    for found in group.sets:
        if found.identifier in FORMATS:
            orders.append(parse_order(interchange, group, found))
        else:
            if found.identifier == "810":
                check_invoice(found)
            others.append(found)


def envelope_problems(interchanges: list[Interchange]) -> list[Problem]:
    """What is wrong with interchanges and their groups: it concerns every set in them."""
    problems: list[Problem] = []
    for interchange in interchanges:
        problems.extend(finding.problem for finding in interchange.findings)
        for group in interchange.groups:
            problems.extend(finding.problem for finding in group.findings)
    return problems


def _unread(found: TransactionSet) -> Problem:
    name = _NAMES.get(found.identifier, "a transaction set")
    return Problem(
        "set_not_read",
        found.path,
        f"Beside the orders there is {name} ({excerpt(found.identifier, 10)}), which is not read.",
        "Handle it by hand; the document is kept.",
        "warning",
    )


def _without_orders(
    interchanges: list[Interchange],
    others: list[TransactionSet],
    envelope: list[Problem],
    answer: str | None,
) -> Reading:
    if not others:
        return _without_sets(interchanges, envelope, answer)
    identifier = excerpt(others[0].identifier, 10)
    own = [finding.problem for found in others for finding in found.findings]
    what = f"{_NAMES.get(identifier, 'a transaction set')} (X12 {identifier})"
    refused = not_an_order(f"x12.{identifier or 'unknown'}", what, problems=(*envelope, *own))
    return Reading(refused.format, refused.kind, (), refused.problems, answer)


def _without_sets(
    interchanges: list[Interchange], envelope: list[Problem], answer: str | None
) -> Reading:
    services = [segment.tag for found in interchanges for segment in found.services]
    if "TA1" in services:
        what = "an interchange acknowledgement (X12 TA1)"
        refused = not_an_order("x12.TA1", what, problems=tuple(envelope))
        return Reading(refused.format, refused.kind, (), refused.problems, None)
    empty = Problem(
        "set_missing",
        "ISA[1]",
        "There is no transaction set in the interchange.",
        "Ask the sender to send it again.",
    )
    return Reading("x12", "faulty", (), (*envelope, empty), answer)
