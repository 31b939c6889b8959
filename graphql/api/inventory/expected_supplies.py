"""Supply that is to come, on the API."""

from collections.abc import Sequence
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
from api.entities.parties import Party, load_parties
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.nodes import Node, refetched_by
from api.scalars import Quantity, quantity
from domain.inventory.queries import expected_supplies as queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


@strawberry.enum(description="Where supply comes from.")
class SupplyKind(Enum):
    PURCHASE = strawberry.enum_value("purchase", description="Bought from a supplier.")
    TRANSFER = strawberry.enum_value("transfer", description="Sent by another location.")
    PRODUCTION = strawberry.enum_value("production", description="Made.")
    OTHER = strawberry.enum_value("other", description="Anything else.")


@strawberry.enum(description="Where a supply stands.")
class SupplyStatus(Enum):
    OPEN = strawberry.enum_value("open", description="Some of it is still to come.")
    RECEIVED = strawberry.enum_value("received", description="All came, or no more will.")
    CANCELLED = strawberry.enum_value("cancelled", description="What had not come will not.")


@strawberry.type(description="A quantity of an item that is to come to a location on a day.")
class ExpectedSupply(Node):
    kind: SupplyKind = strawberry.field(description="Where it comes from.")
    status: SupplyStatus = strawberry.field(description="Where it stands.")
    quantity: Quantity = strawberry.field(description="All of it, in base units.")
    received: Decimal = strawberry.field(description="What came already, in base units.")
    open: Decimal = strawberry.field(description="What is still to come, in base units.")
    pegged: Decimal = strawberry.field(
        description="What of it is promised to waiting order lines, in base units."
    )
    expected_on: date = strawberry.field(description="The day on which it is expected.")
    confirmed_on: date | None = strawberry.field(description="The day that was confirmed.")
    external_reference: str | None = strawberry.field(
        description="The other system's name for it, such as a purchase order's line."
    )
    version: int = strawberry.field(description="Rises with each change; send it back on changes.")
    item_id: strawberry.Private[int]
    location_id: strawberry.Private[int]
    owner_id: strawberry.Private[int]
    supplier_id: strawberry.Private[int | None]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="Where it comes to.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="Whose it will be.")
    async def owner(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.owner_id)

    @strawberry.field(description="Who supplies it.")
    async def supplier(self, info: Info) -> Party | None:
        if self.supplier_id is None:
            return None
        return await info.context.load(load_parties, self.supplier_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "ExpectedSupply":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("ExpectedSupply", row.id),
            kind=SupplyKind(row.kind),
            status=SupplyStatus(row.status),
            quantity=quantity(row.quantity, row.base_unit),
            received=plain(row.received),
            open=plain(row.open),
            pegged=plain(row.pegged),
            expected_on=row.expected_on,
            confirmed_on=row.confirmed_on,
            external_reference=row.external_reference,
            version=row.version,
            item_id=row.item_id,
            location_id=row.location_id,
            owner_id=row.owner_id,
            supplier_id=row.supplier_id,
        )


async def load_supplies(reader: Reader, ids: Sequence[int]) -> list[ExpectedSupply | None]:
    """A batch for loaders: the supplies of these row ids, in order."""
    rows = await queries.supplies_of_ids(reader, ids=ids)
    return [ExpectedSupply.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("ExpectedSupply", load_supplies)


@strawberry.input(description="Which supplies to list; conditions are joined by and.")
class ExpectedSupplyFilter:
    item_id: strawberry.ID | None = strawberry.field(default=None, description="Of this item.")
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="To this location."
    )
    supplier_id: strawberry.ID | None = strawberry.field(
        default=None, description="From this supplier."
    )
    kind: SupplyKind | None = strawberry.field(default=None, description="Of this kind.")
    status: SupplyStatus | None = strawberry.field(default=None, description="In this state.")
    external_reference: str | None = strawberry.field(
        default=None, description="With exactly this reference."
    )
    late_on: date | None = strawberry.field(
        default=None, description="Still open, though expected before this day."
    )


@strawberry.type
class ExpectedSupplyQuery:
    @strawberry.field(description="Supply that is to come, earliest first. Needs inventory.read.")
    async def expected_supplies(
        self,
        info: Info,
        filter: Annotated[
            ExpectedSupplyFilter | None,
            strawberry.argument(description="Which ones; all if absent."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ExpectedSupply]:
        listing = await queries.expected_supplies(
            await info.context.reader(),
            where=_where(filter or ExpectedSupplyFilter()),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, ExpectedSupply.of, count=listing.count)


def _where(filter: ExpectedSupplyFilter) -> queries.SupplyFilter:
    ids = {
        "item_id": optional_row_id(filter.item_id, "Item", path=("filter", "itemId")),
        "location_id": optional_row_id(
            filter.location_id, "Location", path=("filter", "locationId")
        ),
        "supplier_id": optional_row_id(filter.supplier_id, "Party", path=("filter", "supplierId")),
    }
    return queries.SupplyFilter(**given(filter) | ids)
