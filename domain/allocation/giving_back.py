"""Giving back: a line needs less, so stock that was kept for it becomes free."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, column, func, literal, update
from sqlalchemy.engine import Row

from domain.allocation.holdings import OPEN, reduce_holdings
from domain.allocation.outcomes import CancellationTooMuch
from domain.allocation.withdrawal import withdraw
from domain.inventory.reservations import Taken, release
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.orders.models import QUANTITY, SalesOrderLine


@dataclass(frozen=True, slots=True)
class Reduction:
    """By how much (base units) a locked order's line is to need less."""

    line: Row[Any]
    quantity: Decimal


async def give_back(
    work: Work,
    order_id: int,
    reductions: Sequence[Reduction],
    held: Sequence[Row[Any]],
    *,
    cancelled: bool,
) -> tuple[int, ...]:
    """Let the lines need less: first what waits, then the newest allocation not yet at work.

    The quantity counts as cancelled, or the line becomes smaller. Returns the items whose stock
    became free. Raises CancellationTooMuch. The caller settles the order afterwards."""
    free: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    for each in held:
        if each.status == OPEN:
            free[each.order_line_id].append((each.id, each.quantity))
    taken: dict[int, Decimal] = {}
    for place, reduction in enumerate(reductions):
        taken |= _withdraw(place, reduction, free[reduction.line.id])
    by_id = {each.id: each for each in held}
    await release(
        work,
        [
            Taken(reservation_id=by_id[allocation_id].reservation_id, quantity=quantity)
            for allocation_id, quantity in taken.items()
        ],
        reference_kind="order",
        reference_id=order_id,
    )
    await reduce_holdings(work, taken)
    await _write_lines(work, reductions, taken, by_id, cancelled=cancelled)
    lines = {by_id[allocation_id].order_line_id for allocation_id in taken}
    return tuple(sorted({r.line.item_id for r in reductions if r.line.id in lines}))


def _withdraw(
    place: int, reduction: Reduction, free: Sequence[tuple[int, Decimal]]
) -> dict[int, Decimal]:
    line = reduction.line
    parts = withdraw(reduction.quantity, backordered=line.backordered, allocations=free)
    if parts is None:
        available = line.backordered + sum((quantity for _, quantity in free), Decimal(0))
        raise CancellationTooMuch(
            f"Line {line.line_number} has {plain(available)} that can still be cancelled.",
            path=("lines", place, "quantity"),
            line_number=line.line_number,
            requested=plain(reduction.quantity),
            available=plain(available),
        )
    return dict(parts)


async def _write_lines(
    work: Work,
    reductions: Sequence[Reduction],
    taken: Mapping[int, Decimal],
    by_id: Mapping[int, Row[Any]],
    *,
    cancelled: bool,
) -> None:
    """The line's allocated quantity falls in the same statement: its CHECK looks at both."""
    if not reductions:
        return
    given: dict[int, Decimal] = defaultdict(Decimal)
    for allocation_id, quantity in taken.items():
        given[by_id[allocation_id].order_line_id] += quantity
    less = (
        func.unnest(
            literal([each.line.id for each in reductions], ARRAY(BigInteger)),
            literal([each.quantity for each in reductions], ARRAY(QUANTITY)),
            literal([given[each.line.id] for each in reductions], ARRAY(QUANTITY)),
        )
        .table_valued(
            column("line_id", BigInteger), column("quantity", QUANTITY), column("given", QUANTITY)
        )
        .render_derived(name="less")
    )
    falls = (
        {"cancelled": SalesOrderLine.cancelled + less.c.quantity}
        if cancelled
        else {"quantity": SalesOrderLine.quantity - less.c.quantity}
    )
    await work.execute(
        update(SalesOrderLine)
        .where(SalesOrderLine.tenant_id == work.tenant_id, SalesOrderLine.id == less.c.line_id)
        .values(allocated=SalesOrderLine.allocated - less.c.given, **falls)
    )
