"""What tables of dates are made of, of many items at many locations: one statement."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    Date,
    Integer,
    Numeric,
    Select,
    Text,
    cast,
    func,
    literal,
    null,
    select,
    union,
    union_all,
)
from sqlalchemy.sql.selectable import CompoundSelect

from domain.catalog.models import Item
from domain.entities.models import Location
from domain.inventory.balances import NEW
from domain.inventory.models import ExpectedSupply, StockBalance
from domain.kernel.reading import Reader
from domain.orders.models import SalesOrder, SalesOrderLine
from domain.promise.facts import leads_as_text
from domain.promise.models import PromisePeg
from domain.promise.places import workplaces_as_text
from domain.promise.policies.calendars import FURTHEST

# Each part of the statement has these columns: its kind, then what it knows of them.
_COLUMNS: dict[str, Any] = {
    "item_id": Integer(),
    "location_id": Integer(),
    "owner_id": Integer(),
    "on": Date(),
    "quantity": Numeric(),
    "held": Numeric(),
    "safety_stock": Numeric(),
    "reserved": Numeric(),
    "told": Text(),
}


def _part(kind: str, **known: Any) -> Select[Any]:
    columns: list[Any] = [literal(kind).label("kind")]
    for name, of_type in _COLUMNS.items():
        columns.append(known.get(name, cast(null(), of_type)).label(name))
    return select(*columns)


def timeline_facts(
    reader: Reader,
    item_ids: Sequence[int],
    *,
    today: date,
    owner_id: int | None = None,
    others: Collection[int] = (),
    location_ids: Collection[int] | None = None,
) -> CompoundSelect[Any]:
    """Rows of a `kind`: `item` and `lead` say in `told` what the base unit and the lead times are,
    `place` how a location works; `stock`, `supply` and `demand` are quantities (base units). With
    `others`, stock and supply of theirs are there as well, owner by owner."""

    def here(table: Any) -> list[Any]:
        given = [table.tenant_id == reader.tenant_id, table.item_id.in_(item_ids)]
        if location_ids is not None:
            given.append(table.location_id.in_(location_ids))
        return given

    owners = [] if owner_id is None else [owner_id, *others]

    def owned(table: Any) -> list[Any]:
        return [*here(table), table.owner_id.in_(owners)] if owners else here(table)

    stock, coming = owned(StockBalance), owned(ExpectedSupply)
    span = (today - timedelta(days=31), today + timedelta(days=FURTHEST))
    places: Any = location_ids
    if places is None:
        lies = select(StockBalance.location_id).where(*stock)
        comes = select(ExpectedSupply.location_id).where(*coming, ExpectedSupply.status == "open")
        places = union(lies, comes).scalar_subquery()
    return union_all(
        _items(reader, item_ids),
        leads_as_text(reader, item_ids, _part, span),
        workplaces_as_text(reader, Location.id.in_(places), _part, span),
        _stock(stock, by_owner=bool(others)),
        _coming(coming, by_owner=bool(others)),
        _pegged(here(PromisePeg), owners),
        _unpegged(reader, item_ids, today, owner_id),
    )


def _items(reader: Reader, item_ids: Sequence[int]) -> Select[Any]:
    return _part("item", item_id=Item.id, told=Item.base_unit).where(
        Item.tenant_id == reader.tenant_id, Item.id.in_(item_ids)
    )


def _stock(conditions: list[Any], *, by_owner: bool) -> Select[Any]:
    spot = _spot(StockBalance, by_owner=by_owner)
    return (
        _part(
            "stock",
            **spot,
            quantity=func.sum(StockBalance.on_hand),
            held=func.sum(StockBalance.quality_control + StockBalance.damaged),
            safety_stock=func.sum(StockBalance.safety_stock),
            reserved=func.sum(StockBalance.reserved),
        )
        .where(*conditions, StockBalance.condition == NEW)
        .group_by(*spot.values())
    )


def _spot(table: Any, *, by_owner: bool) -> dict[str, Any]:
    """By what quantities of a table are summed, by the names of the statement's columns."""
    names = ("item_id", "location_id", *(["owner_id"] if by_owner else []))
    return {name: getattr(table, name) for name in names}


def _coming(conditions: list[Any], *, by_owner: bool) -> Select[Any]:
    """What is to come, by day."""
    spot = _spot(ExpectedSupply, by_owner=by_owner) | {"on": ExpectedSupply.expected_on}
    return (
        _part("supply", **spot, quantity=func.sum(ExpectedSupply.open))
        .where(*conditions, ExpectedSupply.status == "open", ExpectedSupply.open > 0)
        .group_by(*spot.values())
    )


def _pegged(conditions: list[Any], owners: Collection[int]) -> Select[Any]:
    """What is promised from supply that is to come (of these owners, if any are named), by the day
    on which it leaves."""
    if owners:
        of_theirs = select(ExpectedSupply.id).where(
            ExpectedSupply.tenant_id == PromisePeg.tenant_id,
            ExpectedSupply.id == PromisePeg.supply_id,
            ExpectedSupply.owner_id.in_(owners),
        )
        conditions = [*conditions, of_theirs.exists()]
    spot = (PromisePeg.item_id, PromisePeg.location_id, PromisePeg.ships_on)
    return (
        _part(
            "demand",
            item_id=spot[0],
            location_id=spot[1],
            on=spot[2],
            quantity=func.sum(PromisePeg.quantity),
        )
        .where(*conditions, PromisePeg.source == "expected")
        .group_by(*spot)
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
    due = func.coalesce(SalesOrderLine.promised_ship_on, literal(today))
    statement = (
        _part("demand", item_id=SalesOrderLine.item_id, on=due, quantity=func.sum(rest))
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
