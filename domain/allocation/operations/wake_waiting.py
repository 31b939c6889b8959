"""Lines that wait although there is stock are looked at again by the clock: what changed for them
may be what nobody tells of, such as a new day of a location that could take on no more, a policy
that takes effect, or a location that opens."""

from sqlalchemy import and_, func, select

from domain.allocation.events import BackordersLeft
from domain.inventory.balances import NEW
from domain.inventory.lots import lot_of_balance, may_be_sold
from domain.inventory.models import Lot, StockBalance
from domain.kernel.models import Outbox
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.orders.models import SalesOrderLine


@operation("allocation.run")
async def wake_waiting_lines(work: Work) -> int:
    """Have the queue of each item served that has both lines that wait and stock that may be sold;
    of how many items that is. Those whose turn is still to come are left out.

    Done by the clock. Whether they get it is decided as always: running it twice has one effect."""
    there = (
        select(StockBalance.id)
        .outerjoin(Lot, lot_of_balance())
        .where(
            StockBalance.tenant_id == work.tenant_id,
            StockBalance.item_id == SalesOrderLine.item_id,
            StockBalance.condition == NEW,
            StockBalance.available > 0,
            may_be_sold(work.now.date()),
        )
    )
    has_turn = select(Outbox.id).where(
        Outbox.tenant_id == work.tenant_id,
        Outbox.aggregate == BackordersLeft.aggregate,
        Outbox.aggregate_id == SalesOrderLine.item_id,
    )
    waiting = and_(
        SalesOrderLine.tenant_id == work.tenant_id,
        SalesOrderLine.backordered > 0,
        SalesOrderLine.allocation_stopped.is_(False),
    )
    first = func.min(SalesOrderLine.id)
    items = await work.values(
        select(SalesOrderLine.item_id)
        .where(waiting, there.exists(), ~has_turn.exists())
        .group_by(SalesOrderLine.item_id)
        .order_by(first)
    )
    for item_id in items:
        work.record(BackordersLeft(aggregate_id=item_id, item_ids=(item_id,), after_line_id=0))
    return len(items)
