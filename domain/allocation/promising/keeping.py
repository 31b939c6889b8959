"""Promises that moved become rows and events: only what differs is written."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Date, column, delete, func, literal, update
from sqlalchemy.engine import Row

from domain.allocation.promising.waiting import Standing
from domain.kernel.work import Work
from domain.orders.models import SalesOrderLine
from domain.orders.wanted import in_time
from domain.promise.dating import Pegged, add_pegged, write_pegs
from domain.promise.events import PromiseAtRisk, PromiseChanged
from domain.promise.models import PromisePeg
from domain.promise.policies.promising import LinePromise
from domain.promise.policies.supply_book import STOCK

DATES = ("promised_ship_on", "promised_on", "expected_ship_on", "expected_on")


@dataclass(frozen=True, slots=True)
class Looked:
    """A line as it stood, and what it rests on now; `dates` in the order of DATES."""

    line: Row[Any]
    promise: LinePromise

    @property
    def dates(self) -> tuple[date | None, ...]:
        """The line's dates now. What was never promised is promised as soon as it can be."""
        ships_on, delivers_on = self.promise.ships_on, self.promise.delivers_on
        if not self.promise.parts and not self.promise.short:
            return self.dates_before
        promised = (self.line.promised_ship_on, self.line.promised_on)
        if promised[0] is None:
            promised = (ships_on, delivers_on)
        return *promised, ships_on, delivers_on

    @property
    def dates_before(self) -> tuple[date | None, ...]:
        """The line's dates as they stood."""
        return tuple(getattr(self.line, name) for name in DATES)

    @property
    def is_late(self) -> bool:
        """Whether it cannot leave on the day that was promised, nor be in time otherwise for the
        day on which the customer wants it: as the database reckons `promise_at_risk`."""
        promised, _, ships_on, arrives_on = self.dates
        if promised is None or (ships_on is not None and ships_on <= promised):
            return False
        return not in_time(self.line, ships_on, arrives_on)


async def replace_pegs(work: Work, looked: Sequence[Looked], standing: Standing) -> None:
    """Write the pegs of lines whose pegs differ."""
    changed = [each for each in looked if _keys(each.promise) != standing.keys(each.line.id)]
    if not changed:
        return
    gone: dict[int, Decimal] = defaultdict(Decimal)
    ids = []
    for each in changed:
        for peg in standing.pegs.get(each.line.id, ()):
            ids.append(peg.id)
            if peg.supply_id is not None:
                gone[peg.supply_id] -= peg.quantity
    if ids:
        await work.execute(
            delete(PromisePeg).where(PromisePeg.tenant_id == work.tenant_id, PromisePeg.id.in_(ids))
        )
        await add_pegged(work, dict(gone))
    await write_pegs(
        work,
        [
            Pegged(e.line.order_id, e.line.id, e.line.party_id, e.line.item_id, e.promise)
            for e in changed
        ],
    )


def tight_supplies(
    locked: Sequence[Row[Any]],
    of_later: Mapping[int, Decimal],
    looked: Sequence[Looked],
    standing: Standing,
) -> list[int]:
    """The supplies that have not enough for the lines and for those whose turn is later, too: the
    later ones have to give way, and are pegged anew in their turn."""
    before, after = standing.pegged(), defaultdict[int, Decimal](Decimal)
    for part in (part for each in looked for part in each.promise.parts):
        if part.supply_id is not None:
            after[part.supply_id] += part.quantity
    return [
        row.id
        for row in locked
        if row.id in of_later and row.pegged - before.get(row.id, 0) + after[row.id] > row.open
    ]


def _keys(promise: LinePromise) -> list[Any]:
    return sorted(
        (
            (p.source, p.supply_id, p.location_id, p.quantity, p.ships_on, p.delivers_on)
            for p in promise.parts
            if p.source != STOCK
        ),
        key=repr,
    )


async def write_dates(work: Work, dates: Mapping[int, tuple[date | None, ...]]) -> None:
    """Write the four dates (DATES) of lines, by line id; one statement."""
    if not dates:
        return
    lists = [literal(list(dates), ARRAY(BigInteger))]
    for place in range(len(DATES)):
        lists.append(literal([each[place] for each in dates.values()], ARRAY(Date)))
    told = (
        func.unnest(*lists)
        .table_valued(column("id", BigInteger), *(column(name, Date) for name in DATES))
        .render_derived(name="told")
    )
    await work.execute(
        update(SalesOrderLine)
        .where(SalesOrderLine.tenant_id == work.tenant_id, SalesOrderLine.id == told.c.id)
        .values({name: told.c[name] for name in DATES})
    )


def tell(work: Work, numbers: Mapping[int, str], changed: Sequence[Looked]) -> None:
    """One event for each order of which a date moved: at risk, or changed."""
    by_order: dict[int, list[Looked]] = defaultdict(list)
    for each in changed:
        by_order[each.line.order_id].append(each)
    for order_id, lines in sorted(by_order.items()):
        kind = PromiseAtRisk if any(each.is_late for each in lines) else PromiseChanged
        work.record(
            kind(
                aggregate_id=order_id,
                number=numbers[order_id],
                item_ids=tuple(sorted({each.line.item_id for each in lines})),
                promised=_last(each.dates[0] for each in lines),
                expected_before=_last(each.line.expected_ship_on for each in lines),
                expected=_last(each.dates[2] for each in lines),
            )
        )


def _last(days: Any) -> str | None:
    """The last of the days; None where one of them is not known."""
    known = list(days)
    return None if None in known else max(known).isoformat()
