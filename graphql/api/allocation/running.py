"""Allocating waiting orders by hand, on the API."""

from typing import Annotated

import strawberry

from api.context import Info
from api.ids import row_id_of
from api.orders.changes import OrderPayload, change_order
from domain.allocation.operations.allocate import allocate_order


@strawberry.input(description="The order that is to be tried again.")
class AllocateOrderInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")


@strawberry.type
class AllocationMutation:
    @strawberry.mutation(
        description="Try again to serve what waits of an order. Stock that comes in is given to "
        "waiting orders by itself, the oldest first. Needs allocation.run."
    )
    async def allocate_order(
        self,
        info: Info,
        input: Annotated[AllocateOrderInput, strawberry.argument(description="Which one.")],
    ) -> OrderPayload:
        order_id = row_id_of(input.order_id, "Order", path=("orderId",))
        return await change_order(
            info, order_id, lambda work: allocate_order(work, order_id=order_id), input=input
        )
