"""Accounts and the trial balance on the API."""

from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.ids import global_id, optional_row_id, row_id_of
from api.nodes import Node, refetched_by
from api.scalars import Money, money
from domain.kernel.reading import Reader
from domain.ledger.queries import accounts as queries


@strawberry.enum(description="What an account counts.")
class AccountKind(Enum):
    ASSET = strawberry.enum_value("asset", description="What the entity has.")
    LIABILITY = strawberry.enum_value("liability", description="What it owes.")
    EQUITY = strawberry.enum_value("equity", description="What belongs to its owners.")
    INCOME = strawberry.enum_value("income", description="What it earned.")
    EXPENSE = strawberry.enum_value("expense", description="What it spent.")


@strawberry.type(description="An account of one legal entity's chart.")
class Account(Node):
    code: str = strawberry.field(description="Its code in the chart, such as 1200.")
    name: str = strawberry.field(description="Its name.")
    kind: AccountKind = strawberry.field(description="What it counts.")
    entity_id: strawberry.Private[int]

    @strawberry.field(description="The legal entity whose books it is in.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "Account":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("Account", row.id),
            code=row.code,
            name=row.name,
            kind=AccountKind(row.kind),
            entity_id=row.entity_id,
        )


async def load_accounts(reader: Reader, ids: Sequence[int]) -> list[Account | None]:
    """A batch for loaders: the accounts of these row ids, in order."""
    rows = await queries.accounts_of_ids(reader, ids=ids)
    return [Account.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("Account", load_accounts)


@strawberry.type(description="What stands on an account in one currency.")
class TrialBalanceLine:
    code: str = strawberry.field(description="The account's code.")
    name: str = strawberry.field(description="The account's name.")
    kind: AccountKind = strawberry.field(description="What the account counts.")
    debit: Money = strawberry.field(description="The sum of all debits.")
    credit: Money = strawberry.field(description="The sum of all credits.")
    balance: Money = strawberry.field(description="Debits less credits.")
    account_id: strawberry.Private[int]

    @strawberry.field(description="The account.")
    async def account(self, info: Info) -> Account | None:
        return await info.context.load(load_accounts, self.account_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "TrialBalanceLine":
        """From a row of the domain's trial balance."""
        return cls(
            code=row.code,
            name=row.name,
            kind=AccountKind(row.kind),
            debit=money(row.debit_minor, row.currency),
            credit=money(row.credit_minor, row.currency),
            balance=money(row.balance_minor, row.currency),
            account_id=row.account_id,
        )


@strawberry.type
class AccountQuery:
    @strawberry.field(description="Accounts, by code. Needs ledger.read.")
    async def accounts(
        self,
        info: Info,
        entity_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Of this legal entity only.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Account]:
        listing = await queries.accounts(
            await info.context.reader(),
            entity_id=optional_row_id(entity_id, "LegalEntity", path=("entityId",)),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, Account.of, count=listing.count)

    @strawberry.field(
        description=(
            "What stands on each account of a legal entity that was posted to, by code. "
            "The balances of a currency add up to zero. Needs ledger.read."
        )
    )
    async def trial_balance(
        self,
        info: Info,
        entity_id: Annotated[strawberry.ID, strawberry.argument(description="The legal entity.")],
        up_to: Annotated[
            date | None,
            strawberry.argument(description="As it stood at the end of this day; now if absent."),
        ] = None,
    ) -> list[TrialBalanceLine]:
        rows = await queries.trial_balance(
            await info.context.reader(),
            entity_id=row_id_of(entity_id, "LegalEntity", path=("entityId",)),
            up_to=up_to,
        )
        return [TrialBalanceLine.of(row) for row in rows]
