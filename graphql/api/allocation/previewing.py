"""Trying out where a basket would come from, on the API. Nothing is written."""

from decimal import Decimal
from typing import Annotated

import strawberry

from api.addresses import AddressInput, address_fields
from api.allocation.allocations import CriterionValue, SkippedStrategy, criterion_values
from api.allocation.policies import AllocationPolicy, load_policies
from api.catalog.items import Item, load_items
from api.context import Info
from api.entities.locations import Location, load_locations
from api.ids import optional_row_id, row_id_of
from domain.allocation.demand import LineDecision, Verdict
from domain.allocation.queries.previewing import Basket, BasketLine, Preview, preview_allocation
from domain.allocation.rules import CHOSEN, RULES
from domain.kernel.quantity import plain


@strawberry.input(description="An item of a basket.")
class BasketLineInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    quantity: Decimal = strawberry.field(description="How many of the unit; above 0.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; its base unit if absent."
    )


@strawberry.input(description="What would be ordered.")
class BasketInput:
    channel_id: strawberry.ID = strawberry.field(description="The channel it would come through.")
    lines: list[BasketLineInput] = strawberry.field(description="What; 1 to 200 lines.")
    party_id: strawberry.ID | None = strawberry.field(default=None, description="The customer.")
    ship_to: AddressInput | None = strawberry.field(
        default=None, description="Where it would go: country, region, postal code."
    )
    value_minor: int = strawberry.field(
        default=0, description="What it is worth, in minor units, before tax and shipping."
    )
    currency: str | None = strawberry.field(default=None, description="Of that amount.")
    service_level: str | None = strawberry.field(default=None, description="How fast it is to go.")
    substitutes_allowed: bool | None = strawberry.field(
        default=None, description="Whether other items may stand in; as the customer has it."
    )
    all_or_nothing: bool = strawberry.field(
        default=False, description="Whether it would rather be refused than wait in part."
    )


@strawberry.type(description="What would become of one location for one line, and why.")
class PreviewCandidate:
    rank: int | None = strawberry.field(description="Its priority; null: the policy lacks it.")
    available: Decimal = strawberry.field(description="What it could give, in base units.")
    given: Decimal = strawberry.field(description="What it would give, in base units.")
    chosen: bool = strawberry.field(description="Whether it would be chosen.")
    rule: str = strawberry.field(description="The rule, for programs.")
    reason: str = strawberry.field(description="The rule, for people.")
    values: list[CriterionValue] = strawberry.field(description="Its values by the criteria.")
    location_id: strawberry.Private[int]

    @strawberry.field(description="The location.")
    async def location(self, info: Info) -> Location | None:
        return await info.context.load(load_locations, self.location_id)

    @classmethod
    def of(cls, verdict: Verdict, criteria: tuple[str, ...] = ()) -> "PreviewCandidate":
        """From a verdict of the domain."""
        return cls(
            rank=verdict.rank,
            available=plain(verdict.available),
            given=plain(verdict.given),
            chosen=verdict.rule in CHOSEN,
            rule=verdict.rule,
            reason=RULES[verdict.rule],
            values=criterion_values(list(zip(criteria, verdict.values or (), strict=False))),
            location_id=verdict.location_id,
        )


@strawberry.type(description="What one line of a basket would get.")
class PreviewLine:
    requested: Decimal = strawberry.field(description="What it asks for, in base units.")
    given: Decimal = strawberry.field(description="What it would get, in base units.")
    strategies: list[str] = strawberry.field(description="The strategies that would give.")
    skipped_strategies: list[SkippedStrategy] = strawberry.field(
        description="The strategies that would not be asked."
    )
    dropped_constraints: list[str] = strawberry.field(
        description="The soft constraints that would be dropped."
    )
    replaces: Decimal | None = strawberry.field(
        description="As a substitute: for so many base units of the line it stands in for."
    )
    candidates: list[PreviewCandidate] = strawberry.field(description="Every location, by rank.")
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @classmethod
    def of(
        cls, item_id: int, decision: LineDecision, replaces: Decimal | None = None
    ) -> "PreviewLine":
        """From a decision of the domain."""
        reasons = decision.reasons
        criteria = () if reasons is None else reasons.criteria
        return cls(
            requested=plain(decision.requested),
            given=plain(decision.given),
            strategies=[] if reasons is None else list(reasons.strategies),
            skipped_strategies=[]
            if reasons is None
            else [SkippedStrategy(code=c, condition=why) for c, why in reasons.skipped],
            dropped_constraints=[] if reasons is None else list(reasons.dropped),
            replaces=replaces,
            candidates=[PreviewCandidate.of(each, criteria) for each in decision.verdicts],
            item_id=item_id,
        )


@strawberry.type(description="What would be decided of a basket.")
class AllocationPreview:
    lines: list[PreviewLine] = strawberry.field(description="What each line would get.")
    substitutes: list[PreviewLine] = strawberry.field(
        description="Other items that would stand in for what is missing."
    )
    refused: bool = strawberry.field(description="It wants all or nothing, and would be refused.")
    waits_complete: bool = strawberry.field(description="It would wait until all of it is there.")
    cancels_rest: bool = strawberry.field(description="What is missing would be cancelled.")
    parcels: int = strawberry.field(description="From how many locations it would come.")
    policy_id: strawberry.Private[int | None]

    @strawberry.field(description="The policy that would decide; null: the tenant has none.")
    async def policy(self, info: Info) -> AllocationPolicy | None:
        if self.policy_id is None:
            return None
        return await info.context.load(load_policies, self.policy_id)

    @classmethod
    def of(cls, preview: Preview) -> "AllocationPreview":
        """From the domain's preview."""
        decision = preview.decision
        return cls(
            lines=[
                PreviewLine.of(item_id, line)
                for item_id, line in zip(preview.item_ids, decision.lines, strict=True)
            ],
            substitutes=[
                PreviewLine.of(each.item_id, each.decision, plain(each.replaces))
                for each in decision.substitutes
            ],
            refused=decision.short is not None,
            waits_complete=decision.waits_complete,
            cancels_rest=decision.cancels_rest,
            parcels=len(preview.places),
            policy_id=preview.policy_id,
        )


@strawberry.type
class PreviewQuery:
    @strawberry.field(
        description="Where a basket would come from now, and why, by the policy in effect or by "
        "another one such as a draft. Plan only: nothing is kept for it. Needs allocation.read."
    )
    async def preview_allocation(
        self,
        info: Info,
        basket: Annotated[BasketInput, strawberry.argument(description="What and to where.")],
        policy_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="By this policy; by the one in effect if absent."),
        ] = None,
    ) -> AllocationPreview:
        preview = await preview_allocation(
            await info.context.reader(),
            basket=_basket(basket),
            at=info.context.now,
            policy_id=optional_row_id(policy_id, "AllocationPolicy", path=("policyId",)),
        )
        return AllocationPreview.of(preview)


def _basket(input: BasketInput) -> Basket:
    return Basket(
        channel_id=row_id_of(input.channel_id, "Channel", path=("basket", "channelId")),
        lines=tuple(
            BasketLine(
                item_id=row_id_of(each.item_id, "Item", path=("basket", "lines", n, "itemId")),
                quantity=each.quantity,
                unit=each.unit,
            )
            for n, each in enumerate(input.lines)
        ),
        party_id=optional_row_id(input.party_id, "Party", path=("basket", "partyId")),
        ship_to=address_fields(input.ship_to) or None,
        value_minor=input.value_minor,
        currency=input.currency,
        service_level=input.service_level,
        substitutes_allowed=input.substitutes_allowed,
        all_or_nothing=input.all_or_nothing,
    )
