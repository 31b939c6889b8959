"""Who waits for an item, in the order of the queue, and by which keys."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from domain.allocation.models import BackorderPriority
from domain.allocation.queueing import queue, rule_in_effect
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.orders.models import SalesOrderLine


@query("allocation.read")
async def backorders(reader: Reader, *, item_id: int, request: PageRequest) -> Listing:
    """A page of the lines that wait for an item, the one that is served next first.

    Rows have order_line_id, order_id, line_number, position (from 1), waiting (base units),
    promised_ship_on and expected_ship_on."""
    rule = await rule_in_effect(reader)
    line = queue(
        reader.tenant_id,
        rule,
        SalesOrderLine.id.label("order_line_id"),
        SalesOrderLine.order_id,
        SalesOrderLine.line_number,
        SalesOrderLine.backordered.label("waiting"),
        SalesOrderLine.promised_ship_on,
        SalesOrderLine.expected_ship_on,
    )
    turn = func.row_number().over(order_by=line.keys).label("position")
    keys = [key.label(f"key_{n}") for n, key in enumerate(line.keys)]
    waiting = (
        line.statement.add_columns(turn, *keys)
        .where(SalesOrderLine.item_id == item_id, SalesOrderLine.backordered > 0)
        .subquery()
    )
    ordering = Ordering(tuple(waiting.c[key.name] for key in keys))
    return await list_page(reader, select(waiting), ordering=ordering, request=request)


@query("allocation.read")
async def backorder_priority(reader: Reader) -> Row[Any] | None:
    """The rule by which backorders queue, and who set it when; None: the oldest line first."""
    return await reader.row(
        select(*BackorderPriority.__table__.c).where(
            BackorderPriority.tenant_id == reader.tenant_id
        )
    )
