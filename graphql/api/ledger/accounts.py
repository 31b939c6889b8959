"""Accounts on the API."""

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.ids import global_id, optional_row_id
from api.nodes import Node, refetched_by
from domain.kernel.reading import Reader
from domain.ledger.queries import accounts as queries


@strawberry.enum(description="What an account counts.")
class AccountKind(Enum):
    ASSET = strawberry.enum_value("asset", description="What the entity has.")
    LIABILITY = strawberry.enum_value("liability", description="What it owes.")
    EQUITY = strawberry.enum_value("equity", description="What belongs to its owners.")
    INCOME = strawberry.enum_value("income", description="What it earned.")
    EXPENSE = strawberry.enum_value("expense", description="What it spent.")


@strawberry.enum(description="Whether an account is in use.")
class AccountStatus(Enum):
    ACTIVE = strawberry.enum_value("active", description="It may be posted to.")
    CLOSED = strawberry.enum_value("closed", description="Nobody posts to it by hand any more.")


@strawberry.type(description="An account of one legal entity's chart.")
class Account(Node):
    code: str = strawberry.field(description="Its code in the chart, such as 1200.")
    name: str = strawberry.field(description="Its name.")
    kind: AccountKind = strawberry.field(description="What it counts.")
    role: str | None = strawberry.field(
        description="What posting rules know it by, such as receivables; null: none of them."
    )
    status: AccountStatus = strawberry.field(description="Whether anything may be posted to it.")
    version: int = strawberry.field(description="Rises with each change.")
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
            role=row.role,
            status=AccountStatus(row.status),
            version=row.version,
            entity_id=row.entity_id,
        )


async def load_accounts(reader: Reader, ids: Sequence[int]) -> list[Account | None]:
    """A batch for loaders: the accounts of these row ids, in order."""
    rows = await queries.accounts_of_ids(reader, ids=ids)
    return [Account.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("Account", load_accounts)


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
