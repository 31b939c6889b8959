"""What a plain text journal means: amounts that were left out, costs, lots, and whether it
balances. Values in, values out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from domain.ledger.interchange.amounts import Amount, Valued, unreadable
from domain.ledger.interchange.reading import Part, PlainJournal, Posting, Transaction

FIFO, LIFO = "fifo", "lifo"
MATCHINGS = (FIFO, LIFO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A posting with everything known: its `amount`, and what it counts for in the balance
    (`value`: its cost, at the price of its lot where it has one)."""

    account: str
    part: Part
    amount: Amount
    value: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedTransaction:
    """A transaction that balances."""

    line: int
    on: date
    description: str
    booked: Sequence[Booked]


@dataclass(slots=True)
class Lot:
    """What is left of a lot."""

    quantity: Decimal
    price: Amount
    on: date


@dataclass(slots=True)
class Holdings:
    """What stands where as a journal goes on: balances by account and commodity, and lots."""

    balances: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    lots: dict[tuple[str, str], list[Lot]] = field(default_factory=lambda: defaultdict(list))
    # The most decimals that a commodity is written with: what is less is nothing.
    decimals: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def is_nothing(self, amount: Amount) -> bool:
        """Whether an amount is less than its commodity is written with."""
        least = Decimal(1).scaleb(-self.decimals[amount.commodity])
        return amount.quantity.quantize(least) == 0


def book_journal(
    journal: PlainJournal, *, matching: str | None = None
) -> tuple[list[BookedTransaction], Holdings]:
    """The transactions in order, worked out, and what stands where at the end.

    With a `matching` (fifo, lifo), what is sold leaves the lots that are held, at their price.
    Raises UnreadableJournal for a transaction that does not balance, or a balance that is not what
    the journal says."""
    holdings = Holdings()
    _learn_decimals(holdings, journal)
    return [_book(each, holdings, matching) for each in journal.transactions], holdings


