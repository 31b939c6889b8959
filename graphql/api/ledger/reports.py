"""Reports of the books on the API: as of any day, by dimension, down to the documents."""

from datetime import date
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.channels.channels import Channel, load_channels
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.locations import Location, load_locations
from api.entities.parties import Party, load_parties
from api.ids import optional_row_id, row_id_of
from api.ledger.accounts import Account, AccountKind, load_accounts
from api.ledger.journals import JournalLine
from api.scalars import Money, money
from domain.ledger.queries import margins as margin_queries
from domain.ledger.queries import reports


@strawberry.enum(description="What the books are reported by.")
class LedgerDimension(Enum):
    CHANNEL = strawberry.enum_value("channel", description="The sales channel.")
    LOCATION = strawberry.enum_value("location", description="The location.")
    ITEM_GROUP = strawberry.enum_value("item_group", description="The group of items.")
    PARTY = strawberry.enum_value("party", description="The customer, supplier or carrier.")
    PROJECT = strawberry.enum_value("project", description="The project.")


@strawberry.type(description="A value of the dimension that a report is by.")
class DimensionValue:
    item_group: str | None = strawberry.field(description="The group of items.")
    project: str | None = strawberry.field(description="The project.")
    ids: strawberry.Private[dict[str, int]]

    @strawberry.field(description="The sales channel.")
    async def channel(self, info: Info) -> Channel | None:
        row_id = self.ids.get("channel")
        return None if row_id is None else await info.context.load(load_channels, row_id)

    @strawberry.field(description="The location.")
    async def location(self, info: Info) -> Location | None:
        row_id = self.ids.get("location")
        return None if row_id is None else await info.context.load(load_locations, row_id)

    @strawberry.field(description="The customer, supplier or carrier.")
    async def party(self, info: Info) -> Party | None:
        row_id = self.ids.get("party")
        return None if row_id is None else await info.context.load(load_parties, row_id)


def dimension_value(by: LedgerDimension | None, value: Any) -> DimensionValue | None:
    """The value of a report's row; None where it says none."""
    if by is None or value is None:
        return None
    return DimensionValue(
        item_group=value if by is LedgerDimension.ITEM_GROUP else None,
        project=value if by is LedgerDimension.PROJECT else None,
        ids={str(by.value): value} if isinstance(value, int) else {},
    )


@strawberry.type(description="What stands on an account in one currency.")
class TrialBalanceLine:
    code: str = strawberry.field(description="The account's code.")
    name: str = strawberry.field(description="The account's name.")
    kind: AccountKind = strawberry.field(description="What the account counts.")
    opening: Money = strawberry.field(description="What stood there before the first day.")
    debit: Money = strawberry.field(description="The sum of all debits from the first day on.")
    credit: Money = strawberry.field(description="The sum of all credits from the first day on.")
    balance: Money = strawberry.field(description="Debits less credits, at the last day's end.")
    base_balance: Money = strawberry.field(description="The same in the entity's own currency.")
    dimension: DimensionValue | None = strawberry.field(
        description="Of which value of the dimension that was asked for; null: it says none."
    )
    account_id: strawberry.Private[int]

    @strawberry.field(description="The account.")
    async def account(self, info: Info) -> Account | None:
        return await info.context.load(load_accounts, self.account_id)

    @classmethod
    def of(cls, row: Row[Any], by: LedgerDimension | None) -> "TrialBalanceLine":
        """From a row of the domain's trial balance."""
        return cls(
            code=row.code,
            name=row.name,
            kind=AccountKind(row.kind),
            opening=money(row.opening_minor, row.currency),
            debit=money(row.debit_minor, row.currency),
            credit=money(row.credit_minor, row.currency),
            balance=money(row.balance_minor, row.currency),
            base_balance=money(row.base_balance_minor, row.base_currency),
            dimension=dimension_value(by, row.dimension),
            account_id=row.account_id,
        )


@strawberry.type(description="What lines of the books add up to in one currency.")
class LedgerTurnover:
    opening: Money = strawberry.field(description="What stood there before the first day.")
    debit: Money = strawberry.field(description="The sum of all debits from the first day on.")
    credit: Money = strawberry.field(description="The sum of all credits from the first day on.")
    balance: Money = strawberry.field(description="Debits less credits, at the last day's end.")
    base_balance: Money = strawberry.field(description="The same in the entity's own currency.")


@strawberry.type(description="What was earned, what that cost, and what the channel took.")
class MarginLine:
    dimension: DimensionValue | None = strawberry.field(
        description="Of which channel, or value of the dimension asked for; null: it says none."
    )
    revenue: Money = strawberry.field(description="Sales less discounts and returns.")
    cost: Money = strawberry.field(description="What the goods cost, with what was written off.")
    fees: Money = strawberry.field(description="What channels, payment and freight took.")
    margin: Money = strawberry.field(description="Revenue less cost and fees.")


