"""Available to promise as a table of dates. Pure; quantities in base units.

Demand is met from the supply of its own date; what lacks consumes what earlier dates have left,
the nearest first (backward), and only then later dates (forward). What is left of all dates up to
one is what may still be promised by then."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Consumption:
    """How a shortage is covered, and what is left carried on.

    `accumulation`: left-overs are carried to later dates, for at most so many days with
    `accumulation_days` (None: without end)."""

    backward: bool = True
    forward: bool = True
    accumulation: bool = True
    accumulation_days: int | None = None


FULL = Consumption()


@dataclass(frozen=True, slots=True)
class Rule:
    """Which supply and demand counts, and how. Days are calendar days.

    `notice_days`: a location wants to be told so many working days before it ships.
    `buys`: what can still be bought counts. `horizon_days`: from then on there is no limit."""

    past_due_supply_days: int = 7
    past_due_demand_days: int = 365
    consumption: Consumption = FULL
    notice_days: int = 0
    buys: bool = True
    horizon_days: int | None = None


STANDARD = Rule()


@dataclass(frozen=True, slots=True)
class Dated:
    """A quantity that comes, or is due, on a day."""

    on: date
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Standing:
    """What lies there now: all, what is held or damaged, what is kept back, what is reserved."""

    on_hand: Decimal = ZERO
    held: Decimal = ZERO
    safety_stock: Decimal = ZERO
    reserved: Decimal = ZERO

    @property
    def free(self) -> Decimal:
        """What of it nobody has; below zero, where more is kept back than is there."""
        return self.on_hand - self.held - self.safety_stock - self.reserved


@dataclass(frozen=True, slots=True)
class Period:
    """One row of the table: from its date until the next row's.

    `opening` + `incoming` - `demand` is `projected`, which the next row opens with. `left` is what
    of the row's own supply nobody consumes, below zero a shortage that nothing covers;
    `available` what may be promised from this date on; `unlimited` says that any quantity may.
    `ships_on` is the day on which what is picked from this date on leaves, and `delivers_on` on
    which it is there; None where it is not asked, or not one location's."""

    on: date
    opening: Decimal
    incoming: Decimal
    demand: Decimal
    projected: Decimal
    left: Decimal
    available: Decimal
    unlimited: bool = False
    ships_on: date | None = None
    delivers_on: date | None = None


def counted_supply(supply: Iterable[Dated], *, today: date, rule: Rule) -> list[Dated]:
    """The supply that counts: what is late comes today, or counts no more when too late."""
    oldest = today - timedelta(days=rule.past_due_supply_days)
    return [replace(each, on=max(each.on, today)) for each in supply if each.on >= oldest]


def counted_demand(demand: Iterable[Dated], *, today: date, rule: Rule) -> list[Dated]:
    """The demand that counts: what is overdue is due today, or counts no more when too old."""
    oldest = today - timedelta(days=rule.past_due_demand_days)
    return [replace(each, on=max(each.on, today)) for each in demand if each.on >= oldest]


def timeline(
    standing: Standing,
    supply: Iterable[Dated],
    demand: Iterable[Dated],
    *,
    today: date,
    rule: Rule = STANDARD,
    unlimited_from: date | None = None,
) -> list[Period]:
    """The table, a row for today and for each later date on which something comes or is due.

    Supply is dated by the day on which it can be picked. Reserved stock is demand of today, which
    is served already: it is not in `opening`. Supply on or after `unlimited_from` is not counted,
    as any quantity can be had from that day on."""
    coming, due = (
        _by_day(counted_supply(supply, today=today, rule=rule)),
        _by_day(counted_demand(demand, today=today, rule=rule)),
    )
    days = sorted({today, *coming, *due})
    if unlimited_from is not None:
        days = [day for day in days if day < unlimited_from]
    incoming = [coming.get(day, ZERO) for day in days]
    wanted = [due.get(day, ZERO) for day in days]
    own = [(standing.free if n == 0 else ZERO) + came for n, came in enumerate(incoming)]
    left = consumed(own, wanted, rule.consumption)
    available = accumulated(left, days, rule.consumption)
    periods, opening = [], standing.free
    for n, day in enumerate(days):
        projected = opening + incoming[n] - wanted[n]
        periods.append(
            Period(day, opening, incoming[n], wanted[n], projected, left[n], available[n])
        )
        opening = projected
    if unlimited_from is not None:
        nothing = (ZERO, ZERO, opening, ZERO, max(ZERO, available[-1] if available else ZERO))
        periods.append(Period(unlimited_from, opening, *nothing, unlimited=True))
    return periods


def consumed(
    supply: Sequence[Decimal], demand: Sequence[Decimal], how: Consumption = FULL
) -> list[Decimal]:
    """What is left of each period's supply after the demand of all; negative: not covered."""
    left = [own - wanted for own, wanted in zip(supply, demand, strict=True)]
    if how.backward:
        for n in range(len(left)):
            for earlier in range(n - 1, -1, -1):
                _cover(left, n, earlier)
    if how.forward:
        for n in range(len(left)):
            for later in range(n + 1, len(left)):
                _cover(left, n, later)
    return left


def _cover(left: list[Decimal], short: int, source: int) -> None:
    if left[short] < 0 < left[source]:
        moved = min(-left[short], left[source])
        left[short] += moved
        left[source] -= moved


def accumulated(
    left: Sequence[Decimal], days: Sequence[date], how: Consumption = FULL
) -> list[Decimal]:
    """What may be promised in each period: its own left-over, and that of earlier ones.

    A shortage that nothing covers shows in its own period and is not carried on."""
    if not how.accumulation:
        return list(left)
    found, carried = [], ZERO
    for n, own in enumerate(left):
        if how.accumulation_days is not None:
            oldest = days[n] - timedelta(days=how.accumulation_days)
            before = zip(left[:n], days[:n], strict=True)
            carried = sum((max(left_, ZERO) for left_, day in before if day >= oldest), ZERO)
        found.append(own + carried if own >= 0 else own)
        carried += max(own, ZERO)
    return found


def _by_day(dated: Iterable[Dated]) -> dict[date, Decimal]:
    days: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for each in dated:
        days[each.on] += each.quantity
    return days
