"""Purchase orders on the API: what is bought, of whom, and how far it has come."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.locations import Location, load_locations
from api.entities.parties import Party, load_parties
from api.ids import global_id, optional_row_id
from api.inputs import given
from api.nodes import Node, refetched_by
from api.procurement.parts import (
    PurchaseConfirmation,
    PurchaseOrderLine,
    PurchaseReceipt,
    ShipNotice,
)
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.procurement.policies.states import Pending, actions
from domain.procurement.queries import orders as queries

KIND = "PurchaseOrder"


@strawberry.enum(description="How far a purchase order has come.")
class PurchaseOrderStatus(Enum):
    DRAFT = strawberry.enum_value("draft", description="Written; the supplier does not see it.")
    SENT = strawberry.enum_value("sent", description="Sent to the supplier.")
    PARTLY_CONFIRMED = strawberry.enum_value(
        "partly_confirmed", description="The supplier has promised a part."
    )
    CONFIRMED = strawberry.enum_value(
        "confirmed", description="The supplier has promised all that is to come."
    )
    SHIPPED = strawberry.enum_value("shipped", description="Something is on its way.")
    PARTLY_RECEIVED = strawberry.enum_value(
        "partly_received", description="Something has come, something is to come."
    )
    RECEIVED = strawberry.enum_value("received", description="Nothing more is to come.")
    CLOSED = strawberry.enum_value("closed", description="The buyer waits for no more of it.")
    CANCELLED = strawberry.enum_value("cancelled", description="Given up before anything came.")


@strawberry.type(description="What a legal entity buys of a supplier, to come to one location.")
class PurchaseOrder(Node):
    number: str = strawberry.field(description="Its number, such as PO-7.")
    status: PurchaseOrderStatus = strawberry.field(description="How far it has come.")
    currency: str = strawberry.field(description="The currency of its prices.")
    external_reference: str | None = strawberry.field(description="Another system's number of it.")
    note: str | None = strawberry.field(description="What the buyer tells the supplier.")
    over_percent: Decimal = strawberry.field(
        description="How much more than ordered may come, in percent."
    )
    under_percent: Decimal = strawberry.field(
        description="How much less than ordered counts as all, in percent."
    )
    answer_by: datetime | None = strawberry.field(description="When an answer is due.")
    sent_at: datetime | None = strawberry.field(description="When the supplier was sent it.")
    answered_at: datetime | None = strawberry.field(description="When the supplier first answered.")
    proposal_waits: bool = strawberry.field(
        description="Whether the supplier proposes something that the buyer has to decide."
    )
    cancellation_asked_at: datetime | None = strawberry.field(
        description="When the supplier was asked to let it go; null when nothing is asked."
    )
    cancellation_reason: str | None = strawberry.field(description="Why that was asked.")
    ended_at: datetime | None = strawberry.field(description="When nothing more was to come.")
    end_reason: str | None = strawberry.field(description="Why it was cancelled or closed.")
    version: int = strawberry.field(description="Rises with every change.")
    created_at: datetime = strawberry.field(description="When it was written.")
    row_id: strawberry.Private[int]
    state: strawberry.Private[str]
    supplier_id: strawberry.Private[int]
    entity_id: strawberry.Private[int]
    location_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "PurchaseOrder":
        """From a row of the domain's queries."""
        same = (
            *("number", "currency", "external_reference", "note", "answer_by", "sent_at"),
            *("answered_at", "proposal_waits", "cancellation_asked_at", "cancellation_reason"),
            *("ended_at", "end_reason", "version", "created_at"),
            *("supplier_id", "entity_id", "location_id"),
        )
        return cls(
            id=global_id(KIND, row.id),
            row_id=row.id,
            state=row.status,
            status=PurchaseOrderStatus(row.status),
            over_percent=plain(row.over_percent),
            under_percent=plain(row.under_percent),
            **{name: getattr(row, name) for name in same},
        )

    @strawberry.field(description="Of whom it is bought.")
    async def supplier(self, info: Info) -> Party | None:
        return await info.context.load(load_parties, self.supplier_id)

    @strawberry.field(description="Who buys.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="Where the goods are to come.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="What is bought, line by line.")
    async def lines(self, info: Info) -> list[PurchaseOrderLine]:
        return await info.context.load(load_lines, self.row_id)

    @strawberry.field(description="What the supplier answered, the first first.")
    async def confirmations(self, info: Info) -> list[PurchaseConfirmation]:
        return await info.context.load(load_confirmations, self.row_id)

    @strawberry.field(description="What the supplier has sent, the first first.")
    async def ship_notices(self, info: Info) -> list[ShipNotice]:
        return await info.context.load(load_notices, self.row_id)

    @strawberry.field(description="What came, the first first.")
    async def receipts(self, info: Info) -> list[PurchaseReceipt]:
        return await info.context.load(load_receipts, self.row_id)

    @strawberry.field(description="What may be done with it now, by the caller.")
    async def supported_actions(self, info: Info) -> list[str]:
        pending = Pending(self.proposal_waits, self.cancellation_asked_at is not None)
        return actions(self.state, pending, may=info.context.principal.may)


