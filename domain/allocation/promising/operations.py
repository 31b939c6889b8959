"""Promises are looked through when supply moved: what broke, what got better, who is told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select, union, update
from sqlalchemy.engine import Row

from domain.allocation.holdings import served_from
from domain.allocation.promising.keeping import (
    Looked,
    replace_pegs,
    tell,
    tight_supplies,
    write_dates,
)
from domain.allocation.promising.terms import terms_of
from domain.allocation.promising.waiting import (
    FIRST,
    Asked,
    Standing,
    Turn,
    affected_lines,
    affected_orders,
    has_better_supply,
    pegged_by,
    standing_of,
    undated_lines,
    unpeg,
)
from domain.allocation.supply import Want as Asker
from domain.allocation.supply import supply_of
from domain.inventory.events import ExpectedSupplyOverdue
from domain.inventory.models import ExpectedSupply
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.orders.locking import lock_order, lock_orders
from domain.orders.models import SalesOrderLine
from domain.promise.dating import ToDate, add_pegged, date_from
from domain.promise.events import PromisesLeft
from domain.promise.facts import free_of, lock_expected
from domain.promise.models import PromisePeg
from domain.promise.policies.promising import Want

ZERO = Decimal(0)
# How many orders one transaction looks through: so many stay locked while it runs.
REVIEW_PART = 200
# How many late supplies one transaction tells of.
OVERDUE_PART = 500


@dataclass(frozen=True, slots=True)
class Review:
    """The orders whose dates moved, and those of them whose promise cannot be kept; `goes_on` when
    a long queue was looked through in part, and PromisesLeft asks for the rest."""

    order_ids: tuple[int, ...] = ()
    at_risk: tuple[int, ...] = ()
    goes_on: bool = False


@operation("promise.manage")
async def review_promises(
    work: Work,
    *,
    item_ids: Collection[int],
    after: Turn = FIRST,
    order_id: int | None = None,
) -> Review:
    """Look through all promises that may rest on supply of these items, and peg them anew: what
    was promised for the earliest day first, then what waits longest. An order's undated lines get
    their dates with them.

    One statement finds them all, without a lock; REVIEW_PART orders are locked and written, and
    PromisesLeft asks for those after them. Only what differs is written, so that running it twice
    has one effect. A constant number of statements."""
    asked = Asked(tuple(sorted(item_ids)), after, order_id)
    if not asked.item_ids:
        return Review()
    turns = await affected_orders(work, asked)
    part, later = list(turns)[:REVIEW_PART], list(turns)[REVIEW_PART:]
    review = await _review(work, asked, part, later)
    if later:
        day, line_id = turns[part[-1]]
        left = PromisesLeft(
            aggregate_id=asked.item_ids[0],
            item_ids=asked.item_ids,
            after_day=day.isoformat(),
            after_line_id=line_id,
            order_id=order_id,
        )
        work.record(left)
    return replace(review, goes_on=bool(later))


async def _review(
    work: Work, asked: Asked, order_ids: Sequence[int], later: Sequence[int]
) -> Review:
    """Peg orders anew, from what nobody before them rests on; what `later` orders rest on is
    theirs to take."""
    orders = {order.id: order for order in await lock_orders(work, order_ids)}
    lines = await affected_lines(work, asked, orders)
    if not lines:
        return Review()
    items = {line.item_id for line in lines}
    locked = await lock_expected(work, items)
    standing = await standing_of(work, [line.id for line in lines])
    of_later = await pegged_by(work, later, [row.id for row in locked]) if later else {}
    own = standing.pegged()
    free = {n: own.get(n, ZERO) + of_later.get(n, ZERO) for n in own.keys() | of_later.keys()}
    turns = [order_id for order_id in order_ids if order_id in orders]
    wanted = await _to_date(work, {each: orders[each] for each in turns}, lines, standing)
    promises = await date_from(work, [e for e, _ in wanted], free_of(locked, free), items)
    looked = [
        Looked(line, promise)
        for (_, of_order), found in zip(wanted, promises, strict=True)
        for line, promise in zip(of_order, found, strict=True)
    ]
    if of_later:
        tight = tight_supplies(locked, of_later, looked, standing)
        gone = await unpeg(work, later, tight) if tight else {}
        await add_pegged(work, {supply_id: -quantity for supply_id, quantity in gone.items()})
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
    """The orders in their order, each with its lines."""
    by_order: dict[int, list[Row[Any]]] = {order_id: [] for order_id in orders}
    for line in lines:
        by_order[line.order_id].append(line)
    by_order = {order_id: of_order for order_id, of_order in by_order.items() if of_order}
    asked = {order_id: _asker(orders[order_id]) for order_id in by_order}
    items = {line.item_id for line in lines}
    supply = await supply_of(work, list(asked.values()), item_ids=items, at=work.now)
    places = await served_from(work, list(by_order))
    found = []
    for order_id, of_order in by_order.items():
        order, demand = orders[order_id], supply.demand(asked[order_id], ())
        served = sorted(places.get(order_id, ()))
        bound = served[0] if served and not demand.split_allowed else None
        terms = terms_of(demand, ship_to=order.ship_to, service=order.service_level, bound_to=bound)
        wants = tuple(_want(order, line, standing) for line in of_order)
        found.append((ToDate(order.channel_id, terms, wants), of_order))
    return found


def _want(order: Row[Any], line: Row[Any], standing: Standing) -> Want:
    early = order.early_delivery_allowed
    return Want(
        line.item_id,
        line.backordered,
        tuple(standing.given.get(line.id, ())),
        wanted_on=None if early else line.wanted_on,
        wanted_ship_on=None if early else line.wanted_ship_on,
        kit=line.kit_id,
        per_kit=line.per_kit or Decimal(1),
    )


def _asker(order: Row[Any]) -> Asker:
    return Asker(
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
    """Look through the items of an order that has no date, or rests on supply: it was amended,
    cancelled, or got stock."""
    undated = undated_lines(work, order_id, SalesOrderLine.item_id)
    pegged = select(PromisePeg.item_id).where(
        PromisePeg.tenant_id == work.tenant_id, PromisePeg.order_id == order_id
    )
    items = await work.values(union(undated, pegged))
    return await review_promises(work, item_ids=items, order_id=order_id)


@operation("promise.manage")
async def review_placed_order(work: Work, *, order_id: int) -> Review:
    """Look an order that was just placed through, where supply is to come that it could rest on
    sooner: who announced it meanwhile did not see the order yet."""
    if await work.value(has_better_supply(work, order_id)):
        return await review_order(work, order_id=order_id)
    return Review()


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


@operation("orders.manage")
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
