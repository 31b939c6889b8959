"""The work at locations on the API."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.addresses import Address
from api.catalog.items import Item, load_items
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.locations import Location, load_locations
from api.fulfilment.cartons import Carton, load_cartons_of_fulfilment
from api.ids import global_id, row_id_of
from api.nodes import Node, load_any, refetched_by
from domain.fulfilment import queries
from domain.fulfilment.policy import Handshake, WorkLine, actions
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader

ADDRESS_PARTS = ("name", "line1", "line2", "city", "region", "postal_code", "country")


@strawberry.enum(description="Where the work stands.")
class FulfilmentStatus(Enum):
    RELEASED = strawberry.enum_value("released", description="To be picked.")
    PICKING = strawberry.enum_value("picking", description="Picked in part.")
    PICKED = strawberry.enum_value("picked", description="All is picked.")
    PACKED = strawberry.enum_value("packed", description="All is in cartons.")
    PARTIALLY_SHIPPED = strawberry.enum_value("partially_shipped", description="A part has left.")
    SHIPPED = strawberry.enum_value("shipped", description="All has left.")
    CANCELLED = strawberry.enum_value("cancelled", description="Called off, or nothing was found.")


@strawberry.enum(description="Whether the location takes the work on.")
class FulfilmentAcceptance(Enum):
    REQUESTED = strawberry.enum_value("requested", description="It is asked; nothing is done yet.")
    ACCEPTED = strawberry.enum_value("accepted", description="It has said yes.")


@strawberry.enum(description="Whether the location lets go of the work.")
class FulfilmentCancellation(Enum):
    REQUESTED = strawberry.enum_value("requested", description="It is asked to.")
    ACCEPTED = strawberry.enum_value("accepted", description="It did.")
    REFUSED = strawberry.enum_value("refused", description="It goes on with it.")


@strawberry.enum(description="What may be done with the work now.")
class FulfilmentAction(Enum):
    ACCEPT = strawberry.enum_value("accept", description="acceptFulfilmentOrder")
    PICK = strawberry.enum_value("pick", description="recordPick")
    PACK = strawberry.enum_value("pack", description="packFulfilmentOrder")
    SHIP = strawberry.enum_value("ship", description="shipFulfilmentOrder")
    REJECT = strawberry.enum_value("reject", description="rejectFulfilmentOrder")
    CANCEL = strawberry.enum_value("cancel", description="cancelFulfilmentOrder")
    ANSWER_CANCELLATION = strawberry.enum_value(
        "answer_cancellation", description="answerCancellation"
    )


@strawberry.type(description="One thing to be picked, packed and shipped; in base units.")
class FulfilmentLine(Node):
    quantity: Decimal = strawberry.field(description="What is to be done.")
    picked: Decimal = strawberry.field(description="What is picked.")
    packed: Decimal = strawberry.field(description="What is in cartons.")
    shipped: Decimal = strawberry.field(description="What has left.")
    lot: str | None = strawberry.field(
        description="The lot that is kept for it; null for an item without."
    )
    item_id: strawberry.Private[int]
    order_line_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="The order line it serves. Needs orders.read.")
    async def order_line(self, info: Info) -> Node | None:
        wanted_id = global_id("OrderLine", self.order_line_id)
        found: Node | None = await info.context.load(load_any, wanted_id)
        return found

    @property
    def progress(self) -> WorkLine:
        """How far it is, as the policy sees it."""
        return WorkLine(self.quantity, self.picked, self.packed, self.shipped)

    @classmethod
    def of(cls, row: Row[Any]) -> "FulfilmentLine":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("FulfilmentLine", row.id),
            quantity=plain(row.quantity),
            picked=plain(row.picked),
            packed=plain(row.packed),
            shipped=plain(row.shipped),
            lot=row.lot or None,
            item_id=row.item_id,
            order_line_id=row.order_line_id,
        )


@strawberry.type(description="What one location has to do for one order.")
class FulfilmentOrder(Node):
    number: str = strawberry.field(description="Its number, unique in the tenant.")
    order_number: str = strawberry.field(description="The order's number.")
    status: FulfilmentStatus = strawberry.field(description="Where it stands.")
    released_at: datetime = strawberry.field(description="When the location was told.")
    acceptance: FulfilmentAcceptance | None = strawberry.field(
        description="Whether the location takes it on; null where it is not asked."
    )
    answered_at: datetime | None = strawberry.field(description="When it was taken on.")
    cancellation: FulfilmentCancellation | None = strawberry.field(
        description="Whether the location lets go of it; null when nobody asked."
    )
    cancellation_reason: str | None = strawberry.field(description="Why it refuses, in its words.")
    ship_to: Address | None = strawberry.field(description="Where the goods go.")
    version: int = strawberry.field(description="Rises with each change; send it back on changes.")
    row_id: strawberry.Private[int]
    order_id: strawberry.Private[int]
    location_id: strawberry.Private[int]

    @strawberry.field(description="Where the work is.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="The order. Needs orders.read.")
    async def order(self, info: Info) -> Node | None:
        found: Node | None = await info.context.load(load_any, global_id("Order", self.order_id))
        return found

    @strawberry.field(description="What is to be picked, packed and shipped.")
    async def lines(self, info: Info) -> list[FulfilmentLine]:
        return await info.context.load(load_lines_of_fulfilment, self.row_id)

    @strawberry.field(description="The cartons packed so far.")
    async def cartons(self, info: Info) -> list[Carton]:
        return await info.context.load(load_cartons_of_fulfilment, self.row_id)

    @strawberry.field(description="What you may do with it now.")
    async def supported_actions(self, info: Info) -> list[FulfilmentAction]:
        lines = await info.context.load(load_lines_of_fulfilment, self.row_id)
        allowed = actions(
            status=str(self.status.value),
            lines=[line.progress for line in lines],
            permitted=info.context.principal.may,
            handshake=Handshake(
                None if self.acceptance is None else str(self.acceptance.value),
                None if self.cancellation is None else str(self.cancellation.value),
            ),
        )
        return [FulfilmentAction(action) for action in allowed]

    @classmethod
    def of(cls, row: Row[Any]) -> "FulfilmentOrder":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("FulfilmentOrder", row.id),
            number=row.number,
            order_number=row.order_number,
            status=FulfilmentStatus(row.status),
            released_at=row.released_at,
            acceptance=FulfilmentAcceptance(row.acceptance) if row.acceptance else None,
            answered_at=row.answered_at,
            cancellation=FulfilmentCancellation(row.cancellation) if row.cancellation else None,
            cancellation_reason=row.cancellation_reason,
            ship_to=Address(**{name: row.ship_to.get(name) for name in ADDRESS_PARTS})
            if row.ship_to
            else None,
            version=row.version,
            row_id=row.id,
            order_id=row.order_id,
            location_id=row.location_id,
        )


async def load_fulfilment_orders(
    reader: Reader, ids: Sequence[int]
) -> list[FulfilmentOrder | None]:
    """A batch for loaders: the fulfilment orders of these row ids, in order."""
    rows = await queries.fulfilment_orders_of_ids(reader, ids=ids)
    return [FulfilmentOrder.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_fulfilment_of_orders(
    reader: Reader, order_ids: Sequence[int]
) -> list[list[FulfilmentOrder]]:
    """A batch for loaders: the fulfilment orders of each order."""
    rows = await queries.fulfilment_orders_of_orders(reader, order_ids=order_ids)
    return [[FulfilmentOrder.of(row) for row in rows.get(order_id, ())] for order_id in order_ids]


async def load_lines_of_fulfilment(
    reader: Reader, ids: Sequence[int]
) -> list[list[FulfilmentLine]]:
    """A batch for loaders: the lines of each fulfilment order."""
    rows = await queries.lines_of_fulfilment_orders(reader, fulfilment_order_ids=ids)
    return [[FulfilmentLine.of(row) for row in rows.get(row_id, ())] for row_id in ids]


async def load_fulfilment_lines(reader: Reader, ids: Sequence[int]) -> list[FulfilmentLine | None]:
    """A batch for loaders: the lines of these row ids, in order."""
    rows = await queries.fulfilment_lines_of_ids(reader, ids=ids)
    return [FulfilmentLine.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("FulfilmentLine", load_fulfilment_lines)
refetched_by("FulfilmentOrder", load_fulfilment_orders)


@strawberry.input(description="Which fulfilment orders to list; conditions are joined by and.")
class FulfilmentOrderFilter:
    location_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="At one of these locations."
    )
    statuses: list[FulfilmentStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    order_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="For one of these orders."
    )
    number: str | None = strawberry.field(default=None, description="With exactly this number.")
    acceptance: FulfilmentAcceptance | None = strawberry.field(
        default=None, description="Asked for, or taken on."
    )
    cancellation: FulfilmentCancellation | None = strawberry.field(
        default=None, description="Whose end was asked for, agreed to or refused."
    )

    def where(self) -> queries.FulfilmentFilter:
        """The filter in the domain's words."""
        return queries.FulfilmentFilter(
            location_ids=_row_ids(self.location_ids, "Location", "locationIds"),
            order_ids=_row_ids(self.order_ids, "Order", "orderIds"),
            statuses=None if self.statuses is None else [str(s.value) for s in self.statuses],
            number=self.number,
            acceptance=None if self.acceptance is None else str(self.acceptance.value),
            cancellation=None if self.cancellation is None else str(self.cancellation.value),
        )


def _row_ids(ids: list[strawberry.ID] | None, kind: str, name: str) -> list[int] | None:
    if ids is None:
        return None
    return [row_id_of(value, kind, path=(name, place)) for place, value in enumerate(ids)]


@strawberry.type
class FulfilmentQuery:
    @strawberry.field(
        description="The work at the locations, oldest first; a location's partner sees its own. "
        "Needs fulfilment.read."
    )
    async def fulfilment_orders(
        self,
        info: Info,
        filter: Annotated[
            FulfilmentOrderFilter | None,
            strawberry.argument(description="Which ones; all if absent."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[FulfilmentOrder]:
        listing = await queries.fulfilment_orders(
            await info.context.reader(),
            where=(filter or FulfilmentOrderFilter()).where(),
            ordering=queries.ORDERINGS["released"],
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, FulfilmentOrder.of, count=listing.count)
