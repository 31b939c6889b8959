"""Under which terms an order is promised: from the places its policy uses, in their order."""

from typing import Any

from domain.allocation.demand import Demand, policy_of
from domain.promise.places import destination_of
from domain.promise.policies.supply_book import Terms


def serving_places(demand: Demand) -> tuple[int, ...]:
    """The open locations that may serve the order, the policy's first choice first."""
    usable = {site.location_id for site in demand.sites if site.is_open}
    places: dict[int, None] = {}
    for strategy in policy_of(demand).strategies:
        if strategy.condition.failing(demand.order) is None:
            ranked = sorted(strategy.ranks, key=lambda place: (strategy.ranks[place], place))
            places |= dict.fromkeys(place for place in ranked if place in usable)
            if not strategy.falls_back:
                break
    return tuple(places)


def terms_of(
    demand: Demand,
    *,
    ship_to: Any = None,
    service: str | None = None,
    bound_to: int | None = None,
    sites: tuple[int, ...] | None = None,
) -> Terms:
    """The demand's terms; `ship_to` is an address, `service` the carrier's. The sites are the
    serving places, unless others are given."""
    policy = demand.policy
    return Terms(
        entity_id=demand.entity_id,
        sites=serving_places(demand) if sites is None else sites,
        destination=destination_of(ship_to, service),
        split_allowed=demand.split_allowed,
        ship_complete=policy is not None and policy.on_shortage == "ship_complete",
        bound_to=bound_to,
        sources=demand.sources,
    )
