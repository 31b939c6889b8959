"""From when on how much may be promised: of many items, in one statement."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, Integer, Select, cast, func, literal, null, select, union_all
from sqlalchemy.engine import Row
from sqlalchemy.sql.selectable import CompoundSelect

from domain.catalog.models import Item, SupplierItem
from domain.inventory.balances import NEW
from domain.inventory.models import ExpectedSupply, StockBalance
from domain.kernel.permissions import query
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.orders.models import SalesOrder, SalesOrderLine
from domain.promise.models import PromisePeg
from domain.promise.policies.timeline import (
    STANDARD,
    Dated,
    Period,
    Rule,
    Standing,
    timeline,
)

ZERO = Decimal(0)


@dataclass(slots=True)
class _Facts:
    """What is known of an item at a location."""

    standing: Standing = field(default_factory=Standing)
    supply: list[Dated] = field(default_factory=list)
    demand: list[Dated] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ItemTimeline:
    """The table of dates of an item at one location, or (location None) over all of them.

    What waits without any supply in sight is counted in the table over all locations only."""

    item_id: int
    base_unit: str
    location_id: int | None
    standing: Standing
    periods: tuple[Period, ...]


@query("inventory.read")
async def timelines(
    reader: Reader,
    *,
    item_ids: Sequence[int],
    today: date,
    owner_id: int | None = None,
    location_ids: Collection[int] | None = None,
    rule: Rule = STANDARD,
) -> dict[int, list[ItemTimeline]]:
    """The tables of each item: over all locations first, then by location; one statement.

    For one owner's goods, or everybody's; at some locations, or all. `today` is the day that late
    supply is moved to. An item that the tenant lacks is left out."""
    rows = await reader.rows(_facts(reader, item_ids, today, owner_id, location_ids))
    units = {row.item_id: row.base_unit for row in rows if row.kind == "item"}
    leads = {row.item_id: row.on for row in rows if row.kind == "item" and row.on is not None}
    places: dict[int, dict[int | None, _Facts]] = defaultdict(lambda: defaultdict(_Facts))
    for row in rows:
        if row.kind != "item" and row.item_id in units:
            _count(places[row.item_id], row)
    return {
        item_id: [
            _timeline(item_id, unit, place, facts, today, rule, leads.get(item_id))
            for place, facts in _in_order(places[item_id])
        ]
        for item_id, unit in units.items()
    }


def _in_order(facts: dict[int | None, _Facts]) -> list[tuple[int | None, _Facts]]:
    whole = facts[None]
    return [(None, whole), *((place, facts[place]) for place in sorted(k for k in facts if k))]


def _timeline(
    item_id: int,
    unit: str,
    place: int | None,
    facts: _Facts,
    today: date,
    rule: Rule,
    unlimited_from: date | None,
) -> ItemTimeline:
    periods = timeline(
        facts.standing,
        facts.supply,
        facts.demand,
        today=today,
        rule=rule,
        unlimited_from=unlimited_from,
    )
    return ItemTimeline(item_id, unit, place, facts.standing, tuple(periods))


def _count(places: dict[int | None, _Facts], row: Row[Any]) -> None:
    """Count a row in at its location, and in the whole."""
    for place in {None, row.location_id}:
        facts = places[place]
        if row.kind == "stock":
            before = facts.standing
            facts.standing = Standing(
                before.on_hand + plain(row.quantity),
                before.held + plain(row.held),
                before.safety_stock + plain(row.safety_stock),
                before.reserved + plain(row.reserved),
            )
        elif row.kind == "supply":
            facts.supply.append(Dated(row.on, plain(row.quantity)))
        else:
            facts.demand.append(Dated(row.on, plain(row.quantity)))


def _facts(
    reader: Reader,
    item_ids: Sequence[int],
    today: date,
    owner_id: int | None,
    location_ids: Collection[int] | None,
) -> CompoundSelect[Any]:
    tenant = reader.tenant_id

    def here(table: Any) -> list[Any]:
        given = [table.tenant_id == tenant, table.item_id.in_(item_ids)]
        if location_ids is not None:
            given.append(table.location_id.in_(location_ids))
        return given

    def owned(table: Any) -> list[Any]:
        return here(table) if owner_id is None else [*here(table), table.owner_id == owner_id]

    # In the order of the columns; the first one names and types them.
    none = [null().label(name) for name in ("held", "safety_stock", "reserved")]
    stock = (
        select(
            literal("stock").label("kind"),
            StockBalance.item_id,
            StockBalance.location_id,
            cast(null(), Date).label("on"),
            func.sum(StockBalance.on_hand).label("quantity"),
            func.sum(StockBalance.quality_control + StockBalance.damaged).label("held"),
            func.sum(StockBalance.safety_stock).label("safety_stock"),
            func.sum(StockBalance.reserved).label("reserved"),
            null().label("base_unit"),
        )
        .where(*owned(StockBalance), StockBalance.condition == NEW)
        .group_by(StockBalance.item_id, StockBalance.location_id)
    )
    coming = _coming(owned(ExpectedSupply), none)
    pegged = _pegged(here(PromisePeg), none)
    waiting = _unpegged(reader, item_ids, today, owner_id)
    return union_all(_items(reader, item_ids, today), stock, coming, pegged, waiting)


def _coming(conditions: list[Any], none: list[Any]) -> Select[Any]:
    """What is to come, by day."""
    return (
        select(
            literal("supply"),
            ExpectedSupply.item_id,
            ExpectedSupply.location_id,
            ExpectedSupply.expected_on,
            func.sum(ExpectedSupply.open),
            *none,
            null(),
        )
        .where(*conditions, ExpectedSupply.status == "open", ExpectedSupply.open > 0)
        .group_by(ExpectedSupply.item_id, ExpectedSupply.location_id, ExpectedSupply.expected_on)
    )


def _pegged(conditions: list[Any], none: list[Any]) -> Select[Any]:
    """What is promised from supply that is to come, by the day on which it leaves."""
    return (
        select(
            literal("demand"),
            PromisePeg.item_id,
            PromisePeg.location_id,
            PromisePeg.ships_on,
            func.sum(PromisePeg.quantity),
            *none,
            null(),
        )
        .where(*conditions, PromisePeg.source == "expected")
        .group_by(PromisePeg.item_id, PromisePeg.location_id, PromisePeg.ships_on)
    )


def _unpegged(
    reader: Reader, item_ids: Sequence[int], today: date, owner_id: int | None
) -> Select[Any]:
    """What waits and rests on nothing, by the day it was promised for (today if for none)."""
    pegged = (
        select(PromisePeg.order_line_id, func.sum(PromisePeg.quantity).label("quantity"))
        .where(PromisePeg.tenant_id == reader.tenant_id, PromisePeg.item_id.in_(item_ids))
        .group_by(PromisePeg.order_line_id)
        .subquery()
    )
    rest = SalesOrderLine.backordered - func.coalesce(pegged.c.quantity, 0)
    due = func.coalesce(SalesOrderLine.promised_ship_on, literal(today)).label("on")
    nothing = [null() for _ in range(4)]
    columns: list[Any] = [literal("demand"), SalesOrderLine.item_id, null(), due, func.sum(rest)]
    statement = (
        select(*columns, *nothing)
        .outerjoin(pegged, pegged.c.order_line_id == SalesOrderLine.id)
        .where(
            SalesOrderLine.tenant_id == reader.tenant_id,
            SalesOrderLine.item_id.in_(item_ids),
            SalesOrderLine.backordered > 0,
            rest > 0,
        )
        .group_by(SalesOrderLine.item_id, due)
    )
    if owner_id is None:
        return statement
    of_order = (SalesOrder.tenant_id == SalesOrderLine.tenant_id) & (
        SalesOrder.id == SalesOrderLine.order_id
    )
    return statement.join(SalesOrder, of_order).where(SalesOrder.entity_id == owner_id)


def _items(reader: Reader, item_ids: Sequence[int], today: date) -> Any:
    """The items, with the day from which on what is bought today is there (calendars aside)."""
    quickest = (
        select(cast(literal(today) + cast(func.min(SupplierItem.lead_days), Integer), Date))
        .where(
            SupplierItem.tenant_id == Item.tenant_id,
            SupplierItem.item_id == Item.id,
            SupplierItem.status == "active",
        )
        .correlate(Item)
        .scalar_subquery()
    )
    nothing = [null().label(name) for name in ("quantity", "held", "safety_stock", "reserved")]
    return select(
        literal("item").label("kind"),
        Item.id.label("item_id"),
        null().label("location_id"),
        quickest.label("on"),
        *nothing,
        Item.base_unit,
    ).where(Item.tenant_id == reader.tenant_id, Item.id.in_(item_ids))
