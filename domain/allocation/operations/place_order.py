"""An order is placed: accepted, priced, allocated and reserved in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.allocation.accepting import accept_orders
from domain.allocation.exploding import orders_of_components
from domain.allocation.ordering import OrderedLine
from domain.allocation.placing import PlacedOrder
from domain.allocation.requests import OrderRequest, new_orders
from domain.allocation.stocking import lock_stock
from domain.inventory.holds import give_way, lock_holds
from domain.kernel.permissions import operation
from domain.kernel.verdicts import Refused
from domain.kernel.work import Work


@operation("orders.place")
async def place_order(
    work: Work,
    *,
    lines: Sequence[OrderedLine],
    channel_id: int | None = None,
    channel_code: str | None = None,
    party_id: int | None = None,
    ship_to: Mapping[str, Any] | None = None,
    ship_to_code: str | None = None,
    bill_to: Mapping[str, Any] | None = None,
    currency: str | None = None,
    external_id: str | None = None,
    external_number: str | None = None,
    ordered_at: datetime | None = None,
    all_or_nothing: bool = False,
    service_level: str | None = None,
    substitutes_allowed: bool | None = None,
    hold_ids: Sequence[int] = (),
) -> PlacedOrder:
    """Place an order through a channel (by its id or its code), for the channel's entity.

    Without a party it is the channel's default; without a currency the channel's. A price of one's
    own needs pricing.manage. What is not in stock is backordered, unless `all_or_nothing`.
    `substitutes_allowed` None leaves it to the customer's record. What carts or quotes hold
    (`hold_ids`) is the order's first; when it is refused they keep it.
    Raises InvalidInput, NotFound, ChannelClosed, CustomerNotActive, DuplicateExternalOrder,
    StockShort, NotPermitted, and what `new_lines` raises."""
    request = OrderRequest(
        lines=lines,
        channel_id=channel_id,
        channel_code=channel_code,
        party_id=party_id,
        ship_to=ship_to,
        ship_to_code=ship_to_code,
        bill_to=bill_to,
        currency=currency,
        external_id=external_id,
        external_number=external_number,
        ordered_at=ordered_at,
        all_or_nothing=all_or_nothing,
        service_level=service_level,
        substitutes_allowed=substitutes_allowed,
    )
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
    held = await lock_holds(work, hold_ids)
    await lock_stock(work, held | {line.item_id for line in order.lines})
    await give_way(work, hold_ids)
