"""Stock that carts and quotes hold, on the API."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
from api.channels.channels import Channel, load_channels
from api.connections import (
    After,
    Before,
    Connection,
    Direction,
    First,
    Last,
    chosen,
    connection,
    wanted,
)
from api.context import Info
from api.entities.locations import Location, load_locations
from api.entities.parties import Party, load_parties
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.nodes import Node, refetched_by
from api.scalars import Quantity, quantity
from domain.inventory.queries import holds as queries
from domain.kernel.reading import Reader


@strawberry.enum(description="What holds stock.")
class StockHoldKind(Enum):
    CART = strawberry.enum_value("cart", description="A cart; for a day at most.")
    QUOTE = strawberry.enum_value("quote", description="A quote; for 90 days at most.")


@strawberry.enum(description="What became of a hold.")
class StockHoldStatus(Enum):
    OPEN = strawberry.enum_value("open", description="It keeps stock until it expires.")
    RELEASED = strawberry.enum_value("released", description="It was ended before its time.")
    EXPIRED = strawberry.enum_value("expired", description="Its time was over.")
    PLACED = strawberry.enum_value("placed", description="It became an order.")


@strawberry.type(description="What a hold keeps, or kept, of an item in one place.")
class StockHoldLine:
    quantity: Quantity = strawberry.field(description="How much.")
    lot: str | None = strawberry.field(description="The lot; null for an item without.")
    item_id: strawberry.Private[int]
    location_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="Where it lies.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "StockHoldLine":
        """From a row of the domain's queries."""
        return cls(
            quantity=quantity(row.quantity, row.base_unit),
            lot=row.lot or None,
            item_id=row.item_id,
            location_id=row.location_id,
        )


@strawberry.type(description="Stock that a cart or a quote keeps for itself until a moment.")
class StockHold(Node):
    kind: StockHoldKind = strawberry.field(description="What holds it.")
    holder: str = strawberry.field(description="The cart's or quote's own number.")
    status: StockHoldStatus = strawberry.field(description="What became of it.")
    expires_at: datetime = strawberry.field(description="When it ends by itself.")
    ended_at: datetime | None = strawberry.field(description="When it ended, if it did.")
    version: int = strawberry.field(description="Rises with each change; send it back on changes.")
    row_id: strawberry.Private[int]
    channel_id: strawberry.Private[int]
    party_id: strawberry.Private[int | None]

    @strawberry.field(description="What it keeps, or kept.")
    async def lines(self, info: Info) -> list[StockHoldLine]:
        return await info.context.load(load_hold_lines, self.row_id)

    @strawberry.field(description="The channel that it came through.")
    async def channel(self, info: Info) -> Channel | None:
        return await info.context.load(load_channels, self.channel_id)

    @strawberry.field(description="The customer, if known.")
    async def party(self, info: Info) -> Party | None:
        if self.party_id is None:
            return None
        return await info.context.load(load_parties, self.party_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "StockHold":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("StockHold", row.id),
            kind=StockHoldKind(row.kind),
            holder=row.holder,
            status=StockHoldStatus(row.status),
            expires_at=row.expires_at,
            ended_at=row.ended_at,
            version=row.version,
            row_id=row.id,
            channel_id=row.channel_id,
            party_id=row.party_id,
        )


async def load_holds(reader: Reader, ids: Sequence[int]) -> list[StockHold | None]:
    """A batch for loaders: the holds of these row ids, in order."""
    rows = await queries.holds_of_ids(reader, ids=ids)
    return [StockHold.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_hold_lines(reader: Reader, ids: Sequence[int]) -> list[list[StockHoldLine]]:
    """A batch for loaders: what each hold keeps, or kept."""
    rows = await queries.lines_of_holds(reader, ids=ids)
    return [[StockHoldLine.of(row) for row in rows[row_id]] for row_id in ids]


refetched_by("StockHold", load_holds)


@strawberry.input(description="Which holds to list; conditions are joined by and.")
class StockHoldFilter:
    holder: str | None = strawberry.field(default=None, description="Of this cart or quote.")
    kind: StockHoldKind | None = strawberry.field(default=None, description="Of this kind.")
    status: StockHoldStatus | None = strawberry.field(default=None, description="In this status.")
    item_id: strawberry.ID | None = strawberry.field(
        default=None, description="That keep, or kept, some of this item."
    )


@strawberry.enum(description="What holds can be ordered by.")
class StockHoldOrderField(Enum):
    MADE = strawberry.enum_value("id", description="When they were made.")
    EXPIRES_AT = strawberry.enum_value("expires_at", description="When they end by themselves.")


@strawberry.input(description="The order of a list of holds.")
class StockHoldOrder:
    field: StockHoldOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


@strawberry.type
class StockHoldQuery:
    @strawberry.field(
        description="Stock that carts and quotes hold; a customer's own. Needs orders.read."
    )
    async def stock_holds(
        self,
        info: Info,
        filter: Annotated[
            StockHoldFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        order_by: Annotated[
            StockHoldOrder | None, strawberry.argument(description="As they were made if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockHold]:
        asked = filter or StockHoldFilter()
        item_id = optional_row_id(asked.item_id, "Item", path=("itemId",))
        listing = await queries.holds(
            await info.context.reader(),
            where=queries.HoldFilter(**{**given(asked), "item_id": item_id}),
            ordering=chosen(queries.ORDERINGS, order_by, default="id"),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, StockHold.of, count=listing.count)
