"""Journals as lists, and their reversal, on the API."""

from datetime import date
from enum import Enum
from typing import Annotated, Any

import strawberry

import api.ledger.outcomes  # noqa: F401
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
from api.ids import optional_row_id, row_id_of, split_id
from api.ledger.journals import Journal, JournalLine, load_journals
from api.ledger.traces import KINDS
from api.user_errors import UserError, answers
from api.writing import perform
from domain.kernel.errors import NotFound
from domain.kernel.work import Work
from domain.ledger.operations import journals as operations
from domain.ledger.outcomes import AlreadyPosted, PostingRuleMissing, ReversalRefused
from domain.ledger.queries import journals as queries


@strawberry.input(description="Which journals to list; conditions are joined by and.")
class JournalFilter:
    entity_id: strawberry.ID | None = strawberry.field(
        default=None, description="In the books of this legal entity."
    )
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="Caused by this order."
    )
    source_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this very shipment, stock document or reversed journal."
    )
    milestone: str | None = strawberry.field(default=None, description="Of this milestone.")
    number: str | None = strawberry.field(default=None, description="Exactly this number.")
    from_on: date | None = strawberry.field(default=None, description="Posted on or after.")
    to_on: date | None = strawberry.field(default=None, description="Posted on or before.")


@strawberry.enum(description="What journals can be ordered by.")
class JournalOrderField(Enum):
    WRITTEN = strawberry.enum_value("id", description="When they were written.")
    POSTED_ON = strawberry.enum_value("posted_on", description="The day they count for.")


@strawberry.input(description="The order of a list of journals.")
class JournalOrder:
    field: JournalOrderField = strawberry.field(description="By what.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which way.")


def _where(filter: JournalFilter) -> queries.JournalFilter:
    source: dict[str, Any] = {}
    if filter.source_id is not None:
        kind, row_id = split_id(filter.source_id)
        kinds = [name for name, shown in KINDS.items() if shown == kind]
        if not kinds:
            raise NotFound(kind)
        source = {"source_kind": kinds[0], "source_ids": [row_id]}
    return queries.JournalFilter(
        entity_id=optional_row_id(filter.entity_id, "LegalEntity", path=("entityId",)),
        order_id=optional_row_id(filter.order_id, KINDS["order"], path=("orderId",)),
        milestone=filter.milestone,
        number=filter.number,
        from_on=filter.from_on,
        to_on=filter.to_on,
        **source,
    )


@strawberry.type
class JournalQuery:
    @strawberry.field(
        description="Journals, the latest first unless ordered otherwise. Needs ledger.read."
    )
    async def journals(
        self,
        info: Info,
        filter: Annotated[
            JournalFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        order_by: Annotated[
            JournalOrder | None, strawberry.argument(description="The latest first if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Journal]:
        latest = queries.LATEST_FIRST
        listing = await queries.journals(
            await info.context.reader(),
            where=_where(filter or JournalFilter()),
            ordering=chosen(queries.ORDERINGS, order_by, default="id") if order_by else latest,
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, Journal.of, count=listing.count)

    @strawberry.field(
        description="What was posted to an account, the latest first. Needs ledger.read."
    )
    async def account_lines(
        self,
        info: Info,
        account_id: Annotated[strawberry.ID, strawberry.argument(description="The account.")],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[JournalLine]:
        listing = await queries.account_lines(
            await info.context.reader(),
            account_id=row_id_of(account_id, "Account", path=("accountId",)),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, JournalLine.of, count=listing.count)


@strawberry.input(description="A journal to take back.")
class ReverseJournalInput:
    id: strawberry.ID = strawberry.field(description="The journal.")
    reason: str = strawberry.field(description="Why; it becomes the reversal's description.")
    posted_on: date | None = strawberry.field(
        default=None, description="The day the reversal counts for; today (UTC) if absent."
    )


@strawberry.type(description="What reverseJournal did.")
class ReverseJournalPayload:
    reversal: Journal | None = strawberry.field(description="The journal that takes it back.")
    user_errors: list[UserError] = strawberry.field(description="Why it was not reversed.")


@answers(ReversalRefused)
@strawberry.type(description="The journal may not be reversed by hand.")
class ReversalRefusedError(UserError):
    number: str = strawberry.field(description="The journal's number.")
    reason: str = strawberry.field(description="Why not.")


@answers(AlreadyPosted, convert=lambda _: {})
@strawberry.type(description="This is in the books already.")
class AlreadyPostedError(UserError):
    pass


@answers(PostingRuleMissing, convert=lambda f: {"milestone": f["milestone"], "leg": f["leg"]})
@strawberry.type(description="The entity's posting rules name no account for a leg.")
class PostingRuleMissingError(UserError):
    milestone: str = strawberry.field(description="What was to be posted.")
    leg: str = strawberry.field(description="The leg that has no account.")


@strawberry.type
class JournalMutation:
    @strawberry.mutation(
        description="Take a journal back by another one. Stock's own journals are corrected by "
        "correcting the stock. Needs ledger.post."
    )
    async def reverse_journal(
        self,
        info: Info,
        input: Annotated[ReverseJournalInput, strawberry.argument(description="The journal.")],
    ) -> ReverseJournalPayload:
        journal_id = row_id_of(input.id, "Journal")

        async def reverse(work: Work) -> dict[str, Any]:
            reversal_id = await operations.reverse_journal(
                work, journal_id=journal_id, reason=input.reason, posted_on=input.posted_on
            )
            return {"id": reversal_id}

        done = await perform(info, reverse, input=input, key_required=True)
        reversal = await info.context.load_done(load_journals, done["id"])
        return ReverseJournalPayload(reversal=reversal, user_errors=done.user_errors)
