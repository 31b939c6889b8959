"""What a plan costs, exactly, in minor units. Pure."""

from collections.abc import Iterable
from decimal import Decimal

from domain.allocation.runs.demand import OpenOrder, Planned, Situation
from domain.allocation.shelf import ZERO


def parcel_cost(order: OpenOrder, location_id: int, extra_minor: int) -> int:
    """What one more parcel of an order costs; nothing where a part of it ships from anyway."""
    if location_id in order.demand.placed_at:
        return 0
    lane = order.lanes.get(location_id)
    return extra_minor + (0 if lane is None else lane.per_order_minor)


def unit_cost(order: OpenOrder, location_id: int) -> Decimal:
    """What each base unit costs on its lane."""
    lane = order.lanes.get(location_id)
    return ZERO if lane is None else lane.per_unit_minor


def transfer_cost(legs: int, extra_minor: int) -> int:
    """What each base unit costs by the sales over which it comes."""
    return legs * extra_minor


def parcels(planned: Iterable[Planned]) -> dict[int, set[int]]:
    """From which locations each order that gets something is served."""
    places: dict[int, set[int]] = {}
    for each in planned:
        for take in each.takes:
            places.setdefault(each.line.order_id, set()).add(take.location_id)
    return places


def cost_of(situation: Situation, planned: Iterable[Planned]) -> Decimal:
    """All parcels, all units and all sales between entities of a plan."""
    planned = list(planned)
    extra = situation.rules.parcel_cost_minor
    cost = sum(
        (
            Decimal(parcel_cost(situation.orders[order_id], place, extra))
            for order_id, places in parcels(planned).items()
            for place in places
        ),
        ZERO,
    )
    for each in planned:
        order = situation.orders[each.line.order_id]
        for take in each.takes:
            cost += take.quantity * unit_cost(order, take.location_id)
            if take.source is not None:
                legs = len(take.source.agreement_ids)
                cost += take.quantity * transfer_cost(legs, situation.rules.transfer_cost_minor)
    return cost
