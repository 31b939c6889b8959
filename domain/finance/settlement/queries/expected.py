"""What channels have of ours: paid through them, and not paid out."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Row

from domain.kernel.permissions import query
from domain.kernel.reading import Reader

MOST_ROWS = 500
_EXPECTED = """
    SELECT p.entity_id, p.channel_id, p.currency,
           sum(p.amount)::bigint AS expected_minor,
           sum(p.amount) FILTER (WHERE p.days <= 7)::bigint AS to_7_minor,
           sum(p.amount) FILTER (WHERE p.days BETWEEN 8 AND 14)::bigint AS to_14_minor,
           sum(p.amount) FILTER (WHERE p.days BETWEEN 15 AND 30)::bigint AS to_30_minor,
           sum(p.amount) FILTER (WHERE p.days > 30)::bigint AS over_30_minor,
           sum(p.held)::bigint AS unexplained_minor,
           sum(p.reserve)::bigint AS withheld_minor
    FROM (
        SELECT entity_id, channel_id, currency,
               CASE kind WHEN 'receipt' THEN 1 ELSE -1 END * uncleared_minor AS amount,
               CAST(:today AS date) - paid_on AS days, 0 AS held, 0 AS reserve
        FROM payment
        WHERE tenant_id = :tenant AND uncleared_minor > 0
        UNION ALL
        SELECT entity_id, channel_id, currency, 0, NULL, held_minor, 0
        FROM settlement_difference WHERE tenant_id = :tenant AND held_minor <> 0
        UNION ALL
        SELECT entity_id, channel_id, currency, 0, NULL, 0,
               reserve_minor + CASE payout_state WHEN 'failed' THEN total_minor ELSE 0 END
        FROM settlement WHERE tenant_id = :tenant AND status = 'posted'
    ) p
    WHERE (CAST(:channel AS bigint) IS NULL OR p.channel_id = :channel)
    GROUP BY p.entity_id, p.channel_id, p.currency
    HAVING bool_or(p.amount <> 0 OR p.held <> 0) OR sum(p.reserve) <> 0
    ORDER BY p.entity_id, p.channel_id, p.currency
    LIMIT :most
"""


@query("settlement.read")
async def expected_payouts(
    reader: Reader, *, as_of: date, channel_id: int | None = None
) -> Sequence[Row[Any]]:
    """For each channel and currency what was paid through it and is not paid out (by the days
    from then to `as_of`, in minor units), what of its payouts is not explained and stands on the
    clearing account beside it (a debit is positive), and what it keeps back."""
    return await reader.rows(
        text(_EXPECTED),
        {
            "tenant": reader.tenant_id,
            "channel": channel_id,
            "today": as_of,
            "most": MOST_ROWS,
        },
    )
