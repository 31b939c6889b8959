"""What must always hold of what is entered into consolidations by hand."""

from domain.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="group_adjustments_balance",
        description="The debits and credits of an adjustment of a group are the same, and one that "
        "takes another back says its opposite.",
        counted_sql="SELECT count(*) FROM group_adjustment WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT a.id AS adjustment_id, 0 AS expected, coalesce(sum(l.amount_minor), 0) AS actual
            FROM group_adjustment a
            LEFT JOIN group_adjustment_line l
                ON l.tenant_id = a.tenant_id AND l.adjustment_id = a.id
            WHERE a.tenant_id = :tenant_id
            GROUP BY a.id
            HAVING coalesce(sum(l.amount_minor), 0) <> 0 OR count(l.id) = 0
            UNION ALL
            SELECT pair.id, 0, pair.left_over
            FROM (
                SELECT a.id, l.account, l.entity_id, sum(l.amount_minor) AS left_over
                FROM group_adjustment a
                JOIN group_adjustment_line l ON l.tenant_id = a.tenant_id
                     AND l.adjustment_id IN (a.id, a.reverses_id)
                WHERE a.tenant_id = :tenant_id AND a.reverses_id IS NOT NULL
                GROUP BY a.id, l.account, l.entity_id
            ) pair WHERE pair.left_over <> 0
        """,
    ),
)
