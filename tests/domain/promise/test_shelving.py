"""When what comes, or can be bought, can be picked: worked tables, and a naive simulation."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.promise.policies.calendars import Calendar, Workplace
from domain.promise.policies.shelving import LeadTime, buying, shelved
from domain.promise.policies.timeline import Dated, Rule, Standing, timeline

MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEEKDAYS = Calendar(frozenset(range(1, 6)))


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def coming(number: int, quantity: int = 5) -> Dated:
    return Dated(day(number), Decimal(quantity))


# Monday is day 0; 5 and 6 are the weekend, 7 the next Monday.
@pytest.mark.parametrize(
    ("comes", "receiving_days", "closed", "lies"),
    [
        (1, 0, (), 1),
        (1, 2, (), 3),
        (3, 2, (), 7),
        (5, 0, (), 7),
        (5, 1, (), 8),
        (3, 1, (4,), 7),
        (4, 0, (4, 7), 8),
        (-2, 1, (), 1),
    ],
    ids=[
        "at once",
        "two days later",
        "over the weekend",
        "on Saturday: put away on Monday",
        "on Saturday and a day of work",
        "a closed Friday",
        "closed Friday and Monday",
        "late: as if it came today",
    ],
)
def test_what_comes_is_there_once_it_is_put_away(
    comes: int, receiving_days: int, closed: tuple[int, ...], lies: int
) -> None:
    calendar = Calendar(WEEKDAYS.weekdays, frozenset(map(day, closed)))
    place = Workplace(1, calendar=calendar, receiving_days=receiving_days)
    assert shelved([coming(comes)], place, now=NOW, rule=Rule()) == [Dated(day(lies), Decimal(5))]


@pytest.mark.parametrize(
    ("lead_days", "buying_days", "receiving_days", "lies"),
    [
        (7, range(1, 8), 0, 7),
        (7, [4], 0, 10),
        (7, [4], 2, 14),
        (3, [4], 1, 8),
        (5, [1], 1, 8),
    ],
    ids=[
        "ordered today",
        "ordered on Thursday",
        "arrives on Thursday, two working days",
        "arrives on Sunday, a working day",
        "arrives on Saturday, a working day after Monday",
    ],
)
def test_what_is_bought_waits_for_the_suppliers_day_and_for_ours(
    lead_days: int, buying_days: list[int], receiving_days: int, lies: int
) -> None:
    lead = LeadTime(10, 99, lead_days, calendar=Calendar(frozenset(buying_days)))
    place = Workplace(1, calendar=WEEKDAYS, receiving_days=receiving_days)
    assert buying(place, [lead], now=NOW, rule=Rule()) == (day(lies), lead)


def test_a_place_reckons_by_its_own_clock() -> None:
    """At 23:30 in UTC it is Tuesday in Tokyo: what was due on Monday is a day late there."""
    night = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    rule = Rule(past_due_supply_days=0)
    tokyo, here = Workplace(1, zone="Asia/Tokyo", cut_off=time(16)), Workplace(2)
    assert shelved([coming(0)], tokyo, now=night, rule=rule) == []
    assert shelved([coming(0)], here, now=night, rule=rule) == [coming(0)]


class Dock:
    """Day by day, as a person would: what comes waits at the dock; on each working day all that
    waits gets one day of work, and goes to the shelf when it had as many as it needs."""

    def __init__(self, arrivals: dict[int, int], working: set[int], work_days: int) -> None:
        self.shelf: dict[int, int] = {}
        waiting: list[list[int]] = []
        for number in range(60):
            waiting += [[quantity, -1] for on, quantity in arrivals.items() if on == number]
            if number % 7 not in working:
                continue
            for each in waiting:
                each[1] += 1
            done = [each for each in waiting if each[1] == work_days]
            waiting = [each for each in waiting if each[1] < work_days]
            if done:
                self.shelf[number] = sum(quantity for quantity, _ in done)

    def promisable(self, number: int, demands: list[tuple[int, int]]) -> int:
        """The most that can be promised for a day so that nobody is served later than without."""
        undisturbed, most = self._served(demands), 0
        while self._served(demands, (number, most + 1)) == undisturbed and most < 100:
            most += 1
        return most

    def _served(
        self, demands: list[tuple[int, int]], extra: tuple[int, int] | None = None
    ) -> list[list[int]] | None:
        shelf, open_, days = 0, [quantity for _, quantity in demands], []
        queue = sorted(range(len(demands)), key=lambda n: demands[n][0])
        for number in range(60):
            shelf += self.shelf.get(number, 0)
            for n in queue:
                if demands[n][0] <= number:
                    got = min(shelf, open_[n])
                    shelf, open_[n] = shelf - got, open_[n] - got
            if extra is not None and extra[0] == number:
                if extra[1] > shelf:
                    return None
                shelf -= extra[1]
            days.append(list(open_))
        return days


QUANTITIES, DAYS = st.integers(1, 9), st.integers(0, 10)


@given(
    st.dictionaries(DAYS, QUANTITIES, max_size=4),
    st.lists(st.tuples(DAYS, QUANTITIES), max_size=4),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 4),
)
def test_the_table_promises_what_a_dock_with_a_calendar_can_give(
    arrivals: dict[int, int], demands: list[tuple[int, int]], working: set[int], work_days: int
) -> None:
    place = Workplace(
        1, calendar=Calendar(frozenset(n + 1 for n in working)), receiving_days=work_days
    )
    told = [coming(on, quantity) for on, quantity in arrivals.items()]
    supply = shelved(told, place, now=NOW, rule=Rule())
    due = [coming(on, quantity) for on, quantity in demands]
    dock = Dock(arrivals, working, work_days)
    for row in timeline(Standing(), supply, due, today=MONDAY):
        promised = dock.promisable((row.on - MONDAY).days, demands)
        assert max(row.available, Decimal(0)) == promised, row
