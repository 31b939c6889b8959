"""What was allocated to orders, and why, on the API."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.context import Info
from api.entities.locations import Location, load_locations
from api.orders.lines import OrderLine, load_order_lines
from domain.allocation import queries
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader


@strawberry.enum(description="Where an allocation stands.")
class AllocationStatus(Enum):
    OPEN = strawberry.enum_value("open", description="Kept; no location works on it yet.")
    RELEASED = strawberry.enum_value("released", description="Its location works on it.")
    SHIPPED = strawberry.enum_value("shipped", description="It has left.")
    CANCELLED = strawberry.enum_value("cancelled", description="It was given back.")


@strawberry.type(description="Stock at one location that is, or was, kept for an order line.")
class Allocation:
    quantity: Decimal = strawberry.field(description="What is still to ship, in base units.")
    shipped: Decimal = strawberry.field(description="What has left, in base units.")
    status: AllocationStatus = strawberry.field(description="Where it stands.")
    created_at: datetime = strawberry.field(description="When it was decided.")
    line_id: strawberry.Private[int]
    location_id: strawberry.Private[int]

    @strawberry.field(description="The order line it serves.")
    async def line(self, info: Info) -> OrderLine | None:
        return await info.context.load(load_order_lines, self.line_id)

    @strawberry.field(description="Where the stock lies.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "Allocation":
        """From a row of the domain's queries."""
        return cls(
            quantity=plain(row.quantity),
            shipped=plain(row.shipped),
            status=AllocationStatus(row.status),
            created_at=row.created_at,
            line_id=row.order_line_id,
            location_id=row.location_id,
        )


@strawberry.type(description="What one location had for a line, what it gave, and why.")
class AllocationCandidate:
    location_code: str = strawberry.field(description="The location's code.")
    rank: int | None = strawberry.field(description="Its rank in the policy; null: not in it.")
    available: Decimal = strawberry.field(description="What it could have given, in base units.")
    given: Decimal = strawberry.field(description="What it gave, in base units.")
    chosen: bool = strawberry.field(description="Whether it was chosen.")
    rule: str = strawberry.field(description="The rule that chose or refused it, for programs.")
    reason: str = strawberry.field(description="The rule, for people.")
    location_id: strawberry.Private[int]

    @strawberry.field(description="The location.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @classmethod
    def of(cls, candidate: queries.Candidate) -> "AllocationCandidate":
        """From a candidate of the domain's explanation."""
        return cls(
            location_code=candidate.location_code,
            rank=candidate.rank,
            available=plain(candidate.available),
            given=plain(candidate.given),
            chosen=candidate.chosen,
            rule=candidate.rule,
            reason=candidate.reason,
            location_id=candidate.location_id,
        )


@strawberry.type(description="One decision on one order line.")
class AllocationDecision:
    line_number: int = strawberry.field(description="The line.")
    trigger: str = strawberry.field(
        description="What made it be decided: order_placed, stock_received, by_hand, order_amended."
    )
    requested: Decimal = strawberry.field(description="What the line asked for, in base units.")
    allocated: Decimal = strawberry.field(description="What it got, in base units.")
    decided_at: datetime = strawberry.field(description="When.")
    candidates: list[AllocationCandidate] = strawberry.field(
        description="Every location that the policy uses or that has the item, in rank order."
    )
    line_id: strawberry.Private[int]

    @strawberry.field(description="The order line.")
    async def line(self, info: Info) -> OrderLine | None:
        return await info.context.load(load_order_lines, self.line_id)

    @classmethod
    def of(cls, decision: queries.Explanation) -> "AllocationDecision":
        """From an explanation of the domain."""
        return cls(
            line_number=decision.line_number,
            trigger=decision.trigger,
            requested=plain(decision.requested),
            allocated=plain(decision.allocated),
            decided_at=decision.decided_at,
            candidates=[AllocationCandidate.of(each) for each in decision.candidates],
            line_id=decision.line_id,
        )


async def load_allocations_of_orders(
    reader: Reader, order_ids: Sequence[int]
) -> list[list[Allocation]]:
    """A batch for loaders: the allocations of each order, oldest first."""
    rows = await queries.allocations_of_orders(reader, order_ids=order_ids)
    return [[Allocation.of(row) for row in rows.get(order_id, ())] for order_id in order_ids]


async def load_decisions_of_orders(
    reader: Reader, order_ids: Sequence[int]
) -> list[list[AllocationDecision]]:
    """A batch for loaders: the decisions on each order, by line, the latest last."""
    found = await queries.explain_allocations(reader, order_ids=order_ids)
    return [
        [AllocationDecision.of(each) for each in found.get(order_id, ())] for order_id in order_ids
    ]


async def load_work_of_orders(reader: Reader, order_ids: Sequence[int]) -> list[queries.OrderWork]:
    """A batch for loaders: what decides on the actions of each order."""
    found = await queries.work_of_orders(reader, order_ids=order_ids)
    return [found.get(order_id, queries.OrderWork()) for order_id in order_ids]
