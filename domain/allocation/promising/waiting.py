"""The lines whose promises may have moved with the supply of some items, and what they rest on."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, union
from sqlalchemy.engine import Row

from domain.allocation.holdings import HELD
from domain.allocation.models import Allocation
from domain.kernel.work import Work
from domain.orders.models import SalesOrderLine
from domain.promise.models import PromisePeg

# Two pegs are the same when they rest on the same, for so much, with the same dates.
PegKey = tuple[str, int | None, int, Decimal, date, date | None]


@dataclass(slots=True)
class Standing:
    """What lines rest on before they are looked through, by line id."""

    pegs: dict[int, list[Row[Any]]]
    given: dict[int, list[tuple[int, Decimal]]]

    def keys(self, line_id: int) -> list[PegKey]:
        """The line's pegs, to be compared."""
        return sorted(
            (
                (p.source, p.supply_id, p.location_id, p.quantity, p.ships_on, p.delivers_on)
                for p in self.pegs.get(line_id, ())
            ),
            key=repr,
        )


async def affected_orders(work: Work, item_ids: Collection[int]) -> list[int]:
    """The orders with a line that waits for one of the items, or rests on supply of it."""
    lines = _affected(work, item_ids)
    return list(
        await work.values(
            select(SalesOrderLine.order_id)
            .where(SalesOrderLine.tenant_id == work.tenant_id, SalesOrderLine.id.in_(lines))
            .distinct()
        )
    )


async def affected_lines(
    work: Work, item_ids: Collection[int], order_ids: Collection[int]
) -> Sequence[Row[Any]]:
    """Those lines of the locked orders, the first to be served first: what was promised for the
    earliest day, then what waits longest."""
    return await work.rows(
        select(*SalesOrderLine.__table__.c)
        .where(
            SalesOrderLine.tenant_id == work.tenant_id,
            SalesOrderLine.id.in_(_affected(work, item_ids)),
            SalesOrderLine.order_id.in_(order_ids),
        )
        .order_by(SalesOrderLine.promised_ship_on.nulls_last(), SalesOrderLine.id)
    )


def _affected(work: Work, item_ids: Collection[int]) -> Any:
    waiting = select(SalesOrderLine.id).where(
        SalesOrderLine.tenant_id == work.tenant_id,
        SalesOrderLine.item_id.in_(item_ids),
        SalesOrderLine.backordered > 0,
    )
    pegged = select(PromisePeg.order_line_id).where(
        PromisePeg.tenant_id == work.tenant_id, PromisePeg.item_id.in_(item_ids)
    )
    return union(waiting, pegged).scalar_subquery()


async def standing_of(work: Work, line_ids: Collection[int]) -> Standing:
    """What the lines rest on now: pegs, and stock by location."""
    pegs: dict[int, list[Row[Any]]] = defaultdict(list)
    for peg in await work.rows(
        select(*PromisePeg.__table__.c).where(
            PromisePeg.tenant_id == work.tenant_id, PromisePeg.order_line_id.in_(line_ids)
        )
    ):
        pegs[peg.order_line_id].append(peg)
    given: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for row in await work.rows(
        select(
            Allocation.order_line_id,
            Allocation.location_id,
            func.sum(Allocation.quantity).label("quantity"),
        )
        .where(
            Allocation.tenant_id == work.tenant_id,
            Allocation.order_line_id.in_(line_ids),
            Allocation.status.in_(HELD),
        )
        .group_by(Allocation.order_line_id, Allocation.location_id)
    ):
        given[row.order_line_id].append((row.location_id, row.quantity))
    return Standing(dict(pegs), dict(given))
