"""When something leaves and arrives: working days, holidays, cut-offs, zones, lanes."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from domain.promise.policies.calendars import (
    WEEKDAYS,
    Calendar,
    Destination,
    Lane,
    Workplace,
)

MONDAY = date(2026, 3, 2)
FRIDAY = MONDAY + timedelta(days=4)
NEXT_MONDAY = MONDAY + timedelta(days=7)
OFFICE = Calendar(WEEKDAYS, frozenset({MONDAY + timedelta(days=1)}))


def test_days_are_counted_over_weekends_and_holidays() -> None:
    assert OFFICE.after(MONDAY, 1) == MONDAY + timedelta(days=2)
    assert OFFICE.after(FRIDAY, 1) == NEXT_MONDAY
    assert OFFICE.on_or_after(FRIDAY + timedelta(days=1)) == NEXT_MONDAY
    assert OFFICE.before(NEXT_MONDAY, 1) == FRIDAY


def test_a_calendar_on_which_nobody_ever_works_does_not_hang() -> None:
    assert Calendar(frozenset()).after(MONDAY, 1) > MONDAY


@pytest.mark.parametrize(
    ("moment", "begins"),
    [
        (datetime(2026, 3, 6, 13, 59, tzinfo=UTC), FRIDAY),  # 14:59 in Berlin
        (datetime(2026, 3, 6, 14, 1, tzinfo=UTC), NEXT_MONDAY),  # 15:01: after the cut-off
        (datetime(2026, 3, 5, 23, 30, tzinfo=UTC), FRIDAY),  # half past midnight there
    ],
)
def test_work_begins_by_the_locations_own_clock(moment: datetime, begins: date) -> None:
    berlin = Workplace(1, zone="Europe/Berlin", cut_off=time(15), calendar=Calendar(WEEKDAYS))
    assert berlin.first_day(moment) == begins


def test_goods_are_received_and_picked_in_working_days() -> None:
    place = Workplace(1, calendar=Calendar(WEEKDAYS), receiving_days=1, processing_days=2)
    shelf = place.shelf_day(FRIDAY)
    assert shelf == NEXT_MONDAY
    assert place.ships_on(from_day=shelf) == NEXT_MONDAY + timedelta(days=2)
    assert place.ships_on(from_day=shelf, notice_days=3) == NEXT_MONDAY + timedelta(days=3)


def test_carriers_rest_at_weekends_unless_they_do_not() -> None:
    assert Lane(2).delivery(FRIDAY) == NEXT_MONDAY + timedelta(days=1)
    assert Lane(2, weekend_delivery=True).delivery(FRIDAY) == FRIDAY + timedelta(days=2)
    assert Lane(0).delivery(FRIDAY) == FRIDAY


def test_the_closest_lane_counts() -> None:
    lanes = (
        Lane(9),
        Lane(5, country="DE"),
        Lane(4, country="DE", region="BY"),
        Lane(3, country="DE", postal_prefix="80"),
        Lane(1, country="DE", service="express"),
    )
    place = Workplace(1, lanes=lanes)

    def days(**to: str) -> int | None:
        lane = place.lane_to(Destination(**to))
        return None if lane is None else lane.days

    assert days(country="FR") == 9
    assert days(country="DE") == 5
    assert days(country="DE", region="BY", postal_code="90402") == 4
    assert days(country="DE", region="BY", postal_code="80331") == 3
    assert days(country="DE", postal_code="80331", service="express") == 1
    assert Workplace(2).delivers_on(MONDAY, Destination()) is None


def test_the_latest_day_to_ship_on_for_a_wanted_day() -> None:
    place = Workplace(1, calendar=Calendar(WEEKDAYS), lanes=(Lane(2),))
    latest = place.latest_shipping(NEXT_MONDAY + timedelta(days=1), Destination())
    assert latest == FRIDAY
    assert place.delivers_on(FRIDAY, Destination()) == NEXT_MONDAY + timedelta(days=1)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_time_are_days_like_others(day: date) -> None:
    never = Calendar(frozenset({1}), frozenset({day}))
    place = Workplace(1, calendar=never, receiving_days=2, lanes=(Lane(3),))
    assert place.shelf_day(day) >= day
    assert place.latest_shipping(day, Destination()) is None or day == date.max
    assert place.delivers_on(day, Destination()) is not None
