"""Ways between entities, transfer prices, mirrored amounts, netting: whatever comes, they hold."""

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.intercompany.policies.mirroring import Exchange, Goods, LineAmounts, sold, total
from domain.intercompany.policies.netting import Owed, changes, netted, positions
from domain.intercompany.policies.paths import Agreed, sources_of
from domain.intercompany.policies.pricing import (
    Terms,
    TransferPrice,
    priced,
    transfer_price,
)
from domain.intercompany.policies.returning import STANDARD_DISPOSITIONS, WayBack, way_back
from domain.intercompany.policies.settling import Standing, base_change, settled, worths

ENTITIES = st.integers(1, 5)
AGREED = st.lists(
    st.tuples(ENTITIES, ENTITIES, st.integers(0, 9), st.integers(0, 3)).filter(
        lambda row: row[0] != row[1]
    ),
    max_size=12,
).map(lambda rows: [Agreed(n, *row) for n, row in enumerate(rows, start=1)])
RATES = st.decimals("0.0001", "200", places=6)
CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "BHD"])
PRICES = st.one_of(
    st.builds(TransferPrice, st.just("cost_plus"), st.decimals("0", "50", places=2), st.just(None)),
    st.builds(
        TransferPrice, st.just("fixed"), st.just(Decimal(0)), st.decimals("0", "999", places=4)
    ),
)
PARTS = st.lists(
    st.tuples(st.integers(1, 50).map(Decimal), st.integers(0, 100_000)), min_size=1, max_size=6
)


@given(AGREED, ENTITIES)
def test_no_way_comes_twice_through_an_entity_or_is_longer_than_three(
    agreed: list[Agreed], entity: int
) -> None:
    by_id = {each.id: each for each in agreed}
    found = sources_of(entity, agreed)

    assert len({source.owner_id for source in found}) == len(found)
    for source in found:
        way = [by_id[n] for n in source.agreement_ids]
        passed = [way[0].supplier_id, *(each.buyer_id for each in way)]
        assert passed[0] == source.owner_id != entity
        assert passed[-1] == entity
        assert len(passed) == len(set(passed)) <= 3
        assert all(a.buyer_id == b.supplier_id for a, b in pairwise(way))
        assert source.lead_days == sum(each.lead_days for each in way)
    direct = {each.supplier_id for each in agreed if each.buyer_id == entity}
    assert {s.owner_id for s in found if len(s.agreement_ids) == 1} == direct


def test_the_shorter_way_goes_before_the_cheaper_and_that_before_the_faster() -> None:
    agreed = [
        Agreed(1, supplier_id=3, buyer_id=2, lead_days=0, rank=0),
        Agreed(2, supplier_id=2, buyer_id=1, lead_days=0, rank=0),
        Agreed(3, supplier_id=3, buyer_id=1, lead_days=9, rank=9),
        Agreed(4, supplier_id=4, buyer_id=2, lead_days=1, rank=5),
        Agreed(5, supplier_id=4, buyer_id=3, lead_days=9, rank=0),
    ]
    found = {source.owner_id: source.agreement_ids for source in sources_of(1, agreed)}
    # From 4 both ways are as long: by way of 2 it ranks 5, by way of 3 it ranks 9.
    assert found == {2: (2,), 3: (3,), 4: (4, 2)}


def test_an_item_without_a_fixed_price_does_not_come_that_way() -> None:
    (source,) = sources_of(1, [Agreed(1, 2, 1, items=frozenset({7}))])
    assert (source.covers(7), source.covers(8)) == (True, False)


@pytest.mark.parametrize(
    ("terms", "fixed", "listed", "expected"),
    [
        (Terms("cost_plus", Decimal(10)), None, Decimal(9), ("cost_plus", 10, None)),
        (Terms("cost_plus", Decimal(10)), Decimal(5), None, ("fixed", 0, Decimal(5))),
        (Terms("list_minus", Decimal(25)), None, Decimal(8), ("list_minus", 25, Decimal(6))),
        (Terms("list_minus", Decimal(25), Decimal(3)), None, None, ("cost_plus", 3, None)),
        (Terms("fixed", Decimal(0), Decimal(4)), None, None, ("cost_plus", 4, None)),
        (Terms("fixed", Decimal(0)), Decimal(0), None, ("fixed", 0, Decimal(0))),
    ],
)
def test_what_a_unit_costs_under_the_terms(
    terms: Terms,
    fixed: Decimal | None,
    listed: Decimal | None,
    expected: tuple[str, int, Decimal | None],
) -> None:
    price = transfer_price(terms, fixed=fixed, listed=listed)
    assert (price.basis, price.percent, price.unit_price) == expected


@given(PARTS, st.decimals("0", "999", places=4), CURRENCIES)
def test_a_price_closes_to_the_whole_however_it_is_split(
    parts: list[tuple[Decimal, int]], unit_price: Decimal, currency: str
) -> None:
    exchange = Exchange(currency, currency, currency, {})
    price = TransferPrice("fixed", Decimal(0), unit_price)
    before, booked = Decimal(0), 0
    for quantity, cost in parts:
        goods = Goods(quantity, cost, price, before=before, booked_minor=booked)
        (amounts,) = sold([goods], tax_percent=Decimal(0), exchange=exchange)
        before, booked = before + quantity, booked + amounts.net_minor
    assert booked == priced(unit_price, before, currency)


