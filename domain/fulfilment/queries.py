"""Reads of fulfilment: a partner sees what its location or its orders are about."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.engine import Row

from domain.allocation.models import Allocation
from domain.fulfilment.models import (
    Carton,
    CartonLine,
    FulfilmentLine,
    FulfilmentOrder,
    Shipment,
    ShipmentLine,
)
from domain.fulfilment.rush import rush_levels
from domain.inventory.models import StockBalance
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.orders.models import SalesOrder

ORDERINGS = {"released": Ordering((FulfilmentOrder.id,))}
SHIPMENT_ORDERINGS = {"shipped": Ordering((Shipment.id,))}


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilmentFilter:
    """Which fulfilment orders; what is absent does not narrow."""

    location_ids: Collection[int] | None = None
    statuses: Collection[str] | None = None
    order_ids: Collection[int] | None = None
    number: str | None = None
    acceptance: str | None = None
    cancellation: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as conditions on fulfilment_order."""
        among = (
            (FulfilmentOrder.location_id, self.location_ids),
            (FulfilmentOrder.status, self.statuses),
            (FulfilmentOrder.order_id, self.order_ids),
        )
        found: list[ColumnElement[bool]] = [c.in_(given) for c, given in among if given is not None]
        if self.number is not None:
            found.append(FulfilmentOrder.number == self.number)
        if self.acceptance is not None:
            found.append(FulfilmentOrder.acceptance == self.acceptance)
        if self.cancellation is not None:
            found.append(FulfilmentOrder.cancellation == self.cancellation)
        return found


@query("fulfilment.read")
async def fulfilment_orders(
    reader: Reader, *, where: FulfilmentFilter, ordering: Ordering, request: PageRequest
) -> Listing:
    """A page of fulfilment orders; `ordering` is one of ORDERINGS."""
    statement = _fulfilment_orders(reader).where(*where.conditions())
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("fulfilment.read")
async def fulfilment_orders_of_ids(reader: Reader, *, ids: Collection[int]) -> dict[int, Row[Any]]:
    """Fulfilment orders by their ids; what is not there is left out."""
    return await _by_id(reader, _fulfilment_orders(reader).where(FulfilmentOrder.id.in_(ids)))


@query("fulfilment.read")
async def fulfilment_orders_of_orders(
    reader: Reader, *, order_ids: Collection[int]
) -> dict[int, Sequence[Row[Any]]]:
    """The fulfilment orders of many orders at once, by order id."""
    mine = FulfilmentOrder.order_id.in_(order_ids)
    statement = _fulfilment_orders(reader).where(mine).order_by(FulfilmentOrder.id)
    return await _grouped(reader, statement, "order_id")


@query("fulfilment.read")
async def lines_of_fulfilment_orders(
    reader: Reader, *, fulfilment_order_ids: Collection[int]
) -> dict[int, Sequence[Row[Any]]]:
    """The lines of many fulfilment orders at once, by fulfilment order id."""
    statement = _fulfilment_lines(reader).where(
        FulfilmentLine.fulfilment_order_id.in_(fulfilment_order_ids)
    )
    return await _grouped(reader, statement, "fulfilment_order_id")


@query("fulfilment.read")
async def fulfilment_lines_of_ids(reader: Reader, *, ids: Collection[int]) -> dict[int, Row[Any]]:
    """Lines of fulfilment orders by their own ids; what is not there is left out."""
    parent = FulfilmentLine.fulfilment_order_id
    # The line is as visible as its fulfilment order, whose rows know their partner.
    statement = _fulfilment_lines(reader).join(
        FulfilmentOrder, _same(FulfilmentOrder, FulfilmentLine.tenant_id, parent)
    )
    return await _by_id(reader, statement.where(FulfilmentLine.id.in_(ids)))


@query("fulfilment.read")
async def cartons_of_fulfilment_orders(
    reader: Reader, *, fulfilment_order_ids: Collection[int]
) -> dict[int, Sequence[Row[Any]]]:
    """The cartons of many fulfilment orders at once, by fulfilment order id."""
    statement = _of(reader, Carton, Carton.fulfilment_order_id, fulfilment_order_ids)
    return await _grouped(reader, statement, "fulfilment_order_id")


