"""A location picks; what it does not find goes back to the order, and out of the stock for sale."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.allocation.holdings import holdings_of
from domain.allocation.settling import settle
from domain.fulfilment.events import PickRecorded
from domain.fulfilment.giving_up import give_up
from domain.fulfilment.lot_swaps import Swap, swaps_of, with_lots_as_picked
from domain.fulfilment.pieces import goods_at_work, is_tracked, pick_pieces
from domain.fulfilment.policy import WorkLine
from domain.fulfilment.progress import (
    LineQuantity,
    LocationWork,
    lock_work,
    note,
    require_enough,
    sound_quantities,
    write_progress,
)
from domain.inventory.balances import lock_balances_by_id
from domain.inventory.lots import require_sellable
from domain.inventory.serials import Piece, lock_pieces
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.work import Work

ZERO = Decimal(0)


@operation("fulfilment.pick")
async def record_pick(
    work: Work,
    *,
    fulfilment_order_id: int,
    lines: Sequence[LineQuantity] | None = None,
    missing: Sequence[LineQuantity] = (),
    expected_version: int | None = None,
) -> str:
    """Tell what was picked (base units; without lines: all that is not missing) and what was not
    found. Returns the fulfilment order's status.

    A lot other than allocated may be told: the reservation moves to it. Serial numbers may be told
    now or when the goods leave; those of missing pieces must be. What is missing waits for stock
    again, and its units stand in quality control until they are found or written off. Raises
    NotFound, StaleVersion, InvalidInput, InvalidState, NotThatMuch, StockShort, LotBlocked,
    SerialNotThere."""
    current = await lock_work(work, fulfilment_order_id, expected_version=expected_version)
    current.require_open("There is nothing to pick.")
    short = sound_quantities(current, missing, path="missing")
    sound_quantities(current, lines or ())
    held = {each.id: each for each in await holdings_of(work, [current.order.id])}
    swaps = await swaps_of(work, current, lines or (), held)
    await _lock_stock(work, current, swaps, held, missing=missing, picked=lines or ())
    current, told = await with_lots_as_picked(work, current, lines or (), swaps)
    picked = (
        {i: line.to_pick - short.get(i, ZERO) for i, line in current.progress.items()}
        if lines is None
        else sound_quantities(current, told)
    )
    after = _after(current, picked, short)
    if not after:
        raise current.refuse("There is nothing to pick.")
    await give_up(work, current, short, held_because="short_pick", told=missing)
    await _tell_apart(work, current, picked, told)
    status = await write_progress(work, current, after)
    items = tuple(sorted({current.lines[line_id].item_id for line_id in short}))
    if short:
        await settle(work, [current.order.id])
    note(work, "record_pick", current, status, picked=_named(picked), missing=_named(short))
    work.record(
        PickRecorded(
            aggregate_id=current.order.id,
            number=current.order.number,
            fulfilment_order_id=fulfilment_order_id,
            status=status,
            item_ids=items,
        )
    )
    return status


async def _lock_stock(
    work: Work,
    current: LocationWork,
    swaps: Sequence[Swap],
    held: Mapping[int, Row[Any]],
    *,
    missing: Sequence[LineQuantity],
    picked: Sequence[LineQuantity],
) -> None:
    """Lock the balances of lots that are swapped and of what is missing in one go, then the named
    pieces: whoever picks them the other way round waits."""
    lost = [current.lines[each.line_id].allocation_id for each in missing]
    balances = {held[each].balance_id for each in lost if each in held}
    balances |= {swap.allocation.balance_id for swap in swaps}
    balances |= {swap.to_balance_id for swap in swaps}
    if not balances:
        return
    await lock_balances_by_id(work, balances)
    pieces = [
        Piece(item_id=current.lines[each.line_id].item_id, code=code.strip(), balance_id=0)
        for each in (*missing, *picked)
        for code in each.serials
    ]
    await lock_pieces(work, pieces)


def _named(quantities: Mapping[int, Decimal]) -> dict[str, Decimal]:
    return {str(line_id): quantity for line_id, quantity in quantities.items()}


def _after(
    current: LocationWork, picked: Mapping[int, Decimal], short: Mapping[int, Decimal]
) -> dict[int, WorkLine]:
    after = {}
    for line_id, line in current.progress.items():
        got, lost = picked.get(line_id, ZERO), short.get(line_id, ZERO)
        if got or lost:
            after[line_id] = require_enough(
                line.after_pick(got, lost) if got >= 0 else None,
                requested=max(got, ZERO) + lost,
                available=line.to_pick,
                path=("lines",),
            )
    return after


async def _tell_apart(
    work: Work,
    current: LocationWork,
    picked: Mapping[int, Decimal],
    told: Sequence[LineQuantity],
) -> None:
    """Lots that may not leave are not picked, and pieces are noted where they are told."""
    goods = await goods_at_work(work, current)
    if not is_tracked(goods):
        named = [position for position, each in enumerate(told) if each.serials]
        if named:
            message = "This item is not tracked by serial number."
            raise InvalidInput(message, path=("lines", named[0], "serials"))
        return
    held = {each.id: each for each in await holdings_of(work, [current.order.id])}
    taken = [current.lines[line_id].allocation_id for line_id, got in picked.items() if got > 0]
    await require_sellable(work, {held[each].balance_id for each in taken})
    await pick_pieces(work, current, told, held, goods)