@given(
    st.lists(st.tuples(PARTS, PRICES), min_size=1, max_size=3),
    st.decimals("0", "30", places=2),
    st.tuples(CURRENCIES, CURRENCIES, CURRENCIES),
    st.tuples(RATES, RATES, RATES),
    st.data(),
)
def test_both_legs_are_equal_in_all_currencies_after_any_sequence_of_sales_and_returns(
    lines: list[tuple[list[tuple[Decimal, int]], TransferPrice]],
    tax_percent: Decimal,
    currencies: tuple[str, str, str],
    rates: tuple[Decimal, Decimal, Decimal],
    data: st.DataObject,
) -> None:
    trade, supplier, buyer = currencies
    known = {(supplier, trade): rates[0], (trade, supplier): rates[1], (trade, buyer): rates[2]}
    exchange = Exchange(trade, supplier, buyer, known)
    owed = LineAmounts()
    for parts, price in lines:
        kept, booked = Decimal(0), LineAmounts()
        for quantity, cost in parts:
            goods = Goods(quantity, cost, price, before=kept, booked_minor=booked.net_minor)
            (amounts,) = sold([goods], tax_percent=tax_percent, exchange=exchange)
            assert amounts.cost_minor == cost
            # What each side books adds up to what it owes or is owed, to the last unit.
            whole = exchange.convert(amounts.owed_minor, trade, supplier)
            assert amounts.supplier_owed_minor == whole
            assert amounts.buyer_owed_minor == exchange.convert(amounts.owed_minor, trade, buyer)
            kept, booked = kept + quantity, booked + amounts
            back = Decimal(data.draw(st.integers(0, int(kept))))
            if back:
                part = booked.part(back, kept)
                kept, booked = kept - back, booked + -part
        if kept:
            booked += -booked.part(kept, kept)
        # All came back: nothing of it is left in any currency.
        assert booked == LineAmounts()
        owed += booked
    assert owed == total([])


@given(
    st.dictionaries(
        st.tuples(ENTITIES, ENTITIES).filter(lambda pair: pair[0] != pair[1]),
        st.integers(-1_000_000, 1_000_000).filter(bool),
        max_size=10,
    )
)
def test_netting_leaves_everybody_as_much_to_get_and_to_pay(
    debts: dict[tuple[int, int], int],
) -> None:
    owed = [Owed(*pair, amount) for pair, amount in debts.items()]
    left = netted(owed)
    before, after = positions(owed), positions(left)
    assert {n: v for n, v in before.items() if v} == {n: v for n, v in after.items() if v}
    assert all(each.amount_minor > 0 for each in left)
    assert len(left) <= max(len([v for v in before.values() if v]) - 1, 0)
    sums: dict[tuple[int, int], int] = defaultdict(int, debts)
    for each in changes(owed):
        sums[each.creditor_id, each.debtor_id] += each.amount_minor
    assert {pair: v for pair, v in sums.items() if v} == {
        (e.creditor_id, e.debtor_id): e.amount_minor for e in left
    }


@given(st.lists(st.integers(-99_999, 99_999), max_size=8), RATES)
def test_what_adds_up_to_nothing_is_worth_nothing(amounts: list[int], rate: Decimal) -> None:
    amounts = [*amounts, -sum(amounts)]
    assert sum(worths(amounts, lambda amount: round(amount * rate))) == 0


@pytest.mark.parametrize(
    ("before", "after", "standing", "expected"),
    [
        (1000, 0, 850, -850),
        (1000, 400, 850, -510),
        (1000, 1500, 850, 450),
        (0, 200, 0, 180),
        (-300, 0, -250, 250),
        (-300, 100, -250, 340),
    ],
)
def test_what_is_settled_leaves_at_what_it_stood_at(
    before: int, after: int, standing: int, expected: int
) -> None:
    assert base_change(before, after, standing, lambda amount: amount * 9 // 10) == expected


def test_a_payment_realises_what_the_rate_changed() -> None:
    found = settled({(1, 2): -500}, {(1, 2): Standing(1000, 900, 1000)}, lambda _, n: n)
    (change,) = found.values()
    assert (change.creditor_base_minor, change.creditor_worth_minor) == (-450, -500)
    assert (change.debtor_base_minor, change.debtor_worth_minor) == (-500, -500)


def test_goods_go_back_as_far_as_each_agreement_says() -> None:
    keeps_scrap = STANDARD_DISPOSITIONS
    takes_scrap = {**STANDARD_DISPOSITIONS, "scrap": "quarantine"}
    assert way_back("restock", [keeps_scrap, keeps_scrap]) == WayBack(2, "restock")
    assert way_back("scrap", [keeps_scrap]) == WayBack(0, "scrap")
    # It goes to the one between as quarantine, which its own supplier does not take back.
    assert way_back("scrap", [takes_scrap, keeps_scrap]) == WayBack(1, "quarantine")
