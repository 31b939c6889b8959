"""What policies ask of customers, items, lanes and places, all of it in one statement."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, Text, cast, func, literal, select
from sqlalchemy.sql.elements import ColumnElement

from domain.allocation.models import Allocation, LaneCost
from domain.allocation.shelf import ZERO, Capacity
from domain.allocation.strategy import Policy
from domain.catalog.models import Item
from domain.entities.models import Location, Party
from domain.inventory.models import StockBalance, StockMovement
from domain.kernel.reading import Reader

# Days of cover are reckoned from what left in these days.
DEMAND_DAYS = 28


@dataclass(frozen=True, slots=True)
class Lane:
    """What shipping from a location costs, to where and how fast; None is any."""

    location_id: int
    country: str | None
    region: str | None
    service_level: str | None
    per_order_minor: int
    per_unit_minor: Decimal

    def fits(self, country: str | None, region: str | None, service_level: str | None) -> bool:
        """Whether the lane goes there, that fast."""
        return (
            self.country in (None, country)
            and (self.region is None or self.region.upper() == (region or "").upper())
            and self.service_level in (None, service_level)
        )

    @property
    def precision(self) -> tuple[bool, bool, bool]:
        """Of several lanes that fit, the most precise counts."""
        return (self.region is not None, self.country is not None, self.service_level is not None)


@dataclass(frozen=True, slots=True)
class Customer:
    """What policies ask of a customer."""

    group: str | None = None
    substitutes_allowed: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What the policies of one batch of orders ask; what none asks is empty.

    `daily_demand` is base units by (item, location)."""

    item_groups: Mapping[int, str] = field(default_factory=dict)
    base_units: Mapping[int, str] = field(default_factory=dict)
    customers: Mapping[int, Customer] = field(default_factory=dict)
    lanes: tuple[Lane, ...] = ()
    capacity: Mapping[int, Capacity] = field(default_factory=dict)
    daily_demand: Mapping[tuple[int, int], Decimal] = field(default_factory=dict)


NO_FACTS = Facts()


async def facts_for(
    reader: Reader,
    policies: Collection[Policy],
    *,
    item_ids: Collection[int],
    party_ids: Collection[int],
    at: datetime,
) -> Facts:
    """What these policies ask about these items and customers; nothing is read for nothing."""
    asked = _asked(reader.tenant_id, policies, item_ids, party_ids, at)
    if not asked:
        return NO_FACTS
    row = await reader.row(select(*(part.label(name) for name, part in asked.items())))
    assert row is not None  # A select without a table has one row.
    return Facts(**{name: READ[name](getattr(row, name) or []) for name in asked})


def _asked(
    tenant_id: int,
    policies: Collection[Policy],
    item_ids: Collection[int],
    party_ids: Collection[int],
    at: datetime,
) -> dict[str, ColumnElement[Any]]:
    parts: dict[str, Select[Any]] = {}
    if any(policy.asks_group_of_items() for policy in policies):
        parts["item_groups"] = _item_column(tenant_id, item_ids, Item.item_group)
    others = {rule.substitute_id for policy in policies for rule in policy.substitutions}
    if others:
        parts["base_units"] = _item_column(tenant_id, item_ids, Item.base_unit)
    if party_ids and (others or any(_asks_customer(policy) for policy in policies)):
        parts["customers"] = _customers(tenant_id, party_ids)
    if any("cost" in policy.criteria for policy in policies):
        parts["lanes"] = _lanes(tenant_id)
    if any(policy.asks_capacity() for policy in policies):
        parts["capacity"] = _loads(tenant_id, at)
    if any(rule.days_of_cover for policy in policies for rule in policy.keep_backs):
        parts["daily_demand"] = _demands(tenant_id, item_ids, at)
    return {name: part.scalar_subquery() for name, part in parts.items()}


def _asks_customer(policy: Policy) -> bool:
    return any(each.condition.customer_groups for each in policy.strategies)


