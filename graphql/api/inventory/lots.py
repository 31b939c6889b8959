"""Lots on the API: their days, whether they may be sold, and how much there is of them."""

from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
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
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.nodes import Node, refetched_by
from api.scalars import Quantity, quantity
from domain.inventory.queries import lots as queries
from domain.kernel.reading import Reader


@strawberry.enum(description="Whether a lot may be sold.")
class LotStatus(Enum):
    RELEASED = strawberry.enum_value("released", description="It may, until its last good day.")
    QUARANTINED = strawberry.enum_value("quarantined", description="Not until it is released.")
    RECALLED = strawberry.enum_value("recalled", description="It is taken off the market.")


@strawberry.type(description="Pieces of an item that were made together.")
class Lot(Node):
    code: str = strawberry.field(description="Its code, unique for the item.")
    manufactured_on: date | None = strawberry.field(description="The day it was made, if known.")
    expires_on: date | None = strawberry.field(
        description="Its last good day; null: it does not expire."
    )
    status: LotStatus = strawberry.field(description="Whether it may be sold.")
    status_reason: str | None = strawberry.field(description="Why it stands so.")
    version: int = strawberry.field(description="Rises with each change; send it back on changes.")
    item_id: strawberry.Private[int]
    row_id: strawberry.Private[int]
    base_unit: strawberry.Private[str]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="All that is there of it, at the places you may see.")
    async def on_hand(self, info: Info) -> Quantity:
        stock = await info.context.load(load_stock_of_lots, self.row_id)
        return quantity(stock.on_hand, self.base_unit)

    @strawberry.field(description="What of it is promised, at the places you may see.")
    async def reserved(self, info: Info) -> Quantity:
        stock = await info.context.load(load_stock_of_lots, self.row_id)
        return quantity(stock.reserved, self.base_unit)

    @classmethod
    def of(cls, row: Row[Any]) -> "Lot":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("Lot", row.id),
            code=row.code,
            manufactured_on=row.manufactured_on,
            expires_on=row.expires_on,
            status=LotStatus(row.status),
            status_reason=row.status_reason,
            version=row.version,
            item_id=row.item_id,
            row_id=row.id,
            base_unit=row.base_unit,
        )


async def load_lots(reader: Reader, ids: Sequence[int]) -> list[Lot | None]:
    """A batch for loaders: the lots of these row ids, in order."""
    rows = await queries.lots_of_ids(reader, ids=ids)
    return [Lot.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_lots_of_codes(reader: Reader, keys: Sequence[tuple[int, str]]) -> list[Lot | None]:
    """A batch for loaders: the lots of (item id, code), in order."""
    rows = await queries.lots_of_codes(reader, keys=keys)
    return [Lot.of(rows[key]) if key in rows else None for key in keys]


async def load_stock_of_lots(reader: Reader, ids: Sequence[int]) -> list[queries.LotStock]:
    """A batch for loaders: how much there is of each lot."""
    found = await queries.stock_of_lots(reader, ids=ids)
    return [found[row_id] for row_id in ids]


refetched_by("Lot", load_lots)


@strawberry.input(description="Which lots to list; conditions are joined by and.")
class LotFilter:
    item_id: strawberry.ID | None = strawberry.field(default=None, description="Of this item.")
    code: str | None = strawberry.field(default=None, description="With this code.")
    status: LotStatus | None = strawberry.field(default=None, description="In this status.")
    expires_before: date | None = strawberry.field(
        default=None, description="Whose last good day is before this day."
    )
    is_in_stock: bool | None = strawberry.field(
        default=None, description="Whether any of it is on hand."
    )


@strawberry.enum(description="What lots can be ordered by.")
class LotOrderField(Enum):
    KNOWN = strawberry.enum_value("id", description="When they became known.")
    CODE = strawberry.enum_value("code", description="Their code.")
    EXPIRES_ON = strawberry.enum_value(
        "expires_on", description="Their last good day; what does not expire comes last."
    )


@strawberry.input(description="The order of a list of lots.")
class LotOrder:
    field: LotOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


@strawberry.type
class LotQuery:
    @strawberry.field(description="Lots. Needs inventory.read.")
    async def lots(
        self,
        info: Info,
        filter: Annotated[
            LotFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        order_by: Annotated[
            LotOrder | None, strawberry.argument(description="As they became known if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Lot]:
        asked = filter or LotFilter()
        item_id = optional_row_id(asked.item_id, "Item", path=("itemId",))
        listing = await queries.lots(
            await info.context.reader(),
            where=queries.LotFilter(**{**given(asked), "item_id": item_id}),
            ordering=chosen(queries.ORDERINGS, order_by, default="id"),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, Lot.of, count=listing.count)
