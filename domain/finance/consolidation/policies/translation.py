"""An entity's books in the group's currency. Pure; amounts are minor units, debits positive.

Assets and liabilities at the rate of the day, income and expense at the average of the period in
which they arose, equity at the rate of the day on which it did. What that leaves over is the
translation difference."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol

from domain.finance.consolidation.policies.accounts import RESULT_KINDS, RETAINED, TRANSLATION
from domain.ledger.currency import to_base

CLOSING, AVERAGE, HISTORICAL, REST = "closing", "average", "historical", "rest"


class Rates(Protocol):
    """What one major unit of a currency is worth in the group's."""

    @property
    def currency(self) -> str:
        """The group's."""

    def on(self, currency: str, day: date) -> Decimal:
        """On a day."""

    def average(self, currency: str, day: date) -> Decimal:
        """On average in the period that a day falls in, as far as it has run."""

    def mean(self, currency: str, since: date, until: date) -> Decimal:
        """On average over all these days."""


@dataclass(frozen=True, slots=True)
class Span:
    """What is reported on: the result from a day on, and all as of a day."""

    from_on: date
    as_of: date
    opening_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Whose books, in which currency, and since when it belongs to the group (None: ever)."""

    entity_id: int
    currency: str
    joined_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What moved a line of an entity's books, in its own currency. Of income and expense `since`
    is the first day of the stretch in which it arose, of equity the day."""

    entity_id: int
    account: str
    kind: str
    amount_minor: int
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an amount, by which rate it was translated, and from when that is."""

    basis: str
    since: date | None
    own_minor: int
    rate: Decimal | None
    group_minor: int


@dataclass(slots=True)
class Cell:
    """What stands on a line for an entity: in its own currency, in the group's, and how so.

    `acquired_minor` of that was there when it joined the group, or is capital paid in."""

    entity_id: int
    account: str
    own_minor: int = 0
    group_minor: int = 0
    acquired_minor: int = 0
    pieces: list[Piece] = field(default_factory=list)

    def add(self, piece: Piece, *, acquired: bool = False) -> None:
        """Put a part to it."""
        self.own_minor += piece.own_minor
        self.group_minor += piece.group_minor
        self.acquired_minor += piece.group_minor if acquired else 0
        self.pieces.append(piece)


def in_group(amount_minor: int, currency: str, rate: Decimal, rates: Rates) -> int:
    """An amount in the group's currency."""
    if currency == rates.currency:
        return amount_minor
    return to_base(amount_minor, currency, rates.currency, rate)


def translated(books: Books, moved: Sequence[Moved], span: Span, rates: Rates) -> list[Cell]:
    """The cells of an entity, the translation difference with them: they add up to zero."""
    cells: dict[str, Cell] = {}
    for each in _together(books, moved, span):
        account, piece, acquired = _placed(books, each, span, rates)
        cell = cells.setdefault(account, Cell(books.entity_id, account))
        cell.add(piece, acquired=acquired)
    rest = -sum(cell.group_minor for cell in cells.values())
    if rest:
        cell = cells.setdefault(TRANSLATION, Cell(books.entity_id, TRANSLATION))
        cell.add(Piece(REST, None, 0, None, rest))
    return list(cells.values())


def _together(books: Books, moved: Iterable[Moved], span: Span) -> list[Moved]:
    """One of each line and day; what arose before the entity joined, as of that day."""
    sums: dict[tuple[str, str, date | None], int] = defaultdict(int)
    for each in moved:
        sums[each.account, each.kind, each.since] += each.amount_minor
    return [
        Moved(
            entity_id=books.entity_id, account=account, kind=kind, amount_minor=amount, since=since
        )
        for (account, kind, since), amount in sums.items()
        if amount
    ]


def _placed(books: Books, moved: Moved, span: Span, rates: Rates) -> tuple[str, Piece, bool]:
    """On which line it stands, translated how, and whether it was acquired."""
    since, joined = moved.since, books.joined_on
    before = since is not None and joined is not None and since < joined
    day: date | None
    if moved.kind not in RESULT_KINDS and moved.kind != "equity":
        basis, day, account = CLOSING, span.as_of, moved.account
        rate = rates.on(books.currency, span.as_of)
    elif moved.kind == "equity" or before:
        assert since is not None
        day = joined if before and joined is not None else since
        basis, rate = HISTORICAL, rates.on(books.currency, day)
        account = moved.account if moved.kind == "equity" else RETAINED
    else:
        assert since is not None
        basis, day, rate = AVERAGE, since, rates.average(books.currency, since)
        account = moved.account if since >= span.from_on else RETAINED
    amount = in_group(moved.amount_minor, books.currency, rate, rates)
    acquired = before or (moved.kind == "equity" and account not in (RETAINED, TRANSLATION))
    return account, Piece(basis, day, moved.amount_minor, rate, amount), acquired
