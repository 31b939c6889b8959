"""Tours on the API."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id, optional_row_id
from api.nodes import Node, refetched_by
from api.user_errors import UserError, answers
from api.writing import perform
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.touring import queries
from domain.onboarding.touring.operations import run_tour
from domain.onboarding.touring.outcomes import OnlyInASandbox, TourUnderWay
from domain.onboarding.touring.policy import STEPS


@strawberry.enum(description="How a tour stands.")
class TourStatus(Enum):
    RUNNING = strawberry.enum_value("running", description="Steps are still to be taken.")
    DONE = strawberry.enum_value("done", description="The order has left.")
    FAILED = strawberry.enum_value("failed", description="A step was refused; see problem.")


@strawberry.enum(description="How a step of a tour stands.")
class TourStepStatus(Enum):
    WAITING = strawberry.enum_value("waiting", description="It is still to be taken.")
    DONE = strawberry.enum_value("done", description="It was taken.")
    FAILED = strawberry.enum_value("failed", description="It was refused.")


@strawberry.type(description="One step of a tour.")
class TourStep:
    name: str = strawberry.field(description="Stable, for programs.")
    title: str = strawberry.field(description="What it does.")
    status: TourStepStatus = strawberry.field(description="How it stands.")
    detail: str | None = strawberry.field(description="What it did, or why it was refused.")


@strawberry.type(description="An order that is taken through the sandbox until it has left.")
class Tour(Node):
    status: TourStatus = strawberry.field(description="How it stands.")
    problem: str | None = strawberry.field(description="Why it failed.")
    steps: list[TourStep] = strawberry.field(description="Every step, in order.")
    order_id: strawberry.ID | None = strawberry.field(
        description="The id of the order, once it is placed."
    )
    created_at: datetime = strawberry.field(description="When it was asked for.")
    ended_at: datetime | None = strawberry.field(description="When it was over.")

    @classmethod
    def of(cls, row: Row[Any]) -> "Tour":
        """From a row of the domain's queries."""
        order_id = row.facts.get("order_id")
        return cls(
            id=global_id("Tour", row.id),
            status=TourStatus(row.status),
            problem=row.problem,
            steps=[_step(step) for step in row.steps],
            order_id=None if order_id is None else global_id("Order", order_id),
            created_at=row.created_at,
            ended_at=row.ended_at,
        )


def _step(step: dict[str, Any]) -> TourStep:
    return TourStep(
        name=step["name"],
        title=STEPS[step["name"]],
        status=TourStepStatus(step["status"]),
        detail=step["detail"],
    )


async def load_tours(reader: Reader, ids: Sequence[int]) -> list[Tour | None]:
    """A batch for loaders: the tours of these row ids, in order."""
    rows = await queries.tours_of_ids(reader, ids=ids)
    return [Tour.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("Tour", load_tours)


@answers(OnlyInASandbox)
@strawberry.type(description="A tour books stock and money, so it runs in a sandbox only.")
class OnlyInASandboxError(UserError):
    pass


@answers(TourUnderWay, convert=lambda fields: {"tour_id": global_id("Tour", fields["tour_id"])})
@strawberry.type(description="A tour is under way already.")
class TourUnderWayError(UserError):
    tour_id: strawberry.ID = strawberry.field(description="The tour that runs.")


@strawberry.type
class TourQuery:
    @strawberry.field(description="Tours, newest first. Needs onboarding.read.")
    async def tours(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Tour]:
        listing = await queries.tours(
            await info.context.reader(), request=wanted(first, after, last, before)
        )
        return connection(listing.page, Tour.of, count=listing.count)


@strawberry.input(description="The wish for a tour.")
class RunTourInput:
    channel_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The channel that the order comes through; if absent, one that can sell.",
    )


@strawberry.type(description="What runTour did.")
class RunTourPayload:
    tour: Tour | None = strawberry.field(description="The tour that was begun.")
    user_errors: list[UserError] = strawberry.field(description="Why none was begun.")


@strawberry.type
class TourMutation:
    @strawberry.mutation(
        description=(
            "Take a real order through the sandbox: received, placed, allocated, released, picked, "
            "packed and shipped by the worker, each step told. Needs onboarding.manage."
        )
    )
    async def run_tour(
        self,
        info: Info,
        input: Annotated[RunTourInput, strawberry.argument(description="Through what.")],
    ) -> RunTourPayload:
        channel_id = optional_row_id(input.channel_id, "Channel", path=("input", "channelId"))

        async def run(work: Work) -> dict[str, Any]:
            return {"id": await run_tour(work, channel_id=channel_id)}

        done = await perform(info, run, input=input)
        tour = await info.context.load_done(load_tours, done["id"])
        return RunTourPayload(tour=tour, user_errors=done.user_errors)
