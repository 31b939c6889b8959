"""What a supplier's document says, in neutral words."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# Each as (kind, value), the most telling first.
Codes = tuple[tuple[str, str], ...]
ACCEPTED, REJECTED, FOLLOWS = "accepted", "rejected", "follows"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredPart:
    """What of a line comes (ACCEPTED), does not (REJECTED), or is promised later (FOLLOWS). None
    is as it was ordered: the quantity, the day."""

    state: str = ACCEPTED
    quantity: Decimal | None = None
    unit: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredRow:
    """What is answered of one line of the order; `path` is its place in the document."""

    path: str
    line: str | None
    codes: Codes
    parts: tuple[AnsweredPart, ...]
    price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierAnswer:
    """An answer to one purchase order. Without rows it speaks of all of it, by `state`."""

    format: str
    path: str
    order: str
    senders: tuple[str, ...]
    reference: str | None
    state: str | None
    rows: tuple[AnsweredRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRow:
    """A quantity of an item that was sent, in one lot and one logistic unit if they are told."""

    path: str
    line: str | None
    codes: Codes
    quantity: Decimal
    unit: str | None = None
    lot: str | None = None
    expires_on: date | None = None
    sscc: str | None = None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierNotice:
    """What of one purchase order was sent, under the sender's number, to be there on a day (None:
    it does not say)."""

    format: str
    path: str
    order: str
    senders: tuple[str, ...]
    number: str
    expected_on: date | None
    rows: tuple[SentRow, ...]
    carrier: str | None = None
    tracking_number: str | None = None


Told = SupplierAnswer | SupplierNotice
