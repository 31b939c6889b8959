"""Accepting: requests become placed orders, many in one transaction, each with its own outcome."""

from collections.abc import Sequence

from domain.allocation.outcomes import DuplicateExternalOrder
from domain.allocation.placing import PlacedOrder, place
from domain.allocation.requests import OrderRequest, new_orders
from domain.kernel.verdicts import Refused, accepted
from domain.kernel.work import Work
from domain.orders.capture import NewOrder


async def accept_orders(
    work: Work, requests: Sequence[OrderRequest]
) -> list[PlacedOrder | Refused]:
    """Place what is asked for, first come first served; what became of each, in order.

    What place_order would raise stands in the place of the order that it is about. Anything
    unexpected is raised, and is about all of them."""
    orders = await new_orders(work, requests)
    placed = iter(await place(work, accepted(orders)))
    return [o if isinstance(o, Refused) else _outcome(o, next(placed)) for o in orders]


def _outcome(order: NewOrder, outcome: PlacedOrder | Refused) -> PlacedOrder | Refused:
    if isinstance(outcome, Refused) or outcome.is_new:
        return outcome
    return DuplicateExternalOrder(
        f"The channel's order {order.external_id} exists already: {outcome.number}.",
        path=("external_id",),
        external_id=order.external_id,
        order_id=outcome.order_id,
        number=outcome.number,
    )
