"""What is owed as of any day, and statements of account, on the API."""

from datetime import date
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.parties import Party, load_parties
from api.finance.words import word
from api.ids import optional_row_id, row_id_of
from api.scalars import Money, money
from domain.finance.queries import balances as queries


@strawberry.enum(description="Who owes.")
class OwedSide(Enum):
    RECEIVABLES = strawberry.enum_value("receivables", description="Customers owe us.")
    PAYABLES = strawberry.enum_value("payables", description="We owe suppliers.")


Side = Annotated[OwedSide, strawberry.argument(description="Who owes.")]
AsOf = Annotated[date | None, strawberry.argument(description="The day; today if absent.")]
OfEntity = Annotated[strawberry.ID | None, strawberry.argument(description="Of this legal entity.")]
OfParty = Annotated[strawberry.ID | None, strawberry.argument(description="Of this party.")]


def asked(
    info: Info,
    side: OwedSide,
    as_of: date | None,
    entity_id: strawberry.ID | None,
    party_id: strawberry.ID | None,
) -> dict[str, Any]:
    """What of what is owed is asked for, as the domain's queries take it."""
    return {
        "side": word(side),
        "as_of": as_of or info.context.now.date(),
        "entity_id": optional_row_id(entity_id, "LegalEntity", path=("entityId",)),
        "party_id": optional_row_id(party_id, "Party", path=("partyId",)),
    }


@strawberry.type(
    description="What was open between a legal entity and a party in one currency, by how long it "
    "was overdue; all of it adds up to the total."
)
class AgedBalance:
    not_due: Money = strawberry.field(description="What was not due.")
    to30: Money = strawberry.field(description="Overdue for 1 to 30 days.")
    to60: Money = strawberry.field(description="Overdue for 31 to 60 days.")
    to90: Money = strawberry.field(description="Overdue for 61 to 90 days.")
    over90: Money = strawberry.field(description="Overdue for longer.")
    unapplied: Money = strawberry.field(
        description="Payments and credit notes that settled nothing yet: negative."
    )
    total: Money = strawberry.field(description="What was open in all.")
    entity_id: strawberry.Private[int]
    party_id: strawberry.Private[int | None]

    @strawberry.field(description="The legal entity.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="The customer or supplier; null where an order named nobody.")
    async def party(self, info: Info) -> Party | None:
        if self.party_id is None:
            return None
        return await info.context.load(load_parties, self.party_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "AgedBalance":
        """From a row of the domain's queries."""
        names = ("not_due", "to_30", "to_60", "to_90", "over_90", "unapplied", "total")
        return cls(
            entity_id=row.entity_id,
            party_id=row.party_id,
            **{
                name if name == "not_due" else name.replace("_", ""): money(
                    getattr(row, f"{name}_minor"), row.currency
                )
                for name in names
            },
        )


@strawberry.type(description="Something that changed what a customer owes.")
class AccountStatementLine:
    day: date = strawberry.field(description="The day.")
    kind: str = strawberry.field(
        description="One of invoice, credit_note, payment, reversal and write_off."
    )
    number: str = strawberry.field(description="The number of the document.")
    amount: Money = strawberry.field(description="By how much; less is owed where negative.")
    balance: Money = strawberry.field(description="What was owed then.")


@strawberry.type(description="A customer's account in one currency, over some days.")
class AccountStatement:
    opening: Money = strawberry.field(description="What was owed before the first day.")
    closing: Money = strawberry.field(description="What was owed at the end of the last day.")
    lines: list[AccountStatementLine] = strawberry.field(
        description="What happened, in order; the last 1,000."
    )
    cut: bool = strawberry.field(description="Whether there was more than is shown.")


@strawberry.type
class BalanceQuery:
    @strawberry.field(
        description="What was open at the end of a day by party, by how long it was overdue then; "
        "the largest first, 1,000 at most. A partner sees its own. Needs finance.read."
    )
    async def aged_balances(
        self,
        info: Info,
        side: Side,
        as_of: AsOf = None,
        entity_id: OfEntity = None,
        party_id: OfParty = None,
    ) -> list[AgedBalance]:
        rows = await queries.aged(
            await info.context.reader(), **asked(info, side, as_of, entity_id, party_id)
        )
        return [AgedBalance.of(row) for row in rows]

    @strawberry.field(
        description="What a customer owed, day by day; a customer sees its own. Needs finance.read."
    )
    async def account_statement(
        self,
        info: Info,
        customer_id: Annotated[strawberry.ID, strawberry.argument(description="Whose.")],
        currency: Annotated[str, strawberry.argument(description="In which currency.")],
        from_on: Annotated[date, strawberry.argument(description="From this day.")],
        until_on: Annotated[date, strawberry.argument(description="Until this day.")],
    ) -> AccountStatement:
        found = await queries.statement_of_account(
            await info.context.reader(),
            party_id=row_id_of(customer_id, "Party", path=("customerId",)),
            currency=currency,
            from_on=from_on,
            until_on=until_on,
        )
        return _statement(found, currency)


def _statement(found: queries.Statement, currency: str) -> AccountStatement:
    return AccountStatement(
        opening=money(found.opening_minor, currency),
        closing=money(found.closing_minor, currency),
        lines=[
            AccountStatementLine(
                day=line.day,
                kind=line.kind,
                number=line.number,
                amount=money(line.amount_minor, currency),
                balance=money(line.balance_minor, currency),
            )
            for line in found.lines
        ],
        cut=found.is_cut,
    )
