"""What must always hold of orders."""

from domain.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="order_money_closes",
        description="The lines' net and tax and the order's shipping add up to the order's total.",
        counted_sql="SELECT count(*) FROM sales_order WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT o.id AS order_id, o.number, o.total_minor AS expected,
                   o.shipping_minor + coalesce(sum(l.net_minor + l.tax_minor), 0) AS actual
            FROM sales_order o
            LEFT JOIN sales_order_line l ON l.tenant_id = o.tenant_id AND l.order_id = o.id
            WHERE o.tenant_id = :tenant_id
            GROUP BY o.id, o.number, o.total_minor, o.shipping_minor
            HAVING o.total_minor
                <> o.shipping_minor + coalesce(sum(l.net_minor + l.tax_minor), 0)
        """,
    ),
    Invariant(
        name="order_discount_and_tax_close",
        description="The lines' discounts and taxes add up to the order's.",
        counted_sql="SELECT count(*) FROM sales_order WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT o.id AS order_id, o.number,
                   o.discount_minor || ' and ' || o.tax_minor AS expected,
                   coalesce(sum(l.discount_minor), 0) || ' and ' || coalesce(sum(l.tax_minor), 0)
                       AS actual
            FROM sales_order o
            LEFT JOIN sales_order_line l ON l.tenant_id = o.tenant_id AND l.order_id = o.id
            WHERE o.tenant_id = :tenant_id
            GROUP BY o.id, o.number, o.discount_minor, o.tax_minor
            HAVING o.discount_minor <> coalesce(sum(l.discount_minor), 0)
                OR o.tax_minor <> coalesce(sum(l.tax_minor), 0)
        """,
    ),
    Invariant(
        name="order_status_follows_lines",
        description="Shipped and cancelled orders have nothing open; others have something.",
        counted_sql="SELECT count(*) FROM sales_order WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT o.id AS order_id, o.number,
                   CASE WHEN sum(l.quantity - l.shipped - l.cancelled) > 0 THEN 'open'
                        WHEN sum(l.shipped) > 0 THEN 'shipped' ELSE 'cancelled' END AS expected,
                   o.status AS actual
            FROM sales_order o
            JOIN sales_order_line l ON l.tenant_id = o.tenant_id AND l.order_id = o.id
            WHERE o.tenant_id = :tenant_id
            GROUP BY o.id, o.number, o.status
            HAVING (CASE WHEN sum(l.quantity - l.shipped - l.cancelled) > 0 THEN 'open'
                         WHEN sum(l.shipped) > 0 THEN 'shipped' ELSE 'cancelled' END)
                <> (CASE WHEN o.status IN ('shipped', 'cancelled') THEN o.status ELSE 'open' END)
        """,
    ),
)
