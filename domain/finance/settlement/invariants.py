"""What must always hold of what channels have paid out."""

from domain.kernel.invariants import Invariant

# What lies on a clearing account: payments that wait, and what differences hold.
_CLEARING = """
    SELECT entity_id, channel_id, currency,
           CASE kind WHEN 'receipt' THEN 1 ELSE -1 END * uncleared_minor AS amount,
           CASE kind WHEN 'receipt' THEN 1 ELSE -1 END * (base_minor - cleared_base_minor) AS base
    FROM payment
    WHERE tenant_id = :tenant_id AND method = 'channel' AND status = 'booked'
      AND (uncleared_minor <> 0 OR base_minor <> cleared_base_minor)
    UNION ALL
    SELECT entity_id, channel_id, currency, held_minor, held_base_minor
    FROM settlement_difference
    WHERE tenant_id = :tenant_id AND (held_minor <> 0 OR held_base_minor <> 0)
"""
CLEARING_ENDS_AT_ZERO = Invariant(
    name="clearing_is_what_is_not_settled",
    description="The clearing account of a channel is what was paid through it and not paid out,"
    " and what of its payouts is not explained: with neither, it is zero.",
    counted_sql=f"SELECT count(*) FROM ({_CLEARING}) i",  # noqa: S608
    violations_sql=f"""
        SELECT coalesce(s.entity_id, g.entity_id) AS entity_id,
               coalesce(s.channel_id, g.channel_id) AS channel_id,
               coalesce(s.currency, g.currency) AS currency,
               coalesce(s.amount, 0) || ' / ' || coalesce(s.base, 0) AS expected,
               coalesce(g.amount, 0) || ' / ' || coalesce(g.base, 0) AS actual
        FROM (SELECT entity_id, channel_id, currency, sum(amount) AS amount, sum(base) AS base
              FROM ({_CLEARING}) i GROUP BY entity_id, channel_id, currency) s
        FULL JOIN (
            SELECT a.entity_id, l.channel_id, l.currency, sum(l.amount_minor) AS amount,
                   sum(l.base_amount_minor) AS base
            FROM account a
            JOIN journal_line l ON l.tenant_id = a.tenant_id AND l.account_id = a.id
            WHERE a.tenant_id = :tenant_id AND a.role = 'channel_clearing'
            GROUP BY a.entity_id, l.channel_id, l.currency
        ) g ON g.entity_id = s.entity_id AND g.currency = s.currency
           AND g.channel_id IS NOT DISTINCT FROM s.channel_id
        WHERE coalesce(s.amount, 0) <> coalesce(g.amount, 0)
           OR coalesce(s.base, 0) <> coalesce(g.base, 0)
    """,  # noqa: S608
)
INVARIANTS = (
    CLEARING_ENDS_AT_ZERO,
    Invariant(
        name="payout_is_its_lines",
        description="The lines of a posted payout add up to its total.",
        counted_sql="""
            SELECT count(*) FROM settlement WHERE tenant_id = :tenant_id AND status = 'posted'
        """,
        violations_sql="""
            SELECT s.id AS settlement_id, s.external_id, s.total_minor AS expected,
                   coalesce(sum(n.amount_minor), 0) AS actual
            FROM settlement s
            LEFT JOIN settlement_line n ON n.tenant_id = s.tenant_id AND n.settlement_id = s.id
                 AND n.kind <> 'transfer'
            WHERE s.tenant_id = :tenant_id AND s.status = 'posted'
            GROUP BY s.id, s.external_id, s.total_minor
            HAVING s.total_minor IS DISTINCT FROM coalesce(sum(n.amount_minor), 0)
        """,
    ),
    Invariant(
        name="cleared_is_what_was_matched",
        description="What of a channel's payment is cleared is the sum of its matches that hold.",
        counted_sql="""
            SELECT count(*) FROM settlement_match
            WHERE tenant_id = :tenant_id AND ended_at IS NULL
        """,
        violations_sql="""
            SELECT p.id AS payment_id, p.number, p.cleared_minor AS expected,
                   coalesce(sum(m.amount_minor), 0) AS actual
            FROM payment p
            LEFT JOIN settlement_match m ON m.tenant_id = p.tenant_id AND m.payment_id = p.id
                 AND m.ended_at IS NULL
            WHERE p.tenant_id = :tenant_id
            GROUP BY p.id, p.number, p.cleared_minor, p.cleared_base_minor
            HAVING p.cleared_minor <> coalesce(sum(m.amount_minor), 0)
                OR p.cleared_base_minor <> coalesce(sum(m.base_minor), 0)
        """,
    ),
)
