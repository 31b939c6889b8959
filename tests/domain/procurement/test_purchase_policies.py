"""The decisions about purchase orders, with any values."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.procurement.policies.answers import (
    Answered,
    Asked,
    TooMuch,
    answer,
    is_as_asked,
    still_to_send,
)
from domain.procurement.policies.receiving import counts_as_all, is_orderable, most
from domain.procurement.policies.states import (
    CANCELLED,
    CONFIRMED,
    PARTLY_CONFIRMED,
    PARTLY_RECEIVED,
    RECEIVED,
    SENT,
    SHIPPED,
    LineState,
    cancels_at_once,
    status_of,
)

TODAY = date(2026, 3, 2)
ZERO = Decimal(0)
QUANTITIES = st.integers(0, 500).map(Decimal)
DAYS = st.integers(0, 30).map(lambda days: TODAY + timedelta(days=days))
PARTS = st.lists(st.tuples(st.integers(1, 200).map(Decimal), DAYS), max_size=4)
PERCENTS = st.decimals(0, 100, places=2)
ASKED = st.builds(
    Asked, unsent=QUANTITIES, wanted_on=DAYS, unit_price=st.decimals(0, 100, places=2)
)


@st.composite
def _lines(draw: st.DrawFn) -> LineState:
    quantity = draw(st.integers(1, 100))
    cancelled = draw(st.integers(0, quantity))
    received = draw(st.integers(0, 120))
    shipped = draw(st.integers(received, 140))
    confirmed = draw(st.integers(shipped, 160))
    values = (quantity, confirmed, shipped, received, cancelled)
    names = ("quantity", "confirmed", "shipped", "received", "cancelled")
    return LineState(**{n: Decimal(v) for n, v in zip(names, values, strict=True)})


@given(asked=ASKED, promised=PARTS, rest_follows=st.booleans())
def test_an_answer_speaks_of_all_that_is_not_sent_or_leaves_the_rest(
    asked: Asked, promised: list[tuple[Decimal, date]], rest_follows: bool
) -> None:
    total = sum((quantity for quantity, _ in promised), ZERO)
    if total > asked.unsent:
        with pytest.raises(TooMuch):
            answer(asked, promised, unit_price=None, rest_follows=rest_follows)
        return
    given_ = answer(asked, promised, unit_price=None, rest_follows=rest_follows)
    assert given_.unit_price == asked.unit_price
    assert given_.cut == (ZERO if rest_follows else asked.unsent - total)


@given(asked=ASKED, promised=PARTS, price=st.decimals(0, 100, places=2))
def test_what_holds_at_once_is_neither_less_nor_later_nor_dearer(
    asked: Asked, promised: list[tuple[Decimal, date]], price: Decimal
) -> None:
    given_ = Answered(tuple(promised), price)
    assert is_as_asked(asked, given_) == (
        price <= asked.unit_price and all(day <= asked.wanted_on for _, day in promised)
    )
    if promised:
        assert not is_as_asked(asked, Answered(tuple(promised), price, cut=Decimal(1)))


@given(promised=PARTS, cut=QUANTITIES, sent=QUANTITIES)
def test_what_was_sent_was_sent_of_what_was_promised_first(
    promised: list[tuple[Decimal, date]], cut: Decimal, sent: Decimal
) -> None:
    total = sum((quantity for quantity, _ in promised), ZERO)
    unsent = max(total + cut - sent, ZERO)
    left = still_to_send(Answered(tuple(promised), ZERO, cut), unsent)
    promised_left = sum((quantity for quantity, _ in left.promised), ZERO)
    assert left.cut == min(cut, unsent)
    assert promised_left + left.cut <= max(unsent, left.cut)
    assert promised_left == min(total, unsent - left.cut)
    assert all(quantity > 0 for quantity, _ in left.promised)
    # The latest days stay: what is left is the end of what was promised.
    days = [day for _, day in left.promised]
    assert days == sorted(days)
    if days:
        assert sum((q for q, day in promised if day > days[0]), ZERO) <= promised_left


@given(quantity=QUANTITIES, over=PERCENTS, under=PERCENTS)
def test_tolerances_widen_and_never_narrow(
    quantity: Decimal, over: Decimal, under: Decimal
) -> None:
    assert most(quantity, over) >= quantity
    assert most(quantity, ZERO) == quantity
    assert counts_as_all(quantity, quantity, under)
    assert counts_as_all(most(quantity, over), quantity, under)
    if quantity:
        assert not counts_as_all(quantity - 1, quantity, ZERO)


@given(packs=st.integers(1, 50), pack=st.integers(1, 20), minimum=st.integers(0, 200))
def test_what_is_ordered_is_whole_packs_and_the_least_or_more(
    packs: int, pack: int, minimum: int
) -> None:
    quantity = Decimal(packs * pack)
    assert is_orderable(quantity, Decimal(minimum), Decimal(pack)) == (quantity >= minimum)
    if pack > 1:
        assert not is_orderable(quantity + 1, ZERO, Decimal(pack))


@given(lines=st.lists(_lines(), min_size=1, max_size=4))
def test_the_status_of_an_order_is_what_its_lines_say(lines: list[LineState]) -> None:
    status = status_of(lines)
    some_came = any(line.received for line in lines)
    if not any(line.open for line in lines):
        assert status == (RECEIVED if some_came else CANCELLED)
    elif some_came:
        assert status == PARTLY_RECEIVED
    elif any(line.shipped for line in lines):
        assert status == SHIPPED
    else:
        assert status in (SENT, PARTLY_CONFIRMED, CONFIRMED)
        assert (status == SENT) <= (not any(line.confirmed for line in lines))
    if cancels_at_once(lines):
        assert status in (SENT, CONFIRMED, CANCELLED)
