"""Why a line comes from where it does, why from nowhere else, and what it waits for."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import strawberry

from api.allocation.allocations import AllocationDecision
from api.allocation.policies import AllocationPolicy, load_policies
from api.allocation.previewing import PreviewCandidate
from api.context import Info
from api.entities.locations import Location, load_locations
from api.ids import row_id_of
from api.orders.lines import OrderLine, load_order_lines
from domain.allocation.holding_up import RELEASES, Holder, Release
from domain.allocation.queries.explaining import LineExplained, explain_allocation
from domain.allocation.rules import RULES
from domain.kernel.quantity import plain


@strawberry.type(description="A rule, for programs and for people.")
class AllocationRule:
    rule: str = strawberry.field(description="For programs.")
    reason: str = strawberry.field(description="For people.")


@strawberry.type(description="An order line that has stock which another line waits for.")
class StockHolder:
    order_number: str = strawberry.field(description="The order's number.")
    quantity: Decimal = strawberry.field(description="How much it has, in base units.")
    reserved_at: datetime = strawberry.field(description="Since when.")
    line_id: strawberry.Private[int]
    location_id: strawberry.Private[int]

    @strawberry.field(description="The order line.")
    async def line(self, info: Info) -> OrderLine | None:
        return await info.context.load(load_order_lines, self.line_id)

    @strawberry.field(description="Where the stock lies.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @classmethod
    def of(cls, holder: Holder) -> "StockHolder":
        """From a holder of the domain."""
        return cls(
            order_number=holder.order_number,
            quantity=plain(holder.quantity),
            reserved_at=holder.reserved_at,
            line_id=holder.line_id,
            location_id=holder.location_id,
        )


@strawberry.type(description="What would bring stock that a line waits for, or set some free.")
class StockRelease:
    kind: str = strawberry.field(
        description="One of expected_supply, quality_control, safety_stock, minimum_inventory, "
        "protected_pool, quarantined_lot, other_entity, reserved or soft_hold."
    )
    reason: str = strawberry.field(description="The kind, for people.")
    quantity: Decimal = strawberry.field(description="How much, in base units.")
    expected_on: date | None = strawberry.field(description="The day on which it is expected.")
    expires_at: datetime | None = strawberry.field(description="When the hold ends by itself.")
    location_id: strawberry.Private[int]

    @strawberry.field(description="Where.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @classmethod
    def of(cls, release: Release) -> "StockRelease":
        """From a release of the domain."""
        return cls(
            kind=release.kind,
            reason=RELEASES[release.kind],
            quantity=plain(release.quantity),
            expected_on=release.expected_on,
            expires_at=release.expires_at,
            location_id=release.location_id,
        )


@strawberry.type(description="Everything about where an order line comes from.")
class AllocationExplanation:
    decisions: list[AllocationDecision] = strawberry.field(
        description="What was decided of the line, the latest last."
    )
    locations: list[PreviewCandidate] = strawberry.field(
        description="Of every location, and of those asked for: what would be decided now of what "
        "waits (of the whole line, when nothing waits), and why."
    )
    waits_because: list[AllocationRule] = strawberry.field(
        description="The rules that keep it waiting; empty when nothing waits."
    )
    held_by: list[StockHolder] = strawberry.field(
        description="Who holds stock of the item where the policy looks, the latest first, at "
        "most 50; only what you may see."
    )
    would_release: list[StockRelease] = strawberry.field(
        description="What would bring stock or set some free, expected supply first."
    )
    line_id: strawberry.Private[int]
    policy_id: strawberry.Private[int | None]

    @strawberry.field(description="The order line.")
    async def line(self, info: Info) -> OrderLine | None:
        return await info.context.load(load_order_lines, self.line_id)

    @strawberry.field(description="The policy in effect for it now; null: the tenant has none.")
    async def policy(self, info: Info) -> AllocationPolicy | None:
        if self.policy_id is None:
            return None
        return await info.context.load(load_policies, self.policy_id)

    @classmethod
    def of(cls, explained: LineExplained) -> "AllocationExplanation":
        """From the domain's explanation."""
        return cls(
            decisions=[AllocationDecision.of(each) for each in explained.decisions],
            locations=[PreviewCandidate.of(each.verdict) for each in explained.answers],
            waits_because=[
                AllocationRule(rule=rule, reason=RULES[rule]) for rule in explained.waits_because
            ],
            held_by=[StockHolder.of(each) for each in explained.holders],
            would_release=[StockRelease.of(each) for each in explained.releases],
            line_id=explained.line.id,
            policy_id=explained.policy_id,
        )


@strawberry.type
class ExplainingQuery:
    @strawberry.field(
        description="Why an order line comes from where it does, why not from another location, "
        "why it waits, who holds the stock instead, and what would release some. Needs "
        "allocation.read."
    )
    async def explain_allocation(
        self,
        info: Info,
        order_line_id: Annotated[strawberry.ID, strawberry.argument(description="The line.")],
        location_ids: Annotated[
            list[strawberry.ID] | None,
            strawberry.argument(description="Locations to be told of in any case; at most 100."),
        ] = None,
    ) -> AllocationExplanation:
        explained = await explain_allocation(
            await info.context.reader(),
            line_id=row_id_of(order_line_id, "OrderLine", path=("orderLineId",)),
            location_ids=[
                row_id_of(each, "Location", path=("locationIds", n))
                for n, each in enumerate(location_ids or [])
            ],
            at=info.context.now,
        )
        return AllocationExplanation.of(explained)
