"""The lines whose promises may have moved with the supply of some items, and what they rest on."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    any_,
    case,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from domain.allocation.holdings import HELD
from domain.allocation.models import Allocation
from domain.inventory.models import ExpectedSupply
from domain.kernel.value_objects import value_object
from domain.kernel.work import Work
from domain.orders.models import SalesOrderLine
from domain.promise.models import PromisePeg
from domain.promise.policies.promising import Given

# Two pegs are the same when they rest on the same, for so much, with the same dates.
PegKey = tuple[str, int | None, int, Decimal, date, date | None]
# Where a queue is: the first day that an order was promised for, and the first of its lines.
Turn = tuple[date, int]
FIRST: Turn = (date.min, 0)
_SOONER = aliased(ExpectedSupply)
_ALL_PEGGED = func.sum(PromisePeg.quantity) >= SalesOrderLine.backordered


@value_object()
class Asked:
    """What is looked through: the promises that may rest on supply of items, after a turn of
    their queue; `order_id` is an order whose undated lines get their dates with them."""

    item_ids: tuple[int, ...]
    after: Turn = FIRST
    order_id: int | None = None


@dataclass(slots=True)
class Standing:
    """What lines rest on before they are looked through, by line id."""

    pegs: dict[int, list[Row[Any]]]
    given: dict[int, list[Given]]

    def keys(self, line_id: int) -> list[PegKey]:
        """The line's pegs, to be compared."""
        return sorted(
            (
                (p.source, p.supply_id, p.location_id, p.quantity, p.ships_on, p.delivers_on)
                for p in self.pegs.get(line_id, ())
            ),
            key=repr,
        )

    def pegged(self) -> dict[int, Decimal]:
        """What they rest on of each expected supply."""
        sums: dict[int, Decimal] = defaultdict(Decimal)
        for peg in (peg for pegs in self.pegs.values() for peg in pegs):
            if peg.supply_id is not None:
                sums[peg.supply_id] += peg.quantity
        return sums


async def affected_orders(work: Work, asked: Asked) -> dict[int, Turn]:
    """The orders with a line that waits for one of the items, or rests on supply of it, after the
    turn that is named, each with its own: what was promised for the earliest day first, then what
    waits longest."""
    day = func.min(func.coalesce(SalesOrderLine.promised_ship_on, literal(date.max)))
    first = func.min(SalesOrderLine.id)
    turn = tuple_(cast(literal(asked.after[0]), Date), literal(asked.after[1]))
    affected = SalesOrderLine.id.in_(_affected(work, asked))
    rows = await work.rows(
        select(SalesOrderLine.order_id, day.label("day"), first.label("first"))
        .where(SalesOrderLine.tenant_id == work.tenant_id, affected)
        .group_by(SalesOrderLine.order_id)
        .having(tuple_(day, first) > turn)
        .order_by(day, first)
    )
    return {row.order_id: (row.day, row.first) for row in rows}


async def affected_lines(
    work: Work, asked: Asked, order_ids: Collection[int]
) -> Sequence[Row[Any]]:
    """Those lines of the locked orders, and the other components of their kits: a kit is promised
    whole. Each order's first promised first."""
    affected = SalesOrderLine.id.in_(_affected(work, asked))
    of_orders = (
        SalesOrderLine.tenant_id == work.tenant_id,
        SalesOrderLine.order_id.in_(order_ids),
    )
    kits = select(SalesOrderLine.kit_id).where(
        *of_orders, affected, SalesOrderLine.kit_id.is_not(None)
    )
    return await work.rows(
        select(*SalesOrderLine.__table__.c)
        .where(*of_orders, or_(affected, SalesOrderLine.kit_id.in_(kits)))
        .order_by(SalesOrderLine.promised_ship_on.nulls_last(), SalesOrderLine.id)
    )


def _affected(work: Work, asked: Asked) -> Any:
    waiting = select(SalesOrderLine.id).where(
        SalesOrderLine.tenant_id == work.tenant_id,
        SalesOrderLine.item_id.in_(asked.item_ids),
        SalesOrderLine.backordered > 0,
    )
    pegged = select(PromisePeg.order_line_id).where(
        PromisePeg.tenant_id == work.tenant_id, PromisePeg.item_id.in_(asked.item_ids)
    )
    if asked.order_id is None:
        return union(waiting, pegged).scalar_subquery()
    return union(waiting, pegged, undated_lines(work, asked.order_id)).scalar_subquery()


