"""What a group wants done before its parent's period closes."""

from domain.ledger.closing_checks import ClosingCheck, closing_check

# Who belongs to the groups of which the closing entity is the parent, at the period's end.
_MEMBERS = """
    SELECT g.id AS group_id, g.code AS group_code, g.currency AS group_currency,
           e.id, e.code, e.currency
    FROM consolidation_group g
    JOIN (
        SELECT DISTINCT ON (h.group_id, h.owner_id, h.entity_id)
               h.group_id, h.entity_id, h.percent
        FROM group_holding h
        WHERE h.tenant_id = :tenant_id AND h.effective_from < CAST(:until AS date)
        ORDER BY h.group_id, h.owner_id, h.entity_id, h.effective_from DESC
    ) held ON held.group_id = g.id AND held.percent > 0
    JOIN legal_entity e ON e.tenant_id = g.tenant_id AND e.id = held.entity_id
    WHERE g.tenant_id = :tenant_id AND g.parent_id = :entity_id
"""
MEMBERS_CLOSED = closing_check(
    ClosingCheck(
        name="group_members_closed",
        title="Books of the group's other entities",
        why="The consolidated trial balance changes with what is still posted there.",
        mend="Close the entities that the parent holds first, or sign for it.",
        waivable=True,
        found=f"""
            SELECT DISTINCT 'legal_entity' AS object_kind, m.id AS object_id,
                   m.code || ' is still open' AS what
            FROM ({_MEMBERS}) m
            JOIN fiscal_period p ON p.tenant_id = :tenant_id AND p.entity_id = m.id
            WHERE p.status = 'open' AND p.starts_on < CAST(:until AS date)
        """,  # noqa: S608
    )
)
RATES = closing_check(
    ClosingCheck(
        name="group_rates",
        title="Exchange rates to the group's currency",
        why="Books in another currency cannot be consolidated.",
        mend="Give a rate that leads from the one currency to the other.",
        found=f"""
            WITH given AS (
                SELECT from_currency AS one, to_currency AS other FROM exchange_rate
                WHERE tenant_id = :tenant_id AND kind = 'spot'
                  AND valid_on < CAST(:until AS date)
                UNION
                SELECT to_currency, from_currency FROM exchange_rate
                WHERE tenant_id = :tenant_id AND kind = 'spot'
                  AND valid_on < CAST(:until AS date)
            )
            SELECT DISTINCT 'legal_entity' AS object_kind, m.id AS object_id,
                   'no rate leads from ' || m.currency || ' to ' || m.group_currency AS what
            FROM ({_MEMBERS}) m
            WHERE m.currency <> m.group_currency
              AND EXISTS (SELECT FROM fiscal_period p
                          WHERE p.tenant_id = :tenant_id AND p.entity_id = m.id)
              AND NOT EXISTS (SELECT FROM given r
                              WHERE r.one = m.currency AND r.other = m.group_currency)
              AND NOT EXISTS (
                  SELECT FROM ledger_setting s
                  JOIN given here ON here.one = m.currency
                       AND here.other = s.triangulation_currency
                  JOIN given there ON there.one = s.triangulation_currency
                       AND there.other = m.group_currency
                  WHERE s.tenant_id = :tenant_id
              )
        """,  # noqa: S608
    )
)
MARKED_AGREE = closing_check(
    ClosingCheck(
        name="group_accounts_agree",
        title="Balances with affiliates that are kept by hand",
        why="What the two sides differ by goes to the group's result.",
        mend="Find out which of the two is right and correct the other; or sign for it.",
        waivable=True,
        found="""
            SELECT 'legal_entity' AS object_kind, said.one AS object_id,
                   said.code || ' and its affiliate differ by '
                       || sum(said.amount_minor) || ' minor units of ' || said.currency AS what
            FROM (
                SELECT g.id, least(a.entity_id, m.affiliate_id) AS one,
                       greatest(a.entity_id, m.affiliate_id) AS other,
                       first.code, l.currency, l.amount_minor
                FROM consolidation_group g
                JOIN affiliate_account m ON m.tenant_id = g.tenant_id AND m.group_id = g.id
                     AND m.kind = 'balance'
                JOIN account a ON a.tenant_id = g.tenant_id AND a.id = m.account_id
                JOIN legal_entity first ON first.tenant_id = g.tenant_id
                     AND first.id = least(a.entity_id, m.affiliate_id)
                JOIN journal_line l ON l.tenant_id = g.tenant_id AND l.account_id = a.id
                     AND (m.party_id IS NULL OR l.party_id = m.party_id)
                WHERE g.tenant_id = :tenant_id AND g.parent_id = :entity_id
                  AND l.posted_on < CAST(:until AS date)
            ) said
            GROUP BY said.id, said.one, said.other, said.code, said.currency
            HAVING sum(said.amount_minor) <> 0
        """,
    )
)
