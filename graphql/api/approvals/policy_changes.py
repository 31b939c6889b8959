"""Writing approval policies on the API."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.approvals.policies import KIND, ApprovalPolicy, load_approval_policies
from api.approvals.policy_inputs import ApprovalRuleInput, rules_told
from api.context import Info
from api.ids import row_id_of
from api.user_errors import UserError, answers
from api.writing import Operation, perform
from domain.approvals.operations.policies import (
    activate_approval_policy,
    create_approval_policy,
    retire_approval_policy,
    update_approval_policy,
)
from domain.approvals.outcomes import PolicyPeriodTaken, StepWithoutApprovers
from domain.kernel.work import Work


@strawberry.input(description="The next version of a subject's approval policy.")
class CreateApprovalPolicyInput:
    subject: str = strawberry.field(description="The kind of thing, such as stock_count.")
    name: str = strawberry.field(description="Its name.")
    rules: list[ApprovalRuleInput] = strawberry.field(
        description="Its rules; the first one that applies decides."
    )


@strawberry.input(description="Changes of a draft; fields left out stay as they are.")
class UpdateApprovalPolicyInput:
    id: strawberry.ID = strawberry.field(description="A draft.")
    name: str | None = strawberry.field(default=None, description="New name.")
    rules: list[ApprovalRuleInput] | None = strawberry.field(
        default=None, description="All rules that it is to have."
    )


@strawberry.input(description="A draft that is to take effect.")
class ActivateApprovalPolicyInput:
    id: strawberry.ID = strawberry.field(description="A draft.")
    effective_from: datetime | None = strawberry.field(
        default=None, description="From this moment on; now if absent."
    )
    effective_to: datetime | None = strawberry.field(
        default=None, description="Until this moment; for good if absent."
    )


@strawberry.input(description="A policy that is to go out of effect.")
class RetireApprovalPolicyInput:
    id: strawberry.ID = strawberry.field(description="The policy.")


@strawberry.type(description="What became of an approval policy.")
class ApprovalPolicyPayload:
    approval_policy: ApprovalPolicy | None = strawberry.field(
        description="The policy as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was changed.")


@answers(
    PolicyPeriodTaken,
    convert=lambda fields: (
        fields
        | {
            "effective_from": datetime.fromisoformat(fields["effective_from"]),
            "effective_to": fields["effective_to"]
            and datetime.fromisoformat(fields["effective_to"]),
        }
    ),
)
@strawberry.type(description="Another version of the approval policy is in effect in that time.")
class PolicyPeriodTakenError(UserError):
    subject: str = strawberry.field(description="The kind of thing.")
    version: int = strawberry.field(description="The other version.")
    effective_from: datetime = strawberry.field(description="Since when it is in effect.")
    effective_to: datetime | None = strawberry.field(description="Until when; null: for good.")


@answers(StepWithoutApprovers)
@strawberry.type(description="Fewer people could say yes in a step than it needs.")
class StepWithoutApproversError(UserError):
    rule: str = strawberry.field(description="The rule.")
    step: str = strawberry.field(description="The step.")
    needed: int = strawberry.field(description="How many have to say yes.")
    possible: int = strawberry.field(
        description="How many could, by their roles and permissions as they are now."
    )


async def _change(info: Info, input: object, run: Operation) -> ApprovalPolicyPayload:
    done = await perform(info, run, input=input)
    return ApprovalPolicyPayload(
        approval_policy=await info.context.load_done(load_approval_policies, done["id"]),
        user_errors=done.user_errors,
    )


@strawberry.type
class ApprovalPolicyMutation:
    @strawberry.mutation(
        description="Draft the next version of a subject's approval policy; it decides nothing "
        "yet. Needs approvals.manage."
    )
    async def create_approval_policy(
        self,
        info: Info,
        input: Annotated[
            CreateApprovalPolicyInput, strawberry.argument(description="What it is to say.")
        ],
    ) -> ApprovalPolicyPayload:
        rules = rules_told(input.rules)

        async def run(work: Work) -> dict[str, Any]:
            made = await create_approval_policy(
                work, subject=input.subject, name=input.name, rules=rules
            )
            return {"id": made}

        return await _change(info, input, run)

    @strawberry.mutation(description="Change what a draft says. Needs approvals.manage.")
    async def update_approval_policy(
        self,
        info: Info,
        input: Annotated[
            UpdateApprovalPolicyInput, strawberry.argument(description="What is to change.")
        ],
    ) -> ApprovalPolicyPayload:
        policy_id = row_id_of(input.id, KIND)
        rules = None if input.rules is None else rules_told(input.rules)

        async def run(work: Work) -> dict[str, Any]:
            await update_approval_policy(work, policy_id=policy_id, name=input.name, rules=rules)
            return {"id": policy_id}

        return await _change(info, input, run)

    @strawberry.mutation(
        description="Let a draft take effect, now or later; it cannot change from then on. What "
        "waits already keeps its steps. Needs approvals.manage."
    )
    async def activate_approval_policy(
        self,
        info: Info,
        input: Annotated[
            ActivateApprovalPolicyInput, strawberry.argument(description="Which, and when.")
        ],
    ) -> ApprovalPolicyPayload:
        policy_id = row_id_of(input.id, KIND)

        async def run(work: Work) -> dict[str, Any]:
            await activate_approval_policy(
                work,
                policy_id=policy_id,
                effective_from=input.effective_from,
                effective_to=input.effective_to,
            )
            return {"id": policy_id}

        return await _change(info, input, run)

    @strawberry.mutation(
        description="Let a policy go out of effect now, or give up a draft. Without another one "
        "anybody with the subject's permission decides. Needs approvals.manage."
    )
    async def retire_approval_policy(
        self,
        info: Info,
        input: Annotated[RetireApprovalPolicyInput, strawberry.argument(description="Which.")],
    ) -> ApprovalPolicyPayload:
        policy_id = row_id_of(input.id, KIND)

        async def run(work: Work) -> dict[str, Any]:
            await retire_approval_policy(work, policy_id=policy_id)
            return {"id": policy_id}

        return await _change(info, input, run)
