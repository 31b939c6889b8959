"""What channels and payment providers have paid out, on the API."""

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
from api.finance.words import word
from api.ids import global_id, optional_row_id
from api.intake.messages import IntakeMessage, load_messages
from api.nodes import Node, refetched_by
from api.payouts.lines import PayoutLine, PayoutLineKind, load_payout_lines
from api.scalars import Money, money
from domain.finance.settlement.queries import payouts as queries
from domain.kernel.reading import Reader


@strawberry.enum(description="How far a payout is.")
class PayoutStatus(Enum):
    READING = strawberry.enum_value("reading", description="Its report is being read.")
    INCOMPLETE = strawberry.enum_value(
        "incomplete", description="Its lines do not add up to its total yet."
    )
    ANNOUNCED = strawberry.enum_value("announced", description="It is on its way to the bank.")
    POSTED = strawberry.enum_value("posted", description="It is in the books.")
    REPLACED = strawberry.enum_value("replaced", description="A corrected report took its place.")


@strawberry.enum(description="What the channel says of a payout.")
class PayoutState(Enum):
    ANNOUNCED = strawberry.enum_value("announced", description="It will be paid.")
    PAID = strawberry.enum_value("paid", description="It was paid.")
    FAILED = strawberry.enum_value("failed", description="It did not arrive.")


@strawberry.type(description="What the lines of a payout come to, of one kind.")
class PayoutSum:
    kind: PayoutLineKind = strawberry.field(description="The kind.")
    lines: int = strawberry.field(description="How many lines.")
    amount: Money = strawberry.field(description="What they come to.")


@strawberry.type(description="What a channel or payment provider paid out at once.")
class Payout(Node):
    external_id: str = strawberry.field(description="The channel's own id of it.")
    revision: int = strawberry.field(description="Raised by each corrected report.")
    format: str = strawberry.field(description="What its report is, such as shopify.payouts.")
    status: PayoutStatus = strawberry.field(description="How far it is.")
    payout_state: PayoutState | None = strawberry.field(description="What the channel says of it.")
    total: Money | None = strawberry.field(description="What was paid; null until it is told.")
    lines_total: Money = strawberry.field(description="What the lines so far add up to.")
    line_count: int = strawberry.field(description="How many lines there are so far.")
    withheld: Money = strawberry.field(
        description="What the channel kept back with it; below zero: gave after all."
    )
    begins_on: date | None = strawberry.field(description="The first day of what it is for.")
    ends_on: date | None = strawberry.field(description="The last.")
    deposited_on: date | None = strawberry.field(description="The day at the bank.")
    posted_on: date | None = strawberry.field(description="The day in the books.")
    received_at: datetime = strawberry.field(description="When its report came first.")
    row_id: strawberry.Private[int]
    currency: strawberry.Private[str]
    channel_id: strawberry.Private[int]
    entity_id: strawberry.Private[int]
    message_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "Payout":
        """From a row of the domain's queries."""
        same = (
            *("external_id", "revision", "format", "line_count", "begins_on", "ends_on"),
            *("deposited_on", "posted_on", "received_at", "currency", "channel_id"),
            *("entity_id", "message_id"),
        )
        total, state = row.total_minor, row.payout_state
        return cls(
            id=global_id("Payout", row.id),
            row_id=row.id,
            status=PayoutStatus(row.status),
            payout_state=None if state is None else PayoutState(state),
            total=None if total is None else money(total, row.currency),
            lines_total=money(row.lines_minor, row.currency),
            withheld=money(row.reserve_minor, row.currency),
            **{name: getattr(row, name) for name in same},
        )

    @strawberry.field(description="Who paid. Needs channels.read.")
    async def channel(self, info: Info) -> Channel | None:
        return await info.context.load(load_channels, self.channel_id)

    @strawberry.field(description="Whose books it is in.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="The raw report as it came. Needs intake.read.")
    async def message(self, info: Info) -> IntakeMessage | None:
        if self.message_id is None:
            return None
        return await info.context.load(load_messages, self.message_id)

    @strawberry.field(description="What its lines come to, kind by kind.")
    async def sums(self, info: Info) -> list[PayoutSum]:
        rows = await info.context.load(load_sums, self.row_id)
        return [
            PayoutSum(
                kind=PayoutLineKind(row.kind),
                lines=row.lines,
                amount=money(int(row.amount_minor), self.currency),
            )
            for row in rows
        ]

    @strawberry.field(description="Its lines, as they stand in the report.")
    async def lines(
        self,
        info: Info,
        kind: Annotated[
            PayoutLineKind | None, strawberry.argument(description="Only of this kind.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PayoutLine]:
        request = wanted(first, after, last, before)
        listing = await info.context.load(load_payout_lines, self.row_id, word(kind), request)

        async def count() -> int:
            if kind is None:
                return self.line_count
            rows = await info.context.load(load_sums, self.row_id)
            return next((row.lines for row in rows if row.kind == kind.value), 0)

        return connection(listing.page, PayoutLine.of, count=count)


async def load_sums(reader: Reader, ids: Sequence[int]) -> list[list[Row[Any]]]:
    """A batch for loaders: what the lines of each payout come to."""
    sums = await queries.sums_of_payouts(reader, ids=ids)
    return [sums[row_id] for row_id in ids]


async def load_payouts(reader: Reader, ids: Sequence[int]) -> list[Payout | None]:
    """A batch for loaders: the payouts of these row ids, in order."""
    rows = await queries.payouts_of_ids(reader, ids=ids)
    return [Payout.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("Payout", load_payouts)


@strawberry.input(description="Which payouts; what is left out does not narrow.")
class PayoutFilter:
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="Who paid.")
    entity_id: strawberry.ID | None = strawberry.field(default=None, description="In whose books.")
    status: PayoutStatus | None = strawberry.field(default=None, description="How far.")
    external_id: str | None = strawberry.field(
        default=None, description="Exactly this id of the channel."
    )


def _filter(asked: PayoutFilter | None) -> queries.PayoutFilter:
    asked = asked or PayoutFilter()
    return queries.PayoutFilter(
        channel_id=optional_row_id(asked.channel_id, "Channel", path=("filter", "channelId")),
        entity_id=optional_row_id(asked.entity_id, "LegalEntity", path=("filter", "entityId")),
        status=word(asked.status),
        external_id=asked.external_id,
    )


@strawberry.type
class PayoutQuery:
    @strawberry.field(description="Payouts, the latest first. Needs settlement.read.")
    async def payouts(
        self,
        info: Info,
        filter: Annotated[
            PayoutFilter | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Payout]:
        listing = await queries.payouts(
            await info.context.reader(),
            where=_filter(filter),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, Payout.of, count=listing.count)
