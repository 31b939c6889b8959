"""Rejections: what a location would not do is taken from elsewhere, and not without end."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.allocation.demand import NOWHERE
from domain.allocation.events import AllocationStopped
from domain.allocation.models import AllocationRejection
from domain.kernel.inserting import insert_ids
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.orders.models import SalesOrderLine

# For how long a location is not asked again, where it does not say itself.
LASTS = {
    "no_stock": timedelta(days=7),
    "damaged": timedelta(days=7),
    "capacity": timedelta(days=1),
    "closed": timedelta(days=1),
}
REASONS = tuple(LASTS)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A quantity (base units) of an order line that a location rejected."""

    order_id: int
    line_id: int
    quantity: Decimal


async def write_rejections(
    work: Work,
    rejected: Sequence[Rejected],
    *,
    location_id: int,
    fulfilment_order_id: int | None,
    reason: str,
    note: str | None,
    until: datetime | None,
) -> list[int]:
    """Keep what was rejected, one of REASONS, and count it on the lines, whose order is locked;
    the ids of what is kept, in the order of `rejected`."""
    common = {
        "location_id": location_id,
        "fulfilment_order_id": fulfilment_order_id,
        "reason": reason,
        "note": note,
        "rejected_at": work.now,
        "rejected_by": work.actor.principal.name,
        "expires_at": until or work.now + LASTS[reason],
    }
    rows = [
        {"order_id": e.order_id, "order_line_id": e.line_id, "quantity": e.quantity, **common}
        for e in rejected
    ]
    ids = await insert_ids(work, AllocationRejection, rows)
    await work.execute(
        update(SalesOrderLine)
        .where(
            SalesOrderLine.tenant_id == work.tenant_id,
            SalesOrderLine.id.in_({each.line_id for each in rejected}),
        )
        .values(rejections=SalesOrderLine.rejections + 1)
    )
    return ids


async def barred_places(
    reader: Reader, lines: Collection[Row[Any]], *, at: datetime
) -> Mapping[int, frozenset[int]]:
    """The locations that are not asked for these lines now, by line id.

    Nothing is sent when no line was ever rejected."""
    wanted = [line.id for line in lines if line.rejections]
    if not wanted:
        return {}
    rows = await reader.rows(
        select(AllocationRejection.order_line_id, AllocationRejection.location_id)
        .where(
            AllocationRejection.tenant_id == reader.tenant_id,
            AllocationRejection.order_line_id.in_(wanted),
            AllocationRejection.cleared_at.is_(None),
            AllocationRejection.expires_at > at,
        )
        .distinct()
    )
    places: dict[int, frozenset[int]] = defaultdict(lambda: NOWHERE)
    for row in rows:
        places[row.order_line_id] |= {row.location_id}
    return places


async def stop_allocation(work: Work, order: Row[Any], lines: Sequence[Row[Any]]) -> None:
    """Lines of a locked order were rejected too often: from now on they wait for a person."""
    if not lines:
        return
    await work.execute(
        update(SalesOrderLine)
        .where(
            SalesOrderLine.tenant_id == work.tenant_id,
            SalesOrderLine.id.in_([line.id for line in lines]),
        )
        .values(allocation_stopped=True)
    )
    line_ids = tuple(sorted(line.id for line in lines))
    rejections = max(line.rejections for line in lines)
    work.audit(
        "stop_allocation",
        subject="order",
        subject_id=order.id,
        after={"line_ids": list(line_ids), "rejections": rejections},
        reason="rejected_too_often",
    )
    work.record(
        AllocationStopped(
            aggregate_id=order.id, number=order.number, line_ids=line_ids, rejections=rejections
        )
    )


async def clear_lines(work: Work, line_ids: Collection[int]) -> None:
    """Forget what was rejected of lines, whose order is locked: every location is asked again."""
    if not line_ids:
        return
    await work.execute(
        update(AllocationRejection)
        .where(
            AllocationRejection.tenant_id == work.tenant_id,
            AllocationRejection.order_line_id.in_(line_ids),
            AllocationRejection.cleared_at.is_(None),
        )
        .values(cleared_at=work.now)
    )
    await work.execute(
        update(SalesOrderLine)
        .where(SalesOrderLine.tenant_id == work.tenant_id, SalesOrderLine.id.in_(line_ids))
        .values(rejections=0, allocation_stopped=False)
    )
