"""The pure decision: who gives what, and why."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.allocation.policy import CHOSEN, RULES, Decision, Demand, DemandLine, Site, decide
from domain.allocation.shelf import Stock
from domain.allocation.withdrawal import withdraw

OWNER = 1
SITES = tuple(Site(place, rank) for place, rank in ((1, 1), (2, 2), (3, 3)))


def _stock(*quantities: int, owner: int = OWNER, item: int = 1) -> list[Stock]:
    return [
        Stock(100 * owner + 10 * item + place, item, place, owner, Decimal(quantity))
        for place, quantity in enumerate(quantities, start=1)
    ]


def _demand(*quantities: int, split: bool = True, **fields: object) -> Demand:
    lines = tuple(DemandLine(1, Decimal(quantity)) for quantity in quantities)
    values = {"sites": SITES, "split_allowed": split} | fields
    return Demand(entity_id=OWNER, lines=lines, **values)  # type: ignore[arg-type]


def _said(decision: Decision, line: int = 0) -> list[tuple[int, str]]:
    return [(int(v.given), v.rule) for v in decision.lines[line].verdicts]


def test_rank_goes_before_availability() -> None:
    [decision] = decide([_demand(5)], _stock(3, 9, 9))
    assert _said(decision) == [
        (3, "highest_priority"),
        (2, "takes_remainder"),
        (0, "lower_rank_sufficient"),
    ]


def test_of_equal_ranks_the_fullest_goes_first() -> None:
    sites = (Site(1, 1), Site(2, 1), Site(3, 1))
    [decision] = decide([_demand(5, sites=sites)], _stock(3, 4, 9))
    assert _said(decision)[2] == (5, "deepest_stock")


def test_without_split_the_first_that_has_all_serves() -> None:
    [decision] = decide([_demand(5, split=False)], _stock(3, 5, 9))
    assert _said(decision) == [
        (0, "lower_rank_sufficient"),
        (5, "serves_whole_order"),
        (0, "lower_rank_sufficient"),
    ]


def test_without_split_and_without_all_the_one_with_most_serves() -> None:
    [decision] = decide([_demand(9, split=False)], _stock(3, 5, 0))
    assert _said(decision) == [
        (0, "split_not_allowed"),
        (5, "best_single_location"),
        (0, "no_stock"),
    ]


def test_closed_foreign_and_unused_locations_say_so() -> None:
    sites = (Site(1, 1, is_open=False), Site(2, 2), Site(3, None))
    stock = [*_stock(3), *_stock(0, 3, owner=2), *_stock(0, 0, 3)[2:]]
    [decision] = decide([_demand(1, sites=sites)], stock)
    assert _said(decision) == [
        (0, "location_closed"),
        (0, "owned_by_other_entity"),
        (0, "not_in_policy"),
    ]


def test_lines_of_one_item_share() -> None:
    [decision] = decide([_demand(2, 2)], _stock(3, 0, 0))
    assert [int(line.given) for line in decision.lines] == [2, 1]
    [decision] = decide([_demand(3, 2)], _stock(3, 0, 0))
    assert _said(decision, line=1)[0] == (0, "taken_before")


def test_all_or_nothing_takes_nothing_and_leaves_it_to_the_next() -> None:
    first, second = decide([_demand(2, 2, all_or_nothing=True), _demand(3)], _stock(3, 0, 0))
    assert first.short == (1, Decimal(1))
    assert [line.given for line in first.lines] == [0, 0]
    assert _said(first)[0] == (0, "all_or_nothing")
    assert second.lines[0].given == 3


QUANTITIES = st.decimals(0, 50, places=2)
STOCK = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 2), QUANTITIES), max_size=12
).map(lambda rows: [Stock(n, *row) for n, row in enumerate(rows)])
LINES = st.lists(
    st.builds(DemandLine, st.integers(1, 3), st.decimals("0.01", 60, places=2)),
    min_size=1,
    max_size=4,
)
DEMANDS = st.lists(
    st.builds(
        Demand,
        entity_id=st.integers(1, 2),
        lines=LINES.map(tuple),
        sites=st.permutations([1, 2, None]).map(
            lambda ranks: tuple(Site(n, rank) for n, rank in enumerate(ranks, start=1))
        ),
        split_allowed=st.booleans(),
        all_or_nothing=st.booleans(),
        placed_at=st.frozensets(st.integers(1, 3), max_size=1),
    ),
    max_size=4,
)


@given(DEMANDS, STOCK)
def test_no_more_is_given_than_is_there_or_asked_for(
    demands: list[Demand], stock: list[Stock]
) -> None:
    decisions = decide(demands, stock)
    taken: dict[int, Decimal] = defaultdict(Decimal)
    by_id = {each.balance_id: each for each in stock}
    for demand, decision in zip(demands, decisions, strict=True):
        used = {site.location_id for site in demand.sites if site.rank is not None}
        places = set()
        for line, wanted in zip(decision.lines, demand.lines, strict=True):
            assert line.requested == wanted.quantity
            assert line.given <= wanted.quantity
            assert sum(v.given for v in line.verdicts) == line.given
            assert all((v.given > 0) == (v.rule in CHOSEN) for v in line.verdicts)
            assert all(v.given <= v.available and v.rule in RULES for v in line.verdicts)
            for take in line.takes:
                taken[take.balance_id] += take.quantity
                places.add(take.location_id)
                source = by_id[take.balance_id]
                assert (source.item_id, source.owner_id) == (wanted.item_id, demand.entity_id)
                assert take.location_id in used
        assert demand.split_allowed or len(places) <= 1
        if demand.all_or_nothing:
            assert all(line.given in (0, line.requested) for line in decision.lines)
    assert all(quantity <= by_id[balance].available for balance, quantity in taken.items())


@given(DEMANDS)
def test_nothing_is_given_where_nothing_is(demands: list[Demand]) -> None:
    assert all(line.given == 0 for decision in decide(demands, []) for line in decision.lines)


@given(
    quantity=st.decimals("0.01", 100, places=2),
    backordered=QUANTITIES,
    held=st.lists(st.decimals("0.01", 20, places=2), max_size=5),
)
def test_a_withdrawal_closes_or_is_refused(
    quantity: Decimal, backordered: Decimal, held: list[Decimal]
) -> None:
    allocations = list(enumerate(held))
    parts = withdraw(quantity, backordered=backordered, allocations=allocations)
    if parts is None:
        assert quantity > backordered + sum(held, Decimal(0))
        return
    assert all(0 < part <= held[n] for n, part in parts)
    assert sum(part for _, part in parts) == max(quantity - backordered, Decimal(0))
    whole = [n for n, part in parts if part == held[n]]
    assert whole == sorted(whole, reverse=True)
