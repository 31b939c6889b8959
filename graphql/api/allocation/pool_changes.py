"""Making, changing and ending protected pools on the API."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.allocation.pools import StockPool, load_pools
from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.user_errors import UserError
from api.writing import Operation, perform
from domain.allocation.operations import pools as operations
from domain.kernel.work import Work

NAMED = {
    "item_id": ("Item", "itemId"),
    "location_id": ("Location", "locationId"),
    "parent_id": ("StockPool", "parentId"),
    "channel_id": ("Channel", "channelId"),
    "party_id": ("Party", "partyId"),
}


@strawberry.input(
    description="A pool to be: of an item or a group of items; for a channel, a customer group or "
    "a customer; a quantity or a share."
)
class CreateStockPoolInput:
    code: str = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="Its name.")
    owner_id: strawberry.ID = strawberry.field(description="The legal entity whose stock it is of.")
    item_id: strawberry.ID | None = strawberry.field(default=None, description="Of this item.")
    item_group: str | None = strawberry.field(
        default=None, description="Of each item of this group by itself; a share only."
    )
    location_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where; over all locations if absent."
    )
    parent_id: strawberry.ID | None = strawberry.field(
        default=None, description="The pool that it is a part of."
    )
    channel_id: strawberry.ID | None = strawberry.field(
        default=None, description="For this channel."
    )
    customer_group: str | None = strawberry.field(
        default=None, description="For this customer group."
    )
    party_id: strawberry.ID | None = strawberry.field(
        default=None, description="For this customer and all below it."
    )
    quantity: Decimal | None = strawberry.field(
        default=None, description="How much in all, in base units."
    )
    share: Decimal | None = strawberry.field(
        default=None, description="Which part (0 to 1) of what is free and held."
    )
    effective_from: datetime | None = strawberry.field(
        default=None, description="From when; from now if absent."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="Until when; for good if absent."
    )


@strawberry.input(description="Changes of a pool; fields left out stay as they are.")
class ChangeStockPoolInput:
    id: strawberry.ID = strawberry.field(description="The pool.")
    expected_version: int = strawberry.field(description="The version that was read.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="New name.")
    quantity: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="How much in all, in base units; below what is drawn nothing is left of it.",
    )
    share: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Which part (0 to 1) of what is free and held."
    )


@strawberry.input(description="Until when a pool is to protect.")
class ExtendStockPoolInput:
    id: strawberry.ID = strawberry.field(description="The pool.")
    expected_version: int = strawberry.field(description="The version that was read.")
    expires_at: datetime | None = strawberry.field(
        default=None, description="Until when; for good if absent."
    )


@strawberry.input(description="A pool that is to end now.")
class CloseStockPoolInput:
    id: strawberry.ID = strawberry.field(description="The pool.")
    reason: str | None = strawberry.field(default=None, description="Why.")


@strawberry.type(description="What became of a protected pool.")
class StockPoolPayload:
    stock_pool: StockPool | None = strawberry.field(description="The pool.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class StockPoolMutation:
    @strawberry.mutation(
        description="Protect stock for somebody. What orders hold stays theirs. Needs "
        "allocation.manage."
    )
    async def create_stock_pool(
        self,
        info: Info,
        input: Annotated[CreateStockPoolInput, strawberry.argument(description="The pool.")],
    ) -> StockPoolPayload:
        fields = vars(input) | {
            name: optional_row_id(getattr(input, name), kind, path=(field,))
            for name, (kind, field) in NAMED.items()
        }
        fields["owner_id"] = row_id_of(input.owner_id, "LegalEntity", path=("ownerId",))
        pool = operations.NewPool(**fields)

        async def create(work: Work) -> dict[str, Any]:
            return {"id": await operations.create_pool(work, pool=pool)}

        return await _done(info, create, input)

    @strawberry.mutation(
        description="Change how much a pool protects, or its name. What it no longer keeps goes to "
        "who waits. Needs allocation.manage."
    )
    async def change_stock_pool(
        self,
        info: Info,
        input: Annotated[ChangeStockPoolInput, strawberry.argument(description="The changes.")],
    ) -> StockPoolPayload:
        pool_id = row_id_of(input.id, "StockPool")
        changes = given(input, "name", "quantity", "share")

        async def change(work: Work) -> dict[str, Any]:
            version = input.expected_version
            await operations.change_pool(
                work, pool_id=pool_id, changes=changes, expected_version=version
            )
            return {"id": pool_id}

        return await _done(info, change, input)

    @strawberry.mutation(
        description="Let a pool end later, sooner, or never. Needs allocation.manage."
    )
    async def extend_stock_pool(
        self,
        info: Info,
        input: Annotated[ExtendStockPoolInput, strawberry.argument(description="Until when.")],
    ) -> StockPoolPayload:
        pool_id = row_id_of(input.id, "StockPool")

        async def extend(work: Work) -> dict[str, Any]:
            await operations.extend_pool(
                work,
                pool_id=pool_id,
                expires_at=input.expires_at,
                expected_version=input.expected_version,
            )
            return {"id": pool_id}

        return await _done(info, extend, input)

    @strawberry.mutation(
        description="End a pool now: what it kept is its parent's, or anybody's, and goes to who "
        "waits. Needs allocation.manage."
    )
    async def close_stock_pool(
        self,
        info: Info,
        input: Annotated[CloseStockPoolInput, strawberry.argument(description="The pool.")],
    ) -> StockPoolPayload:
        pool_id = row_id_of(input.id, "StockPool")

        async def close(work: Work) -> dict[str, Any]:
            await operations.close_pool(work, pool_id=pool_id, reason=input.reason)
            return {"id": pool_id}

        return await _done(info, close, input)


async def _done(info: Info, operation: Operation, input: Any) -> StockPoolPayload:
    done = await perform(info, operation, input=input)
    pool = await info.context.load_done(load_pools, done["id"])
    return StockPoolPayload(stock_pool=pool, user_errors=done.user_errors)
