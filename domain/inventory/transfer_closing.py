"""What never arrives of a transfer is given up for lost: within tolerance at once, above it once
somebody approves. Declares what runs then."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.approvals.subjects import Request, approvable
from domain.inventory.balances import Balance, lock_balances_by_id
from domain.inventory.corrections import Correction, book_corrections
from domain.inventory.events import TransferEnded
from domain.inventory.movements import Change, move
from domain.inventory.policies.transfers import ON_ITS_WAY, RECEIVED
from domain.inventory.policy import ZERO
from domain.inventory.serials import Piece, lock_pieces
from domain.inventory.sites import find_site
from domain.inventory.transfer_goods import beside, note_transfer
from domain.inventory.transfer_owners import owner_on_the_way
from domain.inventory.transfer_pieces import pieces_on_their_way
from domain.inventory.transfer_rows import (
    REFERENCE_KIND,
    change_transfer,
    change_transfer_lines,
    end_holds,
    lock_transfer,
    transfer_lines,
)
from domain.inventory.transfer_supply import follow_arrival, tell_followed
from domain.inventory.valuation.costs import lock_costs
from domain.kernel.work import Work

SUBJECT = "transfer_closing"


@dataclass(frozen=True, slots=True)
class Missing:
    """A locked transfer, and what of it is on its way still: lines and their locked balances of
    goods in transit, in the order of the lines; and the pieces, where they have such."""

    transfer: Row[Any]
    lines: Sequence[Row[Any]]
    balances: Sequence[Balance]
    pieces: Sequence[Piece]

    @property
    def corrections(self) -> list[Correction]:
        """What would be lost, balance by balance. What was expected of each is what left."""
        lost: dict[int, Decimal] = defaultdict(Decimal)
        left: dict[int, Decimal] = defaultdict(Decimal)
        for line, balance in zip(self.lines, self.balances, strict=True):
            lost[balance.id] += line.in_transit
            left[balance.id] += line.shipped
        by_id = {balance.id: balance for balance in self.balances}
        return [
            Correction(
                balance=replace(by_id[n], on_hand=left[n]),
                delta=-quantity,
                gone=tuple(each for each in self.pieces if each.balance_id == n),
            )
            for n, quantity in lost.items()
        ]

    @property
    def concerned(self) -> set[int]:
        """The locations whose tolerance counts: from, to, and between."""
        here = self.transfer
        return {here.source_id, here.transit_id, here.destination_id}


async def lock_missing(work: Work, transfer_id: int) -> Missing:
    """The transfer with what of it is on its way, locked. Raises NotFound, InvalidState."""
    transfer = await lock_transfer(work, transfer_id, allowed=ON_ITS_WAY)
    lines = [line for line in await transfer_lines(work, transfer_id) if line.in_transit]
    transit = await beside(work, lines, transfer.transit_id, owner_on_the_way(transfer))
    locked = await lock_balances_by_id(work, transit.values())
    by_line = await pieces_on_their_way(work, [line.id for line in lines])
    pieces = [piece for each in by_line.values() for piece in each.values()]
    return Missing(transfer, lines, [locked[transit[n.balance_id]] for n in lines], pieces)


async def give_up(work: Work, missing: Missing, *, reason: str) -> None:
    """Write off what is missing, at the moving average, and end the transfer."""
    transfer, lines = missing.transfer, missing.lines
    await _free(work, missing, reason)
    rows = [
        {"id": line.id, "missing": line.missing + line.in_transit, "in_transit": ZERO}
        for line in lines
    ]
    await change_transfer_lines(work, rows)
    await change_transfer(work, transfer.id, status=RECEIVED, ended_at=work.now)
    lost = missing.corrections
    await lock_costs(work, {(each.balance.owner_id, each.balance.item_id) for each in lost})
    await lock_pieces(work, missing.pieces)
    followed = await follow_arrival(work, {line.id: ZERO for line in lines}, ended=True)
    site = await find_site(
        work, location_id=transfer.transit_id, owner_id=owner_on_the_way(transfer)
    )
    await book_corrections(
        work,
        lost,
        site=site,
        reason=reason,
        balance_ids=[each.balance.id for each in lost],
        external_reference=transfer.number,
    )
    work.record(
        TransferEnded(
            aggregate_id=transfer.id, number=transfer.number, status=RECEIVED, item_ids=()
        )
    )
    tell_followed(work, followed)
    told = {str(line.id): line.in_transit for line in lines}
    note_transfer(work, "close_transfer", transfer, RECEIVED, told, reason)


async def _free(work: Work, missing: Missing, reason: str) -> None:
    """What is on its way is kept for the transfer: it is let go, to be written off."""
    changes = [
        Change(balance_id=balance.id, kind="release", reserved=-line.in_transit, reason=reason)
        for line, balance in zip(missing.lines, missing.balances, strict=True)
    ]
    await move(work, changes, reference_kind=REFERENCE_KIND, reference_id=missing.transfer.id)
    await end_holds(work, [line.id for line in missing.lines], status="released")


@approvable(SUBJECT, title="Missing goods above tolerance", permission="inventory.approve")
async def give_up_approved(work: Work, request: Request) -> None:
    """Give up what is missing by now: what arrived since the request is not lost."""
    missing = await lock_missing(work, request.subject_id)
    await give_up(work, missing, reason=request.reason)
