"""A location picks; what it does not find goes back to the order, and out of the stock for sale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.allocation.holdings import holdings_of, reduce_holdings
from domain.allocation.settling import settle
from domain.fulfilment.events import PickRecorded
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
from domain.inventory.movements import Change, move
from domain.inventory.reservations import Taken, release
from domain.kernel.permissions import operation
from domain.kernel.work import Work

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Missing:
    """What was not found of one allocation."""

    allocation_id: int
    reservation_id: int
    balance_id: int
    quantity: Decimal


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

    What is missing waits for stock again, and its units stand in quality control until they are
    found or written off. Raises NotFound, StaleVersion, InvalidInput, InvalidState, NotThatMuch."""
    current = await lock_work(work, fulfilment_order_id, expected_version=expected_version)
    short = sound_quantities(current, missing, path="missing")
    picked = (
        {i: line.to_pick - short.get(i, ZERO) for i, line in current.progress.items()}
        if lines is None
        else sound_quantities(current, lines)
    )
    after = _after(current, picked, short)
    if current.fulfilment.status in ("cancelled", "shipped") or not after:
        raise current.refuse("There is nothing to pick.")
    await _return_missing(work, current, short)
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


async def _return_missing(work: Work, current: LocationWork, short: Mapping[int, Decimal]) -> None:
    if not short:
        return
    held = {each.id: each for each in await holdings_of(work, [current.order.id])}
    lost = [
        _Missing(each.id, each.reservation_id, each.balance_id, quantity)
        for line_id, quantity in short.items()
        for each in [held[current.lines[line_id].allocation_id]]
    ]
    await lock_balances_by_id(work, {each.balance_id for each in lost})
    reference = {"reference_kind": "fulfilment_order", "reference_id": current.fulfilment.id}
    taken = [Taken(reservation_id=m.reservation_id, quantity=m.quantity) for m in lost]
    await release(work, taken, **reference)
    changes = [
        Change(
            balance_id=each.balance_id,
            kind="state_change",
            quality_control=each.quantity,
            reason="short_pick",
        )
        for each in lost
    ]
    await move(work, changes, **reference)
    await reduce_holdings(work, {each.allocation_id: each.quantity for each in lost})
