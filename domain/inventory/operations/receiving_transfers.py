"""The goods of a transfer arrive.

They stay the owner's: what they cost does not change until some are found or lost."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Row

from domain.inventory.adjustments import require_within_tolerance
from domain.inventory.balances import Balance, lock_balances_by_id
from domain.inventory.corrections import Correction, book_corrections
from domain.inventory.costs import lock_costs
from domain.inventory.events import TransferReceived
from domain.inventory.lines import require_some
from domain.inventory.movements import Change, move
from domain.inventory.policies.transfers import (
    ON_ITS_WAY,
    RECEIVED,
    Arrival,
    arrival,
    status_after,
)
from domain.inventory.policy import ZERO
from domain.inventory.sites import Site, find_site
from domain.inventory.transfer_goods import MovedLine, beside, moved_quantities, note_transfer
from domain.inventory.transfer_rows import (
    REFERENCE_KIND,
    change_transfer,
    change_transfer_lines,
    lock_transfer,
    reduce_holds,
    transfer_lines,
)
from domain.inventory.transfer_supply import Followed, follow_arrival, tell_followed
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("inventory.transfer")
async def receive_transfer(
    work: Work, *, transfer_id: int, lines: Sequence[MovedLine], reason: str | None = None
) -> int:
    """Goods arrive at the destination, fit or damaged. What arrives beyond what was on its way
    needs a reason, and is found stock.

    Gives the transfer's id. Raises NotFound, InvalidInput, QuantityNotExact, InvalidState,
    LocationClosed, AboveTolerance when what is found is above it: receive what was on its way, and
    ask for approval of the rest with request_stock_adjustment."""
    require_some(lines)
    transfer = await lock_transfer(work, transfer_id, allowed=ON_ITS_WAY)
    planned = await transfer_lines(work, transfer_id)
    by_id = {line.id: line for line in planned}
    moved = await moved_quantities(work, planned, lines)
    arrived = {
        line_id: arrival(quantity, damaged, in_transit=by_id[line_id].in_transit)
        for line_id, (quantity, damaged) in moved.items()
    }
    over = any(each.over for each in arrived.values())
    if over and reason is None:
        raise InvalidInput("More arrived than was on its way: say why.", path=("reason",))
    site = await find_site(work, location_id=transfer.destination_id, owner_id=transfer.owner_id)
    followed = await _arrive(work, transfer, [by_id[n] for n in arrived], arrived, site, reason)
    left = [
        line.in_transit - (arrived[line.id].expected if line.id in arrived else ZERO)
        for line in planned
    ]
    status = status_after(left)
    ended = work.now if status == RECEIVED else None
    await change_transfer(work, transfer_id, status=status, ended_at=ended)
    work.record(
        TransferReceived(
            aggregate_id=transfer_id,
            number=transfer.number,
            location_id=transfer.destination_id,
            status=status,
            item_ids=tuple(sorted({by_id[n].item_id for n in arrived})),
        )
    )
    tell_followed(work, followed)
    told = {str(n): {"quantity": e.expected + e.over, "over": e.over} for n, e in arrived.items()}
    note_transfer(work, "receive_transfer", transfer, status, told, reason)
    return transfer_id


async def _arrive(
    work: Work,
    transfer: Row[Any],
    lines: Sequence[Row[Any]],
    arrived: Mapping[int, Arrival],
    site: Site,
    reason: str | None,
) -> list[Followed]:
    transit = await beside(work, lines, transfer.transit_id)
    there = await beside(work, lines, transfer.destination_id)
    locked = await lock_balances_by_id(
        work, {*(transit[n.balance_id] for n in lines), *there.values()}
    )
    changes = [
        change
        for line in lines
        for change in _arriving(
            arrived[line.id], transit[line.balance_id], there[line.balance_id], transfer.reason
        )
    ]
    await move(work, changes, reference_kind=REFERENCE_KIND, reference_id=transfer.id)
    await reduce_holds(work, {n: e.expected for n, e in arrived.items() if e.expected})
    rows = [_received(line, arrived[line.id]) for line in lines]
    await change_transfer_lines(work, rows)
    found = _found(lines, arrived, {n.id: locked[there[n.balance_id]] for n in lines})
    # Above tolerance nobody finds anything alone; its costs are locked before what is to come.
    await require_within_tolerance(work, [site.location_id], found)
    await lock_costs(work, {(each.balance.owner_id, each.balance.item_id) for each in found})
    followed = await follow_arrival(work, {n: each.expected for n, each in arrived.items()})
    if found:
        await book_corrections(
            work,
            found,
            site=site,
            reason=reason or transfer.reason,
            balance_ids=[each.balance.id for each in found],
            external_reference=transfer.number,
        )
    return followed


def _found(
    lines: Sequence[Row[Any]], arrived: Mapping[int, Arrival], there: Mapping[int, Balance]
) -> list[Correction]:
    """What came beyond what was on its way, at the balances of the lines."""
    return [
        Correction(
            balance=there[line.id],
            delta=arrived[line.id].over,
            damaged=max(arrived[line.id].damaged - arrived[line.id].expected, ZERO),
        )
        for line in lines
        if arrived[line.id].over
    ]


def _arriving(each: Arrival, transit: int, there: int, reason: str) -> list[Change]:
    if not each.expected:
        return []
    return [
        Change(
            balance_id=transit,
            kind="transfer_out",
            on_hand=-each.expected,
            reserved=-each.expected,
            reason=reason,
        ),
        Change(
            balance_id=there,
            kind="transfer_in",
            on_hand=each.expected,
            damaged=min(each.damaged, each.expected),
            reason=reason,
        ),
    ]


def _received(line: Row[Any], each: Arrival) -> dict[str, Any]:
    return {
        "id": line.id,
        "received": line.received + each.expected + each.over,
        "over_received": line.over_received + each.over,
        "damaged": line.damaged + each.damaged,
        "in_transit": line.in_transit - each.expected,
    }
