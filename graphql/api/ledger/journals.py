"""Journals and their lines on the API."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.channels.channels import Channel, load_channels
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.locations import Location, load_locations
from api.entities.parties import Party, load_parties
from api.ids import global_id
from api.ledger.accounts import Account, load_accounts
from api.ledger.traces import JournalTrace, load_traced
from api.nodes import Node, refetched_by
from api.scalars import Money, money
from domain.kernel.reading import Reader
from domain.ledger.policy import why_not_reversible
from domain.ledger.queries import journals as queries


@strawberry.enum(description="What may be done with a journal now, by this caller.")
class JournalAction(Enum):
    REVERSE = strawberry.enum_value("reverse", description="Take it back by another one.")


@strawberry.type(description="One leg of a journal, on one account.")
class JournalLine(Node):
    leg: str = strawberry.field(description="Its part in the posting, such as revenue or tax.")
    amount: Money = strawberry.field(description="A debit is positive, a credit negative.")
    base_amount: Money = strawberry.field(
        description="The same in the entity's own currency, at the rate of its day; a difference "
        "between currencies has an amount in this one alone."
    )
    posted_on: date = strawberry.field(description="The day it counts for.")
    item_group: str | None = strawberry.field(description="The group of items it is of.")
    project: str | None = strawberry.field(description="The project it is put under.")
    channel_id: strawberry.Private[int | None]
    location_id: strawberry.Private[int | None]
    party_id: strawberry.Private[int | None]
    account_id: strawberry.Private[int]
    journal_id: strawberry.Private[int]
    account_role: strawberry.Private[str | None]

    @strawberry.field(description="The account it stands on.")
    async def account(self, info: Info) -> Account | None:
        return await info.context.load(load_accounts, self.account_id)

    @strawberry.field(description="The channel it is of.")
    async def channel(self, info: Info) -> Channel | None:
        if self.channel_id is None:
            return None
        return await info.context.load(load_channels, self.channel_id)

    @strawberry.field(description="The location it is of.")
    async def location(self, info: Info) -> Location | None:
        if self.location_id is None:
            return None
        return await info.context.load(load_locations, self.location_id)

    @strawberry.field(description="The customer, supplier or carrier it is of.")
    async def party(self, info: Info) -> Party | None:
        if self.party_id is None:
            return None
        return await info.context.load(load_parties, self.party_id)

    @strawberry.field(description="The journal it is part of.")
    async def journal(self, info: Info) -> "Journal | None":
        return await info.context.load(load_journals, self.journal_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "JournalLine":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("JournalLine", row.id),
            leg=row.leg,
            amount=money(row.amount_minor, row.currency),
            base_amount=money(row.base_amount_minor, row.base_currency),
            posted_on=row.posted_on,
            item_group=row.item_group,
            project=row.project,
            channel_id=row.channel_id,
            location_id=row.location_id,
            party_id=row.party_id,
            account_id=row.account_id,
            journal_id=row.journal_id,
            account_role=row.account_role,
        )


@strawberry.type(
    description=(
        "A balanced entry in a legal entity's books. It never changes; it is corrected by a "
        "reversal."
    )
)
class Journal(Node):
    number: str = strawberry.field(
        description="Its number: the entity's code, the fiscal year, and its place there, without "
        "gaps."
    )
    fiscal_year: int = strawberry.field(description="The year in which its fiscal year ends.")
    milestone: str = strawberry.field(
        description="What happened, such as receipt, shipment_cost, invoice or reversal."
    )
    posted_on: date = strawberry.field(description="The day it counts for.")
    occurred_on: date | None = strawberry.field(
        description="The day it happened, where that was closed already; null: the same day."
    )
    posted_at: datetime = strawberry.field(description="The moment it was written.")
    description: str = strawberry.field(description="For people.")
    trace: JournalTrace = strawberry.field(description="What stands behind it.")
    row_id: strawberry.Private[int]
    entity_id: strawberry.Private[int]
    source: strawberry.Private[tuple[str, int]]
    reverses_id: strawberry.Private[int | None]
    reversed_by_id: strawberry.Private[int | None]

    @strawberry.field(description="The legal entity whose books it is in.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="Its legs, which add up to zero in each currency.")
    async def lines(self, info: Info) -> list[JournalLine]:
        return await info.context.load(load_lines_of_journals, self.row_id)

    @strawberry.field(name="source", description="The very object whose milestone it posts.")
    async def source_object(self, info: Info) -> Node | None:
        return await load_traced(info, *self.source)

    @strawberry.field(description="The journal that this one takes back.")
    async def reverses(self, info: Info) -> "Journal | None":
        if self.reverses_id is None:
            return None
        return await info.context.load(load_journals, self.reverses_id)

    @strawberry.field(description="The journal that takes this one back.")
    async def reversed_by(self, info: Info) -> "Journal | None":
        if self.reversed_by_id is None:
            return None
        return await info.context.load(load_journals, self.reversed_by_id)

    @strawberry.field(description="What this caller may do with it now.")
    async def supported_actions(self, info: Info) -> list[JournalAction]:
        lines = await info.context.load(load_lines_of_journals, self.row_id)
        refusal = why_not_reversible(
            [line.account_role for line in lines], is_reversed=self.reversed_by_id is not None
        )
        may = info.context.principal.may("ledger.post")
        return [JournalAction.REVERSE] if may and refusal is None else []

    @classmethod
    def of(cls, row: Row[Any]) -> "Journal":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("Journal", row.id),
            number=row.number,
            milestone=row.milestone,
            posted_on=row.posted_on,
            fiscal_year=row.fiscal_year,
            occurred_on=row.occurred_on,
            posted_at=row.posted_at,
            description=row.description,
            trace=JournalTrace(ids=row.trace),
            row_id=row.id,
            entity_id=row.entity_id,
            source=(row.source_kind, row.source_id),
            reverses_id=row.reverses_id,
            reversed_by_id=row.reversed_by_id,
        )


async def load_journals(reader: Reader, ids: Sequence[int]) -> list[Journal | None]:
    """A batch for loaders: the journals of these row ids, in order."""
    rows = await queries.journals_of_ids(reader, ids=ids)
    return [Journal.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_journal_lines(reader: Reader, ids: Sequence[int]) -> list[JournalLine | None]:
    """A batch for loaders: the journal lines of these row ids, in order."""
    rows = await queries.lines_of_ids(reader, ids=ids)
    return [JournalLine.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_lines_of_journals(
    reader: Reader, journal_ids: Sequence[int]
) -> list[list[JournalLine]]:
    """A batch for loaders: the lines of each journal."""
    rows = await queries.lines_of_journals(reader, journal_ids=journal_ids)
    return [[JournalLine.of(row) for row in rows[journal_id]] for journal_id in journal_ids]


async def load_journals_of_orders(reader: Reader, order_ids: Sequence[int]) -> list[list[Journal]]:
    """A batch for loaders: the journals that each order caused, oldest first."""
    rows = await queries.journals_of_orders(reader, order_ids=order_ids)
    return [[Journal.of(row) for row in rows[order_id]] for order_id in order_ids]


async def load_journals_of_sources(
    reader: Reader, source_ids: Sequence[int], source_kind: str
) -> list[list[Journal]]:
    """A batch for loaders: the journals of each source of a kind, oldest first."""
    rows = await queries.journals_of_sources(reader, source_kind=source_kind, source_ids=source_ids)
    return [[Journal.of(row) for row in rows[source_id]] for source_id in source_ids]


refetched_by("Journal", load_journals)
refetched_by("JournalLine", load_journal_lines)
