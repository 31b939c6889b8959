"""What must always hold of the books."""

from domain.kernel.invariants import Invariant

_ALL_JOURNALS = "SELECT count(*) FROM journal WHERE tenant_id = :tenant_id"
_ALL_LINES = "SELECT count(*) FROM journal_line WHERE tenant_id = :tenant_id"
INVARIANTS = (
    Invariant(
        name="journal_balances",
        description="The lines of every journal add up to zero in each currency.",
        counted_sql=_ALL_JOURNALS,
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
        name="journal_balances_in_base",
        description="The lines of every journal add up to zero in the entity's own currency, and "
        "an amount in that currency is its own base amount.",
        counted_sql=_ALL_JOURNALS,
        violations_sql="""
            SELECT j.id AS journal_id, j.number, 0 AS expected,
                   sum(l.base_amount_minor) AS actual
            FROM journal j
            JOIN legal_entity e ON e.tenant_id = j.tenant_id AND e.id = j.entity_id
            JOIN journal_line l ON l.tenant_id = j.tenant_id AND l.journal_id = j.id
            WHERE j.tenant_id = :tenant_id
            GROUP BY j.id, j.number
            HAVING sum(l.base_amount_minor) <> 0 OR bool_or(
                l.currency = e.currency AND l.amount_minor <> l.base_amount_minor)
        """,
    ),
    Invariant(
        name="journal_has_lines",
        description="Every journal has at least two lines.",
        counted_sql=_ALL_JOURNALS,
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
        description="Every line of a journal stands on an account of the journal's own entity, "
        "and counts for the journal's day.",
        counted_sql=_ALL_LINES,
        violations_sql="""
            SELECT l.id AS journal_line_id, j.number,
                   j.entity_id AS expected, a.entity_id AS actual
            FROM journal_line l
            JOIN journal j ON j.tenant_id = l.tenant_id AND j.id = l.journal_id
            LEFT JOIN account a ON a.tenant_id = l.tenant_id AND a.id = l.account_id
            WHERE l.tenant_id = :tenant_id
              AND (a.entity_id IS DISTINCT FROM j.entity_id OR l.posted_on <> j.posted_on)
        """,
    ),
    Invariant(
        name="journals_are_numbered_without_gaps",
        description="The journals of an entity and fiscal year are numbered from one on, without "
        "a gap, up to what the counter says.",
        counted_sql="SELECT count(*) FROM journal_counter WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT coalesce(c.entity_id, j.entity_id) AS entity_id,
                   coalesce(c.fiscal_year, j.fiscal_year) AS fiscal_year,
                   c.last AS expected, j.journals AS actual
            FROM (SELECT entity_id, fiscal_year, last FROM journal_counter
                  WHERE tenant_id = :tenant_id) c
            FULL JOIN (SELECT entity_id, fiscal_year, count(*) AS journals,
                              min(sequence) AS first, max(sequence) AS last
                       FROM journal WHERE tenant_id = :tenant_id
                       GROUP BY entity_id, fiscal_year) j
                ON j.entity_id = c.entity_id AND j.fiscal_year = c.fiscal_year
            WHERE j.journals IS DISTINCT FROM c.last OR j.last IS DISTINCT FROM c.last
               OR j.first <> 1
        """,
    ),
    Invariant(
        name="fiscal_periods_follow_each_other",
        description="An entity's fiscal periods have no gap, and none is more closed than one "
        "before it.",
        counted_sql="SELECT count(*) FROM fiscal_period WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT p.id AS fiscal_period_id, p.before_ends_on + 1 AS expected,
                   p.starts_on AS actual
            FROM (SELECT id, starts_on, status,
                         lag(ends_on) OVER own AS before_ends_on,
                         lag(status) OVER own AS status_before
                  FROM fiscal_period WHERE tenant_id = :tenant_id
                  WINDOW own AS (PARTITION BY entity_id ORDER BY starts_on)) p
            WHERE p.before_ends_on + 1 <> p.starts_on
               OR (p.status_before = 'open' AND p.status <> 'open')
               OR (p.status_before = 'soft_closed' AND p.status = 'hard_closed')
        """,
    ),
)