def totals(booked: Iterable[Booked]) -> dict[str, Decimal]:
    """The values by commodity."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for each in booked:
        sums[each.value.commodity] += each.value.quantity
    return dict(sums)


def _learn_decimals(holdings: Holdings, journal: PlainJournal) -> None:
    for transaction in journal.transactions:
        for posting in transaction.postings:
            for amount in (posting.valued and posting.valued.amount, posting.target):
                if amount:
                    exponent = amount.quantity.as_tuple().exponent
                    assert isinstance(exponent, int)
                    known = holdings.decimals[amount.commodity]
                    holdings.decimals[amount.commodity] = max(known, -exponent)


def _book(transaction: Transaction, holdings: Holdings, matching: str | None) -> BookedTransaction:
    booked: list[Booked] = []
    empty: dict[Part, Posting] = {}
    for posting in transaction.postings:
        valued = posting.valued or _assigned(posting, holdings)
        if valued is None:
            if posting.part in empty or posting.part is Part.VIRTUAL:
                unreadable(posting.line, "Only one amount may be left out.")
            empty[posting.part] = posting
            continue
        for piece in _matched(posting, valued, holdings, matching):
            booked.append(_booked(posting, piece))
            _hold(holdings, posting, piece, transaction.on)
        _assert_target(posting, holdings)
    for part in (Part.REAL, Part.BALANCED):
        booked = _balanced(transaction, booked, part, empty.get(part), holdings)
    return BookedTransaction(
        line=transaction.line,
        on=transaction.on,
        description=transaction.description,
        booked=booked,
    )


def _assigned(posting: Posting, holdings: Holdings) -> Valued | None:
    if posting.target is None:
        return None
    held = holdings.balances[posting.account, posting.target.commodity]
    return Valued(amount=Amount(posting.target.quantity - held, posting.target.commodity))


def _assert_target(posting: Posting, holdings: Holdings) -> None:
    target = posting.target
    if target is None or posting.valued is None:
        return
    off = holdings.balances[posting.account, target.commodity] - target.quantity
    if not holdings.is_nothing(Amount(off, target.commodity)):
        unreadable(posting.line, f"The balance is off by {off} {target.commodity}.".rstrip())


def _booked(posting: Posting, valued: Valued) -> Booked:
    amount, value = valued.amount, valued.amount
    if valued.lot_price is not None:
        price = valued.lot_price
        value = Amount(amount.quantity * price.quantity, price.commodity)
    elif valued.cost is not None:
        sign = -1 if amount.quantity < 0 else 1
        value = Amount(sign * valued.cost.quantity, valued.cost.commodity)
    return Booked(account=posting.account, part=posting.part, amount=amount, value=value)


def _matched(
    posting: Posting,
    valued: Valued,
    holdings: Holdings,
    matching: str | None,
) -> list[Valued]:
    """What is sold, split over the lots that it leaves; what no lot has stays as it is."""
    left = -valued.amount.quantity
    if matching is None or left <= 0 or valued.lot_price is not None or valued.cost is None:
        return [valued]
    lots = holdings.lots[posting.account, valued.amount.commodity]
    held = sorted((lot for lot in lots if lot.quantity > 0), key=lambda lot: lot.on)
    parts = []
    for lot in held if matching == FIFO else reversed(held):
        taken = min(left, lot.quantity)
        if taken > 0:
            left -= taken
            amount = replace(valued.amount, quantity=-taken)
            parts.append(Valued(amount=amount, lot_price=lot.price, lot_date=lot.on))
    if left > 0:
        share = left / -valued.amount.quantity
        cost = replace(valued.cost, quantity=valued.cost.quantity * share)
        parts.append(Valued(amount=replace(valued.amount, quantity=-left), cost=cost))
    return parts


def _hold(holdings: Holdings, posting: Posting, valued: Valued, on: date) -> None:
    if posting.part is Part.VIRTUAL:
        return
    amount = valued.amount
    holdings.balances[posting.account, amount.commodity] += amount.quantity
    price = valued.lot_price
    if price is None and valued.cost is not None and amount.quantity != 0:
        cost = valued.cost
        price = Amount(cost.quantity / abs(amount.quantity), cost.commodity)
    if price is None:
        return
    lots = holdings.lots[posting.account, amount.commodity]
    dated = valued.lot_date or on
    for lot in lots:
        if (lot.price, lot.on) == (price, dated):
            lot.quantity += amount.quantity
            return
    lots.append(Lot(amount.quantity, price, dated))


def _balanced(
    transaction: Transaction,
    booked: list[Booked],
    part: Part,
    empty: Posting | None,
    holdings: Holdings,
) -> list[Booked]:
    """With the posting whose amount was left out, or two commodities that are changed for each
    other, or as it is."""
    left = {
        commodity: quantity
        for commodity, quantity in totals(each for each in booked if each.part is part).items()
        if not holdings.is_nothing(Amount(quantity, commodity))
    }
    if empty is not None:
        rest = [Amount(-quantity, commodity) for commodity, quantity in left.items()]
        for amount in rest:
            holdings.balances[empty.account, amount.commodity] += amount.quantity
        filled = (
            Booked(account=empty.account, part=part, amount=amount, value=amount) for amount in rest
        )
        return [*booked, *filled]
    if len(left) == 2 and len({quantity > 0 for quantity in left.values()}) == 2:
        return _exchanged(booked, part, left)
    if left:
        off = ", ".join(f"{quantity} {commodity}".strip() for commodity, quantity in left.items())
        unreadable(transaction.line, f"The transaction does not balance: {off} is left.")
    return booked


def _exchanged(booked: list[Booked], part: Part, left: dict[str, Decimal]) -> list[Booked]:
    """One commodity was given for another: the first one counts for what the second is."""
    (one, quantity), (other, counted) = left.items()
    rate = -counted / quantity
    return [
        replace(each, value=Amount(each.value.quantity * rate, other))
        if each.part is part and each.value.commodity == one
        else each
        for each in booked
    ]
