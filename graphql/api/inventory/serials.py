"""Serial numbers on the API: where each piece lies, and what happened to it."""

from collections.abc import Sequence
from datetime import datetime
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
from api.inventory.balances import StockBalance, load_balances
from api.inventory.movements import MovementKind
from api.inventory.transfers import TransferOrder, load_transfers
from api.ledger.traces import load_traced
from api.nodes import Node, refetched_by
from domain.inventory.queries import serials as queries
from domain.kernel.reading import Reader


@strawberry.enum(description="What became of a piece.")
class SerialState(Enum):
    AVAILABLE = strawberry.enum_value("available", description="In stock, fit for sale.")
    QUALITY_CONTROL = strawberry.enum_value("quality_control", description="In stock, inspected.")
    DAMAGED = strawberry.enum_value("damaged", description="In stock, not fit for sale.")
    IN_TRANSIT = strawberry.enum_value("in_transit", description="On its way between locations.")
    SHIPPED = strawberry.enum_value("shipped", description="It left for a customer.")
    REMOVED = strawberry.enum_value("removed", description="It was written off or taken apart.")
    IN_KIT = strawberry.enum_value("in_kit", description="It went into a kit.")


@strawberry.type(description="One thing that happened to a piece. It never changes.")
class SerialMovement:
    kind: MovementKind = strawberry.field(description="What happened.")
    state: SerialState = strawberry.field(description="The state it was in from then on.")
    reason: str = strawberry.field(description="The reason that was given.")
    actor: str = strawberry.field(description="Who did it.")
    occurred_at: datetime = strawberry.field(description="When.")
    balance_id: strawberry.Private[int]
    referred_to: strawberry.Private[tuple[str, int]]

    @strawberry.field(description="The balance it lay in from then on, or lay in last.")
    async def balance(self, info: Info) -> StockBalance | None:
        return await info.context.load(load_balances, self.balance_id)

    @strawberry.field(description="The document behind it.")
    async def reference(self, info: Info) -> Node | None:
        return await load_traced(info, *self.referred_to)

    @classmethod
    def of(cls, row: Row[Any]) -> "SerialMovement":
        """From a row of the domain's queries."""
        return cls(
            kind=MovementKind(row.kind),
            state=SerialState(row.state),
            reason=row.reason,
            actor=row.actor,
            occurred_at=row.occurred_at,
            balance_id=row.balance_id,
            referred_to=(row.reference_kind, row.reference_id),
        )


@strawberry.type(description="One piece of an item that is tracked by serial number.")
class SerialNumber(Node):
    code: str = strawberry.field(description="The number, unique for the item.")
    state: SerialState = strawberry.field(description="What became of it.")
    item_id: strawberry.Private[int]
    balance_id: strawberry.Private[int]
    transfer_id: strawberry.Private[int | None]
    row_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="The balance it lies in, or lay in last.")
    async def balance(self, info: Info) -> StockBalance | None:
        return await info.context.load(load_balances, self.balance_id)

    @strawberry.field(description="The transfer that it is on its way with.")
    async def transfer_order(self, info: Info) -> TransferOrder | None:
        if self.transfer_id is None:
            return None
        return await info.context.load(load_transfers, self.transfer_id)

    @strawberry.field(description="What happened to it, oldest first.")
    async def history(self, info: Info) -> list[SerialMovement]:
        return await info.context.load(load_histories, self.row_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "SerialNumber":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("SerialNumber", row.id),
            code=row.code,
            state=SerialState(row.state),
            item_id=row.item_id,
            balance_id=row.balance_id,
            transfer_id=row.transfer_id,
            row_id=row.id,
        )


async def load_serials(reader: Reader, ids: Sequence[int]) -> list[SerialNumber | None]:
    """A batch for loaders: the pieces of these row ids, in order."""
    rows = await queries.serials_of_ids(reader, ids=ids)
    return [SerialNumber.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_histories(reader: Reader, ids: Sequence[int]) -> list[list[SerialMovement]]:
    """A batch for loaders: what happened to each piece."""
    rows = await queries.history_of_serials(reader, serial_ids=ids)
    return [[SerialMovement.of(row) for row in rows[row_id]] for row_id in ids]


refetched_by("SerialNumber", load_serials)


@strawberry.input(description="Which pieces to list; conditions are joined by and.")
class SerialNumberFilter:
    item_id: strawberry.ID | None = strawberry.field(default=None, description="Of this item.")
    code: str | None = strawberry.field(default=None, description="With this number.")
    balance_id: strawberry.ID | None = strawberry.field(
        default=None, description="In this balance, now or last."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="At this location, now or last."
    )
    state: SerialState | None = strawberry.field(default=None, description="In this state.")
    transfer_order_id: strawberry.ID | None = strawberry.field(
        default=None, description="On their way with this transfer."
    )


@strawberry.enum(description="What pieces can be ordered by.")
class SerialNumberOrderField(Enum):
    KNOWN = strawberry.enum_value("id", description="When they first came.")
    CODE = strawberry.enum_value("code", description="Their number.")


@strawberry.input(description="The order of a list of pieces.")
class SerialNumberOrder:
    field: SerialNumberOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


def _where(filter: SerialNumberFilter) -> queries.SerialFilter:
    return queries.SerialFilter(
        **given(filter, "code", "state"),
        item_id=optional_row_id(filter.item_id, "Item", path=("itemId",)),
        balance_id=optional_row_id(filter.balance_id, "StockBalance", path=("balanceId",)),
        location_id=optional_row_id(filter.location_id, "Location", path=("locationId",)),
        transfer_id=optional_row_id(
            filter.transfer_order_id, "TransferOrder", path=("transferOrderId",)
        ),
    )


@strawberry.type
class SerialNumberQuery:
    @strawberry.field(description="Pieces with serial numbers. Needs inventory.read.")
    async def serial_numbers(
        self,
        info: Info,
        filter: Annotated[
            SerialNumberFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        order_by: Annotated[
            SerialNumberOrder | None,
            strawberry.argument(description="As they first came if absent."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[SerialNumber]:
        listing = await queries.serial_numbers(
            await info.context.reader(),
            where=_where(filter or SerialNumberFilter()),
            ordering=chosen(queries.ORDERINGS, order_by, default="id"),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, SerialNumber.of, count=listing.count)
