"""Pieces with serial numbers that go with transfers: named when they leave, known on their way, and
named when they arrive.

The transfer and the balances are locked before; no piece on its way moves but under its
transfer."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.inventory.models import SerialNumber
from domain.inventory.policies.transfers import Arrival, arrival, arrival_of_pieces
from domain.inventory.serials import MovedPiece, Piece, move_pieces, note_pieces
from domain.inventory.transfer_goods import DAMAGED, FIT, Moved
from domain.inventory.transfer_rows import IN_TRANSIT, REFERENCE_KIND
from domain.kernel.reading import Reader
from domain.kernel.work import Work


async def send_pieces(
    work: Work,
    transfer: Row[Any],
    lines: Sequence[Row[Any]],
    shipped: Mapping[int, Moved],
    transit: Mapping[int, int],
) -> None:
    """The named pieces of each line leave the source (`transit`: the balance of goods in transit
    beside each source's). Raises SerialNotThere for one that is not fit for sale there."""
    going = [
        (line, Piece(item_id=line.item_id, code=code, balance_id=line.balance_id))
        for line in lines
        for code in shipped[line.id].serials
    ]
    moved = await move_pieces(
        work,
        [piece for _, piece in going],
        to_state=IN_TRANSIT,
        kind="transfer_out",
        reason=transfer.reason,
        to_balance_ids=[transit[line.balance_id] for line, _ in going],
        transfer_line_ids=[line.id for line, _ in going],
    )
    await note_pieces(work, moved, reference_kind=REFERENCE_KIND, reference_id=transfer.id)


async def pieces_on_their_way(
    reader: Reader, line_ids: Collection[int]
) -> dict[int, dict[str, Piece]]:
    """The pieces on their way with each of these lines, by their numbers."""
    rows = await reader.rows(
        select(
            SerialNumber.transfer_line_id,
            SerialNumber.item_id,
            SerialNumber.code,
            SerialNumber.balance_id,
        )
        .where(
            SerialNumber.tenant_id == reader.tenant_id, SerialNumber.transfer_line_id.in_(line_ids)
        )
        .order_by(SerialNumber.id)
    )
    found: dict[int, dict[str, Piece]] = defaultdict(dict)
    for row in rows:
        found[row.transfer_line_id][row.code] = Piece(
            item_id=row.item_id, code=row.code, balance_id=row.balance_id, state=IN_TRANSIT
        )
    return found


@dataclass(frozen=True, slots=True)
class Coming:
    """What is told to have come of a line, what that comes to, and the line's pieces that were on
    their way, by their numbers."""

    line: Row[Any]
    moved: Moved
    arrival: Arrival
    on_their_way: Mapping[str, Piece]

    def landing(self, state: str) -> list[Piece]:
        """The named pieces that were on their way and are in this state now."""
        return [
            self.on_their_way[code]
            for code in self.moved.serials
            if code in self.on_their_way and self.moved.state_of(code) == state
        ]

    def strange(self, balance_id: int) -> tuple[Piece, ...]:
        """The named pieces that were not on their way, as they come to lie in a balance."""
        return tuple(
            Piece(
                item_id=self.line.item_id,
                code=code,
                balance_id=balance_id,
                state=self.moved.state_of(code),
            )
            for code in self.moved.serials
            if code not in self.on_their_way
        )


async def what_comes(
    reader: Reader, planned: Sequence[Row[Any]], moved: Mapping[int, Moved]
) -> list[Coming]:
    """What arrived of each line that something is told of (by line id): what of it was on its way,
    and what was not."""
    lines = {line.id: line for line in planned}
    pieces = await pieces_on_their_way(reader, [n for n, each in moved.items() if each.has_pieces])
    coming = []
    for line_id, each in moved.items():
        line, on_way = lines[line_id], pieces.get(line_id, {})
        came = (
            arrival_of_pieces(each.serials, each.damaged_serials, on_their_way=on_way)
            if each.has_pieces
            else arrival(each.quantity, each.damaged, in_transit=line.in_transit)
        )
        coming.append(Coming(line, each, came, on_way))
    return coming


async def land_pieces(
    work: Work, transfer: Row[Any], coming: Sequence[Coming], there: Mapping[int, int]
) -> None:
    """The named pieces that were on their way arrive (`there`: the balance by line id), fit or
    damaged."""
    landed: list[MovedPiece] = []
    for state in FIT, DAMAGED:
        landing = [(each.line.id, piece) for each in coming for piece in each.landing(state)]
        landed += await move_pieces(
            work,
            [piece for _, piece in landing],
            to_state=state,
            kind="transfer_in",
            reason=transfer.reason,
            to_balance_ids=[there[line_id] for line_id, _ in landing],
        )
    await note_pieces(work, landed, reference_kind=REFERENCE_KIND, reference_id=transfer.id)
