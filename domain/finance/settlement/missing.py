"""What should have been paid out by now, and was not."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.engine import Row

from domain.finance.models import Payment, SettlementDifference
from domain.finance.paying import RECEIPT
from domain.finance.settlement.policy import MISSING
from domain.kernel.inserting import insert_rows
from domain.kernel.work import Work

# At once; the next payout finds the next.
MOST = 1_000


async def raise_missing(work: Work, settlement: Row[Any], terms: Row[Any]) -> int:
    """Queue payments of a channel that are long paid and in none of its payouts; how many.

    They count from the payout's period on, so that an old report finds nothing that came later."""
    if settlement.payout_state == "failed":
        return 0
    until = settlement.ends_on or settlement.deposited_on or work.now.date()
    rows = await _missing(work, settlement, before=until - timedelta(days=terms.wait_days))
    await insert_rows(
        work,
        SettlementDifference,
        [
            {
                "channel_id": settlement.channel_id,
                "entity_id": row.entity_id,
                "settlement_id": settlement.id,
                "currency": row.currency,
                "kind": MISSING,
                "amount_minor": row.amount,
                "order_id": row.order_id,
                "order_reference": row.reference,
                "payment_id": row.id,
                "raised_on": min(until, work.now.date()),
            }
            for row in rows
        ],
    )
    return len(rows)


async def _missing(work: Work, settlement: Row[Any], *, before: Any) -> Sequence[Row[Any]]:
    p, d = Payment, SettlementDifference
    queued = select(d.payment_id).where(
        d.tenant_id == work.tenant_id,
        d.channel_id == settlement.channel_id,
        d.payment_id.is_not(None),
        d.status != "resolved",
    )
    return await work.rows(
        select(
            *(p.id, p.entity_id, p.currency, p.order_id, p.reference),
            case((p.kind == RECEIPT, -p.uncleared_minor), else_=p.uncleared_minor).label("amount"),
        )
        .where(
            p.tenant_id == work.tenant_id,
            p.channel_id == settlement.channel_id,
            p.currency == settlement.currency,
            p.uncleared_minor > 0,
            p.paid_on < before,
            p.id.not_in(queued),
        )
        .order_by(p.paid_on, p.id)
        .limit(MOST)
    )
