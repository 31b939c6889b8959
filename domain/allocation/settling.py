"""Settling: lines and orders are told what their allocations say, after any change of them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Label,
    Text,
    and_,
    column,
    func,
    literal,
    or_,
    select,
    update,
)

from domain.allocation.holdings import HELD, RELEASED
from domain.allocation.models import Allocation
from domain.kernel.work import Work
from domain.orders.holds import is_held
from domain.orders.locking import lines_of
from domain.orders.models import SalesOrder, SalesOrderLine
from domain.orders.policy import LineFigures, order_status


@dataclass(frozen=True, slots=True)
class Standing:
    """How an order stands after it was settled."""

    number: str
    status: str


async def settle(work: Work, order_ids: Collection[int]) -> dict[int, Standing]:
    """Bring the figures of the orders' lines and the orders' status in line with their
    allocations; their new standing by order id. The orders are locked."""
    wanted = sorted(set(order_ids))
    if not wanted:
        return {}
    await _settle_lines(work, wanted)
    figures: dict[int, list[LineFigures]] = defaultdict(list)
    for line in await lines_of(work, wanted):
        progress = LineFigures(line.quantity, line.allocated, line.shipped, line.cancelled)
        figures[line.order_id].append(progress)
    rows = await work.rows(
        select(
            SalesOrder.id,
            SalesOrder.number,
            SalesOrder.hold_reason,
            SalesOrder.guarded_holds,
            _is_at_work(),
        ).where(SalesOrder.tenant_id == work.tenant_id, SalesOrder.id.in_(wanted))
    )
    standings = {
        row.id: Standing(
            row.number,
            order_status(
                figures[row.id],
                held=is_held(row),
                in_fulfilment=row.is_at_work,
            ),
        )
        for row in rows
    }
    await _write_status(work, {order_id: each.status for order_id, each in standings.items()})
    return standings


async def _settle_lines(work: Work, order_ids: list[int]) -> None:
    held = func.sum(Allocation.quantity).filter(Allocation.status.in_(HELD))
    sums = (
        select(
            SalesOrderLine.id,
            func.coalesce(held, 0).label("allocated"),
            func.coalesce(func.sum(Allocation.shipped), 0).label("shipped"),
        )
        .outerjoin(
            Allocation,
            and_(
                Allocation.tenant_id == SalesOrderLine.tenant_id,
                Allocation.order_line_id == SalesOrderLine.id,
            ),
        )
        .where(SalesOrderLine.tenant_id == work.tenant_id, SalesOrderLine.order_id.in_(order_ids))
        .group_by(SalesOrderLine.id)
        .subquery()
    )
    await work.execute(
        update(SalesOrderLine)
        .where(
            SalesOrderLine.tenant_id == work.tenant_id,
            SalesOrderLine.id == sums.c.id,
            or_(
                SalesOrderLine.allocated != sums.c.allocated,
                SalesOrderLine.shipped != sums.c.shipped,
            ),
        )
        .values(allocated=sums.c.allocated, shipped=sums.c.shipped)
    )


def _is_at_work() -> Label[bool]:
    released = select(Allocation.id).where(
        Allocation.tenant_id == SalesOrder.tenant_id,
        Allocation.order_id == SalesOrder.id,
        Allocation.status == RELEASED,
    )
    return released.exists().label("is_at_work")


async def _write_status(work: Work, statuses: dict[int, str]) -> None:
    told = (
        func.unnest(
            literal(list(statuses), ARRAY(BigInteger)),
            literal(list(statuses.values()), ARRAY(Text)),
        )
        .table_valued(column("order_id", BigInteger), column("status", Text))
        .render_derived(name="told")
    )
    await work.execute(
        update(SalesOrder)
        .where(SalesOrder.tenant_id == work.tenant_id, SalesOrder.id == told.c.order_id)
        .values(status=told.c.status, version=SalesOrder.version + 1)
    )
