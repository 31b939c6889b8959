"""Serving: lines that wait for stock get what there is. The orders are locked first."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from domain.allocation.demand import Demand
from domain.allocation.holdings import served_from
from domain.allocation.keeping import Decided, keep
from domain.allocation.policy import Decision, decide
from domain.allocation.rejections import barred_places, stop_allocation
from domain.allocation.settling import Standing, settle
from domain.allocation.strategy import MOST_REJECTIONS
from domain.allocation.supply import Supply, Want, lock_stock, pools_for, supply_of
from domain.allocation.waiting_parts import Part, parts_of
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
    in_turn: Sequence[int] = (),
) -> dict[int, Standing]:
    """Give what is available to the waiting lines (of some items) of the locked `orders`; those
    `in_turn` (line ids) first, in that order, then the line that waits longest. The standing of
    each order that got something.

    Running it again has no further effect: it starts from what still waits. The reasons are kept
    for lines that got something, or for all (`explain_all`). A location that rejected a line is
    not asked for it; a line that was rejected too often is stopped, and told once."""
    by_id = {order.id: order for order in orders}
    lines = _in_turn(await _waiting(work, orders), in_turn)
    wants = {order_id: _want(by_id[order_id]) for order_id in lines}
    items = {line.item_id for rows in lines.values() for line in rows}
    asked_for = list(wants.values())
    supply = await supply_of(work, asked_for, item_ids=items, at=work.now, is_kept=True)
    waiting = _having_their_turn(lines, wants, supply, item_ids)
    if not waiting:
        return {}
    stock = await lock_stock(work, {line.item_id for rows in waiting.values() for line in rows})
    parts = await _parts(work, waiting, wants, supply)
    demands = await _demands(work, parts, wants, supply)
    pools = await pools_for(work, supply, demands)
    found = decide(demands, stock, capacity=supply.capacity, today=supply.today, pools=pools)
    decisions = dict(zip(waiting, found, strict=True))
    decided = [
        each
        for order_id, decision in decisions.items()
        for each in _decided(by_id[order_id], parts[order_id], decision, supply)
        if explain_all or each.decision.takes
    ]
    await keep(work, decided, trigger=trigger)
    for order_id, asked in parts.items():
        await stop_allocation(work, by_id[order_id], _newly_stopped(asked))
    served = {each.order_id for each in decided if each.decision.takes}
    standings = await settle(work, served)
    for order_id, standing in standings.items():
        _tell(work, order_id, standing, trigger)
    return standings


async def _waiting(work: Work, orders: Sequence[Row[Any]]) -> dict[int, list[Row[Any]]]:
    statement = select(
        SalesOrderLine.id,
        SalesOrderLine.order_id,
        SalesOrderLine.item_id,
        SalesOrderLine.backordered,
        SalesOrderLine.kit_id,
        SalesOrderLine.per_kit,
        SalesOrderLine.rejections,
        SalesOrderLine.allocation_stopped,
        _lines_of_same_kit().label("kit_lines"),
    ).where(
        SalesOrderLine.tenant_id == work.tenant_id,
        SalesOrderLine.order_id.in_([order.id for order in orders]),
        SalesOrderLine.backordered > 0,
    )
    waiting: dict[int, list[Row[Any]]] = defaultdict(list)
    for line in await work.rows(statement.order_by(SalesOrderLine.id)):
        waiting[line.order_id].append(line)
    return dict(waiting)


def _in_turn(
    waiting: dict[int, list[Row[Any]]], in_turn: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The orders, the one first whose first line has the first turn."""
    turns = {line_id: turn for turn, line_id in enumerate(in_turn)}
    last = len(turns)
    firsts = {
        order_id: min(turns.get(line.id, last) for line in lines)
        for order_id, lines in waiting.items()
    }
    return dict(sorted(waiting.items(), key=lambda each: firsts[each[0]]))


def _lines_of_same_kit() -> Any:
    other = SalesOrderLine.__table__.alias("other")
    return (
        select(func.count())
        .select_from(other)
        .where(
            other.c.tenant_id == SalesOrderLine.tenant_id,
            other.c.order_id == SalesOrderLine.order_id,
            other.c.kit_id == SalesOrderLine.kit_id,
        )
        .correlate(SalesOrderLine)
        .scalar_subquery()
    )


async def _parts(
    work: Work,
    waiting: dict[int, list[Row[Any]]],
    wants: dict[int, Want],
    supply: Supply,
) -> dict[int, list[Part]]:
    """What each order asks for, by order id."""
    barred = await barred_places(
        work, [row for rows in waiting.values() for row in rows], at=work.now
    )
    most = {}
    for order_id in waiting:
        policy = supply.policy(wants[order_id].channel_id, wants[order_id].entity_id)
        most[order_id] = MOST_REJECTIONS if policy is None else policy.most_rejections
    return {order_id: parts_of(rows, barred, most[order_id]) for order_id, rows in waiting.items()}


async def _demands(
    work: Work, parts: dict[int, list[Part]], wants: dict[int, Want], supply: Supply
) -> list[Demand]:
    places = await served_from(work, parts)
    return [
        supply.demand(
            wants[order_id],
            [part.asked for part in asked],
            placed_at=places.get(order_id, frozenset()),
        )
        for order_id, asked in parts.items()
    ]


def _newly_stopped(asked: Sequence[Part]) -> list[Row[Any]]:
    stopped = {
        part.line.id: part.line
        for part in asked
        if part.asked.stopped and not part.line.allocation_stopped
    }
    return list(stopped.values())


def _having_their_turn(
    lines: dict[int, list[Row[Any]]],
    wants: dict[int, Want],
    supply: Supply,
    item_ids: Collection[int] | None,
) -> dict[int, list[Row[Any]]]:
    """The lines of these items, with the others of their kits; all lines of an order that ships
    complete."""
    if item_ids is None:
        return lines
    turns = {}
    for order_id, rows in lines.items():
        policy = supply.policy(wants[order_id].channel_id, wants[order_id].entity_id)
        kits = {row.kit_id for row in rows if row.item_id in item_ids} - {None}
        wanted = [row for row in rows if row.item_id in item_ids or row.kit_id in kits]
        complete = policy is not None and policy.on_shortage == "ship_complete"
        if wanted:
            turns[order_id] = rows if complete else wanted
    return turns


def _want(order: Row[Any]) -> Want:
    return Want(
        channel_id=order.channel_id,
        entity_id=order.entity_id,
        party_id=order.party_id,
        ship_to=order.ship_to,
        value_minor=order.subtotal_minor,
        currency=order.currency,
        service_level=order.service_level,
        # Another item may stand in only when an order is placed, not behind its back later.
        substitutes_allowed=False,
    )


def _decided(
    order: Row[Any], asked: Sequence[Part], decision: Decision, supply: Supply
) -> list[Decided]:
    policy_id = supply.policy_id(order.channel_id, order.entity_id)
    return [
        Decided(order.id, part.line.id, order.entity_id, policy_id, each)
        for part, each in zip(asked, decision.lines, strict=True)
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
