"""Counts and snapshots on the API: what was found against what the books held then."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.approvals.requests import ApprovalRequest, load_latest_requests
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.locations import Location, load_locations
from api.ids import global_id, optional_row_id, row_id_of
from api.inputs import given
from api.inventory.count_lines import StockCountLine, StockCountVerdict
from api.inventory.movements import StockDocument, load_stock_documents
from api.nodes import Node, refetched_by
from domain.inventory.count_rows import actions
from domain.inventory.queries import counts as queries
from domain.inventory.settling import SUBJECT
from domain.kernel.reading import Reader

KIND = "StockCount"


@strawberry.enum(description="How stock was looked at.")
class StockCountKind(Enum):
    COUNT = strawberry.enum_value("count", description="Counted by hand.")
    SNAPSHOT = strawberry.enum_value("snapshot", description="Told by a warehouse, as of a moment.")


@strawberry.enum(description="What a count or a snapshot has come to.")
class StockCountStatus(Enum):
    OPEN = strawberry.enum_value("open", description="Being counted.")
    WAITING = strawberry.enum_value(
        "waiting", description="Differences above tolerance wait for approval."
    )
    BOOKED = strawberry.enum_value("booked", description="All differences are booked.")
    EXCEPTION = strawberry.enum_value(
        "exception", description="Some lines wait for people; the others are booked."
    )
    REJECTED = strawberry.enum_value(
        "rejected", description="What was above tolerance was not approved and is not booked."
    )
    IGNORED = strawberry.enum_value(
        "ignored", description="Its stock was counted or told later than that."
    )
    CANCELLED = strawberry.enum_value("cancelled", description="Given up.")


@strawberry.type(description="A count by hand, or a snapshot that a warehouse told as of a moment.")
class StockCount(Node):
    number: str = strawberry.field(description="Its number, such as SC-7.")
    kind: StockCountKind = strawberry.field(description="How stock was looked at.")
    status: StockCountStatus = strawberry.field(description="What it has come to.")
    reason: str = strawberry.field(description="Why it was made.")
    is_blind: bool = strawberry.field(
        description="Whether counters are not shown what is expected."
    )
    is_whole: bool = strawberry.field(
        description="Whether a snapshot names all there is: what it leaves out is not there."
    )
    as_of: datetime | None = strawberry.field(description="The moment a snapshot speaks of.")
    external_reference: str | None = strawberry.field(description="The sender's own number.")
    note: str | None = strawberry.field(description="Why it came to that.")
    created_at: datetime = strawberry.field(description="When it was opened, or taken.")
    created_by: str = strawberry.field(description="By whom.")
    closed_at: datetime | None = strawberry.field(description="When it was looked through last.")
    row_id: strawberry.Private[int]
    state: strawberry.Private[str]
    location_id: strawberry.Private[int]
    owner_id: strawberry.Private[int]
    document_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "StockCount":
        """From a row of the domain's queries."""
        plain = ("number", "reason", "is_blind", "is_whole", "as_of", "external_reference", "note")
        moments = (
            "created_at",
            "created_by",
            "closed_at",
            "location_id",
            "owner_id",
            "document_id",
        )
        return cls(
            id=global_id(KIND, row.id),
            row_id=row.id,
            state=row.status,
            kind=StockCountKind(row.kind),
            status=StockCountStatus(row.status),
            **{name: getattr(row, name) for name in (*plain, *moments)},
        )

    @strawberry.field(description="Where.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="Whose stock.")
    async def owner(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.owner_id)

    @strawberry.field(description="The document under which differences were booked last.")
    async def document(self, info: Info) -> StockDocument | None:
        if self.document_id is None:
            return None
        return await info.context.load(load_stock_documents, self.document_id)

    @strawberry.field(description="The latest request for approval of it. Needs approvals.read.")
    async def approval_request(self, info: Info) -> ApprovalRequest | None:
        return await info.context.load(load_latest_requests, self.row_id, SUBJECT)

    @strawberry.field(description="What may be done with it now.")
    async def supported_actions(self, info: Info) -> list[str]:
        return actions(self.state, may=info.context.principal.may)


async def load_stock_counts(reader: Reader, ids: Sequence[int]) -> list[StockCount | None]:
    """A batch for loaders: the counts of these row ids, in order."""
    rows = await queries.stock_counts_of_ids(reader, ids=ids)
    return [StockCount.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by(KIND, load_stock_counts)


@strawberry.input(description="Which counts and snapshots; what is left out does not narrow.")
class StockCountFilter:
    kind: StockCountKind | None = strawberry.field(default=None, description="Its kind.")
    status: StockCountStatus | None = strawberry.field(default=None, description="Its status.")
    location_id: strawberry.ID | None = strawberry.field(default=None, description="Where.")


def _filter(asked: StockCountFilter | None) -> queries.CountFilter:
    if asked is None:
        return queries.CountFilter()
    told = given(asked)
    return queries.CountFilter(
        kind=told["kind"],
        status=told["status"],
        location_id=optional_row_id(asked.location_id, "Location", path=("filter", "locationId")),
    )


@strawberry.type
class StockCountQuery:
    @strawberry.field(description="Counts and snapshots, the latest first. Needs inventory.read.")
    async def stock_counts(
        self,
        info: Info,
        filter: Annotated[
            StockCountFilter | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockCount]:
        listing = await queries.stock_counts(
            await info.context.reader(),
            where=_filter(filter),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, StockCount.of, count=listing.count)

    @strawberry.field(
        description="The lines of a count or snapshot in their order. Needs inventory.read."
    )
    async def stock_count_lines(
        self,
        info: Info,
        stock_count_id: Annotated[
            strawberry.ID, strawberry.argument(description="The count or snapshot.")
        ],
        verdict: Annotated[
            StockCountVerdict | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StockCountLine]:
        listing = await queries.stock_count_lines(
            await info.context.reader(),
            count_id=row_id_of(stock_count_id, KIND, path=("stockCountId",)),
            verdict=getattr(verdict, "value", None),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, StockCountLine.of, count=listing.count)
