"""What must always hold of trade between entities."""

from domain.kernel.invariants import Invariant

_ENTRIES = "SELECT count(*) FROM intercompany_entry WHERE tenant_id = :tenant_id"
_LINES = "SELECT count(*) FROM intercompany_trade_line WHERE tenant_id = :tenant_id"
INVARIANTS = (
    Invariant(
        name="intercompany_agrees",
        description="What stands as due from affiliates in all books, and as due to them, is what "
        "the entries between these entities say: currency by currency, and in each one's own.",
        counted_sql="SELECT count(*) FROM intercompany_balance WHERE tenant_id = :tenant_id",
        violations_sql="""
            WITH owed AS (
                SELECT creditor_id AS entity_id, 'intercompany_receivable' AS role, currency,
                       sum(amount_minor) AS amount, sum(creditor_base_minor) AS base
                FROM intercompany_entry WHERE tenant_id = :tenant_id GROUP BY 1, 3
                UNION ALL
                SELECT debtor_id, 'intercompany_payable', currency,
                       -sum(amount_minor), -sum(debtor_base_minor)
                FROM intercompany_entry WHERE tenant_id = :tenant_id GROUP BY 1, 3
            ), booked AS (
                SELECT a.entity_id, a.role, l.currency, sum(l.amount_minor) AS amount,
                       sum(l.base_amount_minor) AS base
                FROM journal_line l
                JOIN account a ON a.tenant_id = l.tenant_id AND a.id = l.account_id
                WHERE l.tenant_id = :tenant_id
                  AND a.role IN ('intercompany_receivable', 'intercompany_payable')
                GROUP BY 1, 2, 3
            )
            SELECT entity_id, role, currency,
                   array[coalesce(o.amount, 0), coalesce(o.base, 0)] AS expected,
                   array[coalesce(b.amount, 0), coalesce(b.base, 0)] AS actual
            FROM owed o FULL JOIN booked b USING (entity_id, role, currency)
            WHERE (coalesce(o.amount, 0), coalesce(o.base, 0))
                  <> (coalesce(b.amount, 0), coalesce(b.base, 0))
        """,
    ),
    Invariant(
        name="intercompany_balance",
        description="What a balance between two entities says is the sum of their entries.",
        counted_sql="SELECT count(*) FROM intercompany_balance WHERE tenant_id = :tenant_id",
        violations_sql="""
            WITH sums AS (
                SELECT creditor_id, debtor_id, currency, sum(amount_minor) AS amount_minor,
                       sum(creditor_base_minor) AS creditor_base_minor,
                       sum(debtor_base_minor) AS debtor_base_minor
                FROM intercompany_entry WHERE tenant_id = :tenant_id GROUP BY 1, 2, 3
            )
            SELECT creditor_id, debtor_id, currency,
                   array[s.amount_minor, s.creditor_base_minor, s.debtor_base_minor] AS expected,
                   array[b.amount_minor, b.creditor_base_minor, b.debtor_base_minor] AS actual
            FROM sums s
            FULL JOIN (SELECT * FROM intercompany_balance WHERE tenant_id = :tenant_id) b
                USING (creditor_id, debtor_id, currency)
            WHERE (s.amount_minor, s.creditor_base_minor, s.debtor_base_minor)
                  IS DISTINCT FROM (b.amount_minor, b.creditor_base_minor, b.debtor_base_minor)
        """,
    ),
    Invariant(
        name="intercompany_entry_lines",
        description="The lines of an entry of a trade add up to what it says is owed, in all "
        "three currencies.",
        counted_sql=_ENTRIES,
        violations_sql="""
            SELECT e.id AS entry_id,
                   array[e.amount_minor, e.creditor_base_minor, e.debtor_base_minor] AS expected,
                   array[sum(l.net_minor + l.tax_minor),
                         sum(l.supplier_net_minor + l.supplier_tax_minor),
                         sum(l.buyer_net_minor + l.buyer_tax_minor)] AS actual
            FROM intercompany_entry e
            LEFT JOIN intercompany_entry_line l ON l.tenant_id = e.tenant_id AND l.entry_id = e.id
            WHERE e.tenant_id = :tenant_id AND e.trade_id IS NOT NULL
            GROUP BY e.tenant_id, e.id
            HAVING (sum(l.net_minor + l.tax_minor),
                    sum(l.supplier_net_minor + l.supplier_tax_minor),
                    sum(l.buyer_net_minor + l.buyer_tax_minor))
                IS DISTINCT FROM (e.amount_minor::numeric, e.creditor_base_minor::numeric,
                                  e.debtor_base_minor::numeric)
        """,
    ),
    Invariant(
        name="intercompany_follows_allocation",
        description="A trade's line is as far as the allocation that it mirrors: what is still to "
        "leave of the one is still to be bought by the other, and what has left was bought.",
        counted_sql=_LINES,
        violations_sql="""
            SELECT t.id AS trade_line_id, t.allocation_id, array[a.quantity, a.shipped] AS expected,
                   array[t.quantity - t.shipped - t.cancelled, t.shipped] AS actual
            FROM intercompany_trade_line t
            JOIN allocation a ON a.tenant_id = t.tenant_id AND a.id = t.allocation_id
            WHERE t.tenant_id = :tenant_id
              AND (a.quantity <> t.quantity - t.shipped - t.cancelled OR a.shipped <> t.shipped)
        """,
    ),
    Invariant(
        name="intercompany_owner",
        description="An allocation of another entity's stock has a trade line on every leg from "
        "its owner to the entity that sells, and others have none.",
        counted_sql="SELECT count(*) FROM allocation WHERE tenant_id = :tenant_id AND is_traded",
        violations_sql="""
            SELECT a.id AS allocation_id, o.entity_id AS expected, last.buyer_id AS actual
            FROM allocation a
            JOIN sales_order o ON o.tenant_id = a.tenant_id AND o.id = a.order_id
            LEFT JOIN LATERAL (
                SELECT c.buyer_id, l.leg FROM intercompany_trade_line l
                JOIN intercompany_trade c ON c.tenant_id = l.tenant_id AND c.id = l.trade_id
                WHERE l.tenant_id = a.tenant_id AND l.allocation_id = a.id
                ORDER BY l.leg DESC LIMIT 1
            ) last ON true
            LEFT JOIN LATERAL (
                SELECT c.supplier_id FROM intercompany_trade_line l
                JOIN intercompany_trade c ON c.tenant_id = l.tenant_id AND c.id = l.trade_id
                WHERE l.tenant_id = a.tenant_id AND l.allocation_id = a.id AND l.leg = 1
            ) first ON true
            WHERE a.tenant_id = :tenant_id
              AND (a.is_traded <> (a.owner_id <> o.entity_id)
                   OR (a.is_traded AND (last.buyer_id IS DISTINCT FROM o.entity_id
                                        OR first.supplier_id IS DISTINCT FROM a.owner_id)))
        """,
    ),
    Invariant(
        name="intercompany_returned",
        description="What came back of a trade's line is what its entries say.",
        counted_sql=_LINES,
        violations_sql="""
            SELECT t.id AS trade_line_id, t.shipped - t.returned AS expected,
                   coalesce(sum(l.quantity), 0) AS actual
            FROM intercompany_trade_line t
            LEFT JOIN intercompany_entry_line l
                ON l.tenant_id = t.tenant_id AND l.trade_line_id = t.id
            WHERE t.tenant_id = :tenant_id
            GROUP BY t.tenant_id, t.id, t.shipped, t.returned
            HAVING t.shipped - t.returned <> coalesce(sum(l.quantity), 0)
        """,
    ),
)
