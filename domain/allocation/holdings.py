"""Holdings: the allocations an order has, and what becomes of them. The order is locked first."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, case, column, func, literal, select, update
from sqlalchemy.engine import Row

from domain.allocation.models import QUANTITY, Allocation
from domain.allocation.pool_counting import Drawn, count_given_up
from domain.intercompany.trading import reduce_expected
from domain.kernel.reading import Reader
from domain.kernel.work import Work

# Still to be shipped: free to be changed, or at work in a warehouse.
OPEN, RELEASED = "open", "released"
HELD = (OPEN, RELEASED)


async def holdings_of(reader: Reader, order_ids: Collection[int]) -> list[Row[Any]]:
    """The allocations of orders that are still to be shipped, oldest first."""
    return list(
        await reader.rows(
            select(*Allocation.__table__.c)
            .where(
                Allocation.tenant_id == reader.tenant_id,
                Allocation.order_id.in_(order_ids),
                Allocation.status.in_(HELD),
            )
            .order_by(Allocation.id)
        )
    )


async def served_from(reader: Reader, order_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """The locations that serve, or have served, each order."""
    rows = await reader.rows(
        select(Allocation.order_id, Allocation.location_id)
        .where(
            Allocation.tenant_id == reader.tenant_id,
            Allocation.order_id.in_(order_ids),
            Allocation.status != "cancelled",
        )
        .distinct()
    )
    places: dict[int, set[int]] = {}
    for row in rows:
        places.setdefault(row.order_id, set()).add(row.location_id)
    return {order_id: frozenset(found) for order_id, found in places.items()}


async def reduce_holdings(
    work: Work,
    quantities: Mapping[int, Decimal],
    *,
    shipped: bool = False,
    is_drawn_again: bool = False,
) -> None:
    """Take quantities (base units) off allocations, by id: they were shipped, or given back.

    An allocation that has nothing left to ship is shipped, or cancelled when nothing of it was.
    A pool that it was drawn from has back what is given back; `is_drawn_again`: not what other
    allocations draw of the same pool and item at once."""
    if not quantities:
        return
    taken = (
        func.unnest(
            literal(list(quantities), ARRAY(BigInteger)),
            literal(list(quantities.values()), ARRAY(QUANTITY)),
        )
        .table_valued(column("allocation_id", BigInteger), column("quantity", QUANTITY))
        .render_derived(name="taken")
    )
    left = Allocation.quantity - taken.c.quantity
    gone = Allocation.shipped + (taken.c.quantity if shipped else 0)
    ended = case((gone > 0, "shipped"), else_="cancelled")
    rows = await work.rows(
        update(Allocation)
        .where(Allocation.tenant_id == work.tenant_id, Allocation.id == taken.c.allocation_id)
        .values(
            quantity=left, shipped=gone, status=case((left == 0, ended), else_=Allocation.status)
        )
        .returning(
            Allocation.pool_id,
            Allocation.balance_id,
            taken.c.quantity,
            Allocation.id,
            Allocation.is_traded,
        )
    )
    if not shipped:
        await reduce_expected(work, {row.id: row.quantity for row in rows if row.is_traded})
    if is_drawn_again:
        return
    drawn = [Drawn._make(row[:3]) for row in rows if row.pool_id is not None]
    await count_given_up(work, drawn, shipped=shipped)


async def mark_holdings(work: Work, allocation_ids: Collection[int], *, status: str) -> None:
    """Say that allocations are at work in a warehouse (released), or free again (open)."""
    if not allocation_ids:
        return
    await work.execute(
        update(Allocation)
        .where(
            Allocation.tenant_id == work.tenant_id,
            Allocation.id.in_(allocation_ids),
            Allocation.status.in_(HELD),
        )
        .values(status=status)
    )
