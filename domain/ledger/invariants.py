"""What must always hold of the books."""

from domain.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="journal_balances",
        description="The lines of every journal add up to zero in each currency.",
        counted_sql="SELECT count(*) FROM journal WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT j.id AS journal_id, j.number, l.currency,
                   0 AS expected, sum(l.amount_minor) AS actual
            FROM journal j
            JOIN journal_line l ON l.tenant_id = j.tenant_id AND l.journal_id = j.id
            WHERE j.tenant_id = :tenant_id
            GROUP BY j.id, j.number, l.currency
            HAVING sum(l.amount_minor) <> 0
        """,
    ),
    Invariant(
        name="journal_has_lines",
        description="Every journal has at least two lines.",
        counted_sql="SELECT count(*) FROM journal WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT j.id AS journal_id, j.number, 2 AS expected, count(l.id) AS actual
            FROM journal j
            LEFT JOIN journal_line l ON l.tenant_id = j.tenant_id AND l.journal_id = j.id
            WHERE j.tenant_id = :tenant_id
            GROUP BY j.id, j.number
            HAVING count(l.id) < 2
        """,
    ),
    Invariant(
        name="journal_line_account_of_entity",
        description="Every line of a journal stands on an account of the journal's own entity.",
        counted_sql="SELECT count(*) FROM journal_line WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT l.id AS journal_line_id, j.number,
                   j.entity_id AS expected, a.entity_id AS actual
            FROM journal_line l
            JOIN journal j ON j.tenant_id = l.tenant_id AND j.id = l.journal_id
            LEFT JOIN account a ON a.tenant_id = l.tenant_id AND a.id = l.account_id
            WHERE l.tenant_id = :tenant_id AND a.entity_id IS DISTINCT FROM j.entity_id
        """,
    ),
)
