"""Waiting orders are allocated again: by hand, when stock came, or when they were just written."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Row

from domain.allocation.events import BackordersLeft
from domain.allocation.queueing import beyond, queue, rule_in_effect
from domain.allocation.serving import serve_waiting
from domain.inventory.balances import NEW
from domain.inventory.models import StockBalance
from domain.kernel.errors import InvalidState
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.orders.locking import lock_order, lock_orders
from domain.orders.models import SalesOrderLine
from domain.orders.policy import FINAL

# How many waiting lines one transaction looks at: as many orders stay locked while it runs.
QUEUE_PART = 500


@dataclass(frozen=True, slots=True)
class Reallocation:
    """The orders that got stock."""

    order_ids: tuple[int, ...]


@operation("allocation.run")
async def allocate_order(work: Work, *, order_id: int) -> str:
    """Try again to serve what waits of one order; returns the order's status.

    Raises NotFound; InvalidState when the order is shipped or cancelled."""
    order = await lock_order(work, order_id)
    if order.status in FINAL:
        message = f"The order is {order.status}; nothing of it waits."
        raise InvalidState(message, state=order.status, allowed=[])
    standings = await serve_waiting(work, [order], trigger="by_hand", explain_all=True)
    return standings[order_id].status if order_id in standings else str(order.status)


@operation("allocation.run")
async def reallocate_backorders(
    work: Work, *, item_ids: Collection[int], after_line_id: int = 0
) -> Reallocation:
    """Serve the lines that wait for these items from what is available, in the order of the
    tenant's rule for backorders; without one the oldest line first.

    Done when stock came or became free. Running it twice has one effect. A long queue is served
    in parts: BackordersLeft asks for the next one, with `after_line_id`."""
    lines = await _queue(work, item_ids, after_line_id)
    orders = await lock_orders(work, {line.order_id for line in lines})
    standings = await serve_waiting(
        work,
        orders,
        trigger="stock_received",
        item_ids=item_ids,
        in_turn=[line.id for line in lines],
    )
    if len(lines) == QUEUE_PART and await _stock_left(work, item_ids):
        wanted = tuple(sorted(item_ids))
        left = BackordersLeft(aggregate_id=wanted[0], item_ids=wanted, after_line_id=lines[-1].id)
        work.record(left)
    return Reallocation(tuple(sorted(standings)))


@operation("allocation.run")
async def serve_order_again(work: Work, *, order_id: int) -> Reallocation:
    """Serve what waits of an order that was just written, where there is stock of it.

    What came while it was being written was given to those who waited then, and it was not among
    them yet: without this it would wait until more comes. Running it twice has one effect."""
    items = await work.values(_items_there(work, order_id))
    if not items:
        return Reallocation(())
    standings = await serve_waiting(
        work, await lock_orders(work, [order_id]), trigger="stock_received", item_ids=items
    )
    return Reallocation(tuple(standings))


def _items_there(work: Work, order_id: int) -> Select[int]:
    """The items that the order waits for, of which somewhere some is available."""
    line = SalesOrderLine
    there = select(StockBalance.id).where(
        StockBalance.tenant_id == work.tenant_id,
        StockBalance.item_id == line.item_id,
        StockBalance.condition == NEW,
        StockBalance.available > 0,
    )
    return (
        select(line.item_id)
        .distinct()
        .where(
            line.tenant_id == work.tenant_id,
            line.order_id == order_id,
            line.backordered > 0,
            line.allocation_stopped.is_(False),
            there.exists(),
        )
    )


async def _queue(work: Work, item_ids: Collection[int], after_line_id: int) -> Sequence[Row[Any]]:
    """The next part of the queue: the lines behind the one that was served last."""
    line = queue(
        work.tenant_id, await rule_in_effect(work), SalesOrderLine.id, SalesOrderLine.order_id
    )
    waiting = line.statement.where(
        SalesOrderLine.item_id.in_(item_ids), SalesOrderLine.backordered > 0
    )
    if after_line_id:
        last = await work.row(
            line.statement.with_only_columns(*line.keys).where(SalesOrderLine.id == after_line_id)
        )
        if last is not None:
            waiting = waiting.where(beyond(line, last))
    return await work.rows(waiting.order_by(*line.keys).limit(QUEUE_PART))


async def _stock_left(work: Work, item_ids: Collection[int]) -> bool:
    available = select(func.sum(StockBalance.available)).where(
        StockBalance.tenant_id == work.tenant_id, StockBalance.item_id.in_(item_ids)
    )
    return bool(await work.value(available))
