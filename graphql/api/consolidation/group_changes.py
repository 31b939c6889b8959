"""Setting up groups of legal entities, on the API."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry

from api.consolidation.groups import (
    KIND,
    AffiliateAccountKind,
    ConsolidationGroup,
    load_groups,
)
from api.context import Info
from api.ids import global_id, optional_row_id, row_id_of
from api.user_errors import UserError, answers
from api.writing import perform_one
from domain.finance.consolidation.outcomes import HoldingUnsound
from domain.finance.operations import consolidation as operations
from domain.kernel.work import Work

MANAGE = "consolidation.manage"


@answers(
    HoldingUnsound,
    convert=lambda told: {"entity_id": global_id("LegalEntity", told["entity_id"])},
)
@strawberry.type(
    description="Legal entities would hold each other in a circle, or more than the whole of one "
    "would be held."
)
class HoldingUnsoundError(UserError):
    entity_id: strawberry.ID = strawberry.field(description="The legal entity.")


@strawberry.input(description="A new group.")
class CreateConsolidationGroupInput:
    code: str = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="What it is called.")
    parent_entity_id: strawberry.ID = strawberry.field(
        description="The legal entity that holds others."
    )
    currency: str | None = strawberry.field(
        default=None, description="In which it reports (ISO 4217); absent: the parent's."
    )


@strawberry.input(description="What a group is called from now on; what is absent stays.")
class ChangeConsolidationGroupInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    code: str | None = strawberry.field(default=None, description="Its code.")
    name: str | None = strawberry.field(default=None, description="What it is called.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version you read; refused when it changed since."
    )


@strawberry.input(description="How much of a legal entity another one holds from a day on.")
class SetGroupHoldingInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    owner_id: strawberry.ID = strawberry.field(description="The legal entity that holds it.")
    entity_id: strawberry.ID = strawberry.field(description="The legal entity that is held.")
    effective_from: date = strawberry.field(description="The first day.")
    percent: Decimal | None = strawberry.field(
        description="In percent, with at most 6 decimals; nothing takes it out of the group, null "
        "takes back what was said for that day."
    )


@strawberry.input(description="An account that is with an affiliate.")
class MarkAffiliateAccountInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    account_id: strawberry.ID = strawberry.field(description="The account of an entity's chart.")
    affiliate_id: strawberry.ID | None = strawberry.field(
        description="The other legal entity; null: it is with none any more."
    )
    kind: AffiliateAccountKind = strawberry.field(
        default=AffiliateAccountKind.BALANCE, description="As what it is eliminated."
    )
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only what is of this party; absent: all of it."
    )


@strawberry.type(description="What came of it.")
class ConsolidationGroupPayload:
    consolidation_group: ConsolidationGroup | None = strawberry.field(
        description="The group as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class ConsolidationGroupMutation:
    @strawberry.mutation(description="Make a group of legal entities. Needs consolidation.manage.")
    async def create_consolidation_group(
        self,
        info: Info,
        input: Annotated[
            CreateConsolidationGroupInput, strawberry.argument(description="The group.")
        ],
    ) -> ConsolidationGroupPayload:
        info.context.require(MANAGE)
        parent_id = row_id_of(input.parent_entity_id, "LegalEntity", path=("parentEntityId",))

        async def run(work: Work) -> int:
            return await operations.create_consolidation_group(
                work,
                code=input.code,
                name=input.name,
                parent_id=parent_id,
                currency=input.currency,
            )

        return await _payload(info, run, input)

    @strawberry.mutation(description="Call a group something else. Needs consolidation.manage.")
    async def change_consolidation_group(
        self,
        info: Info,
        input: Annotated[
            ChangeConsolidationGroupInput, strawberry.argument(description="What changes.")
        ],
    ) -> ConsolidationGroupPayload:
        info.context.require(MANAGE)
        group_id = row_id_of(input.group_id, KIND, path=("groupId",))

        async def run(work: Work) -> int:
            return await operations.change_consolidation_group(
                work,
                group_id=group_id,
                code=input.code,
                name=input.name,
                expected_version=input.expected_version,
            )

        return await _payload(info, run, input)

    @strawberry.mutation(
        description="Say how much of a legal entity another one holds from a day on: so it belongs "
        "to the group. Needs consolidation.manage."
    )
    async def set_group_holding(
        self,
        info: Info,
        input: Annotated[SetGroupHoldingInput, strawberry.argument(description="The holding.")],
    ) -> ConsolidationGroupPayload:
        info.context.require(MANAGE)
        group_id = row_id_of(input.group_id, KIND, path=("groupId",))
        owner_id = row_id_of(input.owner_id, "LegalEntity", path=("ownerId",))
        entity_id = row_id_of(input.entity_id, "LegalEntity", path=("entityId",))

        async def run(work: Work) -> int:
            return await operations.set_group_holding(
                work,
                group_id=group_id,
                owner_id=owner_id,
                entity_id=entity_id,
                effective_from=input.effective_from,
                percent=input.percent,
            )

        return await _payload(info, run, input)

    @strawberry.mutation(
        description="Say that what stands on an account is with an affiliate, and is eliminated. "
        "What trade between legal entities books needs no saying. Needs consolidation.manage."
    )
    async def mark_affiliate_account(
        self,
        info: Info,
        input: Annotated[
            MarkAffiliateAccountInput, strawberry.argument(description="The account.")
        ],
    ) -> ConsolidationGroupPayload:
        info.context.require(MANAGE)
        group_id = row_id_of(input.group_id, KIND, path=("groupId",))
        account_id = row_id_of(input.account_id, "Account", path=("accountId",))
        affiliate = optional_row_id(input.affiliate_id, "LegalEntity", path=("affiliateId",))
        party_id = optional_row_id(input.party_id, "Party", path=("partyId",))

        async def run(work: Work) -> int:
            return await operations.mark_affiliate_account(
                work,
                group_id=group_id,
                account_id=account_id,
                affiliate_id=affiliate,
                kind=str(input.kind.value),
                party_id=party_id,
            )

        return await _payload(info, run, input)


async def _payload(
    info: Info, run: Callable[[Work], Awaitable[int]], input: object
) -> ConsolidationGroupPayload:
    group, errors = await perform_one(info, run, input=input, load=load_groups)
    return ConsolidationGroupPayload(consolidation_group=group, user_errors=errors)
