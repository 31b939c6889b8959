"""An order is placed: accepted, priced, allocated and reserved in one transaction."""

from collections.abc import Sequence
from typing import Unpack

from domain.allocation.accepting import accept_orders
from domain.allocation.credit_limits import lock_limits_ahead
from domain.allocation.exploding import orders_of_components
from domain.allocation.locking_ahead import lock_ahead
from domain.allocation.ordering import OrderedLine
from domain.allocation.placing import PlacedOrder
from domain.allocation.requests import OrderFields, OrderRequest, new_orders
from domain.inventory.holds import give_way, items_held, lock_holds
from domain.kernel.permissions import operation
from domain.kernel.verdicts import Refused
from domain.kernel.work import Work


@operation("orders.place")
async def place_order(
    work: Work,
    *,
    lines: Sequence[OrderedLine],
    hold_ids: Sequence[int] = (),
    **asked: Unpack[OrderFields],
) -> PlacedOrder:
    """Place an order through a channel (by its id or its code), for the channel's entity.

    Without a party it is the channel's default; without a currency the channel's. A price of one's
    own needs pricing.manage. What is not in stock is backordered, unless `all_or_nothing`.
    It is wanted there on `wanted_on`, or to leave on `wanted_ship_on`. None leaves it to the
    customer's record whether it may be there before, and whether other items may stand in. What
    carts or quotes hold (`hold_ids`) is the order's first; when it is refused they keep it.
    Raises InvalidInput, NotFound, ChannelClosed, CustomerNotActive, DuplicateExternalOrder,
    StockShort, NotPermitted, and what `new_lines` raises."""
    request = OrderRequest(lines=lines, **asked)
    if hold_ids:
        await _make_way(work, request, hold_ids)
    [outcome] = await accept_orders(work, [request])
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


async def _make_way(work: Work, request: OrderRequest, hold_ids: Sequence[int]) -> None:
    """End the holds, with the stock of the order's items and of theirs locked in one go: two that
    place orders over the same items must not cross."""
    [order] = await new_orders(work, [request])
    if isinstance(order, Refused):
        raise order
    [order] = await orders_of_components(work, [order])
    if isinstance(order, Refused):
        raise order
    await lock_limits_ahead(work, order)
    await lock_holds(work, hold_ids)
    # A customer finds its own holds; the stock that they keep it does not see.
    async with work.house():
        held = await items_held(work, hold_ids)
        await lock_ahead(work, held | {line.item_id for line in order.lines})
        await give_way(work, hold_ids)
