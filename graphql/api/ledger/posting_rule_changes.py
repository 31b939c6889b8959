"""An entity's own posting rules are drafted and put into effect, on the API."""

from datetime import date
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.ledger.posting_rules import PostingRuleVersion, load_posting_rule_versions
from api.user_errors import UserError
from api.writing import perform, perform_one
from domain.kernel.work import Work
from domain.ledger.operations import posting_rules as operations


@strawberry.input(description="Where a leg goes; a condition that is left out holds always.")
class PostingRuleInput:
    milestone: str = strawberry.field(description="What happens, such as shipment_revenue.")
    leg: str = strawberry.field(description="The part of the posting, such as revenue.")
    account_id: strawberry.ID = strawberry.field(description="The account it goes to.")
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="For this channel."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="For this location."
    )
    item_group: str | None = strawberry.field(default=None, description="For this item group.")
    party_group: str | None = strawberry.field(
        default=None, description="For customers of this group."
    )
    country: str | None = strawberry.field(default=None, description="For goods to this country.")
    currency: str | None = strawberry.field(default=None, description="For this currency.")
    project: str | None = strawberry.field(default=None, description="Put under this project.")

    def rule(self, place: int) -> dict[str, Any]:
        """As the domain knows it."""
        at = ("rules", place)
        return given(self) | {
            "account_id": row_id_of(self.account_id, "Account", path=(*at, "accountId")),
            "channel_id": optional_row_id(self.channel_id, "Channel", path=(*at, "channelId")),
            "location_id": optional_row_id(self.location_id, "Location", path=(*at, "locationId")),
        }


@strawberry.input(description="All of a legal entity's own posting rules.")
class DraftPostingRulesInput:
    entity_id: strawberry.ID = strawberry.field(description="The legal entity.")
    rules: list[PostingRuleInput] = strawberry.field(
        description="All that are to count, at most 500; none: the standard alone."
    )
    note: str | None = strawberry.field(default=None, description="What it is for.")


@strawberry.input(description="A version to copy.")
class CopyPostingRulesInput:
    id: strawberry.ID = strawberry.field(description="The version.")
    note: str | None = strawberry.field(default=None, description="What the copy is for.")


@strawberry.input(description="A version to put into effect.")
class ActivatePostingRulesInput:
    id: strawberry.ID = strawberry.field(description="The version.")
    effective_from: date = strawberry.field(description="From this day on, today or later.")


@strawberry.input(description="A version to withdraw.")
class WithdrawPostingRulesInput:
    id: strawberry.ID = strawberry.field(description="The version.")


@strawberry.type(description="What draftPostingRules did.")
class DraftPostingRulesPayload:
    version: PostingRuleVersion | None = strawberry.field(description="The draft.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was drafted.")


@strawberry.type(description="What copyPostingRules did.")
class CopyPostingRulesPayload:
    version: PostingRuleVersion | None = strawberry.field(description="The draft.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was drafted.")


@strawberry.type(description="What activatePostingRules did.")
class ActivatePostingRulesPayload:
    version: PostingRuleVersion | None = strawberry.field(description="The version as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type(description="What withdrawPostingRules did.")
class WithdrawPostingRulesPayload:
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class PostingRuleMutation:
    @strawberry.mutation(
        description="Draft a legal entity's own posting rules, to try them out before they count. "
        "Needs ledger.manage."
    )
    async def draft_posting_rules(
        self,
        info: Info,
        input: Annotated[DraftPostingRulesInput, strawberry.argument(description="The rules.")],
    ) -> DraftPostingRulesPayload:
        entity_id = row_id_of(input.entity_id, "LegalEntity", path=("entityId",))
        rules = [rule.rule(place) for place, rule in enumerate(input.rules)]

        async def draft(work: Work) -> int:
            return await operations.draft_posting_rules(
                work, entity_id=entity_id, rules=rules, note=input.note
            )

        version, errors = await perform_one(
            info, draft, input=input, load=load_posting_rule_versions
        )
        return DraftPostingRulesPayload(version=version, user_errors=errors)

    @strawberry.mutation(
        description="Draft what an earlier version of posting rules said, to go back to it. Needs "
        "ledger.manage."
    )
    async def copy_posting_rules(
        self,
        info: Info,
        input: Annotated[CopyPostingRulesInput, strawberry.argument(description="Which.")],
    ) -> CopyPostingRulesPayload:
        version_id = row_id_of(input.id, "PostingRuleVersion")

        async def copy(work: Work) -> int:
            return await operations.copy_posting_rules(work, version_id=version_id, note=input.note)

        version, errors = await perform_one(
            info, copy, input=input, load=load_posting_rule_versions
        )
        return CopyPostingRulesPayload(version=version, user_errors=errors)

    @strawberry.mutation(
        description="Put drafted posting rules into effect from a day on; where posting rules are "
        "governed, draft a change request instead. Needs ledger.manage."
    )
    async def activate_posting_rules(
        self,
        info: Info,
        input: Annotated[ActivatePostingRulesInput, strawberry.argument(description="Which.")],
    ) -> ActivatePostingRulesPayload:
        version_id = row_id_of(input.id, "PostingRuleVersion")

        async def activate(work: Work) -> int:
            await operations.activate_posting_rules(
                work, version_id=version_id, effective_from=input.effective_from
            )
            return version_id

        version, errors = await perform_one(
            info, activate, input=input, load=load_posting_rule_versions
        )
        return ActivatePostingRulesPayload(version=version, user_errors=errors)

    @strawberry.mutation(
        description="Throw drafted posting rules away, or call off those that are not in effect "
        "yet. Needs ledger.manage."
    )
    async def withdraw_posting_rules(
        self,
        info: Info,
        input: Annotated[WithdrawPostingRulesInput, strawberry.argument(description="Which.")],
    ) -> WithdrawPostingRulesPayload:
        version_id = row_id_of(input.id, "PostingRuleVersion")

        async def withdraw(work: Work) -> dict[str, Any]:
            await operations.withdraw_posting_rules(work, version_id=version_id)
            return {}

        done = await perform(info, withdraw, input=input)
        return WithdrawPostingRulesPayload(user_errors=done.user_errors)