@strawberry.input(description="Which lines of the books; conditions are joined by and.")
class LedgerFilter:
    entity_id: strawberry.ID | None = strawberry.field(
        default=None, description="In the books of this legal entity."
    )
    account_id: strawberry.ID | None = strawberry.field(
        default=None, description="On this account."
    )
    role: str | None = strawberry.field(
        default=None, description="On the account of this role, such as receivables."
    )
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this channel."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this location."
    )
    item_group: str | None = strawberry.field(default=None, description="Of this group of items.")
    party_id: strawberry.ID | None = strawberry.field(default=None, description="Of this party.")
    project: str | None = strawberry.field(default=None, description="Under this project.")
    currency: str | None = strawberry.field(default=None, description="In this currency.")
    from_on: date | None = strawberry.field(default=None, description="On this day or after.")
    to_on: date | None = strawberry.field(default=None, description="On this day or before.")

    def where(self) -> reports.LedgerFilter:
        """As the domain knows it."""
        return reports.LedgerFilter(
            entity_id=optional_row_id(self.entity_id, "LegalEntity", path=("filter", "entityId")),
            account_id=optional_row_id(self.account_id, "Account", path=("filter", "accountId")),
            role=self.role,
            channel_id=optional_row_id(self.channel_id, "Channel", path=("filter", "channelId")),
            location_id=optional_row_id(
                self.location_id, "Location", path=("filter", "locationId")
            ),
            item_group=self.item_group,
            party_id=optional_row_id(self.party_id, "Party", path=("filter", "partyId")),
            project=self.project,
            currency=self.currency,
            from_on=self.from_on,
            to_on=self.to_on,
        )


@strawberry.type
class LedgerReportQuery:
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
        from_on: Annotated[
            date | None,
            strawberry.argument(description="The first day of what moved; all of it if absent."),
        ] = None,
        by: Annotated[
            LedgerDimension | None,
            strawberry.argument(description="A line for each value of this dimension."),
        ] = None,
    ) -> list[TrialBalanceLine]:
        rows = await reports.trial_balance(
            await info.context.reader(),
            entity_id=row_id_of(entity_id, "LegalEntity", path=("entityId",)),
            up_to=up_to,
            from_on=from_on,
            by=None if by is None else str(by.value),
        )
        return [TrialBalanceLine.of(row, by) for row in rows]

    @strawberry.field(
        description="The lines of the books, by day; each leads to its journal and "
        "the documents behind it. Needs ledger.read."
    )
    async def general_ledger(
        self,
        info: Info,
        filter: Annotated[
            LedgerFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[JournalLine]:
        listing = await reports.general_ledger(
            await info.context.reader(),
            where=(filter or LedgerFilter()).where(),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, JournalLine.of, count=listing.count)

    @strawberry.field(
        description="What lines of the books add up to, by currency: where the "
        "general ledger begins and ends. Needs ledger.read."
    )
    async def ledger_turnover(
        self,
        info: Info,
        filter: Annotated[LedgerFilter, strawberry.argument(description="Which lines.")],
    ) -> list[LedgerTurnover]:
        rows = await reports.turnover(await info.context.reader(), where=filter.where())
        return [
            LedgerTurnover(
                opening=money(row.opening_minor, row.currency),
                debit=money(row.debit_minor, row.currency),
                credit=money(row.credit_minor, row.currency),
                balance=money(row.balance_minor, row.currency),
                base_balance=money(row.base_balance_minor, row.base_currency),
            )
            for row in rows
        ]

    @strawberry.field(
        description="What was earned by channel, or by another dimension, between two days. "
        "Needs ledger.read."
    )
    async def margins(
        self,
        info: Info,
        entity_ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="Of these legal entities.")
        ],
        from_on: Annotated[date, strawberry.argument(description="The first day.")],
        to_on: Annotated[date, strawberry.argument(description="The last day.")],
        by: Annotated[
            LedgerDimension, strawberry.argument(description="By what.")
        ] = LedgerDimension.CHANNEL,
    ) -> list[MarginLine]:
        found = await margin_queries.margins(
            await info.context.reader(),
            entity_ids=[row_id_of(each, "LegalEntity", path=("entityIds",)) for each in entity_ids],
            from_on=from_on,
            to_on=to_on,
            by=str(by.value),
        )
        return [
            MarginLine(
                dimension=dimension_value(by, line.dimension),
                revenue=money(line.revenue_minor, line.currency),
                cost=money(line.cost_minor, line.currency),
                fees=money(line.fees_minor, line.currency),
                margin=money(line.margin_minor, line.currency),
            )
            for line in found
        ]
