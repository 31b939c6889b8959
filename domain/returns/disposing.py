"""What is done with goods that came back: into stock at what they cost when they left, or gone.
The return, its unit and the order are locked."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.inventory.balances import Place, ensure_balances
from domain.inventory.lots import ToldLot, ensure_lots
from domain.inventory.models import SerialNumber
from domain.inventory.movements import Change, change_balances, write_movements
from domain.inventory.serials import (
    MovedPiece,
    Piece,
    bring_pieces,
    move_pieces,
    note_pieces,
)
from domain.kernel.inserting import insert_ids
from domain.kernel.work import Work
from domain.returns.booking import REFERENCE_KIND, Disposed, book_dispositions
from domain.returns.bought_goods import Becoming, becoming, enter_bought
from domain.returns.models import ReturnDisposition
from domain.returns.original_cost import Costed, gone_for, put_back
from domain.returns.policies.states import INTO_STOCK
from domain.returns.unit_parts import UnitPart

# Where the cost of goods goes that come into no stock; what is missing has cost what it cost.
CONTRA = {"scrap": "scrap", "return_to_supplier": "goods_received"}


async def dispose_of(
    work: Work,
    row: Row[Any],
    parts: Sequence[UnitPart],
    line: Row[Any],
    *,
    kind: str,
    stock_condition: str,
    reason: str,
) -> list[Disposed]:
    """Move the goods of a unit's parts, their cost and their piece, write it down and post it: all
    together. What became of each part. Raises ReturnedMore.

    Balances are locked before costs, costs before pieces; those of one kind in the order of their
    owners, and the books of all of them at the end."""
    found = [await becoming(work, part, kind) for part in parts]
    found.sort(key=lambda each: each.owner_id)
    changes = await _enter(work, found, stock_condition, reason)
    costs = [
        await _costed(work, line, each, into_stock=change is not None)
        for each, change in zip(found, changes, strict=True)
    ]
    moved = await _move_piece(work, found[0], changes[0], reason)
    ids = await _write(work, found, changes, costs, reason)
    written = [Disposed(*each) for each in zip(ids, found, changes, costs, strict=True)]
    moves = [each.movement for each in written if each.movement is not None]
    await write_movements(work, moves, reference_kind=REFERENCE_KIND, reference_id=ids[0])
    await note_pieces(work, moved, reference_kind=REFERENCE_KIND, reference_id=ids[0])
    await book_dispositions(work, row, line, written)
    return written


async def _costed(work: Work, line: Row[Any], each: Becoming, *, into_stock: bool) -> Costed:
    """What the goods cost, and where that goes."""
    part = each.part
    if each.bought is not None:
        leg = None if into_stock else CONTRA.get(each.kind, "cost_of_goods")
        return await enter_bought(work, part, each.bought, leg=leg)
    if into_stock:
        return await put_back(work, part, line.order_line_id)
    if each.kind in CONTRA:
        return await gone_for(work, part, line.order_line_id, leg=CONTRA[each.kind])
    return Costed(0, ())


async def _enter(
    work: Work, found: Sequence[Becoming], stock_condition: str, reason: str
) -> list[Change | None]:
    """Goods come into stock: to be sold, or kept from it until somebody has seen to them."""
    into = [each for each in found if each.kind in INTO_STOCK]
    if not into:
        return [None] * len(found)
    lots = {(each.part.item_id, each.part.lot) for each in into}
    await ensure_lots(work, [ToldLot(item_id=item_id, code=lot) for item_id, lot in sorted(lots)])
    places = {each.part.id: _place(each, stock_condition) for each in into}
    balances = await ensure_balances(work, list(dict.fromkeys(places.values())))
    changes = {
        each.part.id: Change(
            balance_id=balances[places[each.part.id]],
            kind="return",
            on_hand=each.part.quantity,
            quality_control=each.part.quantity * (each.kind != "restock"),
            reason=reason,
        )
        for each in into
    }
    await change_balances(work, list(changes.values()))
    return [changes.get(each.part.id) for each in found]


def _place(each: Becoming, stock_condition: str) -> Place:
    part = each.part
    return Place(part.item_id, part.location_id, each.owner_id, stock_condition, part.lot)


async def _move_piece(
    work: Work, each: Becoming, change: Change | None, reason: str
) -> list[MovedPiece]:
    """A piece, which is a unit by itself, is in stock again, or gone for good; one that is missing
    stays as it was shipped."""
    part = each.part
    if part.serial is None or each.kind == "missing":
        return []
    if change is not None:
        state = "available" if each.kind == "restock" else "quality_control"
        piece = Piece(
            item_id=part.item_id, code=part.serial, balance_id=change.balance_id, state=state
        )
        return await bring_pieces(work, [piece], kind="return", reason=reason)
    last = await work.value(
        select(SerialNumber.balance_id).where(
            SerialNumber.tenant_id == work.tenant_id,
            SerialNumber.item_id == part.item_id,
            SerialNumber.code == part.serial,
        )
    )
    piece = Piece(item_id=part.item_id, code=part.serial, balance_id=last, state="shipped")
    return await move_pieces(work, [piece], to_state="removed", kind="return", reason=reason)


async def _write(
    work: Work,
    found: Sequence[Becoming],
    changes: Sequence[Change | None],
    costs: Sequence[Costed],
    reason: str,
) -> list[int]:
    return await insert_ids(
        work,
        ReturnDisposition,
        [
            {
                "unit_id": each.part.id,
                "kind": each.kind,
                "quantity": each.part.quantity,
                "balance_id": None if change is None else change.balance_id,
                "cost_minor": costed.cost_minor,
                "reason": reason,
                "disposed_at": work.now,
                "disposed_by": work.actor.principal.name,
            }
            for each, change, costed in zip(found, changes, costs, strict=True)
        ],
    )
