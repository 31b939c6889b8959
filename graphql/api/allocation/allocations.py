"""What was allocated to orders, and why, on the API."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.allocation.policies import AllocationPolicy, load_policies
from api.allocation.pools import StockPoolQuantity
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.entities.locations import Location, load_locations
from api.intercompany.agreements import TradeAgreement, load_agreements
from api.orders.lines import OrderLine, load_order_lines
from domain.allocation.queries import allocations, decisions
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
    owner_id: strawberry.Private[int]

    @strawberry.field(description="Whose stock it is; another entity's is bought when it leaves.")
    async def owner(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.owner_id)

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
            owner_id=row.owner_id,
        )


@strawberry.type(description="What another legal entity gave for a line.")
class BoughtQuantity:
    quantity: Decimal = strawberry.field(description="How much, in base units.")
    owner_id: strawberry.Private[int]
    agreement_ids: strawberry.Private[tuple[int, ...]]

    @strawberry.field(description="The entity whose stock it is.")
    async def owner(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.owner_id)

    @strawberry.field(
        description="The trade agreements under which it comes, the owner's own first, at most "
        "two; null without intercompany.read."
    )
    async def agreements(self, info: Info) -> list[TradeAgreement] | None:
        if not info.context.principal.may("intercompany.read"):
            return None
        found = [await info.context.load(load_agreements, each) for each in self.agreement_ids]
        return [each for each in found if each is not None]


@strawberry.type(description="What a location was worth by one criterion.")
class CriterionValue:
    criterion: str = strawberry.field(description="The criterion.")
    value: str | None = strawberry.field(
        description="Kilometres, minor units, base units or a day (as an ordinal), by criterion; "
        "null: unknown, or without limit."
    )


@strawberry.type(description="A strategy that was not asked, and why.")
class SkippedStrategy:
    code: str = strawberry.field(description="The strategy.")
    condition: str = strawberry.field(description="The condition that the order does not meet.")


@strawberry.type(description="What one location had for a line, what it gave, and why.")
class AllocationCandidate:
    location_code: str = strawberry.field(description="The location's code.")
    rank: int | None = strawberry.field(description="Its rank in the policy; null: not in it.")
    available: Decimal = strawberry.field(description="What it could have given, in base units.")
    given: Decimal = strawberry.field(description="What it gave, in base units.")
    chosen: bool = strawberry.field(description="Whether it was chosen.")
    rule: str = strawberry.field(description="The rule that chose or refused it, for programs.")
    reason: str = strawberry.field(description="The rule, for people.")
    values: list[CriterionValue] = strawberry.field(
        description="Its values by the strategy's criteria; empty where only rank and stock count."
    )
    location_id: strawberry.Private[int]

    @strawberry.field(description="The location.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @classmethod
    def of(cls, candidate: decisions.Candidate) -> "AllocationCandidate":
        """From a candidate of the domain's explanation."""
        return cls(
            location_code=candidate.location_code,
            rank=candidate.rank,
            available=plain(candidate.available),
            given=plain(candidate.given),
            chosen=candidate.chosen,
            rule=candidate.rule,
            reason=candidate.reason,
            values=criterion_values(candidate.values),
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
    strategies: list[str] = strawberry.field(
        description="The strategies that gave, by code; empty where the tenant has no policy."
    )
    skipped_strategies: list[SkippedStrategy] = strawberry.field(
        description="The strategies that were not asked."
    )
    dropped_constraints: list[str] = strawberry.field(
        description="The soft constraints that were dropped so that it got what it got."
    )
    from_pools: list[StockPoolQuantity] = strawberry.field(
        description="What came from which protected pool."
    )
    kept_by_pools: list[StockPoolQuantity] = strawberry.field(
        description="Which protected pools kept stock from it, and how much they kept."
    )
    bought_from: list[BoughtQuantity] = strawberry.field(
        description="What is bought from other legal entities for it."
    )
    line_id: strawberry.Private[int]
    policy_id: strawberry.Private[int | None]

    @strawberry.field(description="The policy that decided; null: the tenant has none.")
    async def policy(self, info: Info) -> AllocationPolicy | None:
        if self.policy_id is None:
            return None
        return await info.context.load(load_policies, self.policy_id)

    @strawberry.field(description="The order line.")
    async def line(self, info: Info) -> OrderLine | None:
        return await info.context.load(load_order_lines, self.line_id)

    @classmethod
    def of(cls, decision: decisions.Explanation) -> "AllocationDecision":
        """From an explanation of the domain."""
        return cls(
            line_number=decision.line_number,
            trigger=decision.trigger,
            requested=plain(decision.requested),
            allocated=plain(decision.allocated),
            decided_at=decision.decided_at,
            candidates=[AllocationCandidate.of(each) for each in decision.candidates],
            strategies=list(decision.strategies),
            skipped_strategies=[
                SkippedStrategy(code=code, condition=condition)
                for code, condition in decision.skipped
            ],
            dropped_constraints=list(decision.dropped),
            from_pools=StockPoolQuantity.each(decision.pools),
            kept_by_pools=StockPoolQuantity.each(decision.kept_by),
            bought_from=[
                BoughtQuantity(
                    quantity=plain(each.quantity),
                    owner_id=each.owner_id,
                    agreement_ids=each.agreement_ids,
                )
                for each in decision.bought
            ],
            line_id=decision.line_id,
            policy_id=decision.policy_id,
        )


def criterion_values(values: Sequence[tuple[str, Any]]) -> list[CriterionValue]:
    """Values by the names of their criteria."""
    return [
        CriterionValue(criterion=name, value=None if value is None else str(value))
        for name, value in values
    ]


async def load_allocations_of_orders(
    reader: Reader, order_ids: Sequence[int]
) -> list[list[Allocation]]:
    """A batch for loaders: the allocations of each order, oldest first."""
    rows = await allocations.allocations_of_orders(reader, order_ids=order_ids)
    return [[Allocation.of(row) for row in rows.get(order_id, ())] for order_id in order_ids]


async def load_decisions_of_orders(
    reader: Reader, order_ids: Sequence[int]
) -> list[list[AllocationDecision]]:
    """A batch for loaders: the decisions on each order, by line, the latest last."""
    found = await decisions.explain_allocations(reader, order_ids=order_ids)
    return [
        [AllocationDecision.of(each) for each in found.get(order_id, ())] for order_id in order_ids
    ]


async def load_work_of_orders(
    reader: Reader, order_ids: Sequence[int]
) -> list[allocations.OrderWork]:
    """A batch for loaders: what decides on the actions of each order."""
    found = await allocations.work_of_orders(reader, order_ids=order_ids)
    return [found.get(order_id, allocations.OrderWork()) for order_id in order_ids]
