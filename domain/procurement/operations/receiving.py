"""Goods of an order come: they are taken in as stock, at the order's price."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.engine import Row

from domain.inventory.documents import WrittenDocument
from domain.inventory.lines import require_some
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.purchase_supply import lock_parts, write_parts
from domain.kernel import text
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.procurement.arriving import (
    Arrived,
    ReceivedPurchaseLine,
    arrived_of,
    books_rate,
    local_day,
    stock_line,
    taken_in,
)
from domain.procurement.events import PurchaseOrderReceived
from domain.procurement.notices import NoticeUnderWay, find_notice, settle_notice
from domain.procurement.policies.states import UNDER_WAY
from domain.procurement.receipts import write_receipt
from domain.procurement.rows import bought, lines_named, lines_of, lock_order, note, settle


@operation("procurement.receive")
async def receive_purchase_order(
    work: Work,
    *,
    order_id: int,
    lines: Sequence[ReceivedPurchaseLine],
    ship_notice: str | None = None,
    notice_is_complete: bool = True,
    comment: str | None = None,
) -> int:
    """Take goods of an order in at its location, at its prices, damaged ones as such; the receipt
    posts as every receipt does.

    With a ship notice (its number) what did not come of it is to be sent still, unless more of it
    follows (`notice_is_complete` false). A line of which enough came, within its tolerance, or
    that a receipt closes, is done. Gives the order's id. Needs inventory.receive too. Raises
    NotFound, InvalidInput, QuantityNotExact, InvalidState, ReceivedTooMuch, LocationClosed,
    LotDiffers, SerialTaken, ExchangeRateMissing."""
    require_some(lines)
    comment = text.optional(comment, path=("comment",))
    order = await lock_order(work, order_id, allowed=UNDER_WAY)
    every = await lines_of(work, order_id)
    named = lines_named(every, [line.line_number for line in lines], once=False)
    notice = await find_notice(work, order_id, ship_notice)
    arrived = await arrived_of(work, order, named, lines, notice)
    day = await local_day(work, order.location_id)
    rate = await books_rate(work, order, day)
    document = await receive_stock(
        work,
        location_id=order.location_id,
        owner_id=order.entity_id,
        lines=[stock_line(each, rate) for each in arrived],
        reason=f"received of {order.number}",
        external_reference=ship_notice or order.number,
    )
    changes = await _book(work, order, arrived, notice, day, document, notice_is_complete)
    await write_receipt(work, order, arrived, notice, document=document, day=day, note=comment)
    if notice is not None:
        await settle_notice(work, notice, arrived, complete=notice_is_complete)
    status = await settle(work, order, every, changes)
    _tell(work, order, arrived, status, document.number, comment)
    return order_id


async def _book(
    work: Work,
    order: Row[Any],
    arrived: Sequence[Arrived],
    notice: NoticeUnderWay | None,
    day: date,
    document: WrittenDocument,
    complete: bool,
) -> dict[int, dict[str, Any]]:
    """What is to come follows what came; gives what changes of the lines, by line id."""
    lines = {each.line.id: each.line for each in arrived}
    missing = [] if notice is None or not complete else notice.line_ids
    also = {} if notice is None else notice.lines_beside(lines, complete=complete)
    coming = await lock_parts(work, {*lines, *also})
    after, changes = {}, {}
    for line_id, line in (lines | also).items():
        came = [each for each in arrived if each.line.id == line_id]
        after[line_id], changes[line_id] = taken_in(
            line, came, coming[line_id], order=order, missing=missing, day=day
        )
    touched = [*lines.values(), *also.values()]
    await write_parts(work, bought(order, touched), after, document_id=document.document_id)
    return changes


def _tell(
    work: Work,
    order: Row[Any],
    arrived: Sequence[Arrived],
    status: str,
    document: str,
    comment: str | None,
) -> None:
    work.record(
        PurchaseOrderReceived(
            aggregate_id=order.id,
            number=order.number,
            supplier_id=order.supplier_id,
            status=status,
            document=document,
            item_ids=tuple(sorted({each.line.item_id for each in arrived})),
        )
    )
    told = [
        {"line": each.line.line_number, "quantity": each.quantity, "damaged": each.damaged}
        for each in arrived
    ]
    note(
        work,
        "receive_purchase_order",
        order,
        status=status,
        told={"document": document, "lines": told},
        reason=comment,
    )
