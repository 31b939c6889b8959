"""Carts and quotes hold stock, keep it longer, or give it up, through the API."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry

import api.inventory.outcomes
import api.orders.placing  # noqa: F401  (what these may refuse is registered there)
from api.context import Info
from api.ids import global_id, optional_row_id, row_id_of
from api.inputs import given
from api.inventory.holds import StockHold, StockHoldKind, load_holds
from api.user_errors import UserError, answers
from api.writing import perform_one
from domain.allocation.hold_requests import HoldLine
from domain.allocation.operations.soft_holds import (
    extend_hold,
    hold_stock,
    release_hold,
)
from domain.allocation.outcomes import HoldEnded
from domain.kernel.work import Work


@answers(
    HoldEnded,
    convert=lambda fields: {
        "hold_id": global_id("StockHold", fields["hold_id"]),
        "status": fields["status"],
    },
)
@strawberry.type(description="The hold has ended; hold the stock anew.")
class HoldEndedError(UserError):
    hold_id: strawberry.ID = strawberry.field(description="The hold.")
    status: str = strawberry.field(description="One of released, expired and placed.")


@strawberry.input(description="What is to be held of an item.")
class HoldLineInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    quantity: Decimal = strawberry.field(description="How many of the unit.")
    unit: str | None = strawberry.field(
        default=None, description="A unit of the item; its base unit if absent."
    )


@strawberry.input(description="What a cart or a quote is to hold.")
class HoldStockInput:
    channel_id: strawberry.ID = strawberry.field(description="The channel it came through.")
    lines: list[HoldLineInput] = strawberry.field(description="1 to 100 lines.")
    holder: str = strawberry.field(description="The cart's or quote's own number.")
    kind: StockHoldKind = strawberry.field(default=StockHoldKind.CART, description="What holds it.")
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="The customer; the channel's own if absent."
    )
    expires_at: datetime | None = strawberry.field(
        default=None,
        description="When it ends by itself; a cart after 30 minutes, a quote after 14 days if "
        "absent.",
    )


@strawberry.input(description="Until when a hold is to last.")
class ExtendHoldInput:
    id: strawberry.ID = strawberry.field(description="The hold.")
    expires_at: datetime = strawberry.field(description="When it is to end by itself.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


@strawberry.input(description="The hold that is to end.")
class ReleaseHoldInput:
    id: strawberry.ID = strawberry.field(description="The hold.")


@strawberry.type(description="What a mutation did to a hold.")
class StockHoldPayload:
    hold: StockHold | None = strawberry.field(description="The hold as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


async def _done(
    info: Info,
    run: Callable[[Work], Awaitable[int]],
    *,
    input: object,
    key_required: bool = False,
) -> StockHoldPayload:
    hold, refused = await perform_one(
        info, run, input=input, load=load_holds, key_required=key_required
    )
    return StockHoldPayload(hold=hold, user_errors=refused)


@strawberry.type
class StockHoldMutation:
    @strawberry.mutation(
        description="Hold stock for a cart or a quote, all of it or nothing, from where an order "
        "would be served. Needs orders.place."
    )
    async def hold_stock(
        self,
        info: Info,
        input: Annotated[HoldStockInput, strawberry.argument(description="What and for whom.")],
    ) -> StockHoldPayload:
        fields = given(input, "holder", "kind", "expires_at") | {
            "channel_id": row_id_of(input.channel_id, "Channel", path=("channelId",)),
            "party_id": optional_row_id(input.party_id, "Party", path=("partyId",)),
            "lines": [
                HoldLine(
                    item_id=row_id_of(line.item_id, "Item", path=("lines", n, "itemId")),
                    quantity=line.quantity,
                    unit=line.unit,
                )
                for n, line in enumerate(input.lines)
            ],
        }

        return await _done(
            info, lambda work: hold_stock(work, **fields), input=input, key_required=True
        )

    @strawberry.mutation(
        description="Keep a hold until another moment, while it lasts. Needs orders.place."
    )
    async def extend_hold(
        self,
        info: Info,
        input: Annotated[ExtendHoldInput, strawberry.argument(description="Until when.")],
    ) -> StockHoldPayload:
        hold_id = row_id_of(input.id, "StockHold")
        fields = given(input, "expires_at", "expected_version")

        async def extend(work: Work) -> int:
            await extend_hold(work, hold_id=hold_id, **fields)
            return hold_id

        return await _done(info, extend, input=input)

    @strawberry.mutation(
        description="End a hold before its time; its stock is free again. One that has ended stays "
        "as it is. Needs orders.place."
    )
    async def release_hold(
        self,
        info: Info,
        input: Annotated[ReleaseHoldInput, strawberry.argument(description="Which one.")],
    ) -> StockHoldPayload:
        hold_id = row_id_of(input.id, "StockHold")

        async def release(work: Work) -> int:
            await release_hold(work, hold_id=hold_id)
            return hold_id

        return await _done(info, release, input=input)
