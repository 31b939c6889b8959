"""Lines that a location rejected wake when it may be asked for them again."""

from sqlalchemy import ColumnElement, select, update

from domain.allocation.events import RejectionsEnded
from domain.allocation.models import AllocationRejection
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.orders.models import SalesOrderLine

# How many rejections one transaction looks at.
WAKING_PART = 500


@operation("allocation.run")
async def wake_barred_lines(work: Work) -> int:
    """Have the lines that wait served where a rejection's time is over; how many rejections it was
    over of. Fewer than WAKING_PART: none is left.

    Done by the clock. Each rejection wakes once: running it twice, or twice at once, has one
    effect. Who waits for the items is served in turn, in parts, by what RejectionsEnded starts."""
    due = await work.rows(
        select(AllocationRejection.id, AllocationRejection.order_line_id)
        .where(
            AllocationRejection.tenant_id == work.tenant_id,
            AllocationRejection.expires_at <= work.now,
            AllocationRejection.woken_at.is_(None),
            AllocationRejection.cleared_at.is_(None),
        )
        .order_by(AllocationRejection.expires_at, AllocationRejection.id)
        .limit(WAKING_PART)
        .with_for_update(skip_locked=True)
    )
    if not due:
        return 0
    await work.execute(
        update(AllocationRejection)
        .where(_of([row.id for row in due], work), AllocationRejection.woken_at.is_(None))
        .values(woken_at=work.now)
    )
    waiting = await work.rows(
        select(SalesOrderLine.id, SalesOrderLine.item_id).where(
            SalesOrderLine.tenant_id == work.tenant_id,
            SalesOrderLine.id.in_({row.order_line_id for row in due}),
            SalesOrderLine.backordered > 0,
            SalesOrderLine.allocation_stopped.is_(False),
        )
    )
    if waiting:
        items = tuple(sorted({row.item_id for row in waiting}))
        lines = tuple(sorted(row.id for row in waiting))
        work.record(RejectionsEnded(aggregate_id=items[0], item_ids=items, line_ids=lines))
    return len(due)


def _of(ids: list[int], work: Work) -> ColumnElement[bool]:
    return (AllocationRejection.tenant_id == work.tenant_id) & AllocationRejection.id.in_(ids)
