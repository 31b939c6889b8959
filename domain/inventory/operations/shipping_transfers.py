"""The goods of a transfer leave its source. They stay the owner's: their cost does not change."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.inventory.events import TransferShipped
from domain.inventory.movements import Change, move
from domain.inventory.outcomes import StockShort
from domain.inventory.policies.transfers import RELEASED, SHIPPED
from domain.inventory.policy import ZERO
from domain.inventory.transfer_goods import MovedLine, beside, moved_quantities, note_transfer
from domain.inventory.transfer_rows import (
    REFERENCE_KIND,
    change_transfer,
    change_transfer_lines,
    end_holds,
    hold_for_lines,
    lock_transfer,
    transfer_lines,
)
from domain.inventory.transfer_supply import expect_arrival
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.quantity import plain
from domain.kernel.work import Work


@operation("inventory.transfer")
async def ship_transfer(
    work: Work,
    *,
    transfer_id: int,
    lines: Sequence[MovedLine] | None = None,
    expected_on: date | None = None,
) -> int:
    """The goods leave the source and are on their way: all of them, or what the lines say; what
    stays behind becomes free.

    With a day on which they are expected (the transfer's, unless told here) promises may rest on
    them; without one they are promised to nobody before they arrive.

    Gives the transfer's id. Raises NotFound, InvalidInput, QuantityNotExact, InvalidState,
    StockShort when a line would ship more than is kept for it."""
    transfer = await lock_transfer(work, transfer_id, allowed=(RELEASED,))
    planned = await transfer_lines(work, transfer_id)
    shipped = await _shipped(work, planned, lines)
    balances = await beside(work, planned, transfer.transit_id)
    changes = [
        change
        for line in planned
        for change in _leaving(line, shipped[line.id], balances[line.balance_id], transfer.reason)
    ]
    await move(work, changes, reference_kind=REFERENCE_KIND, reference_id=transfer_id)
    await end_holds(work, [line.id for line in planned], status="consumed")
    on_the_way = {line.id: (balances[line.balance_id], shipped[line.id]) for line in planned}
    await hold_for_lines(work, on_the_way)
    rows = [
        {"id": i, "shipped": quantity, "in_transit": quantity} for i, quantity in shipped.items()
    ]
    await change_transfer_lines(work, rows)
    day = expected_on or transfer.expected_on
    await change_transfer(work, transfer_id, status=SHIPPED, shipped_at=work.now, expected_on=day)
    freed = {line.item_id for line in planned if shipped[line.id] < line.quantity}
    work.record(
        TransferShipped(
            aggregate_id=transfer_id,
            number=transfer.number,
            source_id=transfer.source_id,
            destination_id=transfer.destination_id,
            item_ids=tuple(sorted(freed)),
        )
    )
    if day is not None:
        await expect_arrival(work, transfer, planned, shipped, expected_on=day)
    note_transfer(work, "ship_transfer", transfer, SHIPPED, {str(i): q for i, q in shipped.items()})
    return transfer_id


async def _shipped(
    work: Work, planned: Sequence[Row[Any]], lines: Sequence[MovedLine] | None
) -> dict[int, Decimal]:
    """What leaves of each line, by its id: all of it, or what is told."""
    shipped = {line.id: line.quantity for line in planned}
    if lines is not None:
        moved = await moved_quantities(work, planned, lines)
        shipped = {line.id: moved.get(line.id, (ZERO, ZERO))[0] for line in planned}
    if not any(shipped.values()):
        raise InvalidInput("Nothing would leave; cancel the transfer.", path=("lines",))
    for line in planned:
        _refuse_more(line, shipped[line.id])
    return shipped


def _refuse_more(line: Row[Any], quantity: Decimal) -> None:
    if quantity > line.quantity:
        raise StockShort(
            f"{plain(line.quantity)} is kept for line {line.line_number}.",
            path=("lines", line.line_number - 1, "quantity"),
            item_id=line.item_id,
            location_id=line.source_id,
            requested=plain(quantity),
            available=plain(line.quantity),
        )


def _leaving(line: Row[Any], quantity: Decimal, transit: int, reason: str) -> list[Change]:
    """What was kept leaves the source; the rest of it is free again."""
    out = Change(
        balance_id=line.balance_id,
        kind="transfer_out",
        on_hand=-quantity,
        reserved=-quantity,
        reason=reason,
    )
    into = Change(
        balance_id=transit,
        kind="transfer_in",
        on_hand=quantity,
        reserved=quantity,
        reason=reason,
    )
    kept = Change(
        balance_id=line.balance_id,
        kind="release",
        reserved=quantity - line.quantity,
        reason=reason,
    )
    return [*([out, into] if quantity else []), *([kept] if kept.reserved else [])]
