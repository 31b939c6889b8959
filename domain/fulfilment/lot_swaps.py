"""A picker took another lot than was allocated: the reservation moves to the lot that was taken.

The fulfilment order and the balances are locked. What is moved becomes a line of its own, with
its own allocation, so that every line is of one balance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case, insert, select, update
from sqlalchemy.engine import Row

from domain.allocation.holdings import RELEASED, reduce_holdings
from domain.allocation.models import Allocation
from domain.fulfilment.models import FulfilmentLine
from domain.fulfilment.progress import LineQuantity, LocationWork, require_enough
from domain.intercompany.trading import repeat_expected
from domain.inventory.balances import Place, find_balances
from domain.inventory.lots import require_sellable
from domain.inventory.models import StockBalance
from domain.inventory.reservations import Taken, Wanted, release, reserve
from domain.kernel.errors import InvalidInput
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Swap:
    """A quantity (base units) of a line that comes from another balance than allocated."""

    position: int
    line: Row[Any]
    allocation: Row[Any]
    to_balance_id: int
    quantity: Decimal


async def swaps_of(
    work: Work,
    current: LocationWork,
    picked: Sequence[LineQuantity],
    held: Mapping[int, Row[Any]],
) -> list[Swap]:
    """What of the picked comes from another lot than allocated; nothing is locked or moved yet.

    `held` are the order's allocations by id. Raises InvalidInput for a lot that is not there."""
    return await _swaps(work, current, picked, held, await _places(work, current, picked, held))


async def with_lots_as_picked(
    work: Work, current: LocationWork, picked: Sequence[LineQuantity], swaps: Sequence[Swap]
) -> tuple[LocationWork, list[LineQuantity]]:
    """The work and what was picked of it, after reservations moved to the lots that were taken.

    The balances of both sides are locked. Raises NotThatMuch, LotBlocked, and StockShort when less
    of the lot is free than was taken."""
    if not swaps:
        return current, list(picked)
    _require_open(current, swaps)
    await require_sellable(work, {swap.to_balance_id for swap in swaps})
    new_ids = await _move(work, current, swaps)
    moved = {swap.position: line_id for swap, line_id in zip(swaps, new_ids, strict=True)}
    answer = [
        replace(each, line_id=moved.get(position, each.line_id))
        for position, each in enumerate(picked)
    ]
    return await _reread(work, current), answer


async def _places(
    work: Work,
    current: LocationWork,
    picked: Sequence[LineQuantity],
    held: Mapping[int, Row[Any]],
) -> dict[int, Place]:
    """Where the goods of each line lie that names a lot, by balance id."""
    named = [each for each in picked if each.lot is not None and each.line_id in current.lines]
    allocations = [current.lines[each.line_id].allocation_id for each in named]
    wanted = {held[each].balance_id for each in allocations if each in held}
    if not wanted:
        return {}
    columns = (getattr(StockBalance, name) for name in Place._fields)
    rows = await work.rows(
        select(StockBalance.id, *columns).where(
            StockBalance.tenant_id == work.tenant_id, StockBalance.id.in_(wanted)
        )
    )
    return {row.id: Place._make(row[1:]) for row in rows}


async def _swaps(
    work: Work,
    current: LocationWork,
    picked: Sequence[LineQuantity],
    held: Mapping[int, Row[Any]],
    places: Mapping[int, Place],
) -> list[Swap]:
    asked = []
    for position, each in enumerate(picked):
        line = current.lines.get(each.line_id)
        allocation = None if line is None else held.get(line.allocation_id)
        if each.lot is None or line is None or allocation is None:
            continue
        place = places[allocation.balance_id]
        if place.lot != each.lot.strip():
            asked.append((position, line, allocation, place._replace(lot=each.lot.strip())))
    if not asked:
        return []
    found = await find_balances(work, [place for *_, place in asked])
    swaps = []
    for position, line, allocation, place in asked:
        if place not in found:
            path = ("lines", position, "lot")
            raise InvalidInput(f"There is no lot {place.lot} of it there.", path=path)
        quantity = picked[position].quantity
        swaps.append(Swap(position, line, allocation, found[place], quantity))
    return swaps


