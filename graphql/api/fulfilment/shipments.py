"""Shipments on the API."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.locations import Location, load_locations
from api.ids import global_id
from api.ledger.journals import Journal, load_journals_of_sources
from api.nodes import Node, load_any, refetched_by
from api.scalars import Money, money
from domain.fulfilment import queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


@strawberry.type(description="What left of one order line.")
class ShipmentLine:
    quantity: Decimal = strawberry.field(description="How much, in the item's base unit.")
    item_id: strawberry.Private[int]
    sold_for: strawberry.Private[Money]
    tax_on_it: strawberry.Private[Money]
    order_line_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="What it was sold for, without tax; null without orders.read.")
    def revenue(self, info: Info) -> Money | None:
        return self.sold_for if info.context.principal.may("orders.read") else None

    @strawberry.field(description="The tax on it; null without orders.read.")
    def tax(self, info: Info) -> Money | None:
        return self.tax_on_it if info.context.principal.may("orders.read") else None

    @strawberry.field(description="The order line. Needs orders.read.")
    async def order_line(self, info: Info) -> Node | None:
        wanted_id = global_id("OrderLine", self.order_line_id)
        found: Node | None = await info.context.load(load_any, wanted_id)
        return found

    @classmethod
    def of(cls, row: Row[Any]) -> "ShipmentLine":
        """From a row of the domain's queries."""
        return cls(
            quantity=plain(row.quantity),
            sold_for=money(row.revenue_minor, row.currency),
            tax_on_it=money(row.tax_minor, row.currency),
            item_id=row.item_id,
            order_line_id=row.order_line_id,
        )


@strawberry.type(description="Goods that left a location for one order.")
class Shipment(Node):
    number: str = strawberry.field(description="Its number, unique in the tenant.")
    carrier: str | None = strawberry.field(description="Who carries it.")
    tracking_number: str | None = strawberry.field(description="The carrier's number for it.")
    shipped_at: datetime = strawberry.field(description="When it left.")
    delivered_at: datetime | None = strawberry.field(description="When it was delivered.")
    row_id: strawberry.Private[int]
    order_id: strawberry.Private[int]
    fulfilment_order_id: strawberry.Private[int]
    location_id: strawberry.Private[int]

    @strawberry.field(description="Where it left from.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="The order. Needs orders.read.")
    async def order(self, info: Info) -> Node | None:
        found: Node | None = await info.context.load(load_any, global_id("Order", self.order_id))
        return found

    @strawberry.field(description="The work it comes from.")
    async def fulfilment_order(self, info: Info) -> Node | None:
        wanted_id = global_id("FulfilmentOrder", self.fulfilment_order_id)
        found: Node | None = await info.context.load(load_any, wanted_id)
        return found

    @strawberry.field(description="What left.")
    async def lines(self, info: Info) -> list[ShipmentLine]:
        return await info.context.load(load_lines_of_shipments, self.row_id)

    # Null, with its error, for who may ship but not see the books: the shipment stays.
    @strawberry.field(description="What it caused in the books. Needs ledger.read.")
    async def journals(self, info: Info) -> list[Journal] | None:
        return await info.context.load(load_journals_of_sources, self.row_id, "shipment")

    @classmethod
    def of(cls, row: Row[Any]) -> "Shipment":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("Shipment", row.id),
            number=row.number,
            carrier=row.carrier,
            tracking_number=row.tracking_number,
            shipped_at=row.shipped_at,
            delivered_at=row.delivered_at,
            row_id=row.id,
            order_id=row.order_id,
            fulfilment_order_id=row.fulfilment_order_id,
            location_id=row.location_id,
        )


async def load_shipments(reader: Reader, ids: Sequence[int]) -> list[Shipment | None]:
    """A batch for loaders: the shipments of these row ids, in order."""
    rows = await queries.shipments_of_ids(reader, ids=ids)
    return [Shipment.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_shipments_of_orders(
    reader: Reader, order_ids: Sequence[int]
) -> list[list[Shipment]]:
    """A batch for loaders: the shipments of each order, oldest first."""
    rows = await queries.shipments_of_orders(reader, order_ids=order_ids)
    return [[Shipment.of(row) for row in rows.get(order_id, ())] for order_id in order_ids]


async def load_lines_of_shipments(
    reader: Reader, shipment_ids: Sequence[int]
) -> list[list[ShipmentLine]]:
    """A batch for loaders: the lines of each shipment."""
    rows = await queries.lines_of_shipments(reader, shipment_ids=shipment_ids)
    return [[ShipmentLine.of(row) for row in rows.get(row_id, ())] for row_id in shipment_ids]


refetched_by("Shipment", load_shipments)


@strawberry.type
class ShipmentQuery:
    @strawberry.field(description="The shipments, oldest first. Needs fulfilment.read.")
    async def shipments(
        self,
        info: Info,
        number: Annotated[
            str | None, strawberry.argument(description="Only the one with this number.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Shipment]:
        listing = await queries.shipments(
            await info.context.reader(),
            number=number,
            ordering=queries.SHIPMENT_ORDERINGS["shipped"],
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, Shipment.of, count=listing.count)
