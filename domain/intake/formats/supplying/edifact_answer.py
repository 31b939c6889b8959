"""EDIFACT ORDRSP: purchase order response."""

from datetime import date
from decimal import Decimal

from domain.intake.formats.edifact import Segment, at, messages, moment
from domain.intake.formats.numbers import exact_number
from domain.intake.formats.supplying.edifact_words import (
    day_of,
    item_codes,
    parted,
    referred,
    senders,
)
from domain.intake.formats.supplying.words import (
    ACCEPTED,
    FOLLOWS,
    REJECTED,
    AnsweredPart,
    AnsweredRow,
    SupplierAnswer,
)

FORMAT = "edifact.ordrsp"
# BGM's message function (1225) and response (4343), LIN's action (1229).
_STATES = {"27": REJECTED, "29": ACCEPTED, "4": ACCEPTED, "6": ACCEPTED}
_RESPONSES = {"AP": ACCEPTED, "AA": ACCEPTED, "AC": ACCEPTED, "RE": REJECTED, "NA": REJECTED}
_ACTIONS = {"7": REJECTED, "2": REJECTED, "10": REJECTED, "34": REJECTED}
# Quantities (6063): to be delivered before ordered; what is back-ordered follows.
_COMING, _BACKORDERED = ("113", "194", "12", "59", "21"), "83"
_DELIVERED = ("67", "69", "2", "17", "358", "76")


def read_ordrsp(text: str) -> list[SupplierAnswer]:
    """The answers of every ORDRSP message in the text; none when there is none."""
    found = [_answer(message, path) for path, message in messages(text, "ORDRSP")]
    return [each for each in found if each is not None]


def _answer(message: list[Segment], path: str) -> SupplierAnswer | None:
    heading, *lines = parted(message, "LIN")
    header = next((s for s in heading if at(s, 0) == "BGM"), None)
    order = referred(heading, "ON", "CO")
    if header is None or order is None:
        return None
    state = _RESPONSES.get(at(header, 4)) or _STATES.get(at(header, 3))
    day = day_of(moment(heading, *_DELIVERED))
    rows = [
        _row(line, state, day, f"{path}/LIN[{number}]")
        for number, line in enumerate(lines, start=1)
    ]
    return SupplierAnswer(
        format=FORMAT,
        path=path,
        order=order,
        senders=senders(heading),
        reference=at(header, 2) or None,
        state=state,
        rows=tuple(rows),
    )


def _row(line: list[Segment], state: str | None, day: date | None, path: str) -> AnsweredRow:
    state = _ACTIONS.get(at(line[0], 2)) or (REJECTED if state == REJECTED else ACCEPTED)
    told = {at(s, 1): s for s in line if at(s, 0) == "QTY"}
    coming = next((told[kind] for kind in _COMING if kind in told), None)
    day = day_of(moment(line, *_DELIVERED)) or day
    parts = [_part(state, coming, day)]
    if _BACKORDERED in told:
        parts.append(_part(FOLLOWS, told[_BACKORDERED], None))
    return AnsweredRow(
        path=path,
        line=at(line[0], 1) or None,
        codes=item_codes(line),
        parts=tuple(parts),
        price=_price(line),
    )


def _part(state: str, quantity: Segment | None, day: date | None) -> AnsweredPart:
    return AnsweredPart(
        state=state,
        quantity=None if quantity is None else exact_number(at(quantity, 1, 1)),
        unit=None if quantity is None else at(quantity, 1, 2) or None,
        day=day,
    )


def _price(line: list[Segment]) -> Decimal | None:
    """The net price, of as many as the segment says."""
    for kind in ("AAA", "CAL", "AAB"):
        for segment in line:
            if at(segment, 0) == "PRI" and at(segment, 1) == kind:
                price, basis = exact_number(at(segment, 1, 1)), exact_number(at(segment, 1, 4))
                return None if not price else price / (basis or Decimal(1))
    return None
