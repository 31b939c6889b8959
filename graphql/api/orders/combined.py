"""A mutation field that has its order placed at the desk, together with those of others."""

from collections.abc import Mapping
from typing import Any

from api.context import Context, Info
from api.orders.desk import OrderDesk, PlacingAsk, actor_now
from api.orders.lines import OrderLine, load_lines_of_orders
from api.orders.orders import Order, load_orders
from api.writing import Performed, answered, repeatable
from domain.allocation.placing import PlacedOrder
from domain.allocation.requests import OrderRequest


async def place_together(
    info: Info, desk: OrderDesk, fields: Mapping[str, Any], *, input: object
) -> Performed:
    """Place the order of an OrderRequest's `fields`; as `perform` would answer. What was written
    is known, and not read again.

    Raises what the desk raises."""
    context = info.context
    key = repeatable(info, input=input, key_required=True)
    placed: list[PlacedOrder] = []

    async def place() -> dict[str, Any]:
        actor = actor_now(context.principal, context.request_id)
        ask = PlacingAsk(
            engine=context.engine,
            actor=actor,
            request=OrderRequest(**fields, by=actor),
            repeatable=key,
            now=context.now,
        )
        told = await desk.place(ask)
        if told.placed is not None:
            placed.append(told.placed)
        return told.answer

    done = await answered(info, place)
    for order in placed:
        _know(context, order)
    return done


def _know(context: Context, placed: PlacedOrder) -> None:
    # Whoever may place but not read is given nothing; the loader sees to it.
    if placed.order is not None and context.principal.may("orders.read"):
        context.know(load_orders, placed.order_id, lambda: Order.of(placed.order))
        context.know(
            load_lines_of_orders,
            placed.order_id,
            lambda: [OrderLine.of(line) for line in placed.lines],
        )
