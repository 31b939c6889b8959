"""Pieces with serial numbers, on their way through fulfilment.

They are told when they are picked, or at the latest when they leave. The fulfilment order and the
balances are locked before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.fulfilment.models import PickedSerial
from domain.fulfilment.outcomes import SerialsMissing
from domain.fulfilment.progress import LineQuantity, LocationWork
from domain.inventory.goods import Goods, goods_of
from domain.inventory.lines import named_pieces
from domain.inventory.lots import require_sellable
from domain.inventory.models import SerialNumber
from domain.inventory.outcomes import SerialNotThere
from domain.inventory.serials import MovedPiece, Piece, move_pieces, require_all
from domain.kernel.quantity import plain
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Leaving:
    """The pieces that leave with a shipment: by line, and as they were moved."""

    by_line: Mapping[int, Sequence[int]]
    moved: Sequence[MovedPiece]


async def goods_at_work(work: Work, current: LocationWork) -> dict[int, Goods]:
    """The items of the work's lines, by id."""
    return await goods_of(work, {line.item_id for line in current.lines.values()})


def is_tracked(goods: Mapping[int, Goods]) -> bool:
    """Whether the work is about any lot or piece that is told apart."""
    return any(each.tracking != "none" for each in goods.values())


async def pick_pieces(
    work: Work,
    current: LocationWork,
    picked: Sequence[LineQuantity],
    held: Mapping[int, Row[Any]],
    goods: Mapping[int, Goods],
) -> None:
    """Note which pieces were picked, where the picker tells. Raises InvalidInput, SerialNotThere
    for one that does not lie there, or is picked already."""
    named = _named(current, picked, held, goods, path="lines", required=False)
    await _note(work, named)


async def hold_pieces(
    work: Work,
    current: LocationWork,
    missing: Sequence[LineQuantity],
    held: Mapping[int, Row[Any]],
    goods: Mapping[int, Goods],
) -> list[MovedPiece]:
    """Pieces that were not found stand in quality control; they must be named, for the others to
    be known. Raises InvalidInput, SerialNotThere."""
    named = _named(current, missing, held, goods, path="missing", required=True)
    pieces = [piece for _, piece in named]
    return await move_pieces(
        work, pieces, to_state="quality_control", kind="state_change", reason="short_pick"
    )


async def ship_pieces(
    work: Work,
    current: LocationWork,
    quantities: Mapping[int, Decimal],
    told: Sequence[LineQuantity],
    held: Mapping[int, Row[Any]],
) -> Leaving:
    """Take the pieces that leave out of stock: those named now, else those named at the pick.

    Raises SerialsMissing unless there is one for each unit; InvalidInput, SerialNotThere, and
    LotBlocked when a lot was blocked after it was picked."""
    goods = await goods_at_work(work, current)
    if is_tracked(goods):
        taken = [current.lines[line_id].allocation_id for line_id in quantities]
        await require_sellable(work, {held[each].balance_id for each in taken})
    if not any(each.tracking == "serial" for each in goods.values()):
        return Leaving({}, ())
    named = _named(current, told, held, goods, path="lines", required=False)
    await _note(work, named, again=True)
    chosen = await _chosen(work, current, quantities, named, goods)
    pieces = [
        Piece(
            item_id=current.lines[line_id].item_id,
            code=row.code,
            balance_id=held[current.lines[line_id].allocation_id].balance_id,
        )
        for line_id, rows in chosen.items()
        for row in rows
    ]
    moved = await move_pieces(work, pieces, to_state="shipped", kind="issue", reason="shipped")
    by_line = {line_id: [row.serial_id for row in rows] for line_id, rows in chosen.items()}
    return Leaving(by_line, moved)


async def mark_shipped(work: Work, leaving: Leaving, shipment_id: int) -> None:
    """Say by which shipment the pieces left."""
    pairs = [(line, serial) for line, serials in leaving.by_line.items() for serial in serials]
    if pairs:
        await work.execute(
            update(PickedSerial)
            .where(
                PickedSerial.tenant_id == work.tenant_id,
                PickedSerial.shipment_id.is_(None),
                tuple_(PickedSerial.fulfilment_line_id, PickedSerial.serial_id).in_(pairs),
            )
            .values(shipment_id=shipment_id)
        )


async def put_pieces_back(work: Work, current: LocationWork) -> None:
    """What was picked and has not left is not picked any more."""
    await work.execute(
        delete(PickedSerial).where(
            PickedSerial.tenant_id == work.tenant_id,
            PickedSerial.fulfilment_line_id.in_(current.lines),
            PickedSerial.shipment_id.is_(None),
        )
    )


