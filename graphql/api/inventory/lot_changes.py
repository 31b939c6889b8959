"""Lots are kept back or let go, and their days told, through the API."""

from datetime import date
from typing import Annotated, Any

import strawberry

import api.inventory.outcomes  # noqa: F401  (what these may refuse is registered there)
from api.context import Info
from api.ids import row_id_of
from api.inputs import given
from api.inventory.lots import Lot, LotStatus, load_lots
from api.user_errors import UserError
from api.writing import perform
from domain.inventory.operations.lots import set_lot_days, set_lot_status
from domain.kernel.work import Work


@strawberry.input(description="Whether a lot may be sold from now on, wherever it lies.")
class SetLotStatusInput:
    id: strawberry.ID = strawberry.field(description="The lot.")
    status: LotStatus = strawberry.field(description="Its new status.")
    reason: str = strawberry.field(description="Why.")
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


@strawberry.input(description="The days of a lot; what is left out stays as it is.")
class SetLotDaysInput:
    id: strawberry.ID = strawberry.field(description="The lot.")
    reason: str = strawberry.field(description="Why.")
    manufactured_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="The day it was made; null: not known."
    )
    expires_on: date | None = strawberry.field(
        default=strawberry.UNSET, description="Its last good day; null: it does not expire."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if it changed since this version was read."
    )


@strawberry.type(description="What a mutation did to a lot.")
class LotPayload:
    lot: Lot | None = strawberry.field(description="The lot as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class LotMutation:
    @strawberry.mutation(
        description="Release, quarantine or recall a lot: only a released one is available, picked "
        "and shipped. Needs inventory.adjust."
    )
    async def set_lot_status(
        self,
        info: Info,
        input: Annotated[SetLotStatusInput, strawberry.argument(description="The change.")],
    ) -> LotPayload:
        lot_id = row_id_of(input.id, "Lot")
        fields = given(input, "status", "reason", "expected_version")

        async def change(work: Work) -> dict[str, Any]:
            await set_lot_status(work, lot_id=lot_id, **fields)
            return {"id": lot_id}

        done = await perform(info, change, input=input)
        lot = await info.context.load_done(load_lots, done["id"])
        return LotPayload(lot=lot, user_errors=done.user_errors)

    @strawberry.mutation(
        description="Correct the day a lot was made, or its last good day. Needs inventory.adjust."
    )
    async def set_lot_days(
        self,
        info: Info,
        input: Annotated[SetLotDaysInput, strawberry.argument(description="The days.")],
    ) -> LotPayload:
        lot_id = row_id_of(input.id, "Lot")
        fields = given(input, "reason", "manufactured_on", "expires_on", "expected_version")

        async def change(work: Work) -> dict[str, Any]:
            await set_lot_days(work, lot_id=lot_id, **fields)
            return {"id": lot_id}

        done = await perform(info, change, input=input)
        lot = await info.context.load_done(load_lots, done["id"])
        return LotPayload(lot=lot, user_errors=done.user_errors)
