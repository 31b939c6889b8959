"""What legal entities owe each other, and how they settle it, on the API."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.ids import global_id, optional_row_id
from api.intercompany.trades import IntercompanyEntry
from api.nodes import Node, refetched_by
from api.scalars import Money, money
from api.user_errors import UserError, answers
from domain.intercompany.outcomes import AgreementMissing, NothingOwed, PriceStands
from domain.intercompany.queries import debts as queries
from domain.kernel.reading import Reader


@strawberry.enum(description="How debts were settled.")
class IntercompanySettlementKind(Enum):
    NETTING = strawberry.enum_value("netting", description="They were set off.")
    PAYMENT = strawberry.enum_value("payment", description="One was paid.")


@strawberry.type(description="What one legal entity owes another in a currency.")
class IntercompanyBalance:
    amount: Money = strawberry.field(description="What is owed; below zero: to the debtor.")
    creditor_amount: Money = strawberry.field(
        description="At what it stands in the creditor's books."
    )
    debtor_amount: Money = strawberry.field(description="At what it stands in the debtor's books.")
    creditor_id: strawberry.Private[int]
    debtor_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "IntercompanyBalance":
        """From a row of the domain's queries."""
        return cls(
            amount=money(row.amount_minor, row.currency),
            creditor_amount=money(row.creditor_base_minor, row.creditor_currency),
            debtor_amount=money(row.debtor_base_minor, row.debtor_currency),
            creditor_id=row.creditor_id,
            debtor_id=row.debtor_id,
        )

    @strawberry.field(description="To whom it is owed.")
    async def creditor(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.creditor_id)

    @strawberry.field(description="Who owes it.")
    async def debtor(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.debtor_id)


@strawberry.type(
    description="Debts between legal entities that were set off, or one that was paid."
)
class IntercompanySettlement(Node):
    number: str = strawberry.field(description="Its number, such as IS-3.")
    kind: IntercompanySettlementKind = strawberry.field(description="How.")
    amount: Money = strawberry.field(description="What was paid, or set off in all.")
    settled_on: date = strawberry.field(description="On which day.")
    reference: str | None = strawberry.field(description="Another system's number of it.")
    settled_by: str = strawberry.field(description="By whom.")
    created_at: datetime = strawberry.field(description="When it was written.")
    creditor_id: strawberry.Private[int | None]
    debtor_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "IntercompanySettlement":
        """From a row of the domain's queries."""
        plain = (
            *("number", "settled_on", "reference", "settled_by", "created_at"),
            *("creditor_id", "debtor_id"),
        )
        return cls(
            id=global_id("IntercompanySettlement", row.id),
            kind=IntercompanySettlementKind(row.kind),
            amount=money(row.amount_minor, row.currency),
            **{name: getattr(row, name) for name in plain},
        )

    @strawberry.field(description="Who was paid; null where debts were set off.")
    async def creditor(self, info: Info) -> LegalEntity | None:
        if self.creditor_id is None:
            return None
        return await info.context.load(load_legal_entities, self.creditor_id)

    @strawberry.field(description="Who paid; null where debts were set off.")
    async def debtor(self, info: Info) -> LegalEntity | None:
        if self.debtor_id is None:
            return None
        return await info.context.load(load_legal_entities, self.debtor_id)


async def load_settlements(
    reader: Reader, ids: Sequence[int]
) -> list[IntercompanySettlement | None]:
    """A batch for loaders: the settlements of these row ids, in order."""
    rows = await queries.settlements_of_ids(reader, ids=ids)
    return [IntercompanySettlement.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("IntercompanySettlement", load_settlements)


@answers(NothingOwed, convert=lambda told: {"owed": money(told["owed_minor"], told["currency"])})
@strawberry.type(description="Nothing, or less than that, is owed.")
class NothingOwedError(UserError):
    owed: Money = strawberry.field(description="What is owed.")


@answers(PriceStands)
@strawberry.type(description="The price is that already.")
class PriceStandsError(UserError):
    number: str = strawberry.field(description="The trade.")


@answers(
    AgreementMissing,
    convert=lambda told: {
        "supplier_id": global_id("LegalEntity", told["supplier_id"]),
        "buyer_id": global_id("LegalEntity", told["buyer_id"]),
    },
)
@strawberry.type(description="The two legal entities have no trade agreement that holds then.")
class AgreementMissingError(UserError):
    supplier_id: strawberry.ID = strawberry.field(description="Who would sell.")
    buyer_id: strawberry.ID = strawberry.field(description="Who would buy.")


@strawberry.input(description="Between whom; what is left out does not narrow.")
class IntercompanyDebtFilter:
    creditor_id: strawberry.ID | None = strawberry.field(default=None, description="Owed to whom.")
    debtor_id: strawberry.ID | None = strawberry.field(default=None, description="Owed by whom.")
    currency: str | None = strawberry.field(default=None, description="In this currency.")
    is_open: bool = strawberry.field(
        default=False, description="Of balances: only those that are not settled."
    )


def _filter(asked: IntercompanyDebtFilter | None) -> queries.DebtFilter:
    asked = asked or IntercompanyDebtFilter()
    path = ("filter", "creditorId"), ("filter", "debtorId")
    return queries.DebtFilter(
        creditor_id=optional_row_id(asked.creditor_id, "LegalEntity", path=path[0]),
        debtor_id=optional_row_id(asked.debtor_id, "LegalEntity", path=path[1]),
        currency=asked.currency,
        is_open=asked.is_open,
    )


Between = Annotated[IntercompanyDebtFilter | None, strawberry.argument(description="Only these.")]


@strawberry.type
class IntercompanyDebtQuery:
    @strawberry.field(
        description="What legal entities owe each other, in each currency. Needs intercompany.read."
    )
    async def intercompany_balances(
        self,
        info: Info,
        filter: Between = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[IntercompanyBalance]:
        listing = await queries.intercompany_balances(
            await info.context.reader(),
            where=_filter(filter),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, IntercompanyBalance.of, count=listing.count)

    @strawberry.field(
        description="What made legal entities owe each other, the latest first. Needs "
        "intercompany.read."
    )
    async def intercompany_entries(
        self,
        info: Info,
        filter: Between = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[IntercompanyEntry]:
        listing = await queries.intercompany_entries(
            await info.context.reader(),
            where=_filter(filter),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, IntercompanyEntry.of, count=listing.count)

    @strawberry.field(
        description="Debts that were settled, the latest first. Needs intercompany.read."
    )
    async def intercompany_settlements(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[IntercompanySettlement]:
        listing = await queries.intercompany_settlements(
            await info.context.reader(), request=wanted(first, after, last, before)
        )
        return connection(listing.page, IntercompanySettlement.of, count=listing.count)
