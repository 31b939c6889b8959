"""What a change request proposes of what needs approval at all."""

from decimal import Decimal

import strawberry

from api.ids import optional_row_id
from domain.fulfilment import configured_limits as approval_limits
from domain.governance.kinds import Content


@strawberry.input(description="How far prices may be from the lists', in a channel or all others.")
class PriceLimitChangeInput:
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="The channel; all without their own, if absent."
    )
    percent: Decimal | None = strawberry.field(
        default=None, description="In percent of the list's price; no limit if absent."
    )


@strawberry.input(description="What is to need approval; what is left out stays.")
class ApprovalLimitsChangeInput:
    rush_service_levels: list[str] | None = strawberry.field(
        default=None, description="All service levels that are to be rush."
    )
    price_limits: list[PriceLimitChangeInput] | None = strawberry.field(
        default=None, description="The limits that are to change."
    )


def proposed_limits(value: ApprovalLimitsChangeInput) -> tuple[str | None, Content]:
    """The limits' key, and what is proposed in the domain's words."""
    proposal: Content = {"rush_service_levels": value.rush_service_levels}
    if value.price_limits is not None:
        proposal["price_limits"] = {
            _channel_key(each, place): None if each.percent is None else f"{each.percent:f}"
            for place, each in enumerate(value.price_limits)
        }
    return approval_limits.KEY, proposal


def _channel_key(limit: PriceLimitChangeInput, place: int) -> str:
    path = ("proposal", "approvalLimits", "priceLimits", place, "channelId")
    row_id = optional_row_id(limit.channel_id, "Channel", path=path)
    return approval_limits.EVERYWHERE if row_id is None else str(row_id)
