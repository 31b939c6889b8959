"""Allocation runs on the API."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.allocation.priorities import PriorityRuleKey, keys_of
from api.allocation.run_lines import AllocationRunLine, AllocationRunLineStatus
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id
from api.nodes import Node, refetched_by
from api.scalars import Money, money
from domain.allocation.runs import queries
from domain.allocation.runs.states import actions
from domain.kernel.paging import Listing, PageRequest
from domain.kernel.reading import Reader


@strawberry.enum(description="How a run decides who gets what.")
class AllocationRunMethod(Enum):
    PRIORITY = strawberry.enum_value("priority", description="One line after the other, by rule.")
    FAIR_SHARE = strawberry.enum_value(
        "fair_share", description="Everybody the same part of what is missing, in whole units."
    )
    MINIMUM_COST = strawberry.enum_value(
        "minimum_cost", description="As much as by rule, from where it costs least to send."
    )


@strawberry.enum(description="Where a run stands.")
class AllocationRunStatus(Enum):
    PLANNING = strawberry.enum_value("planning", description="The worker makes the plan.")
    PLANNED = strawberry.enum_value("planned", description="The plan is there to be looked at.")
    APPLYING = strawberry.enum_value("applying", description="It is applied, part by part.")
    APPLIED = strawberry.enum_value("applied", description="All of it was applied.")
    CANCELLED = strawberry.enum_value("cancelled", description="It goes no further.")
    FAILED = strawberry.enum_value("failed", description="It could not be planned.")


@strawberry.enum(description="What may be done with a run now.")
class AllocationRunAction(Enum):
    APPLY = strawberry.enum_value("apply", description="applyAllocationRun")
    CANCEL = strawberry.enum_value("cancel", description="cancelAllocationRun")


@strawberry.type(description="What the demand of a plan in one currency is worth.")
class AllocationRunValue:
    demanded: Money = strawberry.field(description="All that is asked for.")
    given: Money = strawberry.field(description="What the plan gives.")


@strawberry.type(description="What the solver said of a plan by minimum cost.")
class AllocationRunSolver:
    status: str = strawberry.field(
        description="How it was found: exchanged in large runs, else as the solver ended."
    )
    gap: Decimal | None = strawberry.field(
        description="How much cheaper a plan could be at most, as a share; null: not known."
    )
    greedy_cost_minor: Decimal = strawberry.field(
        description="What serving one line after the other would cost, in minor units."
    )
    is_greedy: bool = strawberry.field(
        description="Nothing better was found than serving one line after the other."
    )


@strawberry.type(description="What a plan comes to; quantities in base units over all items.")
class AllocationRunFigures:
    lines: int = strawberry.field(description="Lines that were planned.")
    orders: int = strawberry.field(description="Orders they are of.")
    left_out: int = strawberry.field(
        description="Lines that can only be served with others that are out of the scope."
    )
    lines_full: int = strawberry.field(description="Lines that get all they ask for.")
    lines_waiting: int = strawberry.field(description="Lines that get nothing.")
    lines_late: int = strawberry.field(description="Lines that wait beyond their promised day.")
    demanded: Decimal = strawberry.field(description="What all ask for.")
    held: Decimal = strawberry.field(description="What they had of it before.")
    given: Decimal = strawberry.field(description="What they get.")
    fill_rate: Decimal = strawberry.field(description="Given by demanded, from 0 to 1.")
    values: list[AllocationRunValue] = strawberry.field(description="Worth, by currency.")
    parcels: int = strawberry.field(description="Parcels: locations by order.")
    splits: int = strawberry.field(description="Parcels beyond the first of an order.")
    cost_minor: Decimal = strawberry.field(
        description="What parcels and units cost on their lanes."
    )
    solver: AllocationRunSolver | None = strawberry.field(description="For minimum cost.")

    @classmethod
    def of(cls, figures: dict[str, Any]) -> "AllocationRunFigures":
        """From kept figures."""
        numbers = ("demanded", "held", "given", "fill_rate", "cost_minor")
        read: dict[str, Any] = {name: Decimal(figures[name]) for name in numbers}
        counts = ("lines", "orders", "left_out", "lines_full", "lines_waiting", "lines_late")
        read |= {name: figures[name] for name in (*counts, "parcels", "splits")}
        solver = figures.get("solver")
        return cls(
            **read,
            values=[_value(each) for each in figures["values"]],
            solver=None if solver is None else _solver(solver),
        )


def _value(each: dict[str, Any]) -> AllocationRunValue:
    currency = each["currency"]
    return AllocationRunValue(
        demanded=money(each["demanded_minor"], currency),
        given=money(each["given_minor"], currency),
    )


def _solver(said: dict[str, Any]) -> AllocationRunSolver:
    return AllocationRunSolver(
        status=said["status"],
        gap=None if said["gap"] is None else Decimal(said["gap"]),
        greedy_cost_minor=Decimal(said["greedy_cost_minor"]),
        is_greedy=said["is_greedy"],
    )


@strawberry.type(description="A plan of who gets what of scarce items, and how far it is applied.")
class AllocationRun(Node):
    number: str = strawberry.field(description="Its number.")
    name: str | None = strawberry.field(description="What it was called.")
    method: AllocationRunMethod = strawberry.field(description="How it decides.")
    status: AllocationRunStatus = strawberry.field(description="Where it stands.")
    priority: list[PriorityRuleKey] = strawberry.field(description="By which keys lines queue.")
    may_take_from_open: bool = strawberry.field(
        description="Whether stock that orders hold and that is not at work is planned anew."
    )
    figures: AllocationRunFigures | None = strawberry.field(description="What the plan comes to.")
    lines_changed: int = strawberry.field(description="Lines that are to be applied.")
    lines_applied: int = strawberry.field(description="Lines that have what was planned.")
    lines_stale: int = strawberry.field(description="Lines of which less was there, or wanted.")
    failure: str | None = strawberry.field(description="Why it could not be planned.")
    based_on: datetime | None = strawberry.field(description="As of when the plan was made.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    created_by: str = strawberry.field(description="Who asked for it.")
    ended_at: datetime | None = strawberry.field(description="When it was over.")
    row_id: strawberry.Private[int]

    @strawberry.field(description="What it has for each line, in the order of the queue.")
    async def lines(
        self,
        info: Info,
        statuses: Annotated[
            list[AllocationRunLineStatus] | None,
            strawberry.argument(description="Only those of which this became."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AllocationRunLine]:
        states = None if statuses is None else tuple(str(each.value) for each in statuses)
        request = wanted(first, after, last, before)
        listing = await info.context.load(load_run_lines, self.row_id, states, request)
        return connection(listing.page, AllocationRunLine.of, count=listing.count)

    @strawberry.field(description="What you may do with it now.")
    def supported_actions(self, info: Info) -> list[AllocationRunAction]:
        may = info.context.principal.may("allocation.run")
        return (
            [AllocationRunAction(each) for each in actions(str(self.status.value))] if may else []
        )

    @classmethod
    def of(cls, row: Row[Any]) -> "AllocationRun":
        """From a row of the domain's queries."""
        plain = ("number", "name", "may_take_from_open", "failure", "based_on", "created_at")
        counts = ("created_by", "ended_at", "lines_changed", "lines_applied", "lines_stale")
        return cls(
            id=global_id("AllocationRun", row.id),
            method=AllocationRunMethod(row.method),
            status=AllocationRunStatus(row.status),
            priority=keys_of(row.rules["priority"]),
            figures=None if row.figures is None else AllocationRunFigures.of(row.figures),
            row_id=row.id,
            **{name: getattr(row, name) for name in (*plain, *counts)},
        )


async def load_run_lines(
    reader: Reader,
    ids: Sequence[int],
    statuses: Collection[str] | None,
    request: PageRequest,
) -> list[Listing]:
    """A batch for loaders: the same page of the lines of each run, in order."""
    return await queries.allocation_run_lines(
        reader, run_ids=ids, statuses=statuses, request=request
    )


async def load_runs(reader: Reader, ids: Sequence[int]) -> list[AllocationRun | None]:
    """A batch for loaders: the runs of these row ids, in order."""
    rows = await queries.allocation_runs_by_ids(reader, run_ids=ids)
    return [AllocationRun.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("AllocationRun", load_runs)


@strawberry.type
class AllocationRunQuery:
    @strawberry.field(description="All allocation runs, the newest first. Needs allocation.read.")
    async def allocation_runs(
        self,
        info: Info,
        statuses: Annotated[
            list[AllocationRunStatus] | None,
            strawberry.argument(description="Only those that stand so."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AllocationRun]:
        listing = await queries.allocation_runs(
            await info.context.reader(),
            statuses=None if statuses is None else [str(each.value) for each in statuses],
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, AllocationRun.of, count=listing.count)