async def load_purchase_orders(reader: Reader, ids: Sequence[int]) -> list[PurchaseOrder | None]:
    """A batch for loaders: the orders of these row ids, in order."""
    rows = await queries.purchase_orders_of_ids(reader, ids=ids)
    return [PurchaseOrder.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_lines(reader: Reader, ids: Sequence[int]) -> list[list[PurchaseOrderLine]]:
    """A batch for loaders: the lines of each order."""
    found = await queries.lines_of_orders(reader, order_ids=ids)
    return [[PurchaseOrderLine.of(row) for row in found[order_id]] for order_id in ids]


async def load_confirmations(
    reader: Reader, ids: Sequence[int]
) -> list[list[PurchaseConfirmation]]:
    """A batch for loaders: what was answered to each order."""
    found = await queries.confirmations_of_orders(reader, order_ids=ids)
    return [[PurchaseConfirmation.of(row) for row in found[order_id]] for order_id in ids]


async def load_notices(reader: Reader, ids: Sequence[int]) -> list[list[ShipNotice]]:
    """A batch for loaders: what was sent of each order."""
    found = await queries.notices_of_orders(reader, order_ids=ids)
    return [[ShipNotice.of(row) for row in found[order_id]] for order_id in ids]


async def load_receipts(reader: Reader, ids: Sequence[int]) -> list[list[PurchaseReceipt]]:
    """A batch for loaders: what came of each order."""
    found = await queries.receipts_of_orders(reader, order_ids=ids)
    return [[PurchaseReceipt.of(row) for row in found[order_id]] for order_id in ids]


refetched_by(KIND, load_purchase_orders)


@strawberry.input(description="Which purchase orders; what is left out does not narrow.")
class PurchaseOrderFilter:
    status: PurchaseOrderStatus | None = strawberry.field(default=None, description="Its status.")
    supplier_id: strawberry.ID | None = strawberry.field(default=None, description="Of whom.")
    location_id: strawberry.ID | None = strawberry.field(default=None, description="To where.")
    number: str | None = strawberry.field(default=None, description="Its number.")
    proposal_waits: bool | None = strawberry.field(
        default=None, description="Whether the buyer has to decide something."
    )


def _filter(asked: PurchaseOrderFilter | None) -> queries.PurchaseOrderFilter:
    if asked is None:
        return queries.PurchaseOrderFilter()
    told = given(asked, "status", "number", "proposal_waits")
    path = ("filter", "supplierId"), ("filter", "locationId")
    return queries.PurchaseOrderFilter(
        supplier_id=optional_row_id(asked.supplier_id, "Party", path=path[0]),
        location_id=optional_row_id(asked.location_id, "Location", path=path[1]),
        **told,
    )


@strawberry.type
class PurchaseOrderQuery:
    @strawberry.field(
        description=(
            "Purchase orders, the latest first; a supplier sees its own. Needs procurement.read."
        )
    )
    async def purchase_orders(
        self,
        info: Info,
        filter: Annotated[
            PurchaseOrderFilter | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PurchaseOrder]:
        listing = await queries.purchase_orders(
            await info.context.reader(),
            where=_filter(filter),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, PurchaseOrder.of, count=listing.count)
