"""Serial numbers: each piece lies in one balance, in one state, and its history says how it came.

The balances are locked first, so that as many pieces are in stock as are on hand. Pieces are
locked after balances and costs, before document numbers are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    FromClause,
    Text,
    column,
    func,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert

from domain.inventory.models import SerialMovement, SerialNumber
from domain.inventory.outcomes import SerialNotThere, SerialTaken
from domain.inventory.policy import GONE_SERIAL_STATES
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece that lies in a balance in a state, or comes to lie there in it."""

    item_id: int
    code: str
    balance_id: int
    state: str = "available"


_MOVED = (
    SerialNumber.id,
    SerialNumber.item_id,
    SerialNumber.code,
    SerialNumber.balance_id,
    SerialNumber.state,
)


@dataclass(frozen=True, slots=True)
class MovedPiece:
    """A piece after it was moved; `note_pieces` writes it into its history."""

    serial_id: int
    balance_id: int
    kind: str
    state: str
    reason: str


async def bring_pieces(
    work: Work, pieces: Sequence[Piece], *, kind: str, reason: str
) -> list[MovedPiece]:
    """Pieces come into stock, each in its state; one that had left may come again.

    Raises SerialTaken, with nothing written, when one is in stock already."""
    if not pieces:
        return []
    rows = [
        {
            "tenant_id": work.tenant_id,
            "item_id": each.item_id,
            "code": each.code,
            "balance_id": each.balance_id,
            "state": each.state,
            "created_at": work.now,
        }
        for each in sorted(pieces, key=lambda each: (each.item_id, each.code))
    ]
    statement = insert(SerialNumber).values(rows)
    written = await work.rows(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "item_id", "code"],
            set_={name: statement.excluded[name] for name in ("balance_id", "state")},
            where=SerialNumber.state.in_(GONE_SERIAL_STATES),
        ).returning(*_MOVED)
    )
    done = {(row.item_id, row.code) for row in written}
    for each in pieces:
        if (each.item_id, each.code) not in done:
            raise SerialTaken(
                f"Serial number {each.code} is in stock already.",
                item_id=each.item_id,
                serial=each.code,
            )
    return [MovedPiece(row.id, row.balance_id, kind, row.state, reason) for row in written]


async def move_pieces(
    work: Work,
    pieces: Sequence[Piece],
    *,
    to_state: str,
    kind: str,
    reason: str,
    to_balance_ids: Sequence[int] | None = None,
    transfer_line_ids: Sequence[int | None] | None = None,
) -> list[MovedPiece]:
    """Pieces go into another state, or out of stock, or into other balances (one for each).

    Those that go into transit leave with a line of a transfer (one for each). Raises
    SerialNotThere when one does not lie in its balance in its state."""
    if not pieces:
        return []
    await lock_pieces(work, pieces)
    asked = _asked(
        pieces,
        to_balance_ids or [each.balance_id for each in pieces],
        transfer_line_ids or [None] * len(pieces),
    )
    moved = await work.rows(
        update(SerialNumber)
        .where(
            SerialNumber.tenant_id == work.tenant_id,
            SerialNumber.item_id == asked.c.item_id,
            SerialNumber.code == asked.c.code,
            SerialNumber.balance_id == asked.c.balance_id,
            SerialNumber.state == asked.c.state,
        )
        .values(
            state=to_state,
            balance_id=asked.c.to_balance_id,
            transfer_line_id=asked.c.transfer_line_id,
        )
        .returning(*_MOVED)
    )
    require_all(pieces, {(row.item_id, row.code) for row in moved})
    return [MovedPiece(row.id, row.balance_id, kind, to_state, reason) for row in moved]


def require_all(pieces: Sequence[Piece], found: set[tuple[int, str]]) -> None:
    """Raise SerialNotThere for the first piece whose (item id, code) was not found, or that is
    named before."""
    left = set(found)
    for each in pieces:
        if (each.item_id, each.code) in left:
            left.discard((each.item_id, each.code))
        else:
            raise SerialNotThere(
                f"No piece {each.code} lies there, {each.state.replace('_', ' ')}.",
                item_id=each.item_id,
                serial=each.code,
            )


async def note_pieces(
    work: Work, moved: Sequence[MovedPiece], *, reference_kind: str, reference_id: int
) -> None:
    """Write into the pieces' history what was done to them, and through which document."""
    if not moved:
        return
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": work.tenant_id,
            "serial_id": each.serial_id,
            "balance_id": each.balance_id,
            "kind": each.kind,
            "state": each.state,
            "reason": each.reason,
            "reference_kind": reference_kind,
            "reference_id": reference_id,
            "actor": work.principal.name,
            "occurred_at": work.now,
        }
        for each in moved
    ]
    await work.execute(plain_insert(SerialMovement), rows)


async def lock_pieces(work: Work, pieces: Sequence[Piece]) -> None:
    """Lock those of the pieces that are known, in the order of their ids."""
    if not pieces:
        return
    await work.values(
        select(SerialNumber.id)
        .where(
            SerialNumber.tenant_id == work.tenant_id,
            tuple_(SerialNumber.item_id, SerialNumber.code).in_(
                [(each.item_id, each.code) for each in pieces]
            ),
        )
        .order_by(SerialNumber.id)
        .with_for_update()
    )


def _asked(
    pieces: Sequence[Piece],
    to_balance_ids: Sequence[int],
    transfer_line_ids: Sequence[int | None],
) -> FromClause:
    return (
        func.unnest(
            literal([each.item_id for each in pieces], ARRAY(BigInteger)),
            literal([each.code for each in pieces], ARRAY(Text)),
            literal([each.balance_id for each in pieces], ARRAY(BigInteger)),
            literal([each.state for each in pieces], ARRAY(Text)),
            literal(list(to_balance_ids), ARRAY(BigInteger)),
            literal(list(transfer_line_ids), ARRAY(BigInteger)),
        )
        .table_valued(
            column("item_id", BigInteger),
            column("code", Text),
            column("balance_id", BigInteger),
            column("state", Text),
            column("to_balance_id", BigInteger),
            column("transfer_line_id", BigInteger),
        )
        .render_derived(name="asked")
    )
