"""Promises are looked through when supply moved: what broke, what got better, who is told."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select, union, update
from sqlalchemy.engine import Row

from domain.allocation.holdings import served_from
from domain.allocation.promising.keeping import Looked, replace_pegs, tell, write_dates
from domain.allocation.promising.terms import terms_of
from domain.allocation.promising.waiting import (
    Standing,
    affected_lines,
    affected_orders,
    standing_of,
)
from domain.allocation.supply import Want as Asked
from domain.allocation.supply import supply_of
from domain.inventory.events import ExpectedSupplyOverdue
from domain.inventory.models import ExpectedSupply
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.orders.locking import lock_order, lock_orders
from domain.orders.models import SalesOrderLine
from domain.promise.dating import ToDate, date_from
from domain.promise.facts import lock_expected
from domain.promise.models import PromisePeg
from domain.promise.policies.promising import Want

# How many late supplies one transaction tells of.
OVERDUE_PART = 500


@dataclass(frozen=True, slots=True)
class Review:
    """The orders whose dates moved, and those of them whose promise cannot be kept."""

    order_ids: tuple[int, ...] = ()
    at_risk: tuple[int, ...] = ()


@operation("promise.manage")
async def review_promises(work: Work, *, item_ids: Collection[int]) -> Review:
    """Look through all promises that may rest on supply of these items, and peg them anew: what
    was promised for the earliest day first, then what waits longest.

    Only lines that wait for the items, or rest on supply of them, are read; only what differs is
    written, so that running it twice has one effect. A constant number of statements."""
    order_ids = await affected_orders(work, item_ids) if item_ids else []
    if not order_ids:
        return Review()
    orders = {order.id: order for order in await lock_orders(work, order_ids)}
    lines = await affected_lines(work, item_ids, orders)
    items = {line.item_id for line in lines}
    supplies = await lock_expected(work, items, pegged_counts=False)
    standing = await standing_of(work, [line.id for line in lines])
    wanted = await _to_date(work, orders, lines, standing)
    promises = await date_from(work, [each for each, _ in wanted], supplies, items)
    looked = [
        Looked(line, promise)
        for (_, of_order), found in zip(wanted, promises, strict=True)
        for line, promise in zip(of_order, found, strict=True)
    ]
    return await _keep(work, orders, looked, standing)


async def _keep(
    work: Work, orders: dict[int, Row[Any]], looked: Sequence[Looked], standing: Standing
) -> Review:
    await replace_pegs(work, looked, standing)
    changed = [each for each in looked if each.dates != each.dates_before]
    await write_dates(work, {each.line.id: each.dates for each in changed})
    tell(work, {order_id: row.number for order_id, row in orders.items()}, changed)
    return Review(
        tuple(sorted({each.line.order_id for each in changed})),
        tuple(sorted({each.line.order_id for each in changed if each.is_late})),
    )


async def _to_date(
    work: Work, orders: dict[int, Row[Any]], lines: Sequence[Row[Any]], standing: Standing
) -> list[tuple[ToDate, list[Row[Any]]]]:
    """The orders in the order of their first line, each with its lines."""
    by_order: dict[int, list[Row[Any]]] = defaultdict(list)
    for line in lines:
        by_order[line.order_id].append(line)
    asked = {order_id: _asked(orders[order_id]) for order_id in by_order}
    items = {line.item_id for line in lines}
    supply = await supply_of(work, list(asked.values()), item_ids=items, at=work.now)
    places = await served_from(work, list(by_order))
    found = []
    for order_id, of_order in by_order.items():
        order, demand = orders[order_id], supply.demand(asked[order_id], ())
        served = sorted(places.get(order_id, ()))
        bound = served[0] if served and not demand.split_allowed else None
        terms = terms_of(demand, ship_to=order.ship_to, service=order.service_level, bound_to=bound)
        wants = tuple(
            Want(line.item_id, line.backordered, tuple(standing.given.get(line.id, ())))
            for line in of_order
        )
        found.append((ToDate(order.channel_id, terms, wants), of_order))
    return found


def _asked(order: Row[Any]) -> Asked:
    return Asked(
        channel_id=order.channel_id,
        entity_id=order.entity_id,
        party_id=order.party_id,
        ship_to=order.ship_to,
        value_minor=order.subtotal_minor,
        currency=order.currency,
        service_level=order.service_level,
    )


@operation("promise.manage")
async def review_order(work: Work, *, order_id: int) -> Review:
    """Look through the items of an order that waits without a date, or rests on supply: it was
    amended, cancelled, or got stock."""
    undated = select(SalesOrderLine.item_id).where(
        SalesOrderLine.tenant_id == work.tenant_id,
        SalesOrderLine.order_id == order_id,
        SalesOrderLine.promised_ship_on.is_(None),
        SalesOrderLine.backordered > 0,
    )
    pegged = select(PromisePeg.item_id).where(
        PromisePeg.tenant_id == work.tenant_id, PromisePeg.order_id == order_id
    )
    items = await work.values(union(undated, pegged))
    return await review_promises(work, item_ids=sorted(items))


@operation("promise.manage")
async def tell_overdue_supply(work: Work, *, today: date | None = None) -> int:
    """Tell of supply that should have come before today, each once a day; how many were told.

    Its promises are then looked through: for some days it counts as coming today, and then no
    more. A long list is told in parts."""
    today = today or work.now.date()
    late = (
        select(ExpectedSupply.id)
        .where(
            ExpectedSupply.tenant_id == work.tenant_id,
            ExpectedSupply.status == "open",
            ExpectedSupply.expected_on < today,
            or_(ExpectedSupply.overdue_told_on.is_(None), ExpectedSupply.overdue_told_on < today),
        )
        .order_by(ExpectedSupply.id)
        .limit(OVERDUE_PART)
        .with_for_update()
    )
    told = await work.rows(
        update(ExpectedSupply)
        .where(ExpectedSupply.tenant_id == work.tenant_id, ExpectedSupply.id.in_(late))
        .values(overdue_told_on=today)
        .returning(ExpectedSupply.id, ExpectedSupply.item_id)
    )
    if told:
        ids = tuple(sorted(row.id for row in told))
        items = tuple(sorted({row.item_id for row in told}))
        work.record(ExpectedSupplyOverdue(aggregate_id=ids[0], supply_ids=ids, item_ids=items))
    return len(told)


@operation("orders.amend")
async def renew_promise(work: Work, *, order_id: int) -> None:
    """What is to be expected of an order becomes its promise: the customer was told.

    Raises NotFound."""
    order = await lock_order(work, order_id)
    moved = await work.rows(
        update(SalesOrderLine)
        .where(
            SalesOrderLine.tenant_id == work.tenant_id,
            SalesOrderLine.order_id == order_id,
            SalesOrderLine.expected_ship_on.is_not(None),
            SalesOrderLine.expected_ship_on.is_distinct_from(SalesOrderLine.promised_ship_on),
        )
        .values(
            promised_ship_on=SalesOrderLine.expected_ship_on,
            promised_on=SalesOrderLine.expected_on,
        )
        .returning(SalesOrderLine.id, SalesOrderLine.promised_ship_on)
    )
    if moved:
        work.audit(
            "renew_promise",
            subject="order",
            subject_id=order.id,
            after={"lines": [[row.id, row.promised_ship_on] for row in moved]},
        )
