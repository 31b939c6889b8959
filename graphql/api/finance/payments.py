"""Payments on the API: of customers, to them, and to suppliers."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.channels.channels import Channel, load_channels
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.parties import Party, load_parties
from api.finance.settlements import Settlement, load_settlements
from api.finance.words import amounts_of, word
from api.ids import global_id, optional_row_id
from api.nodes import Node, refetched_by
from api.scalars import Money
from domain.finance.queries import documents as queries
from domain.kernel.reading import Reader


@strawberry.enum(description="Which way money goes.")
class PaymentKind(Enum):
    RECEIPT = strawberry.enum_value("receipt", description="From a customer.")
    REFUND = strawberry.enum_value("refund", description="Back to a customer.")
    SUPPLIER_PAYMENT = strawberry.enum_value("supplier_payment", description="To a supplier.")


@strawberry.enum(description="By what money goes.")
class PaymentMethod(Enum):
    BANK = strawberry.enum_value("bank", description="A transfer.")
    CARD = strawberry.enum_value("card", description="A card; it comes to the bank later.")
    CASH = strawberry.enum_value("cash", description="Cash.")
    CHANNEL = strawberry.enum_value(
        "channel", description="A channel or its payment provider, which pays out later."
    )
    OTHER = strawberry.enum_value("other", description="Something else, yet to be explained.")
    CREDIT = strawberry.enum_value(
        "credit", description="What a supplier gives back of what it billed too much."
    )


@strawberry.enum(description="Whether a payment stands.")
class PaymentStatus(Enum):
    BOOKED = strawberry.enum_value("booked", description="It stands.")
    REVERSED = strawberry.enum_value("reversed", description="It came to nothing.")


@strawberry.type(description="Money that came or went.")
class Payment(Node):
    number: str = strawberry.field(description="Its number, unique in the tenant.")
    kind: PaymentKind = strawberry.field(description="Which way it went.")
    method: PaymentMethod = strawberry.field(description="By what.")
    status: PaymentStatus = strawberry.field(description="Whether it stands.")
    reference: str | None = strawberry.field(description="What the bank or the payer says of it.")
    currency: str = strawberry.field(description="The currency of its amounts.")
    paid_on: date = strawberry.field(description="The day on which it came or went.")
    amount: Money = strawberry.field(description="How much.")
    applied: Money = strawberry.field(description="What of it settles something.")
    refunded: Money = strawberry.field(description="Of a receipt: what was paid back.")
    open: Money = strawberry.field(description="What settles nothing yet: credit of its party.")
    reversed_at: datetime | None = strawberry.field(description="When it came to nothing.")
    reversal_reason: str | None = strawberry.field(description="Why.")
    row_id: strawberry.Private[int]
    entity_id: strawberry.Private[int]
    party_id: strawberry.Private[int | None]
    channel_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "Payment":
        """From a row of the domain's queries."""
        amounts = ("amount", "applied", "refunded", "open")
        same = (
            *("number", "reference", "currency", "paid_on", "reversed_at", "reversal_reason"),
            *("entity_id", "party_id", "channel_id"),
        )
        return cls(
            id=global_id("Payment", row.id),
            row_id=row.id,
            kind=PaymentKind(row.kind),
            method=PaymentMethod(row.method),
            status=PaymentStatus(row.status),
            **{name: getattr(row, name) for name in same},
            **amounts_of(row, amounts, row.currency),
        )

    @strawberry.field(description="Whose books it is in.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="The customer or supplier; null where the order named nobody.")
    async def party(self, info: Info) -> Party | None:
        if self.party_id is None:
            return None
        return await info.context.load(load_parties, self.party_id)

    @strawberry.field(description="The channel with which it lies. Needs channels.read.")
    async def channel(self, info: Info) -> Channel | None:
        if self.channel_id is None:
            return None
        return await info.context.load(load_channels, self.channel_id)

    @strawberry.field(description="What it settles, the first first.")
    async def settlements(self, info: Info) -> list[Settlement]:
        return await info.context.load(load_settlements, self.row_id, "payment", self.currency)


async def load_payments(reader: Reader, ids: Sequence[int]) -> list[Payment | None]:
    """A batch for loaders: the payments of these row ids, in order."""
    rows = await queries.payments_of_ids(reader, ids=ids)
    return [Payment.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("Payment", load_payments)


@strawberry.input(description="Which payments; what is left out does not narrow.")
class PaymentFilter:
    party_id: strawberry.ID | None = strawberry.field(default=None, description="Whose.")
    entity_id: strawberry.ID | None = strawberry.field(default=None, description="In whose books.")
    order_id: strawberry.ID | None = strawberry.field(default=None, description="Of which order.")
    kind: PaymentKind | None = strawberry.field(default=None, description="Which way.")
    status: PaymentStatus | None = strawberry.field(default=None, description="Its status.")
    number: str | None = strawberry.field(default=None, description="Exactly this number.")
    open: bool | None = strawberry.field(
        default=None, description="Whether something of it settles nothing yet."
    )


def _filter(asked: PaymentFilter | None) -> queries.DocumentFilter:
    if asked is None:
        return queries.DocumentFilter()
    return queries.DocumentFilter(
        party_id=optional_row_id(asked.party_id, "Party", path=("filter", "partyId")),
        entity_id=optional_row_id(asked.entity_id, "LegalEntity", path=("filter", "entityId")),
        order_id=optional_row_id(asked.order_id, "Order", path=("filter", "orderId")),
        kind=word(asked.kind),
        status=word(asked.status),
        number=asked.number,
        is_open=asked.open,
    )


@strawberry.type
class PaymentQuery:
    @strawberry.field(
        description="Payments, the latest first; a partner sees its own. Needs finance.read."
    )
    async def payments(
        self,
        info: Info,
        filter: Annotated[
            PaymentFilter | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Payment]:
        listing = await queries.payments(
            await info.context.reader(),
            where=_filter(filter),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, Payment.of, count=listing.count)
