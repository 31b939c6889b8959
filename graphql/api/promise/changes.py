"""Promises are renewed and looked through, on the API."""

from typing import Annotated, Any

import strawberry

from api.context import Info
from api.ids import row_id_of
from api.orders.orders import Order, load_orders
from api.user_errors import UserError
from api.writing import perform
from domain.allocation.promising.operations import renew_promise, review_promises
from domain.kernel.errors import InvalidInput
from domain.kernel.work import Work

MOST_ITEMS = 100


@strawberry.input(description="An order whose customer was told the dates as they are now.")
class RenewPromiseInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")


@strawberry.type(description="What renewPromise did.")
class RenewPromisePayload:
    order: Order | None = strawberry.field(description="The order as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.input(description="Items whose promises are looked through.")
class ReviewPromisesInput:
    item_ids: list[strawberry.ID] = strawberry.field(description="1 to 100 items.")


@strawberry.type(description="What reviewPromises found.")
class ReviewPromisesPayload:
    moved: int = strawberry.field(description="How many orders got other dates.")
    at_risk: int = strawberry.field(description="How many of them cannot keep their promise.")
    goes_on: bool = strawberry.field(
        description="Whether the queue is long: what comes later in it is looked through next, by "
        "the workers."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


@strawberry.type
class PromiseMutation:
    @strawberry.mutation(
        description="What is to be expected of an order becomes its promise: its customer was "
        "told. Needs orders.manage."
    )
    async def renew_promise(
        self,
        info: Info,
        input: Annotated[RenewPromiseInput, strawberry.argument(description="The order.")],
    ) -> RenewPromisePayload:
        order_id = row_id_of(input.order_id, "Order", path=("orderId",))

        async def renew(work: Work) -> dict[str, Any]:
            await renew_promise(work, order_id=order_id)
            return {"id": order_id}

        done = await perform(info, renew, input=input)
        order = await info.context.load_done(load_orders, done["id"])
        return RenewPromisePayload(order=order, user_errors=done.user_errors)

    @strawberry.mutation(
        description="Look the promises that rest on supply of some items through, as is done "
        "whenever their supply moves. Needs promise.manage."
    )
    async def review_promises(
        self,
        info: Info,
        input: Annotated[ReviewPromisesInput, strawberry.argument(description="The items.")],
    ) -> ReviewPromisesPayload:
        if not 1 <= len(input.item_ids) <= MOST_ITEMS:
            raise InvalidInput(f"Give 1 to {MOST_ITEMS} items.", path=("itemIds",))
        items = [row_id_of(i, "Item", path=("itemIds", n)) for n, i in enumerate(input.item_ids)]

        async def review(work: Work) -> dict[str, Any]:
            found = await review_promises(work, item_ids=items)
            return {
                "moved": len(found.order_ids),
                "at_risk": len(found.at_risk),
                "goes_on": found.goes_on,
            }

        done = await perform(info, review, input=input)
        return ReviewPromisesPayload(
            moved=done["moved"] or 0,
            at_risk=done["at_risk"] or 0,
            goes_on=bool(done["goes_on"]),
            user_errors=done.user_errors,
        )