def _list_of(*columns: Any) -> Any:
    return func.json_agg(func.json_build_array(*columns))


def _item_column(tenant_id: int, item_ids: Collection[int], column: Any) -> Select[Any]:
    return select(_list_of(Item.id, column)).where(
        Item.tenant_id == tenant_id, Item.id.in_(sorted(item_ids)), column.is_not(None)
    )


def _customers(tenant_id: int, party_ids: Collection[int]) -> Select[Any]:
    return select(_list_of(Party.id, Party.customer_group, Party.substitutes_allowed)).where(
        Party.tenant_id == tenant_id, Party.id.in_(sorted(party_ids))
    )


def _lanes(tenant_id: int) -> Select[Any]:
    return select(
        _list_of(
            LaneCost.location_id,
            LaneCost.country,
            LaneCost.region,
            LaneCost.service_level,
            LaneCost.per_order_minor,
            cast(LaneCost.per_unit_minor, Text),
        )
    ).where(LaneCost.tenant_id == tenant_id)


def _loads(tenant_id: int, at: datetime) -> Select[Any]:
    """Of each location with a limit: the limits, and what was allocated since its midnight."""
    local = func.timezone(Location.time_zone, literal(at))
    midnight = func.timezone(Location.time_zone, func.date_trunc("day", local))
    load = (
        select(
            func.json_build_array(
                func.count(Allocation.order_id.distinct()),
                cast(func.coalesce(func.sum(Allocation.quantity + Allocation.shipped), 0), Text),
            )
        )
        .where(
            Allocation.tenant_id == tenant_id,
            Allocation.location_id == Location.id,
            Allocation.created_at >= midnight,
            Allocation.status != "cancelled",
        )
        .correlate(Location)
        .scalar_subquery()
    )
    units = cast(Location.units_per_day, Text)
    return select(_list_of(Location.id, Location.orders_per_day, units, load)).where(
        Location.tenant_id == tenant_id,
        Location.orders_per_day.is_not(None) | Location.units_per_day.is_not(None),
    )


def _demands(tenant_id: int, item_ids: Collection[int], at: datetime) -> Select[Any]:
    issued = (
        select(
            StockBalance.item_id,
            StockBalance.location_id,
            (func.sum(-StockMovement.on_hand) / DEMAND_DAYS).label("daily"),
        )
        .join(
            StockMovement,
            (StockMovement.tenant_id == StockBalance.tenant_id)
            & (StockMovement.balance_id == StockBalance.id),
        )
        .where(
            StockBalance.tenant_id == tenant_id,
            StockBalance.item_id.in_(sorted(item_ids)),
            StockMovement.tenant_id == tenant_id,
            StockMovement.kind == "issue",
            StockMovement.occurred_at >= at - timedelta(days=DEMAND_DAYS),
        )
        .group_by(StockBalance.item_id, StockBalance.location_id)
        .subquery()
    )
    return select(_list_of(issued.c.item_id, issued.c.location_id, cast(issued.c.daily, Text)))


def _read_capacity(rows: Sequence[Any]) -> dict[int, Capacity]:
    return {
        place: Capacity(
            None if orders is None else max(orders - taken, 0),
            None if units is None else max(Decimal(units) - Decimal(gone), ZERO),
        )
        for place, orders, units, (taken, gone) in rows
    }


def _read_lanes(rows: Sequence[Any]) -> tuple[Lane, ...]:
    return tuple(
        Lane(place, country, region, service_level, per_order, Decimal(per_unit))
        for place, country, region, service_level, per_order, per_unit in rows
    )


READ: dict[str, Callable[[Sequence[Any]], Any]] = {
    "item_groups": lambda rows: dict(rows),
    "base_units": lambda rows: dict(rows),
    "customers": lambda rows: {party: Customer(group, may) for party, group, may in rows},
    "lanes": _read_lanes,
    "capacity": _read_capacity,
    "daily_demand": lambda rows: {(i, p): Decimal(daily) for i, p, daily in rows},
}
