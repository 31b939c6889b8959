"""What must always hold of allocations."""

from domain.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="line_allocated_is_sum_of_allocations",
        description="An order line's allocated and shipped quantities are its allocations'.",
        counted_sql="SELECT count(*) FROM sales_order_line WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT l.id AS order_line_id, l.order_id,
                   coalesce(sum(a.quantity) FILTER (WHERE a.status IN ('open', 'released')), 0)
                       || ' and ' || coalesce(sum(a.shipped), 0) AS expected,
                   l.allocated || ' and ' || l.shipped AS actual
            FROM sales_order_line l
            LEFT JOIN allocation a ON a.tenant_id = l.tenant_id AND a.order_line_id = l.id
            WHERE l.tenant_id = :tenant_id
            GROUP BY l.id, l.order_id, l.allocated, l.shipped
            HAVING l.allocated
                <> coalesce(sum(a.quantity) FILTER (WHERE a.status IN ('open', 'released')), 0)
                OR l.shipped <> coalesce(sum(a.shipped), 0)
        """,
    ),
    Invariant(
        name="allocation_agrees_with_reservation",
        description="What an allocation has still to ship is what its reservation holds.",
        counted_sql="SELECT count(*) FROM allocation WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT a.id AS allocation_id, r.id AS reservation_id,
                   CASE WHEN a.status IN ('open', 'released') THEN a.quantity ELSE 0 END
                       AS expected,
                   CASE WHEN r.status = 'open' THEN r.quantity ELSE 0 END AS actual
            FROM allocation a
            JOIN stock_reservation r ON r.tenant_id = a.tenant_id AND r.id = a.reservation_id
            WHERE a.tenant_id = :tenant_id
              AND (a.balance_id <> r.balance_id OR a.order_line_id <> r.order_line_id
                   OR CASE WHEN a.status IN ('open', 'released') THEN a.quantity ELSE 0 END
                   <> CASE WHEN r.status = 'open' THEN r.quantity ELSE 0 END)
        """,
    ),
    Invariant(
        name="decision_gave_what_was_allocated",
        description="A line's decisions gave, in all, what was ever allocated to it or more.",
        counted_sql="""
            SELECT count(DISTINCT order_line_id) FROM allocation_decision
            WHERE tenant_id = :tenant_id
        """,
        violations_sql="""
            SELECT l.id AS order_line_id, l.allocated + l.shipped AS expected,
                   coalesce(sum(d.allocated), 0) AS actual
            FROM sales_order_line l
            LEFT JOIN allocation_decision d
                ON d.tenant_id = l.tenant_id AND d.order_line_id = l.id
            WHERE l.tenant_id = :tenant_id
            GROUP BY l.id, l.allocated, l.shipped
            HAVING coalesce(sum(d.allocated), 0) < l.allocated + l.shipped
        """,
    ),
    Invariant(
        name="pool_drawn_is_sum_of_allocations",
        description="What was drawn of a pool, and what of it has shipped, is its allocations'.",
        counted_sql="SELECT count(*) FROM stock_pool_item WHERE tenant_id = :tenant_id",
        violations_sql="""
            WITH drawn AS (
                SELECT a.pool_id, b.item_id, sum(a.quantity + a.shipped) AS drawn,
                       sum(a.shipped) AS shipped
                FROM allocation a
                JOIN stock_balance b ON b.tenant_id = a.tenant_id AND b.id = a.balance_id
                WHERE a.tenant_id = :tenant_id AND a.pool_id IS NOT NULL
                GROUP BY a.pool_id, b.item_id
            ), counted AS (
                SELECT * FROM stock_pool_item WHERE tenant_id = :tenant_id
            )
            SELECT coalesce(c.pool_id, d.pool_id) AS stock_pool_id,
                   coalesce(c.item_id, d.item_id) AS item_id,
                   coalesce(d.drawn, 0) || ' and ' || coalesce(d.shipped, 0) AS expected,
                   coalesce(c.drawn, 0) || ' and ' || coalesce(c.shipped, 0) AS actual
            FROM counted c
            FULL JOIN drawn d ON d.pool_id = c.pool_id AND d.item_id = c.item_id
            WHERE coalesce(c.drawn, 0) <> coalesce(d.drawn, 0)
               OR coalesce(c.shipped, 0) <> coalesce(d.shipped, 0)
        """,
    ),
)
