"""Reads of what is allocated to orders."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.allocation.holdings import OPEN, RELEASED, holdings_of
from domain.allocation.models import Allocation
from domain.kernel.permissions import query
from domain.kernel.reading import Reader


@query("allocation.read")
async def allocations_of_orders(
    reader: Reader, *, order_ids: Collection[int]
) -> dict[int, Sequence[Row[Any]]]:
    """The allocations of many orders at once, by order id, oldest first."""
    rows = await reader.rows(
        select(*Allocation.__table__.c)
        .where(Allocation.tenant_id == reader.tenant_id, Allocation.order_id.in_(order_ids))
        .order_by(Allocation.id)
    )
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(row)
    return dict(found)


@dataclass(frozen=True, slots=True)
class OrderWork:
    """Whether stock is kept for an order that no warehouse works on, and whether one works."""

    reserved: bool = False
    at_work: bool = False


@query("orders.read")
async def work_of_orders(reader: Reader, *, order_ids: Collection[int]) -> dict[int, OrderWork]:
    """What decides on what may be done with orders now, by order id."""
    found: dict[int, set[str]] = defaultdict(set)
    async with reader.house() as house:
        holdings = await holdings_of(house, order_ids)
    for each in holdings:
        found[each.order_id].add(each.status)
    return {
        order_id: OrderWork(OPEN in statuses, RELEASED in statuses)
        for order_id, statuses in found.items()
    }
