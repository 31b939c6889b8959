"""Locking orders, before anything else of theirs is read to be changed."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.kernel.errors import NotFound, StaleVersion
from domain.kernel.work import Work
from domain.orders.models import SalesOrder, SalesOrderLine


async def lock_order(work: Work, order_id: int, *, expected_version: int | None = None) -> Row[Any]:
    """The order's row, locked until the end of the work, which goes on with the house's eyes: a
    customer that found its order does not see the stock that it moves. Raises NotFound,
    StaleVersion."""
    rows = await lock_orders(work, [order_id])
    if not rows:
        raise NotFound("order")
    await work.see_as_house()
    order = rows[0]
    if expected_version is not None and order.version != expected_version:
        message = "The order changed since you read it; read it again."
        raise StaleVersion(message, expected=expected_version, actual=order.version)
    return order


async def lock_orders(work: Work, order_ids: Collection[int]) -> list[Row[Any]]:
    """The orders' rows, locked in the order of their ids; what is not there is left out.

    Not their keys: billing, which holds the books, may write of an order that somebody is at, who
    waits for the books."""
    return list(
        await work.rows(
            select(*SalesOrder.__table__.c)
            .where(SalesOrder.tenant_id == work.tenant_id, SalesOrder.id.in_(order_ids))
            .order_by(SalesOrder.id)
            .with_for_update(key_share=True)
        )
    )


async def lines_of(work: Work, order_ids: Collection[int]) -> list[Row[Any]]:
    """All lines of locked orders, oldest order first. The order's lock guards its lines."""
    return list(
        await work.rows(
            select(*SalesOrderLine.__table__.c)
            .where(
                SalesOrderLine.tenant_id == work.tenant_id, SalesOrderLine.order_id.in_(order_ids)
            )
            .order_by(SalesOrderLine.order_id, SalesOrderLine.line_number)
        )
    )
