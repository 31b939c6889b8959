"""What payouts want done before a period closes."""

from domain.finance.settlement.invariants import CLEARING_ENDS_AT_ZERO
from domain.ledger.closing_checks import ClosingCheck, agreement, closing_check

CLEARING = agreement(
    CLEARING_ENDS_AT_ZERO,
    title="Clearing with channels and its account",
    why="The account would not come to zero once everything is paid out.",
    mend="Tell the operator: a payment, its payout and their journals are written together.",
)
SETTLEMENTS_OPEN = closing_check(
    ClosingCheck(
        name="settlements_open",
        title="Payouts that are not explained",
        why="Money that came, or should have come, stands on the clearing account.",
        mend="Match, post or write off each difference; send what is missing of a report.",
        process="order_to_cash",
        waivable=True,
        found="""
            SELECT 'payout_difference' AS object_kind, d.id AS object_id,
                   coalesce(d.order_reference || ': ', '') || replace(d.kind, '_', ' ') AS what
            FROM settlement_difference d
            WHERE d.tenant_id = :tenant_id AND d.entity_id = :entity_id
              AND d.status <> 'resolved' AND d.raised_on < CAST(:until AS date)
            UNION ALL
            SELECT 'payout', s.id, s.external_id || ' is ' || s.status
            FROM settlement s
            WHERE s.tenant_id = :tenant_id AND s.entity_id = :entity_id
              AND s.status IN ('reading', 'incomplete')
              AND coalesce(s.deposited_on, s.received_at::date) < CAST(:until AS date)
        """,
    )
)
