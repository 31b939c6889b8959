"""Taking back: orders give up allocations whose stock is not there, or may not leave.

The orders wait again, and the worker serves them from elsewhere. Locks: orders, then balances."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.engine import Row

from domain.allocation.events import AllocationWithdrawn, OrdersLostStock
from domain.allocation.holdings import OPEN, reduce_holdings
from domain.allocation.models import Allocation
from domain.allocation.settling import Standing, settle
from domain.inventory.models import StockBalance
from domain.inventory.reservations import Taken, release
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.kernel.work import Work

# How many orders are locked in one transaction.
TAKEN_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Given:
    """An open allocation, and what of it (base units) is given up."""

    allocation: Row[Any]
    quantity: Decimal


async def open_allocations(
    reader: Reader, balance_ids: Collection[int], *, limit: int | None = None
) -> Sequence[Row[Any]]:
    """The allocations of balances that no warehouse works on, of the newest order first, with
    their item."""
    return await reader.rows(
        select(*Allocation.__table__.c, StockBalance.item_id)
        .join(
            StockBalance,
            and_(
                StockBalance.tenant_id == Allocation.tenant_id,
                StockBalance.id == Allocation.balance_id,
            ),
        )
        .where(
            Allocation.tenant_id == reader.tenant_id,
            Allocation.balance_id.in_(balance_ids),
            Allocation.status == OPEN,
            Allocation.quantity > 0,
        )
        .order_by(Allocation.order_id.desc(), Allocation.id.desc())
        .limit(limit)
    )


def newest_first(
    allocations: Sequence[Row[Any]], needed: Mapping[int, Decimal]
) -> tuple[list[Given], dict[int, Decimal]]:
    """What to give up so that each balance (by id) has so much less promised (base units), the
    first allocations first; and what they cannot cover, by balance."""
    left = {balance_id: quantity for balance_id, quantity in needed.items() if quantity > 0}
    given = []
    for each in allocations:
        part = min(each.quantity, left.get(each.balance_id, Decimal(0)))
        if part > 0:
            given.append(Given(each, part))
            left[each.balance_id] -= part
    return given, {balance_id: quantity for balance_id, quantity in left.items() if quantity > 0}


async def take_back(
    work: Work, given: Sequence[Given], *, reason: str, note: str
) -> dict[int, Standing]:
    """Let the orders, which are locked, give up allocations: reservations, lines and status follow.
    `reason` is the machine's word for it, `note` the person's. The orders' new standing, by id."""
    if not given:
        return {}
    await release(
        work,
        [
            Taken(
                reservation_id=each.allocation.reservation_id,
                quantity=each.quantity,
                reference_id=each.allocation.order_id,
            )
            for each in given
        ],
        reference_kind="order",
        reference_id=given[0].allocation.order_id,
    )
    await reduce_holdings(work, {each.allocation.id: each.quantity for each in given})
    standings = await settle(work, {each.allocation.order_id for each in given})
    _tell(work, given, standings, reason, note)
    return standings


def _tell(
    work: Work, given: Sequence[Given], standings: Mapping[int, Standing], reason: str, note: str
) -> None:
    by_order: dict[int, list[Given]] = defaultdict(list)
    for each in given:
        by_order[each.allocation.order_id].append(each)
    for order_id, parts in sorted(by_order.items()):
        standing = standings[order_id]
        work.record(
            AllocationWithdrawn(
                aggregate_id=order_id,
                number=standing.number,
                status=standing.status,
                reason=reason,
                withdrawn_item_ids=tuple(sorted({part.allocation.item_id for part in parts})),
            )
        )
        work.audit(
            "withdraw_allocation",
            subject="order",
            subject_id=order_id,
            after={
                "status": standing.status,
                "withdrawn": [[p.allocation.id, f"{plain(p.quantity):f}"] for p in parts],
            },
            reason=note,
        )
    items = tuple(sorted({each.allocation.item_id for each in given}))
    work.record(OrdersLostStock(aggregate_id=items[0], reason=reason, item_ids=items))
