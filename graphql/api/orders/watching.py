"""Orders as they change, by subscription."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated

import strawberry

from api.context import Info
from api.ids import optional_row_id
from api.live import AfterEvent, event_id, follow
from api.orders.orders import Order, load_orders
from domain.kernel.errors import NotFound
from domain.orders.watching import order_events

OrderId = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Of this order; of every order of the caller if absent."),
]


@strawberry.type(description="Something that happened to an order, and the order after it.")
class OrderChange:
    event_id: strawberry.ID = strawberry.field(
        description="The event's id, to know repetitions by and to take the subscription up again."
    )
    event_type: str = strawberry.field(description="What happened, such as order.shipped.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    order: Order | None = strawberry.field(description="The order as it is now.")


@strawberry.type
class OrderSubscription:
    @strawberry.subscription(
        description="Each change of an order, as it is committed. Needs orders.read."
    )
    async def order_changed(
        self, info: Info, id: OrderId = None, after: AfterEvent = None
    ) -> AsyncGenerator[OrderChange]:
        order_id = optional_row_id(id, "Order")
        if order_id is not None and await info.context.load(load_orders, order_id) is None:
            raise NotFound("Order")
        interest = order_events(await info.context.reader(), order_id=order_id)
        async with aclosing(follow(info, "orders.read", interest, after=after)) as events:
            async for event in events:
                yield OrderChange(
                    event_id=event_id(event),
                    event_type=event.type,
                    occurred_at=event.occurred_at,
                    order=await info.context.load(load_orders, event.aggregate_id),
                )
