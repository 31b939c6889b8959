"""Goods are held, found damaged, or made available again; and a part is kept back."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import update

from domain.inventory.balances import (
    NEW,
    Balance,
    Place,
    ensure_balances,
    find_balances,
    lock_balances_by_id,
)
from domain.inventory.documents import REFERENCE_KIND, WrittenDocument, write_document
from domain.inventory.events import SafetyStockSet, StockStateChanged
from domain.inventory.goods import coming_goods, goods_of
from domain.inventory.lines import named_pieces, place_of
from domain.inventory.lots import ToldLot, ensure_lots
from domain.inventory.models import StockBalance
from domain.inventory.movements import Change, change_balances
from domain.inventory.policy import NAMED_STATES, States, state_change
from domain.inventory.serials import Piece, move_pieces, note_pieces
from domain.inventory.sites import Site, find_site
from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("inventory.adjust")
async def change_stock_state(
    work: Work,
    *,
    location_id: int,
    item_id: int,
    quantity: Decimal,
    from_state: str,
    to_state: str,
    reason: str,
    unit: str | None = None,
    owner_id: int | None = None,
    condition: str = NEW,
    lot: str = "",
    serials: Sequence[str] = (),
) -> WrittenDocument:
    """Put a quantity of a unit (the base unit if absent) from one state into another.

    States are available, quality_control and damaged; `serials` names the pieces, where the item
    has such. Raises NotFound, InvalidInput, QuantityNotExact, LocationClosed, StockShort when the
    state has less, SerialNotThere."""
    reason = text.name(reason, path=("reason",))
    _require_states(from_state, to_state)
    site = await find_site(work, location_id=location_id, owner_id=owner_id)
    goods = (await goods_of(work, [item_id]))[item_id]
    amount = goods.in_base(quantity, unit, path=("quantity",))
    if amount <= 0:
        raise InvalidInput("Must be more than zero.", path=("quantity",))
    place = place_of(goods, site, condition=condition, lot=lot)
    named = named_pieces(serials, amount, goods, path=())
    change = await _moved(work, place, state_change(from_state, to_state, amount), reason)
    pieces = [
        Piece(item_id=item_id, code=code, balance_id=change.balance_id, state=from_state)
        for code in named
    ]
    moved = await move_pieces(work, pieces, to_state=to_state, kind="state_change", reason=reason)
    document = await write_document(
        work,
        kind="adjustment",
        site=site,
        reason=reason,
        changes=[change],
        balance_ids=[change.balance_id],
    )
    await note_pieces(work, moved, reference_kind=REFERENCE_KIND, reference_id=document.document_id)
    _tell_state(work, document, site, item_id, (from_state, to_state, amount), reason)
    return document


def _require_states(from_state: str, to_state: str) -> None:
    text.choice(from_state, NAMED_STATES, path=("from_state",))
    text.choice(to_state, NAMED_STATES, path=("to_state",))
    if from_state == to_state:
        raise InvalidInput("Must be another state.", path=("to_state",))


async def _moved(work: Work, place: Place, states: States, reason: str) -> Change:
    balance_id = (await find_balances(work, [place])).get(place)
    if balance_id is None:
        raise NotFound("stock balance")
    change = Change(
        balance_id=balance_id,
        kind="state_change",
        quality_control=states.quality_control,
        damaged=states.damaged,
        reason=reason,
    )
    await change_balances(work, [change])
    return change


def _tell_state(
    work: Work,
    document: WrittenDocument,
    site: Site,
    item_id: int,
    moved: tuple[str, str, Decimal],
    reason: str,
) -> None:
    from_state, to_state, quantity = moved
    work.record(
        StockStateChanged(
            aggregate_id=document.document_id,
            number=document.number,
            location_id=site.location_id,
            owner_id=site.owner_id,
            item_ids=(item_id,),
            from_state=from_state,
            to_state=to_state,
        )
    )
    work.audit(
        "change_stock_state",
        subject="stock_balance",
        subject_id=document.balance_ids[0],
        before={"state": from_state, "quantity": quantity},
        after={"state": to_state, "quantity": quantity},
        reason=reason,
    )


@operation("inventory.adjust")
async def set_safety_stock(
    work: Work,
    *,
    location_id: int,
    item_id: int,
    quantity: Decimal,
    unit: str | None = None,
    owner_id: int | None = None,
    condition: str = NEW,
    lot: str = "",
) -> int:
    """Keep back a quantity of a unit (the base unit if absent) from what may be promised.

    What is reserved stays so. Gives the balance's id. Raises NotFound, InvalidInput,
    QuantityNotExact, LocationClosed."""
    site = await find_site(work, location_id=location_id, owner_id=owner_id)
    goods = (await coming_goods(work, [item_id]))[item_id]
    amount = goods.in_base(quantity, unit, path=("quantity",))
    if amount < 0:
        raise InvalidInput("Must not be negative.", path=("quantity",))
    place = place_of(goods, site, condition=condition, lot=lot)
    await ensure_lots(work, [ToldLot(item_id=item_id, code=place.lot)])
    balance_id = (await ensure_balances(work, [place]))[place]
    before = (await lock_balances_by_id(work, [balance_id]))[balance_id]
    if before.safety_stock != amount:
        await _write_safety_stock(work, before, amount)
    return balance_id


async def _write_safety_stock(work: Work, before: Balance, amount: Decimal) -> None:
    await work.execute(
        update(StockBalance)
        .where(StockBalance.tenant_id == work.tenant_id, StockBalance.id == before.id)
        .values(safety_stock=amount, version=StockBalance.version + 1)
    )
    work.record(
        SafetyStockSet(
            aggregate_id=before.id,
            location_id=before.location_id,
            owner_id=before.owner_id,
            item_ids=(before.item_id,),
        )
    )
    work.audit(
        "set_safety_stock",
        subject="stock_balance",
        subject_id=before.id,
        before={"safety_stock": before.safety_stock},
        after={"safety_stock": amount},
    )