@query("fulfilment.read")
async def lines_of_cartons(
    reader: Reader, *, carton_ids: Collection[int]
) -> dict[int, Sequence[Row[Any]]]:
    """What lies in many cartons at once, by carton id."""
    return await _grouped(
        reader, _of(reader, CartonLine, CartonLine.carton_id, carton_ids), "carton_id"
    )


@query("fulfilment.read")
async def shipments(
    reader: Reader, *, ordering: Ordering, request: PageRequest, number: str | None = None
) -> Listing:
    """A page of shipments; `ordering` is one of SHIPMENT_ORDERINGS."""
    statement = select(*Shipment.__table__.c).where(Shipment.tenant_id == reader.tenant_id)
    if number is not None:
        statement = statement.where(Shipment.number == number)
    return await list_page(reader, statement, ordering=ordering, request=request)


@query("fulfilment.read")
async def shipments_of_ids(reader: Reader, *, ids: Collection[int]) -> dict[int, Row[Any]]:
    """Shipments by their ids; what is not there is left out."""
    return await _by_id(reader, _of(reader, Shipment, Shipment.id, ids))


@query("fulfilment.read")
async def shipments_of_orders(
    reader: Reader, *, order_ids: Collection[int]
) -> dict[int, Sequence[Row[Any]]]:
    """The shipments of many orders at once, by order id, oldest first."""
    return await _grouped(reader, _of(reader, Shipment, Shipment.order_id, order_ids), "order_id")


@query("fulfilment.read")
async def lines_of_shipments(
    reader: Reader, *, shipment_ids: Collection[int]
) -> dict[int, Sequence[Row[Any]]]:
    """The lines of many shipments at once, with the order's currency, by shipment id."""
    statement = (
        select(*ShipmentLine.__table__.c, SalesOrder.currency)
        .join(Shipment, _same(Shipment, ShipmentLine.tenant_id, ShipmentLine.shipment_id))
        .join(SalesOrder, _same(SalesOrder, Shipment.tenant_id, Shipment.order_id))
        .where(
            ShipmentLine.tenant_id == reader.tenant_id, ShipmentLine.shipment_id.in_(shipment_ids)
        )
        .order_by(ShipmentLine.id)
    )
    return await _grouped(reader, statement, "shipment_id")


def _fulfilment_orders(reader: Reader) -> Select[Any]:
    """With what a location must know of the order, which it may not be allowed to read itself."""
    return (
        select(
            *FulfilmentOrder.__table__.c,
            SalesOrder.number.label("order_number"),
            SalesOrder.ship_to,
        )
        .join(SalesOrder, _same(SalesOrder, FulfilmentOrder.tenant_id, FulfilmentOrder.order_id))
        .where(
            FulfilmentOrder.tenant_id == reader.tenant_id,
            SalesOrder.tenant_id == reader.tenant_id,
        )
    )


def _fulfilment_lines(reader: Reader) -> Select[Any]:
    """With the lot that is kept for the line: what the picker is to take. A customer does not see
    the stock, and is told no lot."""
    kept = _same(Allocation, FulfilmentLine.tenant_id, FulfilmentLine.allocation_id)
    return (
        select(*FulfilmentLine.__table__.c, StockBalance.lot)
        .outerjoin(Allocation, kept)
        .outerjoin(StockBalance, _same(StockBalance, Allocation.tenant_id, Allocation.balance_id))
        .where(FulfilmentLine.tenant_id == reader.tenant_id)
        .order_by(FulfilmentLine.id)
    )


def _same(table: Any, tenant_id: Any, row_id: Any) -> ColumnElement[bool]:
    return and_(table.tenant_id == tenant_id, table.id == row_id)


def _of(reader: Reader, table: Any, column: Any, ids: Collection[int]) -> Select[Any]:
    return (
        select(*table.__table__.c)
        .where(table.tenant_id == reader.tenant_id, column.in_(ids))
        .order_by(table.id)
    )


async def _by_id(reader: Reader, statement: Select[Any]) -> dict[int, Row[Any]]:
    return {row.id: row for row in await reader.rows(statement)}


async def _grouped(
    reader: Reader, statement: Select[Any], parent: str
) -> dict[int, Sequence[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in await reader.rows(statement):
        found[getattr(row, parent)].append(row)
    return dict(found)


@query("approvals.read")
async def rush_service_levels(reader: Reader) -> list[str]:
    """The service levels by which nothing leaves before somebody has approved it."""
    return await rush_levels(reader)
