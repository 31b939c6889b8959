"""An order is released: each location that holds stock for it is told to work."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from domain.allocation.holdings import OPEN, RELEASED, holdings_of, mark_holdings
from domain.allocation.settling import settle
from domain.fulfilment.events import OrderReleased
from domain.fulfilment.models import FulfilmentLine, FulfilmentOrder
from domain.fulfilment.outcomes import OrderIsHeld
from domain.kernel.errors import InvalidState
from domain.kernel.numbers import draw_numbers
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.orders.locking import lock_order
from domain.orders.models import SalesOrderLine


@operation("fulfilment.release")
async def release_order(
    work: Work,
    *,
    order_id: int,
    location_ids: Collection[int] | None = None,
    expected_version: int | None = None,
) -> list[int]:
    """Make a fulfilment order for each location (or only these) from what is allocated and not
    yet at work; returns their ids. What waits for stock is released later, once it is allocated.

    Raises NotFound, StaleVersion, OrderIsHeld; InvalidState when there is nothing to release."""
    order = await lock_order(work, order_id, expected_version=expected_version)
    if order.hold_reason is not None:
        message = f"{order.number} is held: {order.hold_reason}."
        raise OrderIsHeld(message, number=order.number, reason=order.hold_reason)
    ready = [
        each
        for each in await holdings_of(work, [order_id])
        if each.status == OPEN and (location_ids is None or each.location_id in location_ids)
    ]
    if not ready:
        message = "Nothing of the order is allocated and not yet released."
        raise InvalidState(message, state=order.status, allowed=[])
    ids = await _make(work, order, ready)
    await mark_holdings(work, [each.id for each in ready], status=RELEASED)
    standing = (await settle(work, [order_id]))[order_id]
    work.audit(
        "release_order",
        subject="order",
        subject_id=order_id,
        before={"status": order.status},
        after={"status": standing.status, "fulfilment_orders": ids},
    )
    work.record(
        OrderReleased(
            aggregate_id=order_id,
            number=order.number,
            status=standing.status,
            fulfilment_order_ids=tuple(ids),
        )
    )
    return ids


async def _make(work: Work, order: Row[Any], ready: Sequence[Row[Any]]) -> list[int]:
    by_location: dict[int, list[Row[Any]]] = defaultdict(list)
    for each in ready:
        by_location[each.location_id].append(each)
    items = await _items(work, ready)
    numbers = await draw_numbers(work, fulfilment=len(by_location))
    ids = await work.values(
        insert(FulfilmentOrder).returning(FulfilmentOrder.id, sort_by_parameter_order=True),
        [
            {
                "tenant_id": work.tenant_id,
                "number": number,
                "order_id": order.id,
                "location_id": location_id,
                "party_id": order.party_id,
                "released_at": work.now,
            }
            for number, location_id in zip(numbers["fulfilment"], by_location, strict=True)
        ],
    )
    await work.execute(
        insert(FulfilmentLine),
        [
            _line(work, fulfilment_id, each, items)
            for fulfilment_id, held in zip(ids, by_location.values(), strict=True)
            for each in held
        ],
    )
    return list(ids)


async def _items(work: Work, ready: Sequence[Row[Any]]) -> dict[int, int]:
    rows = await work.rows(
        select(SalesOrderLine.id, SalesOrderLine.item_id).where(
            SalesOrderLine.tenant_id == work.tenant_id,
            SalesOrderLine.id.in_({each.order_line_id for each in ready}),
        )
    )
    return {row.id: row.item_id for row in rows}


def _line(
    work: Work, fulfilment_id: int, held: Row[Any], items: Mapping[int, int]
) -> dict[str, Any]:
    return {
        "tenant_id": work.tenant_id,
        "fulfilment_order_id": fulfilment_id,
        "order_line_id": held.order_line_id,
        "allocation_id": held.id,
        "item_id": items[held.order_line_id],
        "quantity": held.quantity,
    }
