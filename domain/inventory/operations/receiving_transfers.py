"""The goods of a transfer arrive.

They stay the owner's, and what they cost does not change until some are found or lost, unless they
become another entity's when they arrive."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Row

from domain.inventory.adjustments import require_within_tolerance
from domain.inventory.balances import Balance, lock_balances_by_id
from domain.inventory.corrections import Correction, book_corrections
from domain.inventory.events import TransferReceived
from domain.inventory.lines import require_some
from domain.inventory.movements import Change, move
from domain.inventory.policies.transfers import ON_ITS_WAY, RECEIVED, Arrival, status_after
from domain.inventory.policy import ZERO
from domain.inventory.serials import lock_pieces
from domain.inventory.sites import Site, find_site
from domain.inventory.transfer_goods import (
    MovedLine,
    beside,
    moved_quantities,
    named,
    note_transfer,
)
from domain.inventory.transfer_owners import (
    RECEIPT,
    Finish,
    Passed,
    owner_at_the_end,
    owner_on_the_way,
    pass_goods,
)
from domain.inventory.transfer_pieces import Coming, land_pieces, what_comes
from domain.inventory.transfer_rows import (
    REFERENCE_KIND,
    change_transfer,
    change_transfer_lines,
    lock_transfer,
    reduce_holds,
    transfer_lines,
)
from domain.inventory.transfer_supply import Followed, follow_arrival, tell_followed
from domain.inventory.valuation.costs import lock_costs
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("inventory.transfer")
async def receive_transfer(
    work: Work, *, transfer_id: int, lines: Sequence[MovedLine], reason: str | None = None
) -> int:
    """Goods arrive at the destination, fit or damaged. What arrives beyond what was on its way
    needs a reason, and is found stock. Pieces with serial numbers are named; one that was not on
    its way with its line is found, and those that were not named are on their way still.

    Gives the transfer's id. Raises NotFound, InvalidInput, QuantityNotExact, InvalidState,
    LocationClosed, SerialTaken when a piece lies elsewhere by the books, AboveTolerance when what
    is found is above it: receive what was on its way, and ask for approval of the rest with
    request_stock_adjustment."""
    require_some(lines)
    transfer = await lock_transfer(work, transfer_id, allowed=ON_ITS_WAY)
    planned = await transfer_lines(work, transfer_id)
    moved = await moved_quantities(work, planned, lines)
    coming = await what_comes(work, planned, moved)
    if any(each.arrival.over for each in coming) and reason is None:
        raise InvalidInput("More arrived than was on its way: say why.", path=("reason",))
    if transfer.passes_at == RECEIPT and any(each.arrival.over for each in coming):
        message = "Receive what was sent; the rest is not the sender's to sell: adjust it in."
        raise InvalidInput(message, path=("lines",))
    site = await find_site(
        work, location_id=transfer.destination_id, owner_id=owner_at_the_end(transfer)
    )
    followed, finish = await _arrive(work, transfer, coming, site, reason)
    arrived = {each.line.id: each.arrival.expected for each in coming}
    status = status_after([line.in_transit - arrived.get(line.id, ZERO) for line in planned])
    ended = work.now if status == RECEIVED else None
    await change_transfer(work, transfer_id, status=status, ended_at=ended)
    work.record(
        TransferReceived(
            aggregate_id=transfer_id,
            number=transfer.number,
            location_id=transfer.destination_id,
            status=status,
            item_ids=tuple(sorted({each.line.item_id for each in coming})),
        )
    )
    tell_followed(work, followed)
    told = {
        str(each.line.id): {
            "quantity": each.moved.quantity,
            "over": each.arrival.over,
            **named(each.moved),
        }
        for each in coming
    }
    note_transfer(work, "receive_transfer", transfer, status, told, reason)
    await finish()
    return transfer_id


async def _arrive(
    work: Work, transfer: Row[Any], coming: Sequence[Coming], site: Site, reason: str | None
) -> tuple[list[Followed], Finish]:
    lines = [each.line for each in coming]
    transit = await beside(work, lines, transfer.transit_id, owner_on_the_way(transfer))
    end_owner = owner_at_the_end(transfer)
    beside_them = await beside(work, lines, transfer.destination_id, end_owner)
    there = {line.id: beside_them[line.balance_id] for line in lines}
    locked = await lock_balances_by_id(
        work, {*(transit[n.balance_id] for n in lines), *there.values()}
    )
    changes = [
        change
        for each in coming
        for change in _arriving(
            each.arrival, transit[each.line.balance_id], there[each.line.id], transfer.reason
        )
    ]
    await move(work, changes, reference_kind=REFERENCE_KIND, reference_id=transfer.id)
    expected = {each.line.id: each.arrival.expected for each in coming}
    passed = [Passed(each.line, each.arrival.expected) for each in coming]
    finish = await pass_goods(work, transfer, passed, at=RECEIPT)
    await reduce_holds(work, {n: quantity for n, quantity in expected.items() if quantity})
    await change_transfer_lines(work, [_received(each.line, each.arrival) for each in coming])
    found = [_found(each, locked[there[each.line.id]]) for each in coming if each.arrival.over]
    # Above tolerance nobody finds anything alone; its costs are locked before pieces, and both
    # before what is to come.
    await require_within_tolerance(work, [site.location_id], found)
    await lock_costs(work, {(each.balance.owner_id, each.balance.item_id) for each in found})
    await land_pieces(work, transfer, coming, there)
    await lock_pieces(work, [piece for each in found for piece in each.found])
    followed = await follow_arrival(work, expected)
    if found:
        await book_corrections(
            work,
            found,
            site=site,
            reason=reason or transfer.reason,
            balance_ids=[each.balance.id for each in found],
            external_reference=transfer.number,
        )
    return followed, finish


def _found(coming: Coming, there: Balance) -> Correction:
    """What came beyond what was on its way, at the balance where it lies now."""
    return Correction(
        balance=there,
        delta=coming.arrival.over,
        damaged=coming.arrival.damaged_over,
        found=coming.strange(there.id),
    )


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
            damaged=each.damaged,
            reason=reason,
        ),
    ]


def _received(line: Row[Any], each: Arrival) -> dict[str, Any]:
    return {
        "id": line.id,
        "received": line.received + each.expected + each.over,
        "over_received": line.over_received + each.over,
        "damaged": line.damaged + each.damaged + each.damaged_over,
        "in_transit": line.in_transit - each.expected,
    }
