"""A location gives up what it was to pick: the allocation ends, and its stock is free or held."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from domain.allocation.holdings import holdings_of, reduce_holdings
from domain.fulfilment.pieces import goods_at_work, hold_pieces
from domain.fulfilment.progress import LineQuantity, LocationWork
from domain.inventory.balances import lock_balances_by_id
from domain.inventory.movements import Change, move
from domain.inventory.reservations import Taken, release
from domain.inventory.serials import note_pieces
from domain.kernel.work import Work


async def give_up(
    work: Work,
    current: LocationWork,
    quantities: Mapping[int, Decimal],
    *,
    held_because: str | None = None,
    told: Sequence[LineQuantity] = (),
) -> dict[int, Decimal]:
    """End the allocations of quantities (base units) of lines; the caller writes the progress.
    What each balance had of it, by its id.

    `held_because`: the units stand in quality control for this reason until they are found or
    written off, and those of `told` name their pieces; without it they are for sale again."""
    if not quantities:
        return {}
    held = {each.id: each for each in await holdings_of(work, [current.order.id])}
    lost = [
        (held[current.lines[line_id].allocation_id], quantity)
        for line_id, quantity in quantities.items()
    ]
    await lock_balances_by_id(work, {each.balance_id for each, _ in lost})
    reference = {"reference_kind": "fulfilment_order", "reference_id": current.fulfilment.id}
    taken = [Taken(reservation_id=each.reservation_id, quantity=q) for each, q in lost]
    await release(work, taken, **reference)
    if held_because is not None:
        changes = [
            Change(
                balance_id=each.balance_id,
                kind="state_change",
                quality_control=quantity,
                reason=held_because,
            )
            for each, quantity in lost
        ]
        await move(work, changes, **reference)
        goods = await goods_at_work(work, current)
        moved = await hold_pieces(work, current, told, held, goods)
        await note_pieces(work, moved, **reference)
    await reduce_holdings(work, {each.id: quantity for each, quantity in lost})
    by_balance: dict[int, Decimal] = defaultdict(Decimal)
    for each, quantity in lost:
        by_balance[each.balance_id] += quantity
    return dict(by_balance)
