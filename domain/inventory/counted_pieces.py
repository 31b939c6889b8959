"""Pieces that were named in a count, against those that lie there by the books."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select, tuple_
from sqlalchemy.engine import Row

from domain.inventory.models import SerialMovement, SerialNumber
from domain.inventory.policies.pieces import KnownPiece, PieceDifference, compare_pieces
from domain.inventory.policy import GONE_SERIAL_STATES
from domain.inventory.positions import CORRECTION
from domain.kernel.reading import Reader


async def piece_differences(
    reader: Reader, lines: Sequence[Row[Any]]
) -> dict[int, PieceDifference]:
    """The difference of each line of which pieces were named, by line id; their balances are
    locked."""
    named = [line for line in lines if line.serials is not None]
    if not named:
        return {}
    known = await _known(reader, named)
    return {
        line.id: compare_pieces(
            line.serials,
            [
                piece
                for piece in known[line.item_id]
                if piece.balance_id == line.balance_id or piece.code in line.serials
            ],
            balance_id=line.balance_id,
            position=line.serial_position,
        )
        for line in named
    }


async def _known(reader: Reader, lines: Sequence[Row[Any]]) -> dict[int, list[KnownPiece]]:
    """By item: the pieces in stock in the lines' balances, and those that the lines name."""
    keys = sorted({(line.item_id, code) for line in lines for code in line.serials})
    moved = (
        select(func.coalesce(func.max(SerialMovement.id), 0))
        .where(
            SerialMovement.tenant_id == SerialNumber.tenant_id,
            SerialMovement.serial_id == SerialNumber.id,
            SerialMovement.kind != CORRECTION,
        )
        .scalar_subquery()
    )
    rows = await reader.rows(
        select(
            SerialNumber.item_id,
            SerialNumber.code,
            SerialNumber.balance_id,
            SerialNumber.state,
            moved.label("position"),
        ).where(
            SerialNumber.tenant_id == reader.tenant_id,
            or_(
                and_(
                    SerialNumber.balance_id.in_([line.balance_id for line in lines]),
                    SerialNumber.state.not_in(GONE_SERIAL_STATES),
                ),
                tuple_(SerialNumber.item_id, SerialNumber.code).in_(keys),
            ),
        )
    )
    known: dict[int, list[KnownPiece]] = defaultdict(list)
    for row in rows:
        known[row.item_id].append(KnownPiece(row.code, row.balance_id, row.state, row.position))
    return known
