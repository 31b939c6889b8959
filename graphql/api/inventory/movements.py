"""Movements and the documents behind them on the API."""

from collections.abc import Sequence
from datetime import datetime
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
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.inventory.balances import StockBalance, load_balances
from api.ledger.journals import Journal, load_journals_of_sources
from api.ledger.traces import load_traced
from api.nodes import Node, refetched_by
from api.scalars import Quantity, quantity
from domain.inventory.documents import REFERENCE_KIND
from domain.inventory.queries import movements as queries
from domain.kernel.reading import Reader


@strawberry.enum(description="Why a balance moved.")
class MovementKind(Enum):
    RECEIPT = strawberry.enum_value("receipt", description="Goods came in.")
    ISSUE = strawberry.enum_value("issue", description="Goods left for a customer.")
    TRANSFER_OUT = strawberry.enum_value("transfer_out", description="Goods left for elsewhere.")
    TRANSFER_IN = strawberry.enum_value("transfer_in", description="Goods came from elsewhere.")
    ADJUSTMENT = strawberry.enum_value("adjustment", description="What is on hand was corrected.")
    COUNT = strawberry.enum_value("count", description="A count found another quantity.")
    STATE_CHANGE = strawberry.enum_value(
        "state_change", description="Held, damaged, or free again."
    )
    RESERVATION = strawberry.enum_value("reservation", description="Promised to an order.")
    RELEASE = strawberry.enum_value("release", description="No longer promised.")
    KIT_ASSEMBLY = strawberry.enum_value(
        "kit_assembly", description="Kits were put together or taken apart."
    )
    RETURN = strawberry.enum_value("return", description="Goods came back.")


@strawberry.type(description="One change of one balance. It never changes and is never deleted.")
class StockMovement(Node):
    kind: MovementKind = strawberry.field(description="Why.")
    on_hand: Quantity = strawberry.field(description="What it added to what is on hand.")
    reserved: Quantity = strawberry.field(description="What it added to what is reserved.")
    quality_control: Quantity = strawberry.field(description="What it added to what is held.")
    damaged: Quantity = strawberry.field(description="What it added to what is damaged.")
    reason: str = strawberry.field(description="The reason that was given.")
    unit_cost: Decimal | None = strawberry.field(
        description="What a base unit cost, in major units of the owner's currency."
    )
    actor: str = strawberry.field(description="Who did it.")
    occurred_at: datetime = strawberry.field(description="When.")
    balance_id: strawberry.Private[int]
    item_id: strawberry.Private[int]
    location_id: strawberry.Private[int]
    referred_to: strawberry.Private[tuple[str, int]]

    @strawberry.field(description="The balance that moved.")
    async def balance(self, info: Info) -> StockBalance | None:
        return await info.context.load(load_balances, self.balance_id)

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="Where.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="The document behind it: a stock document, order or shipment.")
    async def reference(self, info: Info) -> Node | None:
        return await load_traced(info, *self.referred_to)

    @classmethod
    def of(cls, row: Row[Any]) -> "StockMovement":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("StockMovement", row.id),
            kind=MovementKind(row.kind),
            on_hand=quantity(row.on_hand, row.base_unit),
            reserved=quantity(row.reserved, row.base_unit),
            quality_control=quantity(row.quality_control, row.base_unit),
            damaged=quantity(row.damaged, row.base_unit),
            reason=row.reason,
            unit_cost=row.unit_cost,
            actor=row.actor,
            occurred_at=row.occurred_at,
            balance_id=row.balance_id,
            item_id=row.item_id,
            location_id=row.location_id,
            referred_to=(row.reference_kind, row.reference_id),
        )


@strawberry.type(description="The document behind movements made by hand.")
class StockDocument(Node):
    number: str = strawberry.field(description="Its number, unique in the tenant.")
    kind: str = strawberry.field(description="One of receipt, adjustment, count and kit_assembly.")
    reason: str = strawberry.field(description="The reason that was given.")
    external_reference: str | None = strawberry.field(description="The sender's own number.")
    actor: str = strawberry.field(description="Who wrote it.")
    occurred_at: datetime = strawberry.field(description="When.")
    row_id: strawberry.Private[int]
    location_id: strawberry.Private[int]
    owner_id: strawberry.Private[int]

    @strawberry.field(description="Where the stock lies.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="Whose stock it is.")
    async def owner(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.owner_id)

    @strawberry.field(description="What it moved.")
    async def movements(self, info: Info) -> list[StockMovement]:
        return await info.context.load(load_movements_of_references, self.row_id, REFERENCE_KIND)

    @strawberry.field(description="What it posted. Needs ledger.read.")
    async def journals(self, info: Info) -> list[Journal]:
        return await info.context.load(load_journals_of_sources, self.row_id, REFERENCE_KIND)

    @classmethod
    def of(cls, row: Row[Any]) -> "StockDocument":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("StockDocument", row.id),
            number=row.number,
            kind=row.kind,
            reason=row.reason,
            external_reference=row.external_reference,
            actor=row.actor,
            occurred_at=row.occurred_at,
            row_id=row.id,
            location_id=row.location_id,
            owner_id=row.owner_id,
        )


async def load_movements(reader: Reader, ids: Sequence[int]) -> list[StockMovement | None]:
    """A batch for loaders: the movements of these row ids, in order."""
    rows = await queries.movements_of_ids(reader, ids=ids)
    return [StockMovement.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_movements_of_references(
    reader: Reader, reference_ids: Sequence[int], reference_kind: str
) -> list[list[StockMovement]]:
    """A batch for loaders: the movements behind which each document of a kind stands."""
    rows = await queries.movements_of_references(
        reader, reference_kind=reference_kind, reference_ids=reference_ids
    )
    return [[StockMovement.of(row) for row in rows[row_id]] for row_id in reference_ids]


async def load_stock_documents(reader: Reader, ids: Sequence[int]) -> list[StockDocument | None]:
    """A batch for loaders: the stock documents of these row ids, in order."""
    rows = await queries.documents_of_ids(reader, ids=ids)
    return [StockDocument.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("StockMovement", load_movements)
refetched_by("StockDocument", load_stock_documents)


@strawberry.input(description="Which movements to list; conditions are joined by and.")
class StockMovementFilter:
    balance_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this balance."
    )
    item_id: strawberry.ID | None = strawberry.field(default=None, description="Of this item.")
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="At this location."
    )
    kind: MovementKind | None = strawberry.field(default=None, description="Of this kind.")
    from_at: datetime | None = strawberry.field(default=None, description="At or after.")
    to_at: datetime | None = strawberry.field(default=None, description="At or before.")


def _where(filter: StockMovementFilter) -> queries.MovementFilter:
    return queries.MovementFilter(
        balance_id=optional_row_id(filter.balance_id, "StockBalance", path=("balanceId",)),
        item_id=optional_row_id(filter.item_id, "Item", path=("itemId",)),
        location_id=optional_row_id(filter.location_id, "Location", path=("locationId",)),
        **given(filter, "kind", "from_at", "to_at"),
    )


@strawberry.type
class StockMovementQuery:
    @strawberry.field(description="Movements, the latest first. Needs inventory.read.")
    async def stock_movements(
        self,
        info: Info,
        filter: Annotated[
            StockMovementFilter | None,
            strawberry.argument(description="Which ones; all if absent."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockMovement]:
        listing = await queries.movements(
            await info.context.reader(),
            where=_where(filter or StockMovementFilter()),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, StockMovement.of, count=listing.count)
