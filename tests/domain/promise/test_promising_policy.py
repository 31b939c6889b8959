"""What a basket rests on: splits, all at once, one location, just in time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from domain.promise.policies.calendars import Calendar, Lane, Workplace
from domain.promise.policies.promising import Given, Want, chosen, options, promise_lines
from domain.promise.policies.shelving import LeadTime
from domain.promise.policies.supply_book import (
    EXPECTED,
    STOCK,
    TO_BUY,
    Supply,
    SupplyBook,
    Terms,
)
from domain.promise.policies.timeline import Rule

MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SEVEN = frozenset(range(1, 8))
TERMS = Terms(entity_id=1, sites=(1, 2))


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def stock(location: int, quantity: int, *, item: int = 10) -> Supply:
    return Supply(STOCK, item, location, 1, Decimal(quantity))


def coming(number: int, location: int, quantity: int, *, on: int, item: int = 10) -> Supply:
    return Supply(EXPECTED, item, location, 1, Decimal(quantity), number, day(on))


def book(*supplies: Supply, leads: tuple[LeadTime, ...] = ()) -> SupplyBook:
    places = {n: Workplace(n, lanes=(Lane(n, weekend_delivery=True),)) for n in (1, 2)}
    return SupplyBook(supplies, places, NOW, leads)


def want(quantity: int, *, item: int = 10) -> Want:
    return Want(item, Decimal(quantity))


def test_each_part_is_there_as_early_as_can_be() -> None:
    found = book(stock(2, 3), coming(7, 1, 5, on=1), coming(8, 2, 5, on=9))
    (line,) = promise_lines([want(10)], found, TERMS)
    assert [(p.source, p.supply_id, int(p.quantity), p.ships_on) for p in line.parts] == [
        ("stock", None, 3, day(0)),
        ("expected", 7, 5, day(1)),
        ("expected", 8, 2, day(9)),
    ]
    assert (line.ships_on, line.delivers_on, line.short) == (day(9), day(11), 0)


def test_what_one_line_takes_the_next_does_not_get() -> None:
    found = book(stock(1, 3), coming(7, 1, 5, on=1))
    first, second = promise_lines([want(3), want(6)], found, TERMS)
    assert first.ships_on == day(0)
    assert (second.ships_on, second.short) == (None, 1)


def test_the_ways_to_serve_a_basket_differ_by_when_and_from_where() -> None:
    found = book(
        stock(1, 4), stock(2, 4), stock(2, 9, item=11), coming(7, 2, 4, on=3), coming(8, 1, 9, on=6)
    )
    ways = options([want(8), want(2, item=11)], found, TERMS)
    assert {way.kind: way.last_due for way in ways} == {
        "parts": day(2),
        "complete": day(2),
        "one_location": day(5),
    }
    parts, complete, alone = ways
    assert [line.delivers_on for line in parts.lines] == [day(2), day(2)]
    assert {part.delivers_on for line in complete.lines for part in line.parts} == {day(2)}
    assert {part.location_id for line in alone.lines for part in line.parts} == {2}
    assert found.left[found.supplies[0]] == 4  # Nothing was taken by asking.
    assert chosen(ways, replace(TERMS, split_allowed=False)) is alone
    assert chosen(ways, replace(TERMS, ship_complete=True)) is complete


def test_just_in_time_rests_on_the_latest_supply_that_comes_in_time() -> None:
    found = book(stock(1, 5), coming(7, 1, 5, on=4), coming(8, 1, 5, on=20))
    terms = replace(TERMS, wanted_on=day(8))
    (line,) = promise_lines([want(7)], found, terms)
    assert [(p.supply_id, int(p.quantity), p.ships_on) for p in line.parts] == [
        (7, 5, day(7)),
        (None, 2, day(7)),
    ]
    assert line.delivers_on == day(8)


def test_what_can_be_bought_is_there_after_the_lead_time_on_a_buying_day() -> None:
    thursdays = Calendar(frozenset({4}))
    lead = LeadTime(10, 99, 10, Decimal(50), Decimal(12), thursdays)
    (line,) = promise_lines([want(30)], book(stock(1, 5), leads=(lead,)), TERMS)
    bought = line.parts[1]
    assert (bought.source, bought.ships_on, bought.supplier_id) == (TO_BUY, day(13), 99)
    assert (bought.quantity, bought.buying) == (25, 60)
    never = replace(TERMS, rule=Rule(buys=False))
    (line,) = promise_lines([want(30)], book(stock(1, 5), leads=(lead,)), never)
    assert (line.ships_on, line.short) == (None, 25)


def test_supply_that_is_late_comes_today_for_some_days_only() -> None:
    for late, ships_on in ((3, day(0)), (4, None)):
        found = book(coming(7, 1, 5, on=-late))
        rule = Rule(past_due_supply_days=3)
        (line,) = promise_lines([want(5)], found, replace(TERMS, rule=rule))
        assert line.ships_on == ships_on


def test_an_order_that_is_not_split_waits_where_its_stock_is() -> None:
    found = book(coming(7, 2, 5, on=1), coming(8, 1, 5, on=3))
    has_some = Want(10, Decimal(5), (Given(1, Decimal(2)),))
    (line,) = promise_lines([has_some], found, replace(TERMS, split_allowed=False))
    assert [(p.location_id, p.ships_on) for p in line.parts] == [(1, day(0)), (1, day(3))]


def test_another_owners_supply_and_other_places_do_not_count() -> None:
    other = Supply(STOCK, 10, 1, 2, Decimal(9))
    far = Supply(STOCK, 10, 3, 1, Decimal(9))
    (line,) = promise_lines([want(1)], book(other, far), TERMS)
    assert (line.parts, line.short) == ((), 1)
