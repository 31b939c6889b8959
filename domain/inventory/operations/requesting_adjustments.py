"""A correction by hand that is above tolerance is asked for, and made once somebody says yes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row

from domain.approvals.requesting import request_approval
from domain.approvals.subjects import Request, approvable
from domain.inventory.adjustments import corrections_of, values_of
from domain.inventory.balances import lock_balances_by_id
from domain.inventory.corrections import Correction, book_corrections
from domain.inventory.lines import AdjustmentLine, require_some
from domain.inventory.models import RequestedAdjustment
from domain.inventory.sites import find_site
from domain.kernel import text
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.permissions import operation
from domain.kernel.quantity import plain
from domain.kernel.work import Work

SUBJECT = "stock_adjustment"


@operation("inventory.adjust")
async def request_stock_adjustment(
    work: Work,
    *,
    location_id: int,
    lines: Sequence[AdjustmentLine],
    reason: str,
    owner_id: int | None = None,
) -> int:
    """Ask for approval of a correction of what is on hand: it is made, by the same differences, in
    the moment that somebody else approves. Gives the request's id.

    Raises NotFound, InvalidInput, QuantityNotExact, LocationClosed, StockChanged."""
    require_some(lines)
    reason = text.name(reason, path=("reason",))
    site = await find_site(work, location_id=location_id, owner_id=owner_id)
    _, corrections = await corrections_of(work, site, lines)
    if not corrections:
        raise InvalidInput("Nothing would change.", path=("lines",))
    value = sum(await values_of(work, corrections))
    adjustment_id = await work.value(
        insert(RequestedAdjustment)
        .values(
            tenant_id=work.tenant_id,
            location_id=site.location_id,
            owner_id=site.owner_id,
            reason=reason,
            lines=[_kept(each) for each in corrections],
            created_at=work.now,
            created_by=work.principal.name,
        )
        .returning(RequestedAdjustment.id)
    )
    return await request_approval(
        work,
        subject=SUBJECT,
        subject_id=adjustment_id,
        summary=f"Correct {len(corrections)} balances: {reason}",
        details={"lines": len(corrections), "value_minor": value, "currency": site.currency},
        reason=reason,
        location_id=site.location_id,
    )


def _kept(each: Correction) -> dict[str, Any]:
    return {
        "balance_id": each.balance.id,
        "delta": f"{plain(each.delta):f}",
        "serials": list(each.serials),
    }


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
        Correction(
            balance=locked[line["balance_id"]],
            delta=Decimal(line["delta"]),
            serials=tuple(line["serials"]),
        )
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
