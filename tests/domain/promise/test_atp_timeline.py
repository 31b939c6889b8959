"""The table of dates, against worked tables of the literature and against a naive simulator.

The tables: Oracle Inventory User's Guide, "Calculating Available to Promise (ATP)"
(docs.oracle.com/cd/A60725_05, pages atpcal02 "ATP with Backward Consumption" and atpcal03 "ATP
with Backward Consumption and Accumulation"): the same eight periods under two rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.promise.policies.calendars import Workplace
from domain.promise.policies.shelving import LeadTime, buying
from domain.promise.policies.timeline import (
    Consumption,
    Dated,
    Rule,
    Standing,
    accumulated,
    consumed,
    timeline,
)

MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SUPPLY = (6, 4, 2, 4, 8, 4, 4, 4)
DEMAND = (6, 2, 3, 6, 6, 1, 2, 2)
PERIODS = [MONDAY + timedelta(days=n) for n in range(8)]


def numbers(values: Sequence[int]) -> list[Decimal]:
    return [Decimal(value) for value in values]


def atp(demand: Sequence[int], how: Consumption) -> list[Decimal]:
    return accumulated(consumed(numbers(SUPPLY), numbers(demand), how), PERIODS, how)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        # Supply less demand, period by period.
        (Consumption(False, False, False), (0, 2, -1, -2, 2, 3, 2, 2)),
        # atpcal02: the row "ATP".
        (Consumption(True, False, False), (0, 0, 0, -1, 2, 3, 2, 2)),
        # atpcal03: the row "ATP".
        (Consumption(True, False, True), (0, 0, 0, -1, 2, 5, 7, 9)),
        # The shortage of period 4 is covered by period 5: our own standard.
        (Consumption(True, True, True), (0, 0, 0, 0, 1, 4, 6, 8)),
        # Left-overs are carried for two days only.
        (Consumption(True, False, True, 2), (0, 0, 0, -1, 2, 5, 7, 7)),
    ],
)
def test_oracles_worked_example(how: Consumption, expected: Sequence[int]) -> None:
    assert atp(DEMAND, how) == numbers(expected)


def test_oracles_new_demand_of_three_fits_in_period_six_without_accumulation() -> None:
    """Period 7 has 2; period 6 has 3, and none once the demand is placed there."""
    how = Consumption(True, False, False)
    before = atp(DEMAND, how)
    assert (before[6], before[5]) == (2, 3)
    after = atp((*DEMAND[:5], DEMAND[5] + 3, *DEMAND[6:]), how)
    assert after == numbers((0, 0, 0, -1, 2, 0, 2, 2))


def test_oracles_new_demand_of_three_fits_in_period_seven_with_accumulation() -> None:
    how = Consumption(True, False, True)
    assert atp(DEMAND, how)[6] == 7
    after = atp((*DEMAND[:6], DEMAND[6] + 3, *DEMAND[7:]), how)
    assert after == numbers((0, 0, 0, -1, 2, 4, 4, 6))


def test_the_table_says_what_opens_comes_and_is_due() -> None:
    rows = timeline(
        Standing(
            on_hand=Decimal(20), held=Decimal(2), safety_stock=Decimal(3), reserved=Decimal(5)
        ),
        [Dated(MONDAY + timedelta(days=7), Decimal(10))],
        [Dated(MONDAY + timedelta(days=9), Decimal(14))],
        today=MONDAY,
    )
    assert [(r.on, r.opening, r.incoming, r.demand, r.projected, r.available) for r in rows] == [
        (MONDAY, 10, 0, 0, 10, 6),
        (MONDAY + timedelta(days=7), 10, 10, 0, 20, 6),
        (MONDAY + timedelta(days=9), 20, 0, 14, 6, 6),
    ]


@pytest.mark.parametrize(
    ("days_late", "counts"), [(0, True), (3, True), (4, False)], ids=["due", "late", "too late"]
)
def test_past_due_supply_days_as_sterling_has_them(days_late: int, counts: bool) -> None:
    """Late by at most so many days it comes today; later it counts no more."""
    coming = [Dated(MONDAY - timedelta(days=days_late), Decimal(5))]
    rows = timeline(Standing(), coming, [], today=MONDAY, rule=Rule(past_due_supply_days=3))
    assert rows[0].available == (5 if counts else 0)


@pytest.mark.parametrize(("days_late", "left"), [(2, 1), (3, 8)])
def test_past_due_demand_days_as_sterling_has_them(days_late: int, left: int) -> None:
    """Overdue demand is due today; too old it takes nothing."""
    due = [Dated(MONDAY - timedelta(days=days_late), Decimal(7))]
    rule = Rule(past_due_demand_days=2)
    rows = timeline(Standing(on_hand=Decimal(8)), [], due, today=MONDAY, rule=rule)
    assert rows[0].available == left


@pytest.mark.parametrize(
    ("rule", "lead_days", "horizon"),
    [
        (Rule(), 14, 14),
        (Rule(buys=False), 14, None),
        (Rule(horizon_days=10), 14, 10),
        (Rule(horizon_days=30), 14, 14),
        (Rule(), None, None),
    ],
)
def test_from_the_lead_time_on_supply_has_no_limit(
    rule: Rule, lead_days: int | None, horizon: int | None
) -> None:
    leads = [] if lead_days is None else [LeadTime(10, 99, lead_days)]
    way = buying(Workplace(1), leads, now=NOW, rule=rule)
    late = Dated(MONDAY + timedelta(days=20), Decimal(5))
    unlimited = None if way is None else way[0]
    rows = timeline(Standing(), [late], [], today=MONDAY, rule=rule, unlimited_from=unlimited)
    assert [row.on for row in rows if row.unlimited] == (
        [] if horizon is None else [MONDAY + timedelta(days=horizon)]
    )
    # What comes after the horizon adds nothing to it.
    assert (late.on in [row.on for row in rows]) == (horizon is None)


def test_more_safety_stock_than_stock_is_filled_up_first() -> None:
    standing = Standing(on_hand=Decimal(2), safety_stock=Decimal(5))
    coming = [Dated(MONDAY + timedelta(days=1), Decimal(10))]
    rows = timeline(standing, coming, [], today=MONDAY)
    assert [row.available for row in rows] == [0, 7]


@dataclass
class Simulation:
    """Day by day: what comes is put on the shelf, and the oldest demand is served first."""

    arrivals: dict[int, int]
    demands: list[tuple[int, int]]
    days: int

    def served(self, extra: tuple[int, int] | None = None) -> list[list[int]] | None:
        """What each demand has got, day by day; None when the extra one, which asks last on its
        own day, does not get all of it on that day."""
        shelf, days = 0, []
        open_ = [quantity for _, quantity in self.demands]
        queue = sorted(range(len(open_)), key=lambda n: self.demands[n][0])
        for day in range(self.days):
            shelf += self.arrivals.get(day, 0)
            for n in queue:
                if self.demands[n][0] <= day:
                    got = min(shelf, open_[n])
                    shelf, open_[n] = shelf - got, open_[n] - got
            if extra is not None and extra[0] == day:
                if extra[1] > shelf:
                    return None
                shelf -= extra[1]
            days.append(list(open_))
        return days

    def promisable(self, day: int) -> int:
        """The most that can be promised for `day` without delaying anybody."""
        undisturbed, most = self.served(), 0
        while self.served((day, most + 1)) == undisturbed:
            most += 1
        return most


QUANTITIES = st.integers(1, 9)
DAYS = st.integers(0, 7)


@given(st.dictionaries(DAYS, QUANTITIES), st.lists(st.tuples(DAYS, QUANTITIES), max_size=6))
def test_the_table_promises_what_a_day_by_day_simulation_can_give(
    arrivals: dict[int, int], demands: list[tuple[int, int]]
) -> None:
    rows = timeline(
        Standing(),
        [Dated(MONDAY + timedelta(days=day), Decimal(n)) for day, n in arrivals.items()],
        [Dated(MONDAY + timedelta(days=day), Decimal(n)) for day, n in demands],
        today=MONDAY,
    )
    simulation = Simulation(arrivals, demands, days=9)
    for row in rows:
        promised = simulation.promisable((row.on - MONDAY).days)
        assert max(row.available, Decimal(0)) == promised, row
