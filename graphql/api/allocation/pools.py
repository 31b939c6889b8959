"""Protected pools on the API."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Optional

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
from api.channels.channels import Channel, load_channels
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.locations import Location, load_locations
from api.entities.parties import Party, load_parties
from api.ids import global_id, optional_row_id
from api.nodes import Node, refetched_by
from domain.allocation.queries import pools as queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


@strawberry.enum(description="Where a protected pool stands.")
class StockPoolStatus(Enum):
    ACTIVE = strawberry.enum_value("active", description="It protects, from its start to its end.")
    CLOSED = strawberry.enum_value("closed", description="It was ended before its time.")
    EXPIRED = strawberry.enum_value("expired", description="Its time is over.")


@strawberry.enum(description="What may be done with a pool now.")
class StockPoolAction(Enum):
    CHANGE = strawberry.enum_value("change", description="changeStockPool")
    EXTEND = strawberry.enum_value("extend", description="extendStockPool")
    CLOSE = strawberry.enum_value("close", description="closeStockPool")


@strawberry.type(description="How a pool stands for one item now; quantities in base units.")
class StockPoolStanding:
    drawn: Decimal = strawberry.field(
        description="What was taken of it; what was given back does not count."
    )
    shipped: Decimal = strawberry.field(description="What of that has left.")
    remaining: Decimal = strawberry.field(
        description="What it still protects, pools inside it included."
    )
    own: Decimal = strawberry.field(description="The same without the pools inside it.")
    covered: Decimal = strawberry.field(
        description="How much of its own is there now, if nobody else draws."
    )
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @classmethod
    def of(cls, standing: queries.PoolStanding) -> "StockPoolStanding":
        """From a standing of the domain."""
        names = ("drawn", "shipped", "remaining", "own", "covered")
        return cls(
            **{name: plain(getattr(standing, name)) for name in names}, item_id=standing.item_id
        )


@strawberry.type(
    description="A quantity, or a share of what is there, that only one channel, customer group or "
    "customer may use. What it leaves is the pool's around it, and then anybody's."
)
class StockPool(Node):
    code: str = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="Its name.")
    item_group: str | None = strawberry.field(
        description="The group of items it is of: of each item by itself; null: of one item."
    )
    customer_group: str | None = strawberry.field(description="The customer group it is for.")
    quantity: Decimal | None = strawberry.field(
        description="How much it protects in all, in base units; null: a share."
    )
    share: Decimal | None = strawberry.field(
        description="Which part (0 to 1) of what is free and held it protects; null: a quantity."
    )
    effective_from: datetime = strawberry.field(description="Since when it protects, or will.")
    expires_at: datetime | None = strawberry.field(description="Until when; null: for good.")
    status: StockPoolStatus = strawberry.field(description="Where it stands.")
    version: int = strawberry.field(description="Rises with every change.")
    created_at: datetime = strawberry.field(description="When it was made.")
    row_id: strawberry.Private[int]
    item_id: strawberry.Private[int | None]
    location_id: strawberry.Private[int | None]
    owner_id: strawberry.Private[int]
    parent_id: strawberry.Private[int | None]
    channel_id: strawberry.Private[int | None]
    party_id: strawberry.Private[int | None]

    @strawberry.field(description="The item it is of; null: of a group.")
    async def item(self, info: Info) -> Item | None:
        return None if not self.item_id else await info.context.load(load_items, self.item_id)

    @strawberry.field(description="Where; null: over all locations.")
    async def location(self, info: Info) -> Location | None:
        if self.location_id is None:
            return None
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="Whose stock it is of.")
    async def owner(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.owner_id)

    @strawberry.field(description="The pool that it is a part of.")
    async def parent(self, info: Info) -> Optional["StockPool"]:
        return None if not self.parent_id else await info.context.load(load_pools, self.parent_id)

    @strawberry.field(description="The channel it is for.")
    async def channel(self, info: Info) -> Channel | None:
        if self.channel_id is None:
            return None
        return await info.context.load(load_channels, self.channel_id)

    @strawberry.field(description="The customer it is for, with all customers below it.")
    async def party(self, info: Info) -> Party | None:
        return None if not self.party_id else await info.context.load(load_parties, self.party_id)

    @strawberry.field(
        description="How it stands for its item, or for each item of its group that has stock, at "
        "most 100."
    )
    async def standings(self, info: Info) -> list[StockPoolStanding]:
        # All of one answer at one moment: they are read together.
        moment = info.context.now.replace(microsecond=0) + timedelta(seconds=1)
        return await info.context.load(load_standings, self.row_id, moment)

    @strawberry.field(description="What you may do with it now.")
    def supported_actions(self, info: Info) -> list[StockPoolAction]:
        if not info.context.principal.may("allocation.manage"):
            return []
        if self.status is not StockPoolStatus.ACTIVE:
            return []
        if self.expires_at is not None and self.expires_at <= info.context.now:
            return [StockPoolAction.CLOSE]
        return list(StockPoolAction)

    @classmethod
    def of(cls, row: Row[Any]) -> "StockPool":
        """From a row of the domain's queries."""
        same = (
            *("code", "name", "item_group", "customer_group", "effective_from", "expires_at"),
            *("version", "created_at", "item_id", "location_id", "owner_id", "parent_id"),
            *("channel_id", "party_id"),
        )
        return cls(
            id=global_id("StockPool", row.id),
            quantity=None if row.quantity is None else plain(row.quantity),
            share=None if row.share is None else plain(row.share),
            status=StockPoolStatus(row.status),
            row_id=row.id,
            **{name: getattr(row, name) for name in same},
        )


