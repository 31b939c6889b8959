"""EDIFACT documents with orders: which messages are in them, and what their sender is told."""

import re

from domain.intake.document import ParsedOrder, Problem, Reading, has_errors
from domain.intake.formats.edifact import is_edifact, marks_of
from domain.intake.formats.edifact_envelope import (
    Interchange,
    Message,
    acknowledge,
    read_interchanges,
)
from domain.intake.formats.edifact_orders.order import FORMATS, parse_order
from domain.intake.formats.excerpts import excerpt
from domain.intake.formats.recognition import Received, orders_reading

_BLANKS = "\ufeff \t\r\n"
_CHARACTERS = re.compile(rb"UNB.(UNO[A-Z])", re.DOTALL)
_HEAD_BYTES = 400
# Character sets of ISO 9735 (0001); UNOA and UNOB are parts of what they are read as.
_ENCODINGS = {
    "UNOA": "latin-1", "UNOB": "latin-1", "UNOC": "latin-1", "UNOD": "iso8859-2",
    "UNOE": "iso8859-5", "UNOF": "iso8859-7", "UNOG": "iso8859-3", "UNOH": "iso8859-4",
    "UNOI": "iso8859-6", "UNOJ": "iso8859-8", "UNOK": "iso8859-9", "UNOW": "utf-8",
    "UNOY": "utf-8",
}  # fmt: skip
_ONLY_THEIRS = frozenset({"UNOD", "UNOE", "UNOF", "UNOG", "UNOH", "UNOI", "UNOJ", "UNOK"})
# Read elsewhere, beside the orders.
_ALSO_READ = frozenset({"INVOIC"})


def read(received: Received) -> Reading | None:
    """The reading of ORDERS and ORDCHG, also several in an interchange, and several interchanges.

    Faults of an envelope are the reading's: they concern every order in it. None if there is
    neither message in it, or it is no EDIFACT."""
    text = (received.text or "").lstrip(_BLANKS)
    if not is_edifact(text) or not any(kind in text for kind in FORMATS):
        return None
    text, unclear = _in_its_characters(received.raw, text)
    interchanges = read_interchanges(text)
    taken = [
        (interchange, message)
        for interchange in interchanges
        for message in interchange.messages
        if message.kind in FORMATS
    ]
    mark = marks_of(text).decimal
    orders = [parse_order(whole, message, decimal_mark=mark) for whole, message in taken]
    if not orders and all(each.messages for each in interchanges):
        return None
    others = _unread(interchanges)
    envelope = [problem for each in interchanges for problem in each.problems]
    format = orders[0].format if orders else "edifact.orders"
    answer = _answer(interchanges, orders)
    return orders_reading(format, orders, [*unclear, *envelope, *others], answer)


def _in_its_characters(raw: bytes, text: str) -> tuple[str, list[Problem]]:
    """The text by the characters that it says it is in (UNB01).

    UTF-8 is taken as such where Latin-1 is said: both are said of it."""
    match = _CHARACTERS.search(raw[:_HEAD_BYTES])
    name = match[1].decode() if match else ""
    if name in _ONLY_THEIRS:
        try:
            return raw.decode(_ENCODINGS[name]).lstrip(_BLANKS), []
        except UnicodeDecodeError:
            return text, [_garbled(name)]
    if _ENCODINGS.get(name) == "utf-8" and not _is_utf8(raw):
        return text, [_garbled(name)]
    return text, []


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _garbled(name: str) -> Problem:
    message = f"It says that it is in {name}, and has bytes that are none of it."
    remedy = "Ask the sender to name the characters it writes in (UNB), or to write in those."
    return Problem("characters_invalid", "UNB-01", message, remedy)


def _unread(interchanges: list[Interchange]) -> list[Problem]:
    """What stands beside the orders, and is not read."""
    return [
        _not_read(message)
        for interchange in interchanges
        for message in interchange.messages
        if message.kind not in FORMATS and message.kind not in _ALSO_READ
    ]


def _not_read(message: Message) -> Problem:
    text = f"Beside the orders there is {excerpt(message.kind, 10)}, which is not read."
    remedy = "Handle it by hand; the document is kept."
    return Problem("set_not_read", message.path, text, remedy, "warning")


def _answer(interchanges: list[Interchange], orders: list[ParsedOrder]) -> str | None:
    """The CONTRL for each interchange."""
    wrong = frozenset(order.path for order in orders if has_errors(order.problems))
    answers = [acknowledge(each, _ALSO_READ | FORMATS.keys(), wrong) for each in interchanges]
    return "".join(answer for answer in answers if answer) or None
