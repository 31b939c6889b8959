"""What stock is worth as of a day, and how it is valued, on the API."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.locations import Location, load_locations
from api.ids import optional_row_id
from api.inputs import given
from api.scalars import Money, money
from domain.inventory.queries import stock_values as queries
from domain.kernel.quantity import plain


@strawberry.enum(description="By what the value of stock is told.")
class StockValueBy(Enum):
    ENTITY = strawberry.enum_value("entity", description="By legal entity alone.")
    ITEM = strawberry.enum_value("item", description="By item.")
    ITEM_GROUP = strawberry.enum_value("item_group", description="By group of items.")
    LOCATION = strawberry.enum_value(
        "location",
        description="By location; what an item is worth is spread by what lies where.",
    )
    LOCATION_KIND = strawberry.enum_value(
        "location_kind", description="By kind of location: owned, third_party, store and so on."
    )


@strawberry.type(description="What stock of an entity was worth at the end of a day.")
class StockValue:
    value: Money = strawberry.field(description="What it was worth, in the entity's books.")
    quantity: Decimal = strawberry.field(
        description="How many base units; of several items, of all of them together."
    )
    item_group: str | None = strawberry.field(description="The group of items, where asked for.")
    location_kind: str | None = strawberry.field(
        description="The kind of location, where asked for."
    )
    owner_id: strawberry.Private[int]
    item_id: strawberry.Private[int | None]
    location_id: strawberry.Private[int | None]

    @strawberry.field(description="Whose stock it is.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.owner_id)

    @strawberry.field(description="The item, where asked for.")
    async def item(self, info: Info) -> Item | None:
        if self.item_id is None:
            return None
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="The location, where asked for.")
    async def location(self, info: Info) -> Location | None:
        if self.location_id is None:
            return None
        return await info.context.load(load_locations, self.location_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "StockValue":
        """From a row of the domain's queries."""
        return cls(
            value=money(row.value_minor, row.currency),
            quantity=plain(row.quantity),
            item_group=row.item_group,
            location_kind=row.location_kind,
            owner_id=row.owner_id,
            item_id=row.item_id,
            location_id=row.location_id,
        )


@strawberry.input(description="Of which stock the value is told; conditions are joined by and.")
class StockValueFilter:
    entity_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this legal entity."
    )
    item_id: strawberry.ID | None = strawberry.field(default=None, description="Of this item.")
    item_group: str | None = strawberry.field(default=None, description="Of this group of items.")
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="At this location."
    )
    location_kind: str | None = strawberry.field(
        default=None, description="At locations of this kind."
    )


_IDS = {"entity_id": "LegalEntity", "item_id": "Item", "location_id": "Location"}


def _where(asked: StockValueFilter | None) -> queries.StockValueFilter:
    fields: dict[str, Any] = {} if asked is None else given(asked)
    for name, kind in _IDS.items():
        if name in fields:
            fields[name] = optional_row_id(fields[name], kind, path=(name,))
    return queries.StockValueFilter(**fields)


@strawberry.type
class StockValueQuery:
    @strawberry.field(
        description="What stock was worth at the end of a day, as the inventory accounts have it. "
        "Needs inventory.value."
    )
    async def stock_values(
        self,
        info: Info,
        by: Annotated[
            StockValueBy, strawberry.argument(description="By what.")
        ] = StockValueBy.ENTITY,
        as_of: Annotated[
            date | None, strawberry.argument(description="The day; now if absent.")
        ] = None,
        filter: Annotated[
            StockValueFilter | None, strawberry.argument(description="Of which stock.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockValue]:
        listing = await queries.stock_values(
            await info.context.reader(),
            by=str(by.value),
            where=_where(filter),
            request=wanted(first, after, last, before),
            as_of=as_of,
        )
        return connection(listing.page, StockValue.of, count=listing.count)
