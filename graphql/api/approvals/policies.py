"""Approval policies on the API: what needs whose yes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.channels.channels import Channel, load_channels
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.locations import Location, load_locations
from api.ids import global_id
from api.inputs import given
from api.nodes import Node, refetched_by
from api.scalars import Money, money
from domain.approvals.policy import MANAGE
from domain.approvals.queries import policies as queries
from domain.approvals.subjects import subject_if_declared
from domain.kernel.reading import Reader

KIND = "ApprovalPolicy"


@strawberry.enum(description="Where a version of an approval policy stands.")
class ApprovalPolicyStatus(Enum):
    DRAFT = strawberry.enum_value("draft", description="It decides nothing yet.")
    ACTIVE = strawberry.enum_value("active", description="In effect; it can no longer change.")
    RETIRED = strawberry.enum_value("retired", description="Out of effect.")


@strawberry.enum(description="What may be done with an approval policy now.")
class ApprovalPolicyAction(Enum):
    ACTIVATE = strawberry.enum_value("activate", description="By activateApprovalPolicy.")
    UPDATE = strawberry.enum_value("update", description="By updateApprovalPolicy.")
    RETIRE = strawberry.enum_value("retire", description="By retireApprovalPolicy.")


ACTIONS = {
    ApprovalPolicyStatus.DRAFT: list(ApprovalPolicyAction),
    ApprovalPolicyStatus.ACTIVE: [ApprovalPolicyAction.RETIRE],
    ApprovalPolicyStatus.RETIRED: [],
}


async def load_role_names(reader: Reader, ids: Sequence[int]) -> list[str | None]:
    """A batch for loaders: what roles are called."""
    found = await queries.names_of_roles(reader, ids=ids)
    return [found.get(row_id) for row_id in ids]


async def load_people_names(reader: Reader, ids: Sequence[int]) -> list[str | None]:
    """A batch for loaders: what people are called."""
    found = await queries.names_of_people(reader, ids=ids)
    return [found.get(row_id) for row_id in ids]


@strawberry.enum(description="What an approver is.")
class ApproverKind(Enum):
    ROLE = strawberry.enum_value("role", description="Everybody with this role.")
    PERSON = strawberry.enum_value("person", description="This person.")


@strawberry.type(description="Whom a step names: a role or a person.")
class ApprovalApprover:
    kind: ApproverKind = strawberry.field(description="What it is.")
    approver_id: strawberry.ID = strawberry.field(description="The id of the Role or User.")
    name: str = strawberry.field(description="What the role or the person is called.")
    by_escalation: bool = strawberry.field(
        description="Whether it may say yes only once the step has escalated."
    )


@strawberry.type(description="When a rule applies: everything that is said here holds.")
class ApprovalCondition:
    amount_from: Money | None = strawberry.field(description="The amount is this or more.")
    amount_below: Money | None = strawberry.field(description="The amount is less than this.")
    percent_from: Decimal | None = strawberry.field(description="It deviates by this or more.")
    percent_below: Decimal | None = strawberry.field(description="It deviates by less than this.")
    reasons: list[str] = strawberry.field(description="The reason is one of these; none: any.")
    kinds: list[str] = strawberry.field(
        description="It is of one of these kinds, such as price_list; none: of any."
    )
    entity_ids: strawberry.Private[list[int]]
    channel_ids: strawberry.Private[list[int]]
    location_ids: strawberry.Private[list[int]]

    @strawberry.field(description="It concerns one of these legal entities; none: any.")
    async def entities(self, info: Info) -> list[LegalEntity]:
        found = await info.context.load_all(load_legal_entities, self.entity_ids)
        return [each for each in found if each is not None]

    @strawberry.field(description="It concerns one of these channels; none: any.")
    async def channels(self, info: Info) -> list[Channel]:
        found = await info.context.load_all(load_channels, self.channel_ids)
        return [each for each in found if each is not None]

    @strawberry.field(description="It concerns one of these locations; none: any.")
    async def locations(self, info: Info) -> list[Location]:
        found = await info.context.load_all(load_locations, self.location_ids)
        return [each for each in found if each is not None]

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "ApprovalCondition":
        """From a condition as it is kept."""
        currency = kept["currency"]

        def amount(name: str) -> Money | None:
            return None if kept[name] is None else money(kept[name], currency)

        def percent(name: str) -> Decimal | None:
            return None if kept[name] is None else Decimal(kept[name])

        return cls(
            amount_from=amount("amount_from_minor"),
            amount_below=amount("amount_below_minor"),
            percent_from=percent("percent_from"),
            percent_below=percent("percent_below"),
            reasons=kept["reasons"],
            kinds=kept["kinds"],
            entity_ids=kept["entity_ids"],
            channel_ids=kept["channel_ids"],
            location_ids=kept["location_ids"],
        )


@strawberry.type(description="One step of a rule: so many of these people have to say yes.")
class ApprovalRuleStep:
    name: str = strawberry.field(description="What the step is called.")
    needed: int = strawberry.field(description="How many have to say yes.")
    escalates_after_minutes: int | None = strawberry.field(
        description="After how many minutes those of the escalation may say yes too; null: never."
    )
    kept: strawberry.Private[Mapping[str, Any]]

    @strawberry.field(
        description="Whom it names; where none is named but by escalation: anybody with the "
        "subject's permission."
    )
    async def approvers(self, info: Info) -> list[ApprovalApprover]:
        found = []
        for prefix, late in (("", False), ("escalation_", True)):
            for kind, load, name in (
                (ApproverKind.ROLE, load_role_names, "role_ids"),
                (ApproverKind.PERSON, load_people_names, "user_ids"),
            ):
                ids = self.kept[prefix + name]
                names = await info.context.load_all(load, ids)
                found += [
                    approver(kind, row_id, called, late=late)
                    for row_id, called in zip(ids, names, strict=True)
                ]
        return found


def approver(kind: ApproverKind, row_id: int, name: str | None, *, late: bool) -> ApprovalApprover:
    """A role or a person as an approver."""
    of = "Role" if kind is ApproverKind.ROLE else "User"
    return ApprovalApprover(
        kind=kind, approver_id=global_id(of, row_id), name=name or "", by_escalation=late
    )


@strawberry.type(description="A rule of a policy: where its condition holds, these steps.")
class ApprovalRule:
    name: str = strawberry.field(description="What the rule is called.")
    condition: ApprovalCondition = strawberry.field(description="When it applies.")
    automatic: bool = strawberry.field(
        description="Whether it approves by itself; it is recorded as decided by the rule."
    )
    steps: list[ApprovalRuleStep] = strawberry.field(description="The steps, in their order.")
    expires_after_minutes: int | None = strawberry.field(
        description="After how many minutes a request comes to nothing; null: never."
    )

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "ApprovalRule":
        """From a rule as it is kept."""
        return cls(
            name=kept["name"],
            condition=ApprovalCondition.of(kept["condition"]),
            automatic=kept["automatic"],
            steps=[
                ApprovalRuleStep(
                    name=step["name"],
                    needed=step["needed"],
                    escalates_after_minutes=step["escalates_after_minutes"],
                    kept=step,
                )
                for step in kept["steps"]
            ],
            expires_after_minutes=kept["expires_after_minutes"],
        )


@strawberry.type(
    description="A version of what a tenant asks for before things of one subject happen. The "
    "first rule that applies decides; without one anybody with the subject's permission does."
)
class ApprovalPolicy(Node):
    subject: str = strawberry.field(description="The kind of thing, such as stock_count.")
    title: str = strawberry.field(description="The kind of thing, for people.")
    version: int = strawberry.field(description="The version of the subject's policy, from 1.")
    name: str = strawberry.field(description="Its name.")
    status: ApprovalPolicyStatus = strawberry.field(description="Where it stands.")
    effective_from: datetime = strawberry.field(
        description="Since when it is in effect, or will be, once it is active."
    )
    effective_to: datetime | None = strawberry.field(
        description="Until when; null: until another takes its place."
    )
    created_at: datetime = strawberry.field(description="When it was drafted.")
    created_by: str = strawberry.field(description="Who drafted it.")
    rules: list[ApprovalRule] = strawberry.field(description="Its rules, in their order.")

    @strawberry.field(description="What you may do with it now.")
    def supported_actions(self, info: Info) -> list[ApprovalPolicyAction]:
        return ACTIONS[self.status] if info.context.principal.may(MANAGE) else []

    @classmethod
    def of(cls, row: Row[Any]) -> "ApprovalPolicy":
        """From a row of the domain's queries."""
        subject = subject_if_declared(row.subject)
        return cls(
            id=global_id(KIND, row.id),
            subject=row.subject,
            title=row.subject if subject is None else subject.title,
            version=row.version,
            name=row.name,
            status=ApprovalPolicyStatus(row.status),
            effective_from=row.effective_from,
            effective_to=row.effective_to,
            created_at=row.created_at,
            created_by=row.created_by,
            rules=[ApprovalRule.of(each) for each in row.rules],
        )


async def load_approval_policies(reader: Reader, ids: Sequence[int]) -> list[ApprovalPolicy | None]:
    """A batch for loaders: the policies of these row ids, in order."""
    rows = await queries.approval_policies_of_ids(reader, ids=ids)
    return [ApprovalPolicy.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by(KIND, load_approval_policies)


@strawberry.input(description="Which policies; what is left out does not narrow.")
class ApprovalPolicyFilter:
    subject: str | None = strawberry.field(default=None, description="The kind of thing.")
    status: ApprovalPolicyStatus | None = strawberry.field(default=None, description="Its status.")


@strawberry.type
class ApprovalPolicyQuery:
    @strawberry.field(
        description="All versions of all approval policies, the latest first. Needs approvals.read."
    )
    async def approval_policies(
        self,
        info: Info,
        filter: Annotated[
            ApprovalPolicyFilter | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ApprovalPolicy]:
        where = queries.PolicyFilter(**given(filter)) if filter else queries.PolicyFilter()
        reader = await info.context.reader()
        listing = await queries.approval_policies(
            reader, where=where, request=wanted(first, after, last, before)
        )
        return connection(listing.page, ApprovalPolicy.of, count=listing.count)
