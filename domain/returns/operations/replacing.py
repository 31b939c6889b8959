"""Other goods are ordered for a return."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.allocation.operations.place_order import place_order
from domain.allocation.ordering import OrderedLine
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.returns.events import ReplacementOrdered
from domain.returns.models import (
    ReturnLine,
    ReturnReplacement,
    ReturnReplacementLine,
)
from domain.returns.rows import lock_return, note, settle


@operation("returns.credit")
async def order_replacement(work: Work, *, replacement_id: int) -> int:
    """Order the other goods of a return, as an order of its customer through the channel of the
    first one; a replacement costs nothing. The new order's id. Needs orders.place, and
    pricing.manage where a price is set.

    Told twice, the second finds it ordered. Raises NotFound, InvalidState, InvalidInput, and what
    place_order raises."""
    return_id = await work.value(
        select(ReturnReplacement.return_id).where(
            ReturnReplacement.tenant_id == work.tenant_id, ReturnReplacement.id == replacement_id
        )
    )
    if return_id is None:
        raise NotFound("replacement")
    row = await lock_return(work, return_id)
    replacement = await lock_record(work, ReturnReplacement, replacement_id, kind="replacement")
    if replacement.status not in ("requested", "due"):
        message = f"It is {replacement.status}."
        raise InvalidState(message, state=replacement.status, allowed=[])
    placed = await place_order(
        work,
        channel_id=await _channel(work, row),
        party_id=row.party_id,
        currency=row.currency,
        ship_to=row.ship_from,
        external_number=row.number,
        lines=await _lines(work, replacement_id),
    )
    await _note_order(work, replacement_id, placed.order_id)
    await _count(work, row)
    status = await settle(work, row)
    work.record(
        ReplacementOrdered(
            aggregate_id=replacement_id,
            return_id=row.id,
            kind=replacement.kind,
            order_id=placed.order_id,
        )
    )
    note(work, "order_replacement", row, status=status, told={"order_id": placed.order_id})
    return int(placed.order_id)


@operation("returns.credit")
async def order_due_replacement(work: Work, *, replacement_id: int) -> None:
    """For workers: order other goods that are due; nothing where that was done before."""
    status = await work.value(
        select(ReturnReplacement.status).where(
            ReturnReplacement.tenant_id == work.tenant_id, ReturnReplacement.id == replacement_id
        )
    )
    if status == "due":
        await order_replacement(work, replacement_id=replacement_id)


async def _channel(work: Work, row: Row[Any]) -> int:
    """The channel of the first order; a return of none has none."""
    if row.channel_id is None:
        message = "A return without an order has no channel: place the order by hand."
        raise InvalidInput(message, path=("id",))
    return int(row.channel_id)


async def _lines(work: Work, replacement_id: int) -> list[OrderedLine]:
    rows = await work.rows(
        select(*ReturnReplacementLine.__table__.c)
        .where(
            ReturnReplacementLine.tenant_id == work.tenant_id,
            ReturnReplacementLine.replacement_id == replacement_id,
        )
        .order_by(ReturnReplacementLine.id)
    )
    return [
        OrderedLine(item_id=row.item_id, quantity=row.quantity, unit_price=row.unit_price)
        for row in rows
    ]


async def _count(work: Work, row: Row[Any]) -> None:
    """What of the return's lines the other goods stand for."""
    if row.resolution != "replacement":
        return
    await work.execute(
        update(ReturnLine)
        .where(
            ReturnLine.tenant_id == work.tenant_id,
            ReturnLine.return_id == row.id,
            ReturnLine.status.in_(("authorized", "kept")),
            ReturnLine.kind == "announced",
        )
        .values(replaced=ReturnLine.quantity - ReturnLine.given_up)
    )


async def _note_order(work: Work, replacement_id: int, order_id: int) -> None:
    await work.execute(
        update(ReturnReplacement)
        .where(
            ReturnReplacement.tenant_id == work.tenant_id, ReturnReplacement.id == replacement_id
        )
        .values(
            status="ordered",
            order_id=order_id,
            ordered_at=work.now,
            version=ReturnReplacement.version + 1,
        )
    )