def _named(
    current: LocationWork,
    told: Sequence[LineQuantity],
    held: Mapping[int, Row[Any]],
    goods: Mapping[int, Goods],
    *,
    path: str,
    required: bool,
) -> list[tuple[int, Piece]]:
    """(line id, piece) of every piece that is named. Raises InvalidInput unless a line names all
    of its pieces, or none where that may be."""
    named = []
    for position, each in enumerate(told):
        line = current.lines[each.line_id]
        item = goods[line.item_id]
        if not each.serials and not (required and item.tracking == "serial"):
            continue
        balance_id = held[line.allocation_id].balance_id
        codes = named_pieces(each.serials, each.quantity, item, path=(path, position))
        for code in codes:
            piece = Piece(item_id=line.item_id, code=code, balance_id=balance_id)
            named.append((line.id, piece))
    return named


async def _note(work: Work, named: Sequence[tuple[int, Piece]], *, again: bool = False) -> None:
    """Write that pieces are picked. `again`: one that its line has already is no fault."""
    if not named:
        return
    serials = await _available(work, [piece for _, piece in named])
    rows = [
        {
            "tenant_id": work.tenant_id,
            "fulfilment_line_id": line_id,
            "serial_id": serials[piece.item_id, piece.code],
        }
        for line_id, piece in named
    ]
    statement = insert(PickedSerial).values(rows).on_conflict_do_nothing()
    done = set(await work.values(statement.returning(PickedSerial.serial_id)))
    if again:
        done |= await _noted(work, rows)
    for _, piece in named:
        if serials[piece.item_id, piece.code] not in done:
            message = f"Piece {piece.code} is picked already."
            raise SerialNotThere(message, item_id=piece.item_id, serial=piece.code)


async def _available(work: Work, pieces: Sequence[Piece]) -> dict[tuple[int, str], int]:
    """The ids of pieces that lie, available, where they are said to lie; they are locked."""
    at = {(each.item_id, each.code): each.balance_id for each in pieces}
    rows = await work.rows(
        select(SerialNumber.id, SerialNumber.item_id, SerialNumber.code, SerialNumber.balance_id)
        .where(
            SerialNumber.tenant_id == work.tenant_id,
            tuple_(SerialNumber.item_id, SerialNumber.code).in_(sorted(at)),
            SerialNumber.state == "available",
        )
        .order_by(SerialNumber.id)
        .with_for_update()
    )
    found = {
        (row.item_id, row.code): row.id
        for row in rows
        if at[row.item_id, row.code] == row.balance_id
    }
    require_all(pieces, set(found))
    return found


async def _noted(work: Work, rows: Sequence[dict[str, Any]]) -> set[int]:
    pairs = [(row["fulfilment_line_id"], row["serial_id"]) for row in rows]
    return set(
        await work.values(
            select(PickedSerial.serial_id).where(
                PickedSerial.tenant_id == work.tenant_id,
                PickedSerial.shipment_id.is_(None),
                tuple_(PickedSerial.fulfilment_line_id, PickedSerial.serial_id).in_(pairs),
            )
        )
    )


async def _chosen(
    work: Work,
    current: LocationWork,
    quantities: Mapping[int, Decimal],
    named: Sequence[tuple[int, Piece]],
    goods: Mapping[int, Goods],
) -> dict[int, list[Row[Any]]]:
    """The picked pieces of each line that leave now."""
    lines = [n for n in quantities if goods[current.lines[n].item_id].tracking == "serial"]
    picked: dict[int, list[Row[Any]]] = defaultdict(list)
    rows = await work.rows(
        select(PickedSerial.fulfilment_line_id, PickedSerial.serial_id, SerialNumber.code)
        .join(
            SerialNumber,
            (SerialNumber.tenant_id == PickedSerial.tenant_id)
            & (SerialNumber.id == PickedSerial.serial_id),
        )
        .where(
            PickedSerial.tenant_id == work.tenant_id,
            PickedSerial.fulfilment_line_id.in_(lines),
            PickedSerial.shipment_id.is_(None),
        )
        .order_by(PickedSerial.id)
    )
    wanted = {(line_id, piece.code) for line_id, piece in named}
    told = {line_id for line_id, _ in named}
    for row in rows:
        line_id = row.fulfilment_line_id
        if line_id not in told or (line_id, row.code) in wanted:
            picked[line_id].append(row)
    for line_id in lines:
        if len(picked[line_id]) != quantities[line_id]:
            raise SerialsMissing(
                f"{plain(quantities[line_id])} pieces leave, {len(picked[line_id])} are named.",
                path=("lines",),
                item_id=current.lines[line_id].item_id,
                requested=plain(quantities[line_id]),
                named=len(picked[line_id]),
            )
    return picked