async def load_pools(reader: Reader, ids: Sequence[int]) -> list[StockPool | None]:
    """A batch for loaders: the pools of these row ids, in order."""
    rows = await queries.stock_pools_by_ids(reader, pool_ids=ids)
    return [StockPool.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_standings(
    reader: Reader, ids: Sequence[int], at: datetime
) -> list[list[StockPoolStanding]]:
    """A batch for loaders: how each pool stands at a moment."""
    found = await queries.pool_standings(reader, pool_ids=ids, at=at)
    return [[StockPoolStanding.of(each) for each in found.get(row_id, ())] for row_id in ids]


refetched_by("StockPool", load_pools)


@strawberry.type(description="A quantity of a protected pool.")
class StockPoolQuantity:
    quantity: Decimal = strawberry.field(description="How much, in base units.")
    pool_id: strawberry.Private[int]

    @strawberry.field(description="The pool.")
    async def pool(self, info: Info) -> StockPool | None:
        return await info.context.load(load_pools, self.pool_id)

    @classmethod
    def each(cls, quantities: Sequence[tuple[int, Decimal]]) -> "list[StockPoolQuantity]":
        """From quantities by pool id."""
        return [cls(quantity=plain(quantity), pool_id=pool_id) for pool_id, quantity in quantities]


@strawberry.input(description="Which pools to list; conditions are joined by and.")
class StockPoolFilter:
    statuses: list[StockPoolStatus] | None = strawberry.field(
        default=None, description="Only those that stand so."
    )
    item_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this item, or of its group."
    )
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="For this channel."
    )
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="For this customer."
    )
    parent_id: strawberry.ID | None = strawberry.field(
        default=None, description="Inside this pool."
    )


@strawberry.type
class StockPoolQuery:
    @strawberry.field(description="Protected pools by their codes. Needs allocation.read.")
    async def stock_pools(
        self,
        info: Info,
        filter: Annotated[
            StockPoolFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockPool]:
        listing = await queries.stock_pools(
            await info.context.reader(),
            where=_where(filter or StockPoolFilter()),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, StockPool.of, count=listing.count)


def _where(filter: StockPoolFilter) -> queries.PoolFilter:
    return queries.PoolFilter(
        statuses=tuple(str(status.value) for status in filter.statuses or ()),
        item_id=optional_row_id(filter.item_id, "Item", path=("filter", "itemId")),
        channel_id=optional_row_id(filter.channel_id, "Channel", path=("filter", "channelId")),
        party_id=optional_row_id(filter.party_id, "Party", path=("filter", "partyId")),
        parent_id=optional_row_id(filter.parent_id, "StockPool", path=("filter", "parentId")),
    )
