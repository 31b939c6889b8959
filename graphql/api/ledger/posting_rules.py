"""An entity's own posting rules on the API."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.channels.channels import Channel, load_channels
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.locations import Location, load_locations
from api.ids import global_id, optional_row_id, row_id_of
from api.ledger.accounts import Account, load_accounts
from api.ledger.journals import Journal, load_journals
from api.nodes import Node, refetched_by
from api.scalars import Money, money
from domain.kernel.reading import Reader
from domain.ledger.queries import settings as queries
from domain.ledger.queries import trial_runs
from domain.ledger.standard_rules.everything import STANDARD_RULES


@strawberry.enum(description="Whether a version of posting rules counts.")
class PostingRulesStatus(Enum):
    DRAFT = strawberry.enum_value("draft", description="Not yet; it may be tried out.")
    ACTIVE = strawberry.enum_value("active", description="From its day on, until a later one.")
    WITHDRAWN = strawberry.enum_value(
        "withdrawn", description="It was called off before its day came."
    )


@strawberry.type(description="Where a leg goes at a milestone, where all its conditions hold.")
class PostingRule:
    milestone: str = strawberry.field(description="What happens, such as shipment_revenue.")
    leg: str = strawberry.field(description="The part of the posting, such as revenue.")
    item_group: str | None = strawberry.field(description="For this group of items; null: all.")
    party_group: str | None = strawberry.field(
        description="For customers of this group; null: all."
    )
    country: str | None = strawberry.field(description="For goods to this country; null: all.")
    currency: str | None = strawberry.field(description="For this currency; null: all.")
    project: str | None = strawberry.field(
        description="Put under this project; null: what it says by itself."
    )
    account_id: strawberry.Private[int]
    channel_id: strawberry.Private[int | None]
    location_id: strawberry.Private[int | None]

    @strawberry.field(description="The account.")
    async def account(self, info: Info) -> Account | None:
        return await info.context.load(load_accounts, self.account_id)

    @strawberry.field(description="For this channel; null: all.")
    async def channel(self, info: Info) -> Channel | None:
        if self.channel_id is None:
            return None
        return await info.context.load(load_channels, self.channel_id)

    @strawberry.field(description="For this location; null: all.")
    async def location(self, info: Info) -> Location | None:
        if self.location_id is None:
            return None
        return await info.context.load(load_locations, self.location_id)


@strawberry.type(description="All of a legal entity's own posting rules as they count from a day.")
class PostingRuleVersion(Node):
    number: int = strawberry.field(description="Its place among the entity's versions.")
    status: PostingRulesStatus = strawberry.field(description="Whether it counts.")
    effective_from: date | None = strawberry.field(description="From when on; null: a draft.")
    note: str | None = strawberry.field(description="What it is for.")
    created_by: str = strawberry.field(description="Who drafted it.")
    created_at: datetime = strawberry.field(description="When.")
    version: int = strawberry.field(description="Rises with each change.")
    row_id: strawberry.Private[int]
    entity_id: strawberry.Private[int]

    @strawberry.field(description="The legal entity.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @strawberry.field(description="Its rules, at most 500; legs of none follow the standard.")
    async def rules(self, info: Info) -> list[PostingRule]:
        return await info.context.load(load_rules_of_versions, self.row_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "PostingRuleVersion":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("PostingRuleVersion", row.id),
            number=row.number,
            status=PostingRulesStatus(row.status),
            effective_from=row.effective_from,
            note=row.note,
            created_by=row.created_by,
            created_at=row.created_at,
            version=row.version,
            row_id=row.id,
            entity_id=row.entity_id,
        )


async def load_posting_rule_versions(
    reader: Reader, ids: Sequence[int]
) -> list[PostingRuleVersion | None]:
    """A batch for loaders: the versions of these row ids, in order."""
    rows = await queries.rows_of_ids(reader, kind="posting_rule_version", ids=ids)
    return [PostingRuleVersion.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("PostingRuleVersion", load_posting_rule_versions)


async def load_rules_of_versions(reader: Reader, ids: Sequence[int]) -> list[list[PostingRule]]:
    """A batch for loaders: the rules of each version."""
    found = await queries.rules_of_versions(reader, version_ids=ids)
    names = (
        *("milestone", "leg", "item_group", "party_group", "country", "currency", "project"),
        *("account_id", "channel_id", "location_id"),
    )
    return [
        [PostingRule(**{name: getattr(row, name) for name in names}) for row in found[row_id]]
        for row_id in ids
    ]


@strawberry.type(description="A line as it was posted, and where drafted rules would put it.")
class TriedPosting:
    milestone: str = strawberry.field(description="What happened.")
    leg: str = strawberry.field(description="The part of the posting.")
    amount: Money = strawberry.field(description="A debit is positive, a credit negative.")
    project: str | None = strawberry.field(description="The project that it was put under.")
    drafted_project: str | None = strawberry.field(description="The project that it would be.")
    changes: bool = strawberry.field(description="Whether the draft posts it differently.")
    ids: strawberry.Private[tuple[int, int, int | None]]

    @strawberry.field(description="The journal.")
    async def journal(self, info: Info) -> Journal | None:
        return await info.context.load(load_journals, self.ids[0])

    @strawberry.field(description="The account that it was posted to.")
    async def account(self, info: Info) -> Account | None:
        return await info.context.load(load_accounts, self.ids[1])

    @strawberry.field(description="The account that the draft would post it to.")
    async def drafted_account(self, info: Info) -> Account | None:
        drafted = self.ids[2]
        return None if drafted is None else await info.context.load(load_accounts, drafted)

    @classmethod
    def of(cls, line: trial_runs.TriedLine) -> "TriedPosting":
        """From a line of the domain's trial run."""
        return cls(
            milestone=line.milestone,
            leg=line.leg,
            amount=money(line.amount_minor, line.currency),
            project=line.project,
            drafted_project=line.drafted_project,
            changes=line.changes,
            ids=(line.journal_id, line.account_id, line.drafted_account_id),
        )


