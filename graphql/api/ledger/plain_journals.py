"""Plain text journals of other programs are taken in, on the API."""

from enum import Enum
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.ids import row_id_of
from api.user_errors import UserError, answers
from api.writing import perform
from domain.kernel.errors import InvalidInput
from domain.kernel.work import Work
from domain.ledger.interchange.amounts import UnreadableJournal
from domain.ledger.operations.plain_journals import take_in_plain_journal


@strawberry.enum(description="Which lots what is sold leaves.")
class LotMatching(Enum):
    FIFO = strawberry.enum_value("fifo", description="The oldest first.")
    LIFO = strawberry.enum_value("lifo", description="The newest first.")


@strawberry.input(description="Which currency a symbol of the file is.")
class CurrencySymbolInput:
    symbol: str = strawberry.field(description="As the file writes it, such as $.")
    currency: str = strawberry.field(description="The currency (ISO 4217).")


@strawberry.input(description="A plain text journal.")
class ImportPlainJournalInput:
    entity_id: strawberry.ID = strawberry.field(description="The legal entity whose books.")
    content: str = strawberry.field(
        description="The text, in the format of ledger-cli; at most 2,000 transactions."
    )
    currencies: list[CurrencySymbolInput] = strawberry.field(
        default_factory=list,
        description="Which symbols are which currencies; ISO codes need not be named.",
    )
    matching: LotMatching | None = strawberry.field(
        default=None, description="Which lots sales leave; absent: none, they count as sold."
    )


@answers(UnreadableJournal)
@strawberry.type(description="The journal cannot be read, or does not balance.")
class UnreadableJournalError(UserError):
    line: int = strawberry.field(description="The line, from 1.")


@strawberry.type(description="What importPlainJournal did.")
class ImportPlainJournalPayload:
    journals: int | None = strawberry.field(description="How many journals were posted.")
    accounts_created: int | None = strawberry.field(description="How many accounts were made.")
    virtual_left_out: int | None = strawberry.field(
        description="How many virtual postings were left out: they move no money."
    )
    rules_left_out: int | None = strawberry.field(
        description="How many automated or periodic transactions were left out."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was posted.")


@strawberry.type
class PlainJournalMutation:
    @strawberry.mutation(
        description="Post the transactions of a plain text journal to a legal entity's books, all "
        "or none; accounts are found by code or name, or made. Needs ledger.manage."
    )
    async def import_plain_journal(
        self,
        info: Info,
        input: Annotated[ImportPlainJournalInput, strawberry.argument(description="The text.")],
    ) -> ImportPlainJournalPayload:
        entity_id = row_id_of(input.entity_id, "LegalEntity", path=("entityId",))
        currencies = {each.symbol: each.currency for each in input.currencies}
        if len(currencies) < len(input.currencies):
            raise InvalidInput("Name each symbol once.", path=("currencies",))

        async def take_in(work: Work) -> dict[str, Any]:
            done = await take_in_plain_journal(
                work,
                entity_id=entity_id,
                content=input.content,
                currencies=currencies,
                matching=None if input.matching is None else str(input.matching.value),
            )
            return {
                "journals": len(done.journal_ids),
                "accounts_created": done.accounts_created,
                "virtual_left_out": done.virtual_left_out,
                "rules_left_out": done.rules_left_out,
            }

        done = await perform(info, take_in, input=input, key_required=True)
        return ImportPlainJournalPayload(
            journals=done["journals"],
            accounts_created=done["accounts_created"],
            virtual_left_out=done["virtual_left_out"],
            rules_left_out=done["rules_left_out"],
            user_errors=done.user_errors,
        )
