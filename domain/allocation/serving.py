"""Serving: lines that wait for stock get what there is. The orders are locked first."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.allocation.holdings import served_from
from domain.allocation.keeping import Decided, keep
from domain.allocation.policy import Decision, Demand, DemandLine, decide
from domain.allocation.settling import Standing, settle
from domain.allocation.supply import Sourcing, lock_stock, sourcing_of
from domain.kernel.work import Work
from domain.orders.events import OrderAllocated
from domain.orders.models import SalesOrderLine


async def serve_waiting(
    work: Work,
    orders: Sequence[Row[Any]],
    *,
    trigger: str,
    item_ids: Collection[int] | None = None,
    explain_all: bool = False,
) -> dict[int, Standing]:
    """Give what is available to the waiting lines (of some items) of the locked `orders`, the
    line that waits longest first; the standing of each order that got something.

    Running it again has no further effect: it starts from what still waits. The reasons are kept
    for lines that got something, or for all (`explain_all`)."""
    waiting = await _waiting(work, orders, item_ids)
    if not waiting:
        return {}
    by_id = {order.id: order for order in orders}
    sourcing = await sourcing_of(work, {by_id[order_id].channel_id for order_id in waiting})
    stock = await lock_stock(work, {line.item_id for rows in waiting.values() for line in rows})
    places = await served_from(work, waiting)
    demands = [
        _demand(by_id[order_id], lines, sourcing, places.get(order_id))
        for order_id, lines in waiting.items()
    ]
    decisions = dict(zip(waiting, decide(demands, stock), strict=True))
    decided = [
        each
        for order_id, decision in decisions.items()
        for each in _decided(by_id[order_id], waiting[order_id], decision, sourcing)
        if explain_all or each.decision.takes
    ]
    await keep(work, decided, trigger=trigger)
    served = {each.order_id for each in decided if each.decision.takes}
    standings = await settle(work, served)
    for order_id, standing in standings.items():
        _tell(work, order_id, standing, trigger)
    return standings


async def _waiting(
    work: Work, orders: Sequence[Row[Any]], item_ids: Collection[int] | None
) -> dict[int, list[Row[Any]]]:
    statement = select(
        SalesOrderLine.id,
        SalesOrderLine.order_id,
        SalesOrderLine.item_id,
        SalesOrderLine.backordered,
    ).where(
        SalesOrderLine.tenant_id == work.tenant_id,
        SalesOrderLine.order_id.in_([order.id for order in orders]),
        SalesOrderLine.backordered > 0,
    )
    if item_ids is not None:
        statement = statement.where(SalesOrderLine.item_id.in_(item_ids))
    waiting: dict[int, list[Row[Any]]] = defaultdict(list)
    for line in await work.rows(statement.order_by(SalesOrderLine.id)):
        waiting[line.order_id].append(line)
    return dict(waiting)


def _demand(
    order: Row[Any], lines: Sequence[Row[Any]], sourcing: dict[int, Sourcing], place: int | None
) -> Demand:
    how = sourcing[order.channel_id]
    return Demand(
        entity_id=order.entity_id,
        lines=tuple(DemandLine(line.item_id, line.backordered) for line in lines),
        sites=how.sites,
        split_allowed=how.split_allowed,
        bound_to=place,
    )


def _decided(
    order: Row[Any], lines: Sequence[Row[Any]], decision: Decision, sourcing: dict[int, Sourcing]
) -> list[Decided]:
    policy_id = sourcing[order.channel_id].policy_id
    return [
        Decided(order.id, line.id, order.entity_id, policy_id, each)
        for line, each in zip(lines, decision.lines, strict=True)
    ]


def _tell(work: Work, order_id: int, standing: Standing, trigger: str) -> None:
    work.audit(
        "allocate_order",
        subject="order",
        subject_id=order_id,
        after={"status": standing.status},
        reason=trigger,
    )
    work.record(
        OrderAllocated(
            aggregate_id=order_id, number=standing.number, status=standing.status, trigger=trigger
        )
    )