def undated_lines(work: Work, order_id: int, column: Any = SalesOrderLine.id) -> Any:
    """The lines of an order that have no date, and of which something is still to leave."""
    return select(column).where(
        SalesOrderLine.tenant_id == work.tenant_id,
        SalesOrderLine.order_id == order_id,
        SalesOrderLine.promised_ship_on.is_(None),
        SalesOrderLine.quantity > SalesOrderLine.shipped + SalesOrderLine.cancelled,
    )


def has_better_supply(work: Work, order_id: int) -> Any:
    """Whether something is free of a supply that comes before what a line that waits rests on, or
    at all where it rests on no supply with all that waits."""
    pegged = (
        select(case((_ALL_PEGGED, func.max(ExpectedSupply.expected_on))))
        .select_from(PromisePeg)
        .join(
            ExpectedSupply,
            (ExpectedSupply.tenant_id == PromisePeg.tenant_id)
            & (ExpectedSupply.id == PromisePeg.supply_id),
        )
        .where(
            PromisePeg.tenant_id == work.tenant_id,
            PromisePeg.order_line_id == SalesOrderLine.id,
        )
        .correlate(SalesOrderLine)
        .scalar_subquery()
    )
    sooner = (
        select(_SOONER.id)
        .where(
            _SOONER.tenant_id == work.tenant_id,
            _SOONER.item_id == SalesOrderLine.item_id,
            _SOONER.status == "open",
            _SOONER.open > _SOONER.pegged,
            _SOONER.expected_on < func.coalesce(pegged, literal(date.max)),
        )
        .correlate(SalesOrderLine)
    )
    return (
        select(SalesOrderLine.id)
        .where(
            SalesOrderLine.tenant_id == work.tenant_id,
            SalesOrderLine.order_id == order_id,
            SalesOrderLine.backordered > 0,
            sooner.exists(),
        )
        .limit(1)
    )


async def pegged_by(
    work: Work, order_ids: Sequence[int], supply_ids: Collection[int]
) -> dict[int, Decimal]:
    """What the orders rest on of each of these supplies, which are locked."""
    rows = await work.rows(
        select(PromisePeg.supply_id, func.sum(PromisePeg.quantity).label("quantity"))
        .where(*_pegs_of(work, order_ids, supply_ids))
        .group_by(PromisePeg.supply_id)
    )
    return {row.supply_id: row.quantity for row in rows}


async def unpeg(
    work: Work, order_ids: Sequence[int], supply_ids: Collection[int]
) -> dict[int, Decimal]:
    """Delete what the orders rest on of these supplies; how much it was of each, which is still to
    be taken off what is counted as pegged of it."""
    gone: dict[int, Decimal] = defaultdict(Decimal)
    for row in await work.rows(
        delete(PromisePeg)
        .where(*_pegs_of(work, order_ids, supply_ids))
        .returning(PromisePeg.supply_id, PromisePeg.quantity)
    ):
        gone[row.supply_id] += row.quantity
    return gone


def _pegs_of(work: Work, order_ids: Sequence[int], supply_ids: Collection[int]) -> tuple[Any, ...]:
    # One array, and not a list of parameters: the orders may be many.
    return (
        PromisePeg.tenant_id == work.tenant_id,
        PromisePeg.supply_id.in_(supply_ids),
        PromisePeg.order_id == any_(literal(list(order_ids), ARRAY(BigInteger))),
    )


async def standing_of(work: Work, line_ids: Collection[int]) -> Standing:
    """What the lines rest on now: pegs, and stock by location."""
    pegs: dict[int, list[Row[Any]]] = defaultdict(list)
    for peg in await work.rows(
        select(*PromisePeg.__table__.c).where(
            PromisePeg.tenant_id == work.tenant_id, PromisePeg.order_line_id.in_(line_ids)
        )
    ):
        pegs[peg.order_line_id].append(peg)
    given: dict[int, list[Given]] = defaultdict(list)
    for row in await work.rows(
        select(
            Allocation.order_line_id,
            Allocation.location_id,
            func.sum(Allocation.quantity).label("quantity"),
            Allocation.lead_days,
        )
        .where(
            Allocation.tenant_id == work.tenant_id,
            Allocation.order_line_id.in_(line_ids),
            Allocation.status.in_(HELD),
        )
        .group_by(Allocation.order_line_id, Allocation.location_id, Allocation.lead_days)
    ):
        given[row.order_line_id].append(Given(row.location_id, row.quantity, row.lead_days))
    return Standing(dict(pegs), dict(given))
