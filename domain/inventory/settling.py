"""What becomes of a count once it was looked through: booked, waiting for approval, or for people.

Declares what runs when differences are approved, and when they are not."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.engine import Row

from domain.approvals.requesting import request_approval
from domain.approvals.subjects import Request, approvable
from domain.inventory.asking import facts_of_stock
from domain.inventory.count_rows import change_count, lines_of, lock_count, status_now
from domain.inventory.counted import (
    Judged,
    book,
    judge,
    keep_judgements,
    promised_outcome,
    status_of,
)
from domain.inventory.events import StockCounted, StockOversold
from domain.inventory.models import StockCount
from domain.inventory.outcomes import CountSuperseded, StockChanged
from domain.inventory.policies.counting import ABOVE, SUPERSEDED, WITHIN
from domain.inventory.positions import adjusted_since
from domain.kernel.quantity import plain
from domain.kernel.work import Work

SUBJECT = "stock_count"


async def settle(work: Work, count: Row[Any], judged: Sequence[Judged]) -> str:
    """Book what is within tolerance, ask for approval of what is above, and tell what is promised
    but not there; gives the count's status."""
    await keep_judgements(work, judged)
    above = [each for each in judged if each.verdict == ABOVE]
    oversold = await promised_outcome(work, judged)
    if oversold is not None:
        work.record(
            StockOversold(
                aggregate_id=count.id,
                location_id=count.location_id,
                oversold_item_ids=tuple(oversold.fields["item_ids"]),
                order_line_ids=tuple(oversold.fields["order_line_ids"]),
                transfer_line_ids=tuple(oversold.fields["transfer_line_ids"]),
            )
        )
    await book(work, count, judged)
    status = await conclude(work, count)
    if not above:
        return status
    # Last: where a rule approves by itself, all of it is booked now.
    await _ask(work, count, above)
    return await status_now(work, count.id)


async def _ask(work: Work, count: Row[Any], above: Sequence[Judged]) -> None:
    value = sum(each.value_minor for each in above)
    await request_approval(
        work,
        subject=SUBJECT,
        subject_id=count.id,
        summary=f"{count.number}: {len(above)} differences above tolerance",
        details={
            "number": count.number,
            "kind": count.kind,
            "lines": len(above),
            "value_minor": value,
            "differences": [
                {
                    "item_id": each.balance.item_id,
                    "expected": f"{plain(each.expected.on_hand):f}",
                    "difference": f"{plain(each.change.on_hand):f}",
                }
                for each in above[:100]
            ],
        },
        reason=count.reason,
        facts=await facts_of_stock(
            work,
            location_id=count.location_id,
            value_minor=sum(abs(each.value_minor) for each in above),
        ),
        location_id=count.location_id,
    )


async def conclude(work: Work, count: Row[Any]) -> str:
    """Tell what a locked count has come to, by the verdicts on what is not booked; its status."""
    left = [line.verdict for line in await lines_of(work, count.id) if not line.booked]
    status = status_of(left)
    await change_count(work, count.id, status=status, closed_at=work.now)
    work.record(
        StockCounted(
            aggregate_id=count.id,
            number=count.number,
            kind=count.kind,
            location_id=count.location_id,
            status=status,
        )
    )
    work.audit(
        "settle_stock_count",
        subject="stock_count",
        subject_id=count.id,
        before={"status": count.status},
        after={"status": status},
        reason=count.reason,
    )
    return status


async def _forget(work: Work, requests: Sequence[Request], status: str) -> None:
    """What was not approved is never booked."""
    await work.execute(
        update(StockCount)
        .where(
            StockCount.tenant_id == work.tenant_id,
            StockCount.id.in_([request.subject_id for request in requests]),
            StockCount.status == "waiting",
        )
        .values(status="rejected", note=f"The differences above tolerance were {status}.")
    )


@approvable(
    SUBJECT,
    title="Stock differences above tolerance",
    permission="inventory.approve",
    dropped=_forget,
)
async def book_approved_differences(work: Work, request: Request) -> None:
    """Book what was above tolerance, as it was asked for.

    Raises StockPromised, CountSuperseded or StockChanged when the stock does not allow it any
    more; sales and receipts meanwhile do not matter."""
    count = await lock_count(work, request.subject_id, allowed=("waiting",))
    lines = await lines_of(work, count.id, verdicts=(ABOVE,))
    judged = await judge(work, count, [line for line in lines if not line.booked])
    await _refuse_changed(work, judged)
    oversold = await promised_outcome(work, judged)
    if oversold is not None:
        raise oversold
    # A tolerance that was widened meanwhile makes no difference: it was approved.
    await book(work, count, judged, verdicts=(ABOVE, WITHIN))
    await conclude(work, count)


async def _refuse_changed(work: Work, judged: Sequence[Judged]) -> None:
    # Asked for before positions were kept: whatever was corrected since it was counted, counts.
    adjusted = await adjusted_since(
        work,
        {
            each.balance.id: each.line.position
            if each.line.judged_position is None
            else each.line.judged_position
            for each in judged
        },
    )
    for each in judged:
        place: dict[str, Any] = {
            "item_id": each.balance.item_id,
            "location_id": each.balance.location_id,
        }
        if each.verdict == SUPERSEDED:
            raise CountSuperseded("This stock was counted or told later than that.", **place)
        if each.differs_from_line or each.balance.id in adjusted:
            raise StockChanged(
                "This stock was corrected after the approval was asked for.",
                **place,
                expected=plain(each.expected.on_hand),
                actual=plain(each.balance.on_hand),
            )