@strawberry.type(description="Where a leg goes where no rule of the entity's own says otherwise.")
class StandardPostingRule:
    milestone: str = strawberry.field(description="What happens.")
    leg: str = strawberry.field(description="The part of the posting.")
    role: str = strawberry.field(description="The role of the account.")


@strawberry.type
class PostingRuleQuery:
    @strawberry.field(
        description="The versions of legal entities' own posting rules, the latest first. Needs "
        "ledger.read."
    )
    async def posting_rule_versions(
        self,
        info: Info,
        entity_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Of this legal entity only.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PostingRuleVersion]:
        listing = await queries.posting_rule_versions(
            await info.context.reader(),
            entity_id=optional_row_id(entity_id, "LegalEntity", path=("entityId",)),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, PostingRuleVersion.of, count=listing.count)

    @strawberry.field(
        description="Which leg of which milestone goes to the account of which role. Needs "
        "ledger.read."
    )
    async def standard_posting_rules(self, info: Info) -> list[StandardPostingRule]:
        (await info.context.reader()).require("ledger.read")
        return [
            StandardPostingRule(milestone=milestone, leg=leg, role=role)
            for (milestone, leg), role in STANDARD_RULES.items()
        ]

    @strawberry.field(
        description="What a version of posting rules would have done with the last journals, the "
        "latest first; nothing is written. Needs ledger.read."
    )
    async def posting_trial_run(
        self,
        info: Info,
        version_id: Annotated[strawberry.ID, strawberry.argument(description="The version.")],
        journals: Annotated[
            int, strawberry.argument(description="How many journals, 1 to 1,000.")
        ] = 100,
        changes_only: Annotated[
            bool, strawberry.argument(description="Leave out what stays the same.")
        ] = False,
    ) -> list[TriedPosting]:
        lines = await trial_runs.trial_run(
            await info.context.reader(),
            version_id=row_id_of(version_id, "PostingRuleVersion", path=("versionId",)),
            last=journals,
        )
        return [TriedPosting.of(line) for line in lines if line.changes or not changes_only]
