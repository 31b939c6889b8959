"""What entities of a group owe, sold and hold each other is left out. Pure.

Amounts are minor units, debits positive. Every elimination adds up to zero. What two sides do not
agree in is a line of its own, by name: `exchange` (a debt stands at another rate in either book)
and `disagreement` (they say different amounts) go to the result of the period in which they arose,
`average_rate` (two averages of one sale) to the translation difference."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from domain.finance.consolidation.policies.accounts import (
    COST,
    DIFFERENCE,
    EXCHANGE,
    RETAINED,
    TRANSLATION,
)
from domain.finance.consolidation.policies.translation import Rates, Span, in_group

BALANCES, SALES, TRADE = "balances", "sales", "trade"
PROFIT, DIVIDENDS, INVESTMENTS = "profit_in_stock", "dividends", "investments"
ADJUSTMENT, MINORITIES = "adjustment", "minorities"
ELIMINATED = "eliminated"
# Lines that tell of two sides that do not agree.
DIFFERENCES = frozenset({"exchange", "disagreement", "average_rate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """What an entity's account has of an affiliate: in the currency that was agreed (`amount`), in
    the books' own (`own`), and of both what was there before the period began. Of income and
    expense `since` is the first day of the stretch in which it arose; `corrects`, where it is of a
    price that was changed when the goods were gone."""

    entity_id: int
    affiliate_id: int
    account: str
    currency: str
    own_currency: str
    amount_minor: int
    own_minor: int
    opening_amount_minor: int = 0
    opening_own_minor: int = 0
    since: date | None = None
    corrects: bool = False

    def revalued(self, own_minor: int, opening_own_minor: int) -> "Between":
        """What its part of a revaluation is, which is in the books' own currency alone."""
        return replace(
            self,
            amount_minor=0,
            own_minor=own_minor,
            opening_amount_minor=0,
            opening_own_minor=opening_own_minor,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """What is put to a line of the group, and why; for an entity's account also what it is of, in
    its own currency."""

    account: str
    amount_minor: int
    what: str = ELIMINATED
    entity_id: int | None = None
    own_minor: int | None = None
    own_currency: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """By how much an elimination makes an entity's result, and what it had before, more."""

    entity_id: int
    result_minor: int
    equity_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Elimination:
    """Lines that add up to zero, between which entities, and what that changes for minorities;
    `adjustment_id` where somebody entered it."""

    kind: str
    lines: tuple[Line, ...]
    entity_id: int | None = None
    affiliate_id: int | None = None
    effects: tuple[Effect, ...] = ()
    adjustment_id: int | None = None


def balances(sums: Sequence[Between], span: Span, rates: Rates) -> tuple[Line, ...]:
    """The lines that leave out what two entities owe each other."""
    now, before = _Standing(span.as_of, rates), _Standing(span.opening_on, rates)
    lines = []
    for each in sums:
        lines.append(_out(each, now.add(each, each.amount_minor, each.own_minor)))
        before.add(each, each.opening_amount_minor, each.opening_own_minor)
    disagreed, old_disagreed = now.disagreed(), before.disagreed()
    exchanged = now.rest - disagreed - (before.rest - old_disagreed)
    return _kept(
        *lines,
        Line(EXCHANGE, exchanged, "exchange"),
        Line(DIFFERENCE, disagreed - old_disagreed, "disagreement"),
        Line(RETAINED, before.rest, "brought_forward"),
    )


def sales(sums: Sequence[Between], rates: Rates) -> tuple[Line, ...]:
    """The lines that leave out what one entity sold another: its revenue and cost, and of the
    group's cost of goods the margin. What is in stock of it is left out by `profit_in_stock`."""
    lines, rest, corrected = [], 0, 0
    for each in sums:
        amount = _averaged(each, rates)
        lines.append(_out(each, amount))
        rest += amount
        corrected += amount if each.corrects else 0
    return _kept(
        *lines,
        Line(COST, rest - corrected, "margin"),
        Line(TRANSLATION, corrected, "average_rate"),
    )


def trade(sums: Sequence[Between], rates: Rates) -> tuple[Line, ...]:
    """The lines that leave out income and expense on accounts that are with an affiliate."""
    lines, rest = [], 0
    agreed: dict[tuple[str, date], int] = defaultdict(int)
    for each in sums:
        assert each.since is not None
        amount = _averaged(each, rates)
        lines.append(_out(each, amount))
        rest += amount
        agreed[each.currency, each.since] += each.amount_minor
    disagreed = sum(
        in_group(amount, currency, rates.average(currency, since), rates)
        for (currency, since), amount in agreed.items()
        if amount
    )
    return _kept(
        *lines,
        Line(DIFFERENCE, disagreed, "disagreement"),
        Line(TRANSLATION, rest - disagreed, "average_rate"),
    )


def dividends(sums: Sequence[Between], rates: Rates) -> Elimination:
    """The income that an entity had of another one's profits, which the group has already."""
    lines = [_out(each, _averaged(each, rates)) for each in sums]
    taken, holder = sum(line.amount_minor for line in lines), sums[0].entity_id
    paid = Line(RETAINED, -taken, "distributed", sums[0].affiliate_id)
    return Elimination(
        kind=DIVIDENDS,
        lines=_kept(*lines, paid),
        entity_id=holder,
        affiliate_id=sums[0].affiliate_id,
        effects=(Effect(holder, -taken, taken),),
    )


def merged(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Lines of one account, entity and reason as one; those that are nothing are left out."""
    sums: dict[tuple[str, str, int | None, str | None], list[int | None]] = {}
    for each in lines:
        key = (each.account, each.what, each.entity_id, each.own_currency)
        amount, own = sums.setdefault(key, [0, None])
        assert amount is not None
        more = own if each.own_minor is None else (own or 0) + each.own_minor
        sums[key] = [amount + each.amount_minor, more]
    return _kept(
        *(
            Line(account, amount or 0, what, entity_id, own, currency)
            for (account, what, entity_id, currency), (amount, own) in sums.items()
        )
    )


def grouped(sums: Iterable[Between], *, directed: bool) -> Mapping[tuple[int, int], list[Between]]:
    """By the two entities: (entity, affiliate), or both ways as one with the lower id first."""
    found: dict[tuple[int, int], list[Between]] = defaultdict(list)
    for each in sums:
        pair = (each.entity_id, each.affiliate_id)
        found[pair if directed or pair[0] < pair[1] else (pair[1], pair[0])].append(each)
    return found


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """An amount by what each has of the whole, the last of them taking the rest; where all of them
    are nothing together, nobody has a part in it."""
    whole = sum(weights)
    if not whole or not total:
        return [0] * len(weights)
    return parted(total, [Decimal(weight) / whole for weight in weights])


def parted(total: int, parts: Sequence[Decimal]) -> list[int]:
    """An amount by parts of the whole, in whole minor units, the last of them taking the rest."""
    found = [int((total * part).to_integral_value(rounding=ROUND_HALF_UP)) for part in parts]
    found[-1] += total - sum(found)
    return found


class _Standing:
    """What debts are worth to the group on a day, and what both sides of them say."""

    def __init__(self, day: date, rates: Rates) -> None:
        self.day, self.rates, self.rest = day, rates, 0
        self.said: dict[str, int] = defaultdict(int)

    def add(self, each: Between, amount: int, own: int) -> int:
        """Put one side to it; what that is in the group's currency."""
        self.said[each.currency] += amount
        worth = self._worth(own, each.own_currency)
        self.rest += worth
        return worth

    def disagreed(self) -> int:
        """By how much the two sides differ in what they say, in the group's currency."""
        return sum(self._worth(amount, currency) for currency, amount in self.said.items())

    def _worth(self, amount: int, currency: str) -> int:
        rate = self.rates.on(currency, self.day) if amount else Decimal(0)
        return in_group(amount, currency, rate, self.rates)


def _averaged(each: Between, rates: Rates) -> int:
    assert each.since is not None
    rate = rates.average(each.own_currency, each.since)
    return in_group(each.own_minor, each.own_currency, rate, rates)


def _out(each: Between, amount: int) -> Line:
    own = (each.entity_id, -each.own_minor, each.own_currency)
    return Line(each.account, -amount, ELIMINATED, *own)


def _kept(*lines: Line) -> tuple[Line, ...]:
    return tuple(line for line in lines if line.amount_minor or line.own_minor)
