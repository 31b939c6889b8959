"""The goods of a transfer leave its source. They stay the owner's, and their cost does not change,
unless they become another entity's when they leave."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.inventory.events import TransferShipped
from domain.inventory.movements import Change, move
from domain.inventory.outcomes import StockShort
from domain.inventory.policies.transfers import RELEASED, SHIPPED
from domain.inventory.transfer_goods import (
    Moved,
    MovedLine,
    beside,
    moved_quantities,
    named,
    note_transfer,
)
from domain.inventory.transfer_owners import SHIPMENT, Passed, owner_on_the_way, pass_goods
from domain.inventory.transfer_pieces import send_pieces
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
    them; without one they are promised to nobody before they arrive. Pieces with serial numbers
    are named.

    Gives the transfer's id. Raises NotFound, InvalidInput, QuantityNotExact, InvalidState,
    SerialNotThere, StockShort when a line would ship more than is kept for it."""
    transfer = await lock_transfer(work, transfer_id, allowed=(RELEASED,))
    planned = await transfer_lines(work, transfer_id)
    leaving = await _leaving_of(work, planned, lines)
    shipped = {line_id: each.quantity for line_id, each in leaving.items()}
    balances = await beside(work, planned, transfer.transit_id, owner_on_the_way(transfer))
    changes = [
        change
        for line in planned
        for change in _leaving(line, shipped[line.id], balances[line.balance_id], transfer.reason)
    ]
    await move(work, changes, reference_kind=REFERENCE_KIND, reference_id=transfer_id)
    passed = [Passed(line, shipped[line.id]) for line in planned]
    finish = await pass_goods(work, transfer, passed, at=SHIPMENT)
    await end_holds(work, [line.id for line in planned], status="consumed")
    on_the_way = {line.id: (balances[line.balance_id], shipped[line.id]) for line in planned}
    await hold_for_lines(work, on_the_way)
    await send_pieces(work, transfer, planned, leaving, balances)
    rows = [
        {"id": i, "shipped": quantity, "in_transit": quantity} for i, quantity in shipped.items()
    ]
    await change_transfer_lines(work, rows)
    day = expected_on or transfer.expected_on
    await change_transfer(work, transfer_id, status=SHIPPED, shipped_at=work.now, expected_on=day)
    _tell(work, transfer, {n.item_id for n in planned if shipped[n.id] < n.quantity})
    if day is not None:
        await expect_arrival(work, transfer, planned, shipped, expected_on=day)
    told = {str(n): {"quantity": each.quantity, **named(each)} for n, each in leaving.items()}
    note_transfer(work, "ship_transfer", transfer, SHIPPED, told)
    await finish()
    return transfer_id


def _tell(work: Work, transfer: Row[Any], freed: Collection[int]) -> None:
    work.record(
        TransferShipped(
            aggregate_id=transfer.id,
            number=transfer.number,
            source_id=transfer.source_id,
            destination_id=transfer.destination_id,
            item_ids=tuple(sorted(freed)),
        )
    )


async def _leaving_of(
    work: Work, planned: Sequence[Row[Any]], lines: Sequence[MovedLine] | None
) -> dict[int, Moved]:
    """What leaves of each line, by its id: all of it, or what is told."""
    if lines is None:
        lines = [MovedLine(line_number=n.line_number, quantity=n.quantity) for n in planned]
    moved = await moved_quantities(work, planned, lines)
    leaving = {line.id: moved.get(line.id, Moved()) for line in planned}
    if not any(each.quantity for each in leaving.values()):
        raise InvalidInput("Nothing would leave; cancel the transfer.", path=("lines",))
    for line in planned:
        _refuse_more(line, leaving[line.id].quantity)
    return leaving


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
