"""Lots that may not leave: the orders that were to have them are served with others.

Done when a lot was quarantined or recalled, and when its last good day is over."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.engine import Row

from domain.allocation.holdings import OPEN
from domain.allocation.models import Allocation
from domain.allocation.taking_back import TAKEN_AT_ONCE, Given, open_allocations, take_back
from domain.inventory.lots import lot_of_balance
from domain.inventory.models import Lot, StockBalance
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.orders.locking import lock_orders

REASON = "lot_blocked"


async def promised_of_blocked_lots(
    reader: Reader, *, today: Any, lot_id: int | None = None
) -> Sequence[Row[Any]]:
    """The open allocations of lots that may not leave (of one, if named): of each its order and
    balance; a part of a long list."""
    blocked = or_(Lot.status != "released", Lot.expires_on < today)
    statement = (
        select(Allocation.order_id, Allocation.balance_id)
        .join(
            StockBalance,
            and_(
                StockBalance.tenant_id == Allocation.tenant_id,
                StockBalance.id == Allocation.balance_id,
                StockBalance.lot != "",
            ),
        )
        .join(Lot, lot_of_balance())
        .where(Allocation.tenant_id == reader.tenant_id, Allocation.status == OPEN, blocked)
    )
    if lot_id is not None:
        statement = statement.where(Lot.id == lot_id)
    return await reader.rows(statement.order_by(Allocation.order_id).limit(TAKEN_AT_ONCE))


async def take_back_blocked(work: Work, *, lot_id: int | None = None) -> int:
    """Have orders give up what they hold of lots that may not leave; how many allocations were
    looked at. What a warehouse works on stays: it finds out when it picks.

    Running it again has no further effect. A long list is done in parts."""
    today = work.now.date()
    found = await promised_of_blocked_lots(work, today=today, lot_id=lot_id)
    if not found:
        return 0
    orders = {order.id for order in await lock_orders(work, {row.order_id for row in found})}
    # Read again under the locks: what was shipped, given back or released meanwhile is left alone.
    still = await promised_of_blocked_lots(work, today=today, lot_id=lot_id)
    rows = await open_allocations(work, {row.balance_id for row in still})
    given = [Given(row, row.quantity) for row in rows if row.order_id in orders]
    await take_back(work, given, reason=REASON, note=REASON)
    return len(found)
