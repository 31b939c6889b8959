"""Differences that were waited for."""

from sqlalchemy import update

from domain.finance.models import SettlementDifference
from domain.kernel.work import Work


async def reopen_waited(work: Work) -> int:
    """Those whose day has come are open again; how many."""
    d = SettlementDifference
    return await work.execute(
        update(d)
        .where(
            d.tenant_id == work.tenant_id,
            d.status == "waiting",
            d.wait_until <= work.now.date(),
        )
        .values(status="open", wait_until=None, version=d.version + 1)
    )
