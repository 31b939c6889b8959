"""Journals that people write, on the API."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.ids import global_id, optional_row_id, row_id_of
from api.ledger.journals import Journal, load_journals
from api.nodes import Node, refetched_by
from api.user_errors import UserError
from api.writing import perform
from domain.kernel import iso
from domain.kernel.money import to_minor
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.ledger.entries import Dimensions
from domain.ledger.manual import ManualLine
from domain.ledger.operations.manual_journals import write_manual_journal
from domain.ledger.queries import settings as queries


@strawberry.enum(description="What became of a journal that somebody wrote.")
class ManualJournalStatus(Enum):
    WAITING = strawberry.enum_value("waiting", description="It waits for somebody's yes.")
    POSTED = strawberry.enum_value("posted", description="It is in the books.")
    DROPPED = strawberry.enum_value("dropped", description="It was not approved.")


@strawberry.type(description="A journal that somebody wrote by hand.")
class ManualJournal(Node):
    posted_on: date = strawberry.field(description="The day it counts for.")
    currency: str = strawberry.field(description="The currency of its lines (ISO 4217).")
    description: str = strawberry.field(description="What it says it is for.")
    status: ManualJournalStatus = strawberry.field(description="What became of it.")
    created_by: str = strawberry.field(description="Who wrote it.")
    created_at: datetime = strawberry.field(description="When.")
    version: int = strawberry.field(description="Rises with each change.")
    entity_id: strawberry.Private[int]
    journal_id: strawberry.Private[int | None]

    @strawberry.field(description="The legal entity whose books it is for.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="The journal, once it is posted.")
    async def journal(self, info: Info) -> Journal | None:
        if self.journal_id is None:
            return None
        return await info.context.load(load_journals, self.journal_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "ManualJournal":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("ManualJournal", row.id),
            posted_on=row.posted_on,
            currency=row.currency,
            description=row.description,
            status=ManualJournalStatus(row.status),
            created_by=row.created_by,
            created_at=row.created_at,
            version=row.version,
            entity_id=row.entity_id,
            journal_id=row.journal_id,
        )


async def load_manual_journals(reader: Reader, ids: Sequence[int]) -> list[ManualJournal | None]:
    """A batch for loaders: the journals of these row ids, in order."""
    rows = await queries.rows_of_ids(reader, kind="manual_journal", ids=ids)
    return [ManualJournal.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("ManualJournal", load_manual_journals)


@strawberry.type
class ManualJournalQuery:
    @strawberry.field(
        description="Journals that people wrote, the latest first. Needs ledger.read."
    )
    async def manual_journals(
        self,
        info: Info,
        entity_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Of this legal entity only.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ManualJournal]:
        listing = await queries.manual_journals(
            await info.context.reader(),
            entity_id=optional_row_id(entity_id, "LegalEntity", path=("entityId",)),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, ManualJournal.of, count=listing.count)


@strawberry.input(description="A line of a journal that is written by hand.")
class ManualJournalLineInput:
    account_id: strawberry.ID = strawberry.field(description="The account.")
    amount: Decimal = strawberry.field(
        description="In major units: a debit is positive, a credit negative."
    )
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="The channel it is of."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="The location it is of."
    )
    item_group: str | None = strawberry.field(
        default=None, description="The group of items it is of."
    )
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="The party it is of."
    )
    project: str | None = strawberry.field(default=None, description="The project it is put under.")

    def line(self, currency: str, place: int) -> ManualLine:
        """As the domain knows it. Raises InvalidInput."""
        at = ("lines", place)
        return ManualLine(
            account_id=row_id_of(self.account_id, "Account", path=(*at, "accountId")),
            amount_minor=to_minor(self.amount, currency),
            dimensions=Dimensions(
                channel_id=optional_row_id(self.channel_id, "Channel", path=(*at, "channelId")),
                location_id=optional_row_id(self.location_id, "Location", path=(*at, "locationId")),
                item_group=self.item_group,
                party_id=optional_row_id(self.party_id, "Party", path=(*at, "partyId")),
                project=self.project,
            ),
        )


@strawberry.input(description="A journal to write.")
class WriteManualJournalInput:
    entity_id: strawberry.ID = strawberry.field(description="The legal entity.")
    posted_on: date = strawberry.field(description="The day it counts for.")
    currency: str = strawberry.field(description="The currency of its lines (ISO 4217).")
    description: str = strawberry.field(description="What it is for.")
    lines: list[ManualJournalLineInput] = strawberry.field(
        description="Two lines or more, which add up to zero."
    )


@strawberry.type(description="What writeManualJournal did.")
class WriteManualJournalPayload:
    manual_journal: ManualJournal | None = strawberry.field(
        description="What was written: posted, or waiting for approval."
    )
    approval_request_id: strawberry.ID | None = strawberry.field(
        description="The approval it waits for; null: it is posted."
    )
    user_errors: list[UserError] = strawberry.field(description="Why it was not written.")


@strawberry.type
class ManualJournalMutation:
    @strawberry.mutation(
        description="Write a journal by hand. Above the entity's limit it waits for approval. "
        "Accounts that follow documents are refused. Needs ledger.post."
    )
    async def write_manual_journal(
        self,
        info: Info,
        input: Annotated[WriteManualJournalInput, strawberry.argument(description="Journal.")],
    ) -> WriteManualJournalPayload:
        entity_id = row_id_of(input.entity_id, "LegalEntity", path=("entityId",))
        currency = iso.currency(input.currency)
        lines = [line.line(currency, place) for place, line in enumerate(input.lines)]

        async def write(work: Work) -> dict[str, Any]:
            written = await write_manual_journal(
                work,
                entity_id=entity_id,
                posted_on=input.posted_on,
                currency=currency,
                description=input.description,
                lines=lines,
            )
            return {"id": written.manual_journal_id, "approval": written.approval_request_id}

        done = await perform(info, write, input=input, key_required=True)
        approval = done["approval"]
        return WriteManualJournalPayload(
            manual_journal=await info.context.load_done(load_manual_journals, done["id"]),
            approval_request_id=(
                None if approval is None else global_id("ApprovalRequest", approval)
            ),
            user_errors=done.user_errors,
        )
