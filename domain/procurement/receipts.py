"""Receipts of purchase orders, beside the stock documents that took the goods in."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import Row

from domain.inventory.documents import WrittenDocument
from domain.kernel.work import Work
from domain.procurement.arriving import Arrived
from domain.procurement.models import PurchaseReceipt, PurchaseReceiptLine
from domain.procurement.notices import NoticeUnderWay


async def write_receipt(
    work: Work,
    order: Row[Any],
    arrived: Sequence[Arrived],
    notice: NoticeUnderWay | None,
    *,
    document: WrittenDocument,
    day: date,
    note: str | None,
) -> None:
    """Keep what came, line by line, with its stock document."""
    receipt_id = await work.value(
        insert(PurchaseReceipt)
        .values(
            tenant_id=work.tenant_id,
            order_id=order.id,
            notice_id=None if notice is None else notice.notice.id,
            document_id=document.document_id,
            document_number=document.number,
            received_on=day,
            received_at=work.now,
            received_by=work.actor.principal.name,
            note=note,
        )
        .returning(PurchaseReceipt.id)
    )
    own = {"tenant_id": work.tenant_id, "order_id": order.id, "receipt_id": receipt_id}
    rows = [
        own
        | {
            "line_id": each.line.id,
            "quantity": each.quantity,
            "damaged": each.damaged,
            "received_on": day,
        }
        for each in arrived
    ]
    await work.execute(insert(PurchaseReceiptLine), rows)
