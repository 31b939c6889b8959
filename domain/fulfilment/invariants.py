"""What must always hold of fulfilment and of what it books."""

from domain.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="line_shipped_is_sum_of_shipments",
        description="An order line's shipped quantity is the sum of its shipment lines.",
        counted_sql="SELECT count(*) FROM sales_order_line WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT l.id AS order_line_id, coalesce(sum(s.quantity), 0) AS expected,
                   l.shipped AS actual
            FROM sales_order_line l
            LEFT JOIN shipment_line s ON s.tenant_id = l.tenant_id AND s.order_line_id = l.id
            WHERE l.tenant_id = :tenant_id
            GROUP BY l.id, l.shipped
            HAVING l.shipped <> coalesce(sum(s.quantity), 0)
        """,
    ),
    Invariant(
        name="fulfilment_line_agrees_with_allocation",
        description="What a location has still to ship of a line is what is allocated to it.",
        counted_sql="SELECT count(*) FROM fulfilment_line WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT l.id AS fulfilment_line_id, a.id AS allocation_id,
                   l.quantity - l.shipped AS expected, a.quantity AS actual
            FROM fulfilment_line l
            JOIN fulfilment_order f
                ON f.tenant_id = l.tenant_id AND f.id = l.fulfilment_order_id
            JOIN allocation a ON a.tenant_id = l.tenant_id AND a.id = l.allocation_id
            WHERE l.tenant_id = :tenant_id AND f.status <> 'cancelled'
              AND (l.quantity - l.shipped <> a.quantity OR (a.quantity > 0
                   AND a.status <> 'released'))
        """,
    ),
    Invariant(
        name="carton_contents_are_packed",
        description="What lies in a fulfilment line's cartons is what is packed of it.",
        counted_sql="SELECT count(*) FROM carton_line WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT l.id AS fulfilment_line_id, coalesce(sum(c.quantity), 0) AS expected,
                   l.packed AS actual
            FROM fulfilment_line l
            JOIN fulfilment_order f
                ON f.tenant_id = l.tenant_id AND f.id = l.fulfilment_order_id
            LEFT JOIN carton_line c
                ON c.tenant_id = l.tenant_id AND c.fulfilment_line_id = l.id
            WHERE l.tenant_id = :tenant_id AND f.status <> 'cancelled'
            GROUP BY l.id, l.packed
            HAVING l.packed <> coalesce(sum(c.quantity), 0)
        """,
    ),
    Invariant(
        name="shipment_left_stock",
        description="The goods of every shipment left the stock, by its own movements.",
        counted_sql="SELECT count(*) FROM shipment WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT s.id AS shipment_id, s.number, s.quantity AS expected,
                   coalesce(-sum(m.on_hand), 0) AS actual
            FROM (
                SELECT h.id, h.number, sum(l.quantity) AS quantity
                FROM shipment h
                JOIN shipment_line l ON l.tenant_id = h.tenant_id AND l.shipment_id = h.id
                WHERE h.tenant_id = :tenant_id GROUP BY h.id, h.number
            ) s
            LEFT JOIN stock_movement m ON m.tenant_id = :tenant_id
                AND m.reference_kind = 'shipment' AND m.reference_id = s.id
            GROUP BY s.id, s.number, s.quantity
            HAVING s.quantity <> coalesce(-sum(m.on_hand), 0)
        """,
    ),
    Invariant(
        name="shipment_is_in_the_books",
        description="Every shipment's cost and revenue, with tax and the order's shipping charge,"
        " are in its entity's journals.",
        counted_sql="SELECT count(*) FROM shipment WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT s.id AS shipment_id, s.number,
                   s.cost || ' cost, ' || (s.net + s.shipping) || ' owed' AS expected,
                   coalesce(b.cost, 0) || ' cost, ' || coalesce(b.owed, 0) || ' owed' AS actual
            FROM (
                SELECT h.id, h.number, sum(l.cost_minor) AS cost,
                       sum(l.revenue_minor + l.tax_minor) AS net,
                       CASE WHEN h.id = (SELECT min(f.id) FROM shipment f
                                         WHERE f.tenant_id = h.tenant_id
                                           AND f.order_id = h.order_id)
                            THEN o.shipping_minor ELSE 0 END AS shipping
                FROM shipment h
                JOIN sales_order o ON o.tenant_id = h.tenant_id AND o.id = h.order_id
                JOIN shipment_line l ON l.tenant_id = h.tenant_id AND l.shipment_id = h.id
                WHERE h.tenant_id = :tenant_id
                GROUP BY h.tenant_id, h.id, h.number, h.order_id, o.shipping_minor
            ) s
            LEFT JOIN (
                SELECT j.source_id,
                       sum(l.amount_minor) FILTER (WHERE l.leg = 'cost_of_goods') AS cost,
                       sum(l.amount_minor) FILTER (WHERE l.leg = 'unbilled') AS owed
                FROM journal j
                JOIN journal_line l ON l.tenant_id = j.tenant_id AND l.journal_id = j.id
                WHERE j.tenant_id = :tenant_id AND j.source_kind = 'shipment'
                GROUP BY j.source_id
            ) b ON b.source_id = s.id
            WHERE s.cost <> coalesce(b.cost, 0) OR s.net + s.shipping <> coalesce(b.owed, 0)
        """,
    ),
    Invariant(
        name="shipped_order_is_booked_in_full",
        description="The shipments of a wholly shipped order earn its total, to the minor unit.",
        counted_sql="""
            SELECT count(*) FROM sales_order WHERE tenant_id = :tenant_id AND status = 'shipped'
        """,
        violations_sql="""
            SELECT o.id AS order_id, o.number, o.total_minor - o.shipping_minor AS expected,
                   coalesce(sum(s.revenue_minor + s.tax_minor), 0) AS actual
            FROM sales_order o
            JOIN sales_order_line l ON l.tenant_id = o.tenant_id AND l.order_id = o.id
            LEFT JOIN shipment_line s ON s.tenant_id = l.tenant_id AND s.order_line_id = l.id
            WHERE o.tenant_id = :tenant_id AND o.status = 'shipped'
              AND NOT EXISTS (SELECT FROM sales_order_line c WHERE c.tenant_id = o.tenant_id
                              AND c.order_id = o.id AND c.cancelled > 0 AND c.net_minor <> 0)
            GROUP BY o.id, o.number, o.total_minor, o.shipping_minor
            HAVING o.total_minor - o.shipping_minor
                <> coalesce(sum(s.revenue_minor + s.tax_minor), 0)
        """,
    ),
)
