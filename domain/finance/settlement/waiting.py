"""Differences that were waited for."""

from sqlalchemy import select, update

from domain.finance.models import SettlementDifference
from domain.kernel.work import Work

REOPENED_AT_ONCE = 500


async def reopen_waited(work: Work) -> int:
    """Some of those whose day has come are open again; how many."""
    d = SettlementDifference
    due = (
        select(d.id)
        .where(
            d.tenant_id == work.tenant_id,
            d.status == "waiting",
            d.wait_until <= work.now.date(),
        )
        .order_by(d.id)
        .limit(REOPENED_AT_ONCE)
        .with_for_update()
    )
    ids = await work.values(due)
    await work.execute(
        update(d)
        .where(d.tenant_id == work.tenant_id, d.id.in_(ids))
        .values(status="open", wait_until=None, version=d.version + 1)
    )
    for difference_id in ids:
        work.audit(
            "reopen_difference",
            subject="payout_difference",
            subject_id=difference_id,
            before={"status": "waiting"},
            after={"status": "open"},
        )
    return len(ids)
