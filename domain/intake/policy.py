"""What becomes of a message and of each order in it. Values in, decision out."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from domain.intake.document import Moment, ParsedOrder, Reading
from domain.kernel.json import dump_canonical

# What a source changes without changing what was ordered.
_VOLATILE = {
    "format", "path", "purpose", "notes", "problems", "payment_state", "cancelled",
    "cancelled_at", "source_status", "source_version", "email", "sender", "receiver",
}  # fmt: skip


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

    Any order that waits for a person makes the message an exception; a document without a
    readable order is rejected; one that brought nothing new is a duplicate."""
    if not outcomes:
        return "rejected"
    if Outcome.EXCEPTION in outcomes:
        return "exception"
    if Outcome.ACCEPTED in outcomes or Outcome.AMENDED in outcomes:
        return "accepted"
    if Outcome.REJECTED in outcomes:
        return "rejected"
    return "duplicate"


def content_hash(order: ParsedOrder) -> str:
    """SHA-256 of what was ordered: equal for two documents that order the same."""
    content = {
        field.name: _hashable(getattr(order, field.name))
        for field in fields(order)
        if field.name not in _VOLATILE
    }
    return hashlib.sha256(dump_canonical(content)).hexdigest()


def _hashable(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_hashable(part) for part in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _hashable(part) for name, part in asdict(value).items() if name != "path"}
    if isinstance(value, dict):
        return {name: _hashable(part) for name, part in value.items() if name != "path"}
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
    if order.cancelled or order.purpose == "cancel":
        return Existing.CANCELLED
    if content_hash(order) == known.content_hash:
        return Existing.SAME
    return Existing.CHANGED


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


def remaining_share(quantity: Decimal, current: Decimal | None) -> Decimal:
    """Which part of a line is still wanted after the source's own edits, from 0 to 1."""
    if current is None or current >= quantity or quantity <= 0:
        return Decimal(1)
    return max(current, Decimal(0)) / quantity


# By whom an order is placed, the most telling role first (X12 N101, and our own words).
BUYER_ROLES = ("buyer", "BY", "BT", "bill_to", "SO", "OB", "ST", "ship_to")


def buyer_codes(order: ParsedOrder) -> list[str]:
    """The codes by which the buyer may be known, the most telling first, the sender last."""
    by_role = [
        party.code
        for role in BUYER_ROLES
        for party in order.parties
        if party.role == role and party.code
    ]
    return list(dict.fromkeys([*by_role, *([order.sender] if order.sender else [])]))
