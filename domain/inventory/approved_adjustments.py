"""A correction by hand that was above tolerance is made once somebody says yes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.approvals.subjects import Request, approvable
from domain.inventory.balances import lock_balances_by_id
from domain.inventory.corrections import book_corrections, correction
from domain.inventory.models import RequestedAdjustment
from domain.inventory.sites import find_site
from domain.kernel.errors import InvalidState
from domain.kernel.work import Work

SUBJECT = "stock_adjustment"


async def _forget(work: Work, requests: Sequence[Request], status: str) -> None:
    """What was not approved is never made."""
    await work.execute(
        update(RequestedAdjustment)
        .where(
            RequestedAdjustment.tenant_id == work.tenant_id,
            RequestedAdjustment.id.in_([request.subject_id for request in requests]),
        )
        .values(status="dropped")
    )


@approvable(
    SUBJECT,
    title="Stock correction above tolerance",
    permission="inventory.approve",
    dropped=_forget,
)
async def make_approved_adjustment(work: Work, request: Request) -> None:
    """Make a correction as it was asked for. Raises StockShort, with nothing corrected, when more
    would go than is free by now; SerialTaken, SerialNotThere."""
    asked = await _lock(work, request.subject_id)
    site = await find_site(work, location_id=asked.location_id, owner_id=asked.owner_id)
    locked = await lock_balances_by_id(work, [line["balance_id"] for line in asked.lines])
    corrections = [
        correction(locked[line["balance_id"]], Decimal(line["delta"]), line["serials"])
        for line in asked.lines
    ]
    document = await book_corrections(
        work, corrections, site=site, reason=asked.reason, balance_ids=list(locked)
    )
    await work.execute(
        update(RequestedAdjustment)
        .where(RequestedAdjustment.tenant_id == work.tenant_id, RequestedAdjustment.id == asked.id)
        .values(status="booked", document_id=document.document_id)
    )
    work.audit(
        "adjust_stock",
        subject="stock_document",
        subject_id=document.document_id,
        after={"lines": asked.lines, "requested_by": request.requested_by},
        reason=asked.reason,
    )


async def _lock(work: Work, adjustment_id: int) -> Row[Any]:
    row = await work.row(
        select(*RequestedAdjustment.__table__.c)
        .where(
            RequestedAdjustment.tenant_id == work.tenant_id,
            RequestedAdjustment.id == adjustment_id,
        )
        .with_for_update()
    )
    if row is None or row.status != "waiting":
        state = "gone" if row is None else row.status
        raise InvalidState("This correction waits no more.", state=state, allowed=[])
    return row
