"""What becomes of a message and of each order in it. Values in, decision out."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from domain.intake.document import Moment, ParsedLine, ParsedOrder, Reading
from domain.kernel.json import dump_canonical
from domain.kernel.quantity import plain

# What was ordered, and nothing that a source changes while it is served (notes, states, titles):
# an order is not amended because its source says that it was shipped.
_ORDERED = (
    "currency", "totals", "ship_to", "bill_to", "parties", "buyer_reference",
    "prices_include_tax", "requested_ship_on", "requested_delivery_on", "cancel_after_on",
)  # fmt: skip
_ORDERED_OF_LINES = (
    "line_reference", "external_id", "external_code", "codes", "quantity", "quantity_current",
    "unit", "unit_price", "amount", "discount", "tax", "ship_to", "requested_ship_on",
    "requested_delivery_on", "schedule",
)  # fmt: skip
_PLACES = ("path", "email", "phone")


class Outcome(StrEnum):
    """What became of one order of a message."""

    ACCEPTED = "accepted"
    AMENDED = "amended"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    EXCEPTION = "exception"
    REJECTED = "rejected"


MessageOutcome = Literal["accepted", "exception", "duplicate", "rejected"]


def message_outcome(reading: Reading, outcomes: Sequence[Outcome]) -> MessageOutcome:
    """The outcome of a whole message from those of its orders.

    Any order that waits for a person makes the message an exception, and so does a faulty document
    out of which no order could be read. What is no order is rejected; what brought nothing new is
    a duplicate."""
    if not outcomes:
        return "exception" if reading.kind == "faulty" else "rejected"
    return outcome_of_all(outcomes)


def outcome_of_all(outcomes: Sequence[Outcome]) -> MessageOutcome:
    """The outcome of a message from those of its orders, at least one."""
    if Outcome.EXCEPTION in outcomes:
        return "exception"
    if Outcome.ACCEPTED in outcomes or Outcome.AMENDED in outcomes:
        return "accepted"
    if Outcome.REJECTED in outcomes:
        return "rejected"
    return "duplicate"


_WORST_FIRST = ("exception", "accepted", "duplicate", "rejected")


def outcome_of_both(one: str, other: str) -> str:
    """The outcome of a message that was read twice: what waits, then what brought anything."""
    return min((one, other), key=_WORST_FIRST.index)


REPLAYABLE: tuple[MessageOutcome, ...] = ("exception", "rejected")


def actions(outcome: str, *, permitted: Callable[[str], bool]) -> list[str]:
    """What may be done with a message now, by a caller for whom `permitted` answers."""
    return ["replay"] if outcome in REPLAYABLE and permitted("intake.manage") else []


def outcome_again(now: Outcome, before: Outcome | None) -> Outcome:
    """What to keep of an order that is read again with its message: what it did the first time."""
    first_time = (Outcome.ACCEPTED, Outcome.AMENDED)
    return before if now is Outcome.DUPLICATE and before in first_time else now


def content_hash(order: ParsedOrder) -> str:
    """SHA-256 of what was ordered: equal for two documents that order the same."""
    content = {name: _hashable(getattr(order, name)) for name in _ORDERED}
    content["lines"] = [_line_content(line) for line in order.lines]
    return hashlib.sha256(dump_canonical(content)).hexdigest()


def _line_content(line: ParsedLine) -> dict[str, Any]:
    content = {name: _hashable(getattr(line, name)) for name in _ORDERED_OF_LINES}
    if line.quantity_current == line.quantity:
        content["quantity_current"] = None
    return content


def _hashable(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(plain(value)) if value.is_finite() else str(value)
    if isinstance(value, tuple | list):
        return [_hashable(part) for part in value]
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, dict):
        return {name: _hashable(part) for name, part in value.items() if name not in _PLACES}
    return value


class Existing(StrEnum):
    """What a document says of an order that exists already."""

    SAME = "same"
    OLDER = "older"
    CANCELLED = "cancelled"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Known:
    """The order as it was last read: its content, and the source's version of it."""

    content_hash: str | None
    source_version: str | None


def compare(order: ParsedOrder, known: Known) -> Existing:
    """What a document about a known order brings.

    A document older than the one last read changes nothing, whatever it says: messages come
    late and out of order."""
    versions = (order.source_version, known.source_version)
    if versions[0] and versions[1] and versions[0] < versions[1]:
        return Existing.OLDER
    if is_withdrawn(order):
        return Existing.CANCELLED
    if content_hash(order) == known.content_hash:
        return Existing.SAME
    return Existing.CHANGED


def is_withdrawn(order: ParsedOrder) -> bool:
    """Whether the source wants nothing of the order any more: cancelled, or all taken back."""
    if order.cancelled or order.purpose == "cancel":
        return True
    wanted = [line for line in order.lines if line.quantity]
    return bool(wanted) and not any(quantity_wanted(line) for line in wanted)


def payment_state(order: ParsedOrder) -> str:
    """The order's payment in our words: a part is not yet paid, a failure is still pending."""
    ours = {"partially_paid": "pending", "failed": "pending"}
    return ours.get(order.payment_state, order.payment_state)


def aware(moment: Moment | None, otherwise: datetime) -> datetime:
    """A document's moment with an offset: UTC where it tells none, midnight where no time."""
    if moment is None:
        return otherwise
    if not isinstance(moment, datetime):
        return _midnight(moment)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def quantity_wanted(line: ParsedLine) -> Decimal:
    """How much of a line is still wanted after the source's own edits, in the line's unit."""
    ordered = max(line.quantity or Decimal(0), Decimal(0))
    if line.quantity_current is None:
        return ordered
    return min(max(line.quantity_current, Decimal(0)), ordered)


LONGEST_NAME = 200
LONGEST_TOLD = 255

# By whom an order is placed, the most telling role first (X12 N101, EDIFACT 3035, our own words).
BUYER_ROLES = ("buyer", "BY", "BT", "IV", "bill_to", "SO", "OB", "ST", "DP", "ship_to")


def buyer_codes(order: ParsedOrder) -> list[str]:
    """The codes by which the buyer may be known, the most telling first, the sender last."""
    by_role = [
        party.code
        for role in BUYER_ROLES
        for party in order.parties
        if party.role == role and party.code
    ]
    return list(dict.fromkeys([*by_role, *([order.sender] if order.sender else [])]))


def kept_text(told: str | None) -> str | None:
    """What a sender says beside a document, as it is kept: printable, at most 255 characters.

    No document is refused for its file's name."""
    return "".join(c for c in told or "" if c.isprintable()).strip()[:LONGEST_TOLD] or None


def draft_name(description: str | None, code: str) -> str:
    """A name for a record made from a document: on one line, of a length that can be kept."""
    text = "".join(c if c.isprintable() else " " for c in description or "")
    return " ".join(text.split())[:LONGEST_NAME].strip() or code[:LONGEST_NAME]
