"""What needs approval at all, beside policies: rush service levels, and prices beyond a limit."""

from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.channels.channels import Channel, load_channels
from api.context import Info
from api.ids import optional_row_id
from api.user_errors import UserError
from api.writing import Operation, perform
from domain.fulfilment.operations.rush import set_rush_service_levels
from domain.fulfilment.queries import rush_service_levels
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.pricing.operations.limits import set_price_override_limit
from domain.pricing.queries import price_override_limits


@strawberry.type(
    description="How far an order line's price may be from the list's before somebody has to "
    "approve it; until then the order is held."
)
class PriceOverrideLimit:
    percent: Decimal = strawberry.field(description="In percent of the list's price, either way.")
    channel_id: strawberry.Private[int | None]

    @strawberry.field(description="Of this channel; null: of all without their own.")
    async def channel(self, info: Info) -> Channel | None:
        if self.channel_id is None:
            return None
        return await info.context.load(load_channels, self.channel_id)


@strawberry.type(description="What needs approval at all, whatever policies say of how.")
class ApprovalLimits:
    @strawberry.field(
        description="The service levels by which nothing is released or leaves before somebody "
        "has approved it. Needs approvals.read."
    )
    async def rush_service_levels(self, info: Info) -> list[str]:
        return await rush_service_levels(await info.context.reader())

    @strawberry.field(
        description="How far prices may be from the lists': the common limit first. Without one "
        "prices need no approval. Needs approvals.read."
    )
    async def price_override_limits(self, info: Info) -> list[PriceOverrideLimit]:
        rows = await price_override_limits(await info.context.reader())
        return [
            PriceOverrideLimit(percent=plain(row.percent), channel_id=row.channel_id)
            for row in rows
        ]


@strawberry.type
class ApprovalLimitsQuery:
    @strawberry.field(description="What needs approval at all. Needs approvals.read.")
    def approval_limits(self) -> ApprovalLimits:
        return ApprovalLimits()


@strawberry.input(description="A limit of prices.")
class SetPriceOverrideLimitInput:
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="The channel; all without their own, if absent."
    )
    percent: Decimal | None = strawberry.field(
        default=None, description="In percent of the list's price; no limit if absent."
    )


@strawberry.input(description="The service levels that are rush.")
class SetRushServiceLevelsInput:
    service_levels: list[str] = strawberry.field(
        description="All of them, in any case of letters; none: nothing is rush."
    )


@strawberry.type(description="What became of the limits.")
class ApprovalLimitsPayload:
    approval_limits: ApprovalLimits | None = strawberry.field(
        description="What needs approval now."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was changed.")


async def _change(info: Info, input: object, run: Operation) -> ApprovalLimitsPayload:
    done = await perform(info, run, input=input)
    return ApprovalLimitsPayload(
        approval_limits=None if done.user_errors else ApprovalLimits(),
        user_errors=done.user_errors,
    )


@strawberry.type
class ApprovalLimitsMutation:
    @strawberry.mutation(
        description="Settle how far prices of orders may be from the lists'. Needs "
        "approvals.manage."
    )
    async def set_price_override_limit(
        self,
        info: Info,
        input: Annotated[
            SetPriceOverrideLimitInput, strawberry.argument(description="How far, and where.")
        ],
    ) -> ApprovalLimitsPayload:
        channel_id = optional_row_id(input.channel_id, "Channel", path=("channelId",))

        async def run(work: Work) -> dict[str, Any]:
            await set_price_override_limit(work, percent=input.percent, channel_id=channel_id)
            return {}

        return await _change(info, input, run)

    @strawberry.mutation(
        description="Settle by which service levels nothing leaves before somebody has approved "
        "it. Needs approvals.manage."
    )
    async def set_rush_service_levels(
        self,
        info: Info,
        input: Annotated[SetRushServiceLevelsInput, strawberry.argument(description="Which.")],
    ) -> ApprovalLimitsPayload:
        async def run(work: Work) -> dict[str, Any]:
            await set_rush_service_levels(work, service_levels=input.service_levels)
            return {}

        return await _change(info, input, run)
