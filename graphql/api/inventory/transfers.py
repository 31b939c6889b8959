"""Transfers on the API: goods between two locations of a company."""

from collections.abc import Sequence
from datetime import date, datetime
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
from api.nodes import Node, refetched_by
from api.scalars import Quantity, quantity
from domain.inventory.policies.transfers import actions
from domain.inventory.queries import transfers as queries
from domain.kernel.reading import Reader

KIND = "TransferOrder"


@strawberry.enum(description="How far a transfer has come.")
class TransferStatus(Enum):
    DRAFT = strawberry.enum_value("draft", description="Planned; nothing is kept for it.")
    RELEASED = strawberry.enum_value("released", description="Its stock is kept at the source.")
    SHIPPED = strawberry.enum_value("shipped", description="On its way.")
    PARTLY_RECEIVED = strawberry.enum_value(
        "partly_received", description="Some has arrived, some is on its way."
    )
    RECEIVED = strawberry.enum_value("received", description="Nothing of it is on its way.")
    CANCELLED = strawberry.enum_value("cancelled", description="Given up before anything left.")


@strawberry.type(description="A quantity of an item that goes with a transfer.")
class TransferLine:
    line_number: int = strawberry.field(description="Its place in the transfer, from 1.")
    condition: str = strawberry.field(description="One of new, refurbished and used.")
    lot: str = strawberry.field(description="The lot; empty when not tracked.")
    quantity: Quantity = strawberry.field(description="What was planned.")
    shipped: Quantity = strawberry.field(description="What left.")
    in_transit: Quantity = strawberry.field(description="What is on its way.")
    received: Quantity = strawberry.field(description="What arrived, damaged or too much as well.")
    damaged: Quantity = strawberry.field(description="What of it arrived damaged.")
    over_received: Quantity = strawberry.field(description="What of it was too much.")
    missing: Quantity = strawberry.field(description="What never arrived and was given up.")
    item_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "TransferLine":
        """From a row of the domain's queries."""
        amounts = (
            *("quantity", "shipped", "in_transit", "received", "damaged"),
            *("over_received", "missing"),
        )
        return cls(
            line_number=row.line_number,
            # The source's balance is none of the destination's warehouse's business.
            condition=row.condition or "",
            lot=row.lot or "",
            item_id=row.item_id,
            **{name: quantity(getattr(row, name), row.base_unit) for name in amounts},
        )

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@strawberry.type(
    description="Goods of one owner that go from one location to another, and what became of them."
)
class TransferOrder(Node):
    number: str = strawberry.field(description="Its number, such as TR-3.")
    status: TransferStatus = strawberry.field(description="How far it has come.")
    reason: str = strawberry.field(description="Why it was made.")
    external_reference: str | None = strawberry.field(description="Another system's number of it.")
    expected_on: date | None = strawberry.field(description="The day it should arrive.")
    version: int = strawberry.field(description="Rises with every change.")
    created_at: datetime = strawberry.field(description="When it was planned.")
    created_by: str = strawberry.field(description="By whom.")
    shipped_at: datetime | None = strawberry.field(description="When the goods left.")
    ended_at: datetime | None = strawberry.field(
        description="When the last of it arrived or was given up."
    )
    row_id: strawberry.Private[int]
    state: strawberry.Private[str]
    source_id: strawberry.Private[int]
    destination_id: strawberry.Private[int]
    owner_id: strawberry.Private[int]
    buyer_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "TransferOrder":
        """From a row of the domain's queries."""
        plain = (
            *("number", "reason", "external_reference", "expected_on", "version", "created_at"),
            *("created_by", "shipped_at", "ended_at", "source_id", "destination_id", "owner_id"),
            "buyer_id",
        )
        return cls(
            id=global_id(KIND, row.id),
            row_id=row.id,
            state=row.status,
            status=TransferStatus(row.status),
            **{name: getattr(row, name) for name in plain},
        )

    @strawberry.field(description="Where the goods come from.")
    async def source(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.source_id)

    @strawberry.field(description="Where they go.")
    async def destination(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.destination_id)

    @strawberry.field(description="Whose they are, and stay unless there is a buyer.")
    async def owner(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.owner_id)

    @strawberry.field(description="Whose they become on their way; null: nobody else's.")
    async def buyer(self, info: Info) -> LegalEntity | None:
        if self.buyer_id is None:
            return None
        return await info.context.load(load_legal_entities, self.buyer_id)

    @strawberry.field(description="What goes, line by line.")
    async def lines(self, info: Info) -> list[TransferLine]:
        return await info.context.load(load_lines, self.row_id)

    @strawberry.field(description="What may be done with it now.")
    async def supported_actions(self, info: Info) -> list[str]:
        return actions(self.state, may=info.context.principal.may)


async def load_transfers(reader: Reader, ids: Sequence[int]) -> list[TransferOrder | None]:
    """A batch for loaders: the transfers of these row ids, in order."""
    rows = await queries.transfer_orders_of_ids(reader, ids=ids)
    return [TransferOrder.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_lines(reader: Reader, ids: Sequence[int]) -> list[list[TransferLine]]:
    """A batch for loaders: the lines of each transfer."""
    found = await queries.lines_of_transfers(reader, transfer_ids=ids)
    return [[TransferLine.of(row) for row in found[transfer_id]] for transfer_id in ids]


refetched_by(KIND, load_transfers)


@strawberry.input(description="Which transfers; what is left out does not narrow.")
class TransferFilter:
    status: TransferStatus | None = strawberry.field(default=None, description="Its status.")
    source_id: strawberry.ID | None = strawberry.field(default=None, description="From where.")
    destination_id: strawberry.ID | None = strawberry.field(default=None, description="To where.")


def _filter(asked: TransferFilter | None) -> queries.TransferFilter:
    if asked is None:
        return queries.TransferFilter()
    told = given(asked)
    path = ("filter", "sourceId"), ("filter", "destinationId")
    return queries.TransferFilter(
        status=told["status"],
        source_id=optional_row_id(asked.source_id, "Location", path=path[0]),
        destination_id=optional_row_id(asked.destination_id, "Location", path=path[1]),
    )


@strawberry.type
class TransferQuery:
    @strawberry.field(
        description="Transfers between locations, the latest first. Needs inventory.read."
    )
    async def transfer_orders(
        self,
        info: Info,
        filter: Annotated[
            TransferFilter | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[TransferOrder]:
        listing = await queries.transfer_orders(
            await info.context.reader(),
            where=_filter(filter),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, TransferOrder.of, count=listing.count)
