"""What must always hold of returns."""

from domain.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="returns_within_what_was_shipped",
        description="Of no order line more is asked back, or credited, than was shipped and "
        "billed.",
        counted_sql="SELECT count(*) FROM order_line_return WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT r.order_line_id, s.quantity || ', ' || s.net || ', ' || s.tax AS expected,
                   r.claimed || ', ' || r.credited_net_minor || ', ' || r.credited_tax_minor
                       AS actual
            FROM order_line_return r
            LEFT JOIN (
                SELECT order_line_id, sum(quantity) AS quantity, sum(revenue_minor) AS net,
                       sum(tax_minor) AS tax
                FROM shipment_line WHERE tenant_id = :tenant_id GROUP BY order_line_id
            ) s ON s.order_line_id = r.order_line_id
            WHERE r.tenant_id = :tenant_id
              AND (s.quantity IS NULL OR r.claimed > s.quantity
                   OR r.credited_net_minor > greatest(s.net, 0)
                   OR r.credited_tax_minor > greatest(s.tax, 0))
        """,
    ),
    Invariant(
        name="return_claims_are_of_lines",
        description="What of an order line is asked back is what its returns' lines ask for and "
        "have not given up.",
        counted_sql="SELECT count(*) FROM order_line_return WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT r.order_line_id, coalesce(sum(l.quantity - l.given_up), 0) AS expected,
                   r.claimed AS actual
            FROM order_line_return r
            LEFT JOIN return_line l ON l.tenant_id = r.tenant_id
                AND l.order_line_id = r.order_line_id AND l.status <> 'refused'
            WHERE r.tenant_id = :tenant_id
            GROUP BY r.order_line_id, r.claimed
            HAVING r.claimed <> coalesce(sum(l.quantity - l.given_up), 0)
        """,
    ),
    Invariant(
        name="return_credits_are_counted",
        description="What is counted as credited of an order line is the sum of its credits.",
        counted_sql="SELECT count(*) FROM return_credit_line WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT r.order_line_id, coalesce(sum(c.net_minor + c.tax_minor), 0) AS expected,
                   r.credited_net_minor + r.credited_tax_minor AS actual
            FROM order_line_return r
            LEFT JOIN return_credit_line c ON c.tenant_id = r.tenant_id
                AND c.order_line_id = r.order_line_id
            WHERE r.tenant_id = :tenant_id
            GROUP BY r.order_line_id, r.credited, r.credited_net_minor, r.credited_tax_minor
            HAVING r.credited_net_minor + r.credited_tax_minor
                    <> coalesce(sum(c.net_minor + c.tax_minor), 0)
                OR r.credited <> coalesce(sum(c.quantity), 0)
        """,
    ),
    Invariant(
        name="order_credits_within_what_was_billed",
        description="All credits of an order together are counted, and no more than was billed.",
        counted_sql="SELECT count(*) FROM order_return WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT o.order_id, o.billed_minor AS expected, coalesce(c.total, 0) AS actual
            FROM order_return o
            LEFT JOIN (
                SELECT order_id,
                       sum(net_minor + tax_minor + shipping_minor - fee_minor) AS total
                FROM return_credit WHERE tenant_id = :tenant_id GROUP BY order_id
            ) c ON c.order_id = o.order_id
            WHERE o.tenant_id = :tenant_id
              AND (o.credited_minor <> coalesce(c.total, 0)
                   OR coalesce(c.total, 0) > o.billed_minor)
        """,
    ),
    Invariant(
        name="returned_units_add_up",
        description="What came of a return's line lies in its units, and what was disposed of is "
        "disposed of once.",
        counted_sql="SELECT count(*) FROM return_unit WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT l.id AS return_line_id, coalesce(u.quantity, 0) AS expected,
                   l.received AS actual
            FROM return_line l
            LEFT JOIN (
                SELECT line_id, sum(quantity) AS quantity,
                       coalesce(sum(quantity) FILTER (WHERE status = 'disposed'), 0) AS disposed
                FROM return_unit WHERE tenant_id = :tenant_id GROUP BY line_id
            ) u ON u.line_id = l.id
            WHERE l.tenant_id = :tenant_id
              AND (l.received <> coalesce(u.quantity, 0) OR l.disposed <> coalesce(u.disposed, 0))
        """,
    ),
    Invariant(
        name="returned_goods_are_in_stock",
        description="What was put into stock is there by its own movement, and what was not has "
        "none.",
        counted_sql="SELECT count(*) FROM return_disposition WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT d.id AS return_disposition_id,
                   CASE WHEN d.balance_id IS NULL THEN 0 ELSE d.quantity END AS expected,
                   coalesce(sum(m.on_hand), 0) AS actual
            FROM return_disposition d
            LEFT JOIN stock_movement m ON m.tenant_id = d.tenant_id
                AND m.reference_kind = 'return_disposition' AND m.reference_id = d.id
            WHERE d.tenant_id = :tenant_id
            GROUP BY d.id, d.balance_id, d.quantity
            HAVING coalesce(sum(m.on_hand), 0)
                <> CASE WHEN d.balance_id IS NULL THEN 0 ELSE d.quantity END
        """,
    ),
    Invariant(
        name="return_disposition_is_in_the_books",
        description="What every disposition did to the cost of goods is in the books.",
        counted_sql="SELECT count(*) FROM return_disposition WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT d.id AS return_disposition_id, 1 AS expected, count(j.id) AS actual
            FROM return_disposition d
            LEFT JOIN journal j ON j.tenant_id = d.tenant_id
                AND j.source_kind = 'return_disposition' AND j.source_id = d.id
                AND (j.milestone LIKE 'return%' OR j.milestone = 'intercompany_taken_back')
            WHERE d.tenant_id = :tenant_id AND d.cost_minor <> 0
            GROUP BY d.id
            HAVING count(j.id) = 0
        """,
    ),
)