def _require_open(current: LocationWork, swaps: Sequence[Swap]) -> None:
    """Raise NotThatMuch when more is taken of a line than is still to be picked."""
    progress = current.progress
    for swap in swaps:
        line = progress[swap.line.id]
        progress[swap.line.id] = require_enough(
            line.after_pick(Decimal(0), swap.quantity) if swap.quantity > 0 else None,
            requested=swap.quantity,
            available=line.to_pick,
            path=("lines", swap.position, "quantity"),
        )


async def _move(work: Work, current: LocationWork, swaps: Sequence[Swap]) -> list[int]:
    """Move the reservations; the new lines' ids, in the order of the swaps."""
    reference = {"reference_kind": "fulfilment_order", "reference_id": current.fulfilment.id}
    given_up = [
        Taken(reservation_id=swap.allocation.reservation_id, quantity=swap.quantity)
        for swap in swaps
    ]
    await release(work, given_up, **reference)
    wanted = [
        Wanted(
            balance_id=swap.to_balance_id,
            order_line_id=swap.allocation.order_line_id,
            quantity=swap.quantity,
        )
        for swap in swaps
    ]
    reservations = await reserve(work, wanted, **reference)
    less: dict[int, Decimal] = {}
    for swap in swaps:
        less[swap.allocation.id] = less.get(swap.allocation.id, Decimal(0)) + swap.quantity
    # The new allocations draw as much of the same pools: no counter is touched.
    await reduce_holdings(work, less, is_drawn_again=True)
    await _shorten(work, swaps)
    return await _write_lines(work, current, swaps, reservations)


async def _shorten(work: Work, swaps: Sequence[Swap]) -> None:
    """The lines are to bring less by what the new ones bring."""
    left: dict[int, Decimal] = {}
    for swap in swaps:
        left[swap.line.id] = left.get(swap.line.id, swap.line.quantity) - swap.quantity
    await work.execute(
        update(FulfilmentLine)
        .where(FulfilmentLine.tenant_id == work.tenant_id, FulfilmentLine.id.in_(left))
        .values(quantity=case(left, value=FulfilmentLine.id))
    )


async def _write_lines(
    work: Work, current: LocationWork, swaps: Sequence[Swap], reservations: Sequence[int]
) -> list[int]:
    allocations = await work.values(
        insert(Allocation).returning(Allocation.id, sort_by_parameter_order=True),
        [
            {
                "tenant_id": work.tenant_id,
                "order_id": swap.allocation.order_id,
                "order_line_id": swap.allocation.order_line_id,
                "location_id": swap.allocation.location_id,
                "owner_id": swap.allocation.owner_id,
                "balance_id": swap.to_balance_id,
                "reservation_id": reservation_id,
                "quantity": swap.quantity,
                "status": RELEASED,
                "pool_id": swap.allocation.pool_id,
                "is_traded": swap.allocation.is_traded,
                "lead_days": swap.allocation.lead_days,
                "created_at": work.now,
            }
            for swap, reservation_id in zip(swaps, reservations, strict=True)
        ],
    )
    traded = {
        allocation_id: (swap.allocation.id, swap.quantity)
        for swap, allocation_id in zip(swaps, allocations, strict=True)
        if swap.allocation.is_traded
    }
    await repeat_expected(work, traded)
    return list(
        await work.values(
            insert(FulfilmentLine).returning(FulfilmentLine.id, sort_by_parameter_order=True),
            [
                {
                    "tenant_id": work.tenant_id,
                    "fulfilment_order_id": current.fulfilment.id,
                    "order_line_id": swap.line.order_line_id,
                    "allocation_id": allocation_id,
                    "item_id": swap.line.item_id,
                    "quantity": swap.quantity,
                }
                for swap, allocation_id in zip(swaps, allocations, strict=True)
            ],
        )
    )


async def _reread(work: Work, current: LocationWork) -> LocationWork:
    rows = await work.rows(_lines(work, current.fulfilment.id))
    return replace(current, lines={row.id: row for row in rows})


def _lines(work: Work, fulfilment_order_id: int) -> Select[Any]:
    return (
        select(*FulfilmentLine.__table__.c)
        .where(
            FulfilmentLine.tenant_id == work.tenant_id,
            FulfilmentLine.fulfilment_order_id == fulfilment_order_id,
        )
        .order_by(FulfilmentLine.id)
    )
