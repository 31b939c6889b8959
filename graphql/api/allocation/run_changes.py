"""Allocation runs are asked for, applied, cancelled and followed on the API."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Annotated, Any

import strawberry

from api.allocation.priorities import PriorityRuleKeyInput, rule_of
from api.allocation.runs import AllocationRun, AllocationRunMethod, load_runs
from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.live import AfterEvent, event_id, follow
from api.user_errors import UserError
from api.writing import perform
from domain.allocation.runs.asking import Scope
from domain.allocation.runs.demand import Rules
from domain.allocation.runs.operations import (
    apply_allocation_run,
    cancel_allocation_run,
    plan_allocation_run,
)
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.event_log import Interest
from domain.kernel.work import Work


@strawberry.input(description="How much the claims of a customer group weigh beside others (1).")
class GroupWeightInput:
    customer_group: str = strawberry.field(description="The group.")
    weight: int = strawberry.field(description="From 1.")


@strawberry.input(description="A run that is to be planned.")
class PlanAllocationRunInput:
    method: AllocationRunMethod = strawberry.field(description="How it decides.")
    name: str | None = strawberry.field(default=None, description="What to call it.")
    item_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Only demand for these items."
    )
    item_group: str | None = strawberry.field(
        default=None, description="Only demand for items of this group."
    )
    channel_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Only orders of these channels."
    )
    priority: list[PriorityRuleKeyInput] | None = strawberry.field(
        default=None, description="By which keys lines queue; as the tenant's backorders if absent."
    )
    weights: list[GroupWeightInput] = strawberry.field(
        default_factory=list, description="For FAIR_SHARE."
    )
    parcel_cost_minor: int = strawberry.field(
        default=0, description="For MINIMUM_COST: what each parcel costs beside its lane."
    )
    transfer_cost_minor: int = strawberry.field(
        default=0,
        description="For MINIMUM_COST: what each base unit costs by every sale from one legal "
        "entity to another by which it comes.",
    )
    solver_seconds: int = strawberry.field(
        default=10, description="For MINIMUM_COST: how long the solver may look, up to 30."
    )
    may_take_from_open: bool = strawberry.field(
        default=False,
        description="Whether stock that orders hold and that is not at work is planned anew.",
    )


@strawberry.input(description="An allocation run.")
class AllocationRunInput:
    id: strawberry.ID = strawberry.field(description="The run.")


@strawberry.type(description="What came of it.")
class AllocationRunPayload:
    allocation_run: AllocationRun | None = strawberry.field(description="The run as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type(description="Something that happened to a run, and the run after it.")
class AllocationRunChange:
    event_id: strawberry.ID = strawberry.field(
        description="The event's id, to know repetitions by and to take the subscription up again."
    )
    event_type: str = strawberry.field(
        description="What happened, such as allocation.run_progressed."
    )
    allocation_run: AllocationRun | None = strawberry.field(description="The run as it is now.")


def _scope(input: PlanAllocationRunInput) -> Scope:
    return Scope(
        item_ids=tuple(
            row_id_of(each, "Item", path=("itemIds", n)) for n, each in enumerate(input.item_ids)
        ),
        item_group=input.item_group,
        channel_ids=tuple(
            row_id_of(each, "Channel", path=("channelIds", n))
            for n, each in enumerate(input.channel_ids)
        ),
    )


def _rules(input: PlanAllocationRunInput) -> Rules:
    groups = [each.customer_group for each in input.weights]
    if len(set(groups)) != len(groups):
        raise InvalidInput("Each group once.", path=("weights",))
    return Rules(
        weights={each.customer_group: each.weight for each in input.weights},
        parcel_cost_minor=input.parcel_cost_minor,
        transfer_cost_minor=input.transfer_cost_minor,
        solver_seconds=input.solver_seconds,
    )


async def _change(
    info: Info, input: AllocationRunInput, change: Callable[..., Awaitable[None]]
) -> AllocationRunPayload:
    run_id = row_id_of(input.id, "AllocationRun", path=("id",))

    async def run(work: Work) -> dict[str, Any]:
        await change(work, run_id=run_id)
        return {"id": run_id}

    done = await perform(info, run, input=input, key_required=True)
    found = await info.context.load_done(load_runs, done["id"])
    return AllocationRunPayload(allocation_run=found, user_errors=done.user_errors)


@strawberry.type
class AllocationRunMutation:
    @strawberry.mutation(
        description="Ask for a plan over all open demand of a scope. The worker makes it; nothing "
        "is given away before it is applied. Needs allocation.run."
    )
    async def plan_allocation_run(
        self,
        info: Info,
        input: Annotated[PlanAllocationRunInput, strawberry.argument(description="Which.")],
    ) -> AllocationRunPayload:
        scope, rules = _scope(input), _rules(input)
        keys = input.priority
        priority = None if keys is None else rule_of(keys, path=("priority",))

        async def run(work: Work) -> dict[str, Any]:
            run_id = await plan_allocation_run(
                work,
                method=str(input.method.value),
                scope=scope,
                priority=priority,
                rules=rules,
                name=input.name,
                may_take_from_open=input.may_take_from_open,
            )
            return {"id": run_id}

        done = await perform(info, run, input=input)
        found = await info.context.load_done(load_runs, done["id"])
        return AllocationRunPayload(allocation_run=found, user_errors=done.user_errors)

    @strawberry.mutation(
        description="Apply a planned run, part by part, by the worker. Each line gets at most what "
        "is there then; lines that get less are told as stale. Needs allocation.run."
    )
    async def apply_allocation_run(
        self,
        info: Info,
        input: Annotated[AllocationRunInput, strawberry.argument(description="Which one.")],
    ) -> AllocationRunPayload:
        return await _change(info, input, apply_allocation_run)

    @strawberry.mutation(
        description="Let a run not go any further; what was applied stays. Needs allocation.run."
    )
    async def cancel_allocation_run(
        self,
        info: Info,
        input: Annotated[AllocationRunInput, strawberry.argument(description="Which one.")],
    ) -> AllocationRunPayload:
        return await _change(info, input, cancel_allocation_run)


@strawberry.type
class AllocationRunSubscription:
    @strawberry.subscription(
        description="Each step of allocation runs, as it is committed. Needs allocation.read."
    )
    async def allocation_run_changed(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Of this run; of every run if absent."),
        ] = None,
        after: AfterEvent = None,
    ) -> AsyncGenerator[AllocationRunChange]:
        run_id = optional_row_id(id, "AllocationRun")
        if run_id is not None and await info.context.load(load_runs, run_id) is None:
            raise NotFound("AllocationRun")
        interest = Interest(aggregate="allocation_run", aggregate_id=run_id)
        async with aclosing(follow(info, "allocation.read", interest, after=after)) as events:
            async for event in events:
                yield AllocationRunChange(
                    event_id=event_id(event),
                    event_type=event.type,
                    allocation_run=await info.context.load(load_runs, event.aggregate_id),
                )
