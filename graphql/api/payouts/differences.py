"""What of payouts is not explained, and what channels still have, on the API."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.approvals.requests import ApprovalRequest, load_latest_requests
from api.channels.channels import Channel, load_channels
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.finance.payments import Payment, load_payments
from api.finance.words import word
from api.ids import global_id, optional_row_id
from api.nodes import Node, refetched_by
from api.orders.orders import Order, load_orders
from api.payouts.payouts import Payout, load_payouts
from api.scalars import Money, money
from domain.finance.settlement.approved_differences import SUBJECT
from domain.finance.settlement.queries import payouts as queries
from domain.kernel.reading import Reader


@strawberry.enum(description="Why an amount of a payout is not explained.")
class PayoutDifferenceKind(Enum):
    UNKNOWN_ORDER = strawberry.enum_value("unknown_order", description="There is no such order.")
    UNPAID_ORDER = strawberry.enum_value(
        "unpaid_order", description="The order is here, and no payment of it in this currency."
    )
    UNKNOWN_REFUND = strawberry.enum_value(
        "unknown_refund", description="Nothing of the order was paid back here."
    )
    AMOUNT_DIFFERS = strawberry.enum_value(
        "amount_differs", description="More or less was paid out than was paid."
    )
    DUPLICATE = strawberry.enum_value("duplicate", description="It was paid out before.")
    MISSING = strawberry.enum_value(
        "missing", description="It was paid long ago, and not paid out."
    )
    CHARGEBACK = strawberry.enum_value("chargeback", description="A customer took money back.")
    ADJUSTMENT = strawberry.enum_value("adjustment", description="The channel corrects something.")
    UNKNOWN_FEE = strawberry.enum_value("unknown_fee", description="A word that is not known here.")
    FEE_TOO_HIGH = strawberry.enum_value(
        "fee_too_high", description="Fees above what is agreed of what was sold."
    )
    RESERVE = strawberry.enum_value(
        "reserve", description="More was given back than had been kept."
    )
    ROUNDING = strawberry.enum_value("rounding", description="Within the tolerance; posted so.")


@strawberry.enum(description="What became of a difference.")
class PayoutDifferenceStatus(Enum):
    OPEN = strawberry.enum_value("open", description="Somebody has to explain it.")
    WAITING = strawberry.enum_value("waiting", description="The channel is expected to mend it.")
    ASKED = strawberry.enum_value("asked", description="Its write-off waits for approval.")
    RESOLVED = strawberry.enum_value("resolved", description="It is explained.")


@strawberry.type(description="What of a payout, or of what was expected in one, is not explained.")
class PayoutDifference(Node):
    kind: PayoutDifferenceKind = strawberry.field(description="Why.")
    status: PayoutDifferenceStatus = strawberry.field(description="What became of it.")
    amount: Money = strawberry.field(
        description="What it is about, as the channel counts: above zero it is for us."
    )
    held: Money = strawberry.field(
        description="What of it stands on the clearing account beside the payments that wait; a "
        "debit is above zero."
    )
    order_reference: str | None = strawberry.field(description="What the channel calls the order.")
    word: str | None = strawberry.field(description="What the channel calls the amount.")
    raised_on: date = strawberry.field(description="On which day.")
    wait_until: date | None = strawberry.field(description="Until when it is waited for.")
    reason: str | None = strawberry.field(description="Why it waits, or is to be given up.")
    resolution: str | None = strawberry.field(
        description="How it was explained: matched_by_hand, matched_later, posted, written_off, "
        "rounding, replaced or reversed."
    )
    resolved_at: datetime | None = strawberry.field(description="When.")
    version: int = strawberry.field(description="Raised by each change.")
    row_id: strawberry.Private[int]
    channel_id: strawberry.Private[int]
    entity_id: strawberry.Private[int]
    settlement_id: strawberry.Private[int | None]
    order_id: strawberry.Private[int | None]
    payment_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "PayoutDifference":
        """From a row of the domain's queries."""
        same = (
            *("order_reference", "word", "raised_on", "wait_until", "reason", "resolution"),
            *("resolved_at", "version", "channel_id", "entity_id", "settlement_id", "order_id"),
            "payment_id",
        )
        return cls(
            id=global_id("PayoutDifference", row.id),
            row_id=row.id,
            kind=PayoutDifferenceKind(row.kind),
            status=PayoutDifferenceStatus(row.status),
            amount=money(row.amount_minor, row.currency),
            held=money(row.held_minor, row.currency),
            **{name: getattr(row, name) for name in same},
        )

    @strawberry.field(description="Whose payout. Needs channels.read.")
    async def channel(self, info: Info) -> Channel | None:
        return await info.context.load(load_channels, self.channel_id)

    @strawberry.field(description="In whose books.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="The payout that has it, or that made it known.")
    async def payout(self, info: Info) -> Payout | None:
        if self.settlement_id is None:
            return None
        return await info.context.load(load_payouts, self.settlement_id)

    @strawberry.field(description="The order, if it is known. Needs orders.read.")
    async def order(self, info: Info) -> Order | None:
        if self.order_id is None:
            return None
        return await info.context.load(load_orders, self.order_id)

    @strawberry.field(description="The payment of which something is left. Needs finance.read.")
    async def payment(self, info: Info) -> Payment | None:
        if self.payment_id is None:
            return None
        return await info.context.load(load_payments, self.payment_id)

    @strawberry.field(
        description="Payments that it may be: of its order, or of its amount and paid about then. "
        "Needs finance.read."
    )
    async def suggestions(self, info: Info) -> list[Payment]:
        return await info.context.load(load_suggestions, self.row_id)

    @strawberry.field(description="The last request to write it off. Needs approvals.read.")
    async def approval_request(self, info: Info) -> ApprovalRequest | None:
        return await info.context.load(load_latest_requests, self.row_id, SUBJECT)


async def load_suggestions(reader: Reader, ids: Sequence[int]) -> list[list[Payment]]:
    """A batch for loaders: the payments that each difference may be."""
    found = await queries.suggested_payments(reader, ids=ids)
    wanted = list({row.payment_id for rows in found.values() for row in rows})
    loaded = await load_payments(reader, wanted) if wanted else []
    payments = {each.row_id: each for each in loaded if each is not None}
    return [
        [payments[row.payment_id] for row in found[row_id] if row.payment_id in payments]
        for row_id in ids
    ]


async def load_differences(reader: Reader, ids: Sequence[int]) -> list[PayoutDifference | None]:
    """A batch for loaders: the differences of these row ids, in order."""
    rows = await queries.payout_differences_of_ids(reader, ids=ids)
    return [PayoutDifference.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("PayoutDifference", load_differences)


@strawberry.input(description="Which differences; what is left out does not narrow.")
class PayoutDifferenceFilter:
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="Whose payouts.")
    entity_id: strawberry.ID | None = strawberry.field(default=None, description="In whose books.")
    payout_id: strawberry.ID | None = strawberry.field(default=None, description="Of this payout.")
    order_id: strawberry.ID | None = strawberry.field(default=None, description="Of this order.")
    kind: PayoutDifferenceKind | None = strawberry.field(default=None, description="Why.")
    status: PayoutDifferenceStatus | None = strawberry.field(
        default=None, description="What became of them."
    )


def _filter(asked: PayoutDifferenceFilter | None) -> queries.PayoutFilter:
    asked = asked or PayoutDifferenceFilter()
    return queries.PayoutFilter(
        channel_id=optional_row_id(asked.channel_id, "Channel", path=("filter", "channelId")),
        entity_id=optional_row_id(asked.entity_id, "LegalEntity", path=("filter", "entityId")),
        settlement_id=optional_row_id(asked.payout_id, "Payout", path=("filter", "payoutId")),
        order_id=optional_row_id(asked.order_id, "Order", path=("filter", "orderId")),
        kind=word(asked.kind),
        status=word(asked.status),
    )


@strawberry.type
class PayoutDifferenceQuery:
    @strawberry.field(
        description="What of payouts is not explained, the latest first. Needs settlement.read."
    )
    async def payout_differences(
        self,
        info: Info,
        filter: Annotated[
            PayoutDifferenceFilter | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PayoutDifference]:
        listing = await queries.payout_differences(
            await info.context.reader(),
            where=_filter(filter),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, PayoutDifference.of, count=listing.count)
