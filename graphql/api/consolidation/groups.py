"""Groups of legal entities that report as one, on the API."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.parties import Party, load_parties
from api.ids import global_id
from api.ledger.accounts import Account, load_accounts
from api.nodes import Node, refetched_by
from domain.finance.queries import consolidation as queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader

KIND = "ConsolidationGroup"


@strawberry.enum(description="As what an account that is with an affiliate is eliminated.")
class AffiliateAccountKind(Enum):
    BALANCE = strawberry.enum_value("balance", description="What one owes the other.")
    TRADE = strawberry.enum_value("trade", description="Income of the one, expense of the other.")
    DIVIDEND = strawberry.enum_value(
        "dividend", description="Income out of the other one's profits."
    )
    INVESTMENT = strawberry.enum_value(
        "investment", description="What was paid for the part of the other one that is held."
    )


@strawberry.type(description="How much of a legal entity another one holds from a day on.")
class GroupHolding:
    percent: Decimal = strawberry.field(description="In percent; none: it is held no more.")
    effective_from: date = strawberry.field(description="The first day.")
    owner_id: strawberry.Private[int]
    entity_id: strawberry.Private[int]

    @strawberry.field(description="Who holds it.")
    async def owner(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.owner_id)

    @strawberry.field(description="What is held.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)


@strawberry.type(description="An account of which all (of a party) is with an affiliate.")
class AffiliateAccount:
    kind: AffiliateAccountKind = strawberry.field(description="As what it is eliminated.")
    account_id: strawberry.Private[int]
    party_id: strawberry.Private[int | None]
    affiliate_id: strawberry.Private[int]

    @strawberry.field(description="The account.")
    async def account(self, info: Info) -> Account | None:
        return await info.context.load(load_accounts, self.account_id)

    @strawberry.field(description="Of which party alone; null: all of it.")
    async def party(self, info: Info) -> Party | None:
        if self.party_id is None:
            return None
        return await info.context.load(load_parties, self.party_id)

    @strawberry.field(description="With whom it is.")
    async def affiliate(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.affiliate_id)


@strawberry.type(
    description="Legal entities that report as one: a parent and what it holds. Chart and fiscal "
    "calendar are the parent's."
)
class ConsolidationGroup(Node):
    code: str = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="What it is called.")
    currency: str = strawberry.field(description="In which it reports (ISO 4217).")
    version: int = strawberry.field(description="Rises with every change of code and name.")
    row_id: strawberry.Private[int]
    parent_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "ConsolidationGroup":
        """From a row of the domain's queries."""
        plainly = ("code", "name", "currency", "version", "parent_id")
        named = {name: getattr(row, name) for name in plainly}
        return cls(id=global_id(KIND, row.id), row_id=row.id, **named)

    @strawberry.field(description="The legal entity that holds the others.")
    async def parent(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.parent_id)

    @strawberry.field(description="Who holds how much of whom from when on, at most 1,000.")
    async def holdings(self, info: Info) -> list[GroupHolding]:
        return await info.context.load(load_holdings, self.row_id)

    @strawberry.field(description="Accounts that are with an affiliate, at most 1,000.")
    async def affiliate_accounts(self, info: Info) -> list[AffiliateAccount]:
        return await info.context.load(load_affiliate_accounts, self.row_id)


async def load_groups(reader: Reader, ids: Sequence[int]) -> list[ConsolidationGroup | None]:
    """A batch for loaders: the groups of these row ids, in order."""
    rows = await queries.consolidation_groups_of_ids(reader, ids=ids)
    return [ConsolidationGroup.of(rows[each]) if each in rows else None for each in ids]


async def load_holdings(reader: Reader, ids: Sequence[int]) -> list[list[GroupHolding]]:
    """A batch for loaders: the holdings of each group."""
    found = await queries.holdings_of_groups(reader, group_ids=ids)
    return [
        [
            GroupHolding(
                percent=plain(row.percent),
                effective_from=row.effective_from,
                owner_id=row.owner_id,
                entity_id=row.entity_id,
            )
            for row in found[each]
        ]
        for each in ids
    ]


async def load_affiliate_accounts(
    reader: Reader, ids: Sequence[int]
) -> list[list[AffiliateAccount]]:
    """A batch for loaders: the accounts of each group that are with an affiliate."""
    found = await queries.affiliate_accounts_of_groups(reader, group_ids=ids)
    return [
        [
            AffiliateAccount(
                kind=AffiliateAccountKind(row.kind),
                account_id=row.account_id,
                party_id=row.party_id,
                affiliate_id=row.affiliate_id,
            )
            for row in found[each]
        ]
        for each in ids
    ]


refetched_by(KIND, load_groups)


@strawberry.type
class ConsolidationGroupQuery:
    @strawberry.field(description="Groups of legal entities, by code. Needs consolidation.read.")
    async def consolidation_groups(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ConsolidationGroup]:
        listing = await queries.consolidation_groups(
            await info.context.reader(), request=wanted(first, after, last, before)
        )
        return connection(listing.page, ConsolidationGroup.of, count=listing.count)
