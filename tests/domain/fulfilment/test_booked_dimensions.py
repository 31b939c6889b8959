"""What a shipment posts is told apart by the item group of what was sold."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.fulfilment.booking import Shipped, by_item_group
from domain.fulfilment.policy import Earned, cost_legs, revenue_legs
from domain.ledger.entries import Dimensions, Leg


def _sold(group: str | None, net: int, *, discount: int = 0, cost: int = 0) -> Shipped:
    earned = Earned(revenue_minor=net, tax_minor=net // 5, discount_minor=discount)
    return Shipped(1, 1, 1, Decimal(1), earned, cost, group)


def test_profit_and_loss_are_apart_by_group_and_the_rest_is_not() -> None:
    sold = [_sold("tea", 100, cost=40), _sold("cups", 50, cost=10), _sold("tea", 10, cost=5)]
    tea, cups = Dimensions(item_group="tea"), Dimensions(item_group="cups")
    revenue = revenue_legs([each.earned for each in sold], shipping_minor=7)
    assert [leg for leg in by_item_group(revenue, sold) if leg.moves] == [
        Leg("unbilled", 199),
        Leg("revenue", -110, tea),
        Leg("revenue", -50, cups),
        Leg("tax", -32),
        Leg("shipping", -7),
    ]
    assert by_item_group(cost_legs(55), sold) == [
        Leg("cost_of_goods", 45, tea),
        Leg("cost_of_goods", 10, cups),
        Leg("inventory", -55),
    ]


@given(
    parts=st.lists(
        st.tuples(st.sampled_from((None, "a", "b")), st.integers(0, 999), st.integers(0, 99)),
        min_size=1,
        max_size=6,
    ),
    more=st.integers(-50, 50),
)
def test_whatever_is_sold_adds_up_to_the_same(
    parts: list[tuple[str | None, int, int]], more: int
) -> None:
    sold = [_sold(group, net, discount=1, cost=cost) for group, net, cost in parts]
    legs = cost_legs(sum(each.cost_minor for each in sold) + more)
    split = by_item_group(legs, sold)
    assert dict(legs) == {
        name: sum(leg.amount_minor for leg in split if leg.name == name) for name, _ in legs
    }
