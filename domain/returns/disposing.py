"""What is done with goods that came back: into stock at what they cost when they left, or gone.
The return, its unit and the order are locked."""

from typing import Any

from sqlalchemy import and_, insert, select
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.entities.models import LegalEntity
from domain.intercompany.returning import MirroredReturn
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
from domain.kernel.work import Work
from domain.ledger.entries import Dimensions, Entry
from domain.ledger.posting import post
from domain.returns.bought_goods import bought_goods, enter_bought, post_taken_back
from domain.returns.claims import Sales
from domain.returns.models import ReturnDisposition
from domain.returns.original_cost import Costed, gone_for, put_back
from domain.returns.policies.states import INTO_STOCK

REFERENCE_KIND = "return_disposition"
# Where the cost of goods goes that come into no stock; what is missing has cost what it cost.
CONTRA = {"scrap": "scrap", "return_to_supplier": "goods_received"}
MILESTONES = {kind: f"return_{kind.removeprefix('return_')}" for kind in (*INTO_STOCK, *CONTRA)}


async def dispose_of(
    work: Work,
    row: Row[Any],
    unit: Row[Any],
    line: Row[Any],
    sales: Sales,
    *,
    kind: str,
    stock_condition: str,
    reason: str,
) -> int:
    """Move the goods, their cost and their piece, write it down and post it: all together. The
    disposition's id. Raises ReturnedMore.

    Balances are locked before costs, costs before pieces."""
    bought = await bought_goods(work, unit, line.order_line_id, kind)
    there = kind if bought is None else bought.disposition
    owner_id = unit.owner_id if bought is None else bought.owner_id
    change = await _enter(work, unit, there, stock_condition, reason, owner_id)
    disposed = sales.disposed(line.order_line_id)
    costed = Costed(0, ())
    if bought is not None:
        leg = None if change is not None else CONTRA.get(there, "cost_of_goods")
        costed = await enter_bought(work, unit, bought, leg=leg)
    elif change is not None:
        costed = await put_back(work, unit, line.order_line_id, disposed)
    elif kind in CONTRA:
        costed = await gone_for(work, unit, line.order_line_id, disposed, leg=CONTRA[kind])
    moved = await _move_piece(work, unit, change, there, reason)
    disposition_id = await _write(work, unit, change, kind, costed.cost_minor, reason)
    changes = [] if change is None else [change]
    await write_movements(work, changes, reference_kind=REFERENCE_KIND, reference_id=disposition_id)
    await note_pieces(work, moved, reference_kind=REFERENCE_KIND, reference_id=disposition_id)
    await book_disposition(
        work, row, unit, line, disposition_id, kind=there, costed=costed, bought=bought
    )
    return disposition_id


async def book_disposition(
    work: Work,
    row: Row[Any],
    unit: Row[Any],
    line: Row[Any],
    disposition_id: int,
    *,
    kind: str,
    costed: Costed,
    bought: MirroredReturn | None = None,
) -> None:
    """Post what became of the goods' cost to their owner's books, and over the legs by which they
    had been bought."""
    if kind not in MILESTONES:
        return
    owner_id = unit.owner_id if bought is None else bought.owner_id
    known = await work.row(
        select(LegalEntity.currency, Item.item_group)
        .join(Item, and_(Item.tenant_id == LegalEntity.tenant_id, Item.id == unit.item_id))
        .where(LegalEntity.tenant_id == work.tenant_id, LegalEntity.id == owner_id)
    )
    assert known is not None
    trace = {"return_id": row.id, "return_unit_id": unit.id, "order_id": line.order_id}
    goes_back = bought is not None and bool(bought.milestones)
    entry = Entry(
        entity_id=owner_id,
        milestone=MILESTONES[kind],
        source_kind=REFERENCE_KIND,
        source_id=disposition_id,
        currency=known.currency,
        legs=costed.legs_against("inventory") if goes_back else costed.whole_legs,
        posted_on=work.now.date(),
        description=f"{kind.replace('_', ' ')} of {row.number}",
        trace={name: value for name, value in trace.items() if value is not None},
        dimensions=Dimensions(
            channel_id=row.channel_id,
            location_id=unit.location_id,
            item_group=known.item_group,
            party_id=row.party_id,
        ),
    )
    if bought is not None and goes_back:
        await post_taken_back(work, bought, entry, costed=costed)
    else:
        await post(work, [entry])


async def _enter(
    work: Work, unit: Row[Any], kind: str, stock_condition: str, reason: str, owner_id: int
) -> Change | None:
    """Goods come into stock: to be sold, or kept from it until somebody has seen to them."""
    if kind not in INTO_STOCK:
        return None
    await ensure_lots(work, [ToldLot(item_id=unit.item_id, code=unit.lot)])
    place = Place(unit.item_id, unit.location_id, owner_id, stock_condition, unit.lot)
    balance_id = (await ensure_balances(work, [place]))[place]
    change = Change(
        balance_id=balance_id,
        kind="return",
        on_hand=unit.quantity,
        quality_control=unit.quantity if kind != "restock" else unit.quantity * 0,
        reason=reason,
    )
    await change_balances(work, [change])
    return change


async def _move_piece(
    work: Work, unit: Row[Any], change: Change | None, kind: str, reason: str
) -> list[MovedPiece]:
    """A piece is in stock again, or gone for good; one that is missing stays as it was shipped."""
    if unit.serial is None or kind == "missing":
        return []
    if change is not None:
        state = "available" if kind == "restock" else "quality_control"
        piece = Piece(
            item_id=unit.item_id, code=unit.serial, balance_id=change.balance_id, state=state
        )
        return await bring_pieces(work, [piece], kind="return", reason=reason)
    last = await work.value(
        select(SerialNumber.balance_id).where(
            SerialNumber.tenant_id == work.tenant_id,
            SerialNumber.item_id == unit.item_id,
            SerialNumber.code == unit.serial,
        )
    )
    piece = Piece(item_id=unit.item_id, code=unit.serial, balance_id=last, state="shipped")
    return await move_pieces(work, [piece], to_state="removed", kind="return", reason=reason)


async def _write(
    work: Work, unit: Row[Any], change: Change | None, kind: str, cost_minor: int, reason: str
) -> int:
    return int(
        await work.value(
            insert(ReturnDisposition)
            .values(
                tenant_id=work.tenant_id,
                unit_id=unit.id,
                kind=kind,
                quantity=unit.quantity,
                balance_id=None if change is None else change.balance_id,
                cost_minor=cost_minor,
                reason=reason,
                disposed_at=work.now,
                disposed_by=work.actor.principal.name,
            )
            .returning(ReturnDisposition.id)
        )
    )
