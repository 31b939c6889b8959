"""Balances on the API: how much lies where, for whom."""

from collections.abc import Sequence
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
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.locations import Location, load_locations
from api.ids import global_id, optional_row_id
from api.inventory.coming import load_coming
from api.inventory.lots import Lot, load_lots_of_codes
from api.nodes import Node, refetched_by
from api.scalars import Quantity, quantity
from domain.inventory.queries import balances as queries
from domain.kernel.reading import Reader


@strawberry.type(
    description="How much of an item lies at a location, for an owner, in a condition, of a lot."
)
class StockBalance(Node):
    condition: str = strawberry.field(description="One of new, refurbished and used.")
    lot: str = strawberry.field(description="The lot's code; empty when not tracked by lot.")
    on_hand: Quantity = strawberry.field(description="All that is there.")
    reserved: Quantity = strawberry.field(description="Promised to orders.")
    quality_control: Quantity = strawberry.field(description="Held for inspection.")
    damaged: Quantity = strawberry.field(description="There, and not fit for sale.")
    safety_stock: Quantity = strawberry.field(description="Kept back from promises.")
    available: Quantity = strawberry.field(
        description="What may be promised: on hand less all of the above; never below zero, and "
        "zero of a lot that is expired, quarantined or recalled."
    )
    expired: Quantity = strawberry.field(
        description="What might be promised, were the lot not past its last good day."
    )
    blocked: Quantity = strawberry.field(
        description="What might be promised, were the lot not quarantined or recalled."
    )
    version: int = strawberry.field(description="Rises with each change.")
    item_id: strawberry.Private[int]
    location_id: strawberry.Private[int]
    owner_id: strawberry.Private[int]
    base_unit: strawberry.Private[str]

    @strawberry.field(
        description="Bought or told of, and to come to this location, of any owner, condition and "
        "lot; not on hand."
    )
    async def incoming(self, info: Info) -> Quantity:
        coming = await info.context.load(load_coming, self.item_id)
        return quantity(coming.at(self.location_id).incoming, self.base_unit)

    @strawberry.field(
        description="On its way to this location from another, of any owner, condition and lot; on "
        "hand at neither."
    )
    async def in_transit(self, info: Info) -> Quantity:
        coming = await info.context.load(load_coming, self.item_id)
        return quantity(coming.at(self.location_id).in_transit, self.base_unit)

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="Where it lies.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="More about the lot; null when not tracked by lot.")
    async def lot_details(self, info: Info) -> Lot | None:
        if not self.lot:
            return None
        return await info.context.load(load_lots_of_codes, (self.item_id, self.lot))

    @strawberry.field(description="Whose it is.")
    async def owner(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.owner_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "StockBalance":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("StockBalance", row.id),
            condition=row.condition,
            lot=row.lot,
            on_hand=quantity(row.on_hand, row.base_unit),
            reserved=quantity(row.reserved, row.base_unit),
            quality_control=quantity(row.quality_control, row.base_unit),
            damaged=quantity(row.damaged, row.base_unit),
            safety_stock=quantity(row.safety_stock, row.base_unit),
            available=quantity(row.available, row.base_unit),
            expired=quantity(row.expired, row.base_unit),
            blocked=quantity(row.blocked, row.base_unit),
            version=row.version,
            item_id=row.item_id,
            location_id=row.location_id,
            owner_id=row.owner_id,
            base_unit=row.base_unit,
        )


async def load_balances(reader: Reader, ids: Sequence[int]) -> list[StockBalance | None]:
    """A batch for loaders: the balances of these row ids, in order."""
    rows = await queries.balances_of_ids(reader, ids=ids)
    return [StockBalance.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_balances_of_items(
    reader: Reader, item_ids: Sequence[int]
) -> list[list[StockBalance]]:
    """A batch for loaders: the balances of each item, by location."""
    rows = await queries.balances_of_items(reader, item_ids=item_ids)
    return [[StockBalance.of(row) for row in rows[item_id]] for item_id in item_ids]


refetched_by("StockBalance", load_balances)


@strawberry.input(description="Which balances to list; conditions are joined by and.")
class StockBalanceFilter:
    item_id: strawberry.ID | None = strawberry.field(default=None, description="Of this item.")
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="At this location."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Owned by this legal entity."
    )
    condition: str | None = strawberry.field(default=None, description="In this condition.")
    lot: str | None = strawberry.field(default=None, description="Of this lot.")
    is_empty: bool | None = strawberry.field(
        default=None, description="Whether nothing is on hand."
    )


@strawberry.enum(description="What balances can be ordered by.")
class StockBalanceOrderField(Enum):
    MADE = strawberry.enum_value("id", description="When they first came to be.")
    ON_HAND = strawberry.enum_value("on_hand", description="How much is there.")
    AVAILABLE = strawberry.enum_value("available", description="How much may be promised.")


@strawberry.input(description="The order of a list of balances.")
class StockBalanceOrder:
    field: StockBalanceOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


def _where(filter: StockBalanceFilter) -> queries.BalanceFilter:
    return queries.BalanceFilter(
        item_id=optional_row_id(filter.item_id, "Item", path=("itemId",)),
        location_id=optional_row_id(filter.location_id, "Location", path=("locationId",)),
        owner_id=optional_row_id(filter.owner_id, "LegalEntity", path=("ownerId",)),
        condition=filter.condition,
        lot=filter.lot,
        is_empty=filter.is_empty,
    )


@strawberry.type
class StockBalanceQuery:
    @strawberry.field(description="Balances. Needs inventory.read.")
    async def stock_balances(
        self,
        info: Info,
        filter: Annotated[
            StockBalanceFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        order_by: Annotated[
            StockBalanceOrder | None,
            strawberry.argument(description="As they first came to be if absent."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockBalance]:
        listing = await queries.balances(
            await info.context.reader(),
            where=_where(filter or StockBalanceFilter()),
            ordering=chosen(queries.ORDERINGS, order_by, default="id"),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, StockBalance.of, count=listing.count)
