"""Large runs for the least cost: what is found is possible, and no dearer than it can be told."""

from itertools import product
from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.allocation.runs.exchange import Exchange
from domain.allocation.runs.prices import find_prices
from domain.allocation.runs.trade import Ask, Source, Trade, Trader, best_way

PLACES = (0, 1, 2)
ITEMS = (0, 1)
ROUNDS = 5


def _spot(item: int, place: int) -> int:
    return item * len(PLACES) + place


@st.composite
def _trades(draw: st.DrawFn) -> Trade:
    """Two items at three places, and up to four orders of one unit of some items each."""
    stock = draw(st.lists(st.integers(0, 2), min_size=6, max_size=6))
    fees = draw(st.lists(st.integers(1, 9), min_size=3, max_size=3))
    traders = []
    for wanted in draw(st.lists(st.sets(st.sampled_from(ITEMS), min_size=1), max_size=4)):
        asks = []
        for item in sorted(wanted):
            costs = draw(st.lists(st.integers(0, 3), min_size=3, max_size=3))
            sources = [Source(1 << p, _spot(item, p), 9, float(costs[p])) for p in PLACES]
            asks.append(Ask(item, 1, sources))
        traders.append(Trader(asks, {1 << p: float(fees[p]) for p in PLACES}))
    return Trade(traders, stock, list(PLACES))


@st.composite
def _limited_trades(draw: st.DrawFn) -> Trade:
    """The same where places take on only so much; some orders do not heed it, and use it all the
    same."""
    trade, bits = draw(_trades()), st.sampled_from([1 << place for place in PLACES])
    trade.units = draw(st.dictionaries(bits, st.integers(0, 4).map(float)))
    trade.orders = draw(st.dictionaries(bits, st.integers(0, 2)))
    for trader in trade.traders:
        trader.heeds_capacity = draw(st.booleans())
        trader.placed_at = draw(st.sampled_from([0, 0, 1, 2]))
    return trade


def _cheapest(trade: Trade) -> float:
    """The least cost of serving all of it, by trying everything; infinite when it cannot be."""
    asks = [(trader, ask) for trader in trade.traders for ask in trader.asks]
    least = inf
    for chosen in product(*(ask.sources for _, ask in asks)):
        used = [source.spot for source in chosen]
        if any(used.count(spot) > trade.stock[spot] for spot in used):
            continue
        parcels = {
            (id(trader), s.bit): trader.parcels[s.bit]
            for (trader, _), s in zip(asks, chosen, strict=True)
        }
        least = min(least, sum(parcels.values()) + sum(s.cost for s in chosen))
    return least


def _exchanged(trade: Trade) -> tuple[Exchange, float]:
    prices, bound = find_prices(trade, seconds=5, cost_so_far=100.0)
    trade.at_prices(prices)
    exchange = Exchange(trade, prices)
    exchange.serve_all()
    exchange.improve(seconds=5, rounds=ROUNDS)
    return exchange, bound


@settings(deadline=None)
@given(_trades())
def test_no_plan_is_cheaper_than_the_bound_and_none_takes_more_than_there_is(trade: Trade) -> None:
    exchange, bound = _exchanged(trade)
    used = [0] * len(trade.stock)
    for send in (send for sends in exchange.sends for send in sends or ()):
        used[send.spot] += send.quantity
    left = [there - taken for there, taken in zip(trade.stock, used, strict=True)]
    assert left == exchange.room.stock
    assert min(left) >= 0
    cheapest = _cheapest(trade)
    if cheapest < inf:
        assert bound <= cheapest + 1e-6
        if all(sends is not None for sends in exchange.sends):
            assert exchange.cost() >= cheapest - 1e-6


@settings(deadline=None)
@given(_limited_trades())
def test_who_heeds_capacity_goes_nowhere_beyond_it(trade: Trade) -> None:
    exchange, _ = _exchanged(trade)
    units, orders = dict(trade.units), dict(trade.orders)
    for trader, sends in zip(trade.traders, exchange.sends, strict=True):
        for bit in {send.bit for send in sends or ()} - {trader.placed_at}:
            orders[bit] = orders.get(bit, 9) - 1
        for send in sends or ():
            units[send.bit] = units.get(send.bit, 99.0) - send.quantity
    kept = exchange.room
    assert {bit: units[bit] for bit in kept.units} == kept.units
    assert {bit: orders[bit] for bit in kept.orders} == kept.orders
    if all(trader.heeds_capacity for trader in trade.traders):
        assert min([0.0, *kept.units.values(), *kept.orders.values()]) == 0


def test_an_order_gives_up_a_place_that_can_take_on_one_only() -> None:
    near, far = _of_one_place(0), _of_one_place(0)
    far.parcels = {1: 5.0, 2: 9.0, 4: 9.0}
    for trader in (near, far):
        trader.heeds_capacity = True
    trade = Trade([near, far], [2, 2, 2, 2, 2, 2], list(PLACES), orders={1: 1})
    exchange, _ = _exchanged(trade)
    assert exchange.cost() == 11
    assert exchange.room.orders == {1: 0}


def _of_one_place(place: int, *, most_places: int | None = None) -> Trader:
    asks = [
        Ask(item, 1, [Source(1 << p, _spot(item, p), 9, 0.0) for p in PLACES]) for item in ITEMS
    ]
    fees = {1 << p: 5.0 if p == place else 6.0 for p in PLACES}
    return Trader(asks, fees, most_places)


def test_orders_change_places_until_each_is_sent_as_one_parcel() -> None:
    traders = [_of_one_place(0), _of_one_place(1), _of_one_place(2)]
    exchange, bound = _exchanged(Trade(traders, [1, 1, 1, 1, 1, 1], list(PLACES)))
    assert exchange.cost() == 15
    assert 14.9 < bound <= 15


def test_an_order_that_may_not_be_split_is_served_from_one_place_or_not_at_all() -> None:
    trader = _of_one_place(0, most_places=1)
    trade = Trade([trader], [1, 0, 0, 0, 1, 0], list(PLACES))
    trade.at_prices([0.0] * 6)
    room = trade.room()
    assert best_way(trader, room) is None
    trader.most_places = 2
    trade.at_prices([0.0] * 6)
    assert trader.cost(best_way(trader, room)) == 11
    assert room.stock == [1, 0, 0, 0, 1, 0]
