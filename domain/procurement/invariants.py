"""What must always hold of purchase orders, and between them, stock and what is to come."""

from domain.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="bought_is_received_as_receipts_say",
        description="What was received, and damaged, of every order's line is what its receipts"
        " say, and what came of its supplies.",
        counted_sql="SELECT count(*) FROM purchase_order_line WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT l.id AS line_id, l.order_id,
                   coalesce(r.quantity, 0) || ' (' || coalesce(r.damaged, 0) || ' damaged), '
                       || coalesce(s.received, 0) || ' of supplies' AS expected,
                   l.received || ' (' || l.damaged || ' damaged)' AS actual
            FROM purchase_order_line l
            LEFT JOIN (
                SELECT line_id, sum(quantity) AS quantity, sum(damaged) AS damaged
                FROM purchase_receipt_line WHERE tenant_id = :tenant_id GROUP BY line_id
            ) r ON r.line_id = l.id
            LEFT JOIN (
                SELECT purchase_line_id, sum(received) AS received FROM expected_supply
                WHERE tenant_id = :tenant_id AND purchase_line_id IS NOT NULL
                GROUP BY purchase_line_id
            ) s ON s.purchase_line_id = l.id
            WHERE l.tenant_id = :tenant_id
              AND (l.received <> coalesce(r.quantity, 0) OR l.damaged <> coalesce(r.damaged, 0)
                   OR l.received <> coalesce(s.received, 0))
        """,
    ),
    Invariant(
        name="bought_is_expected_as_it_is_open",
        description="What is to come of every order under way is what was ordered (or sent, if"
        " that is more), less what came and what was given up.",
        counted_sql="SELECT count(*) FROM purchase_order WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT l.id AS line_id, l.order_id, e.expected, coalesce(s.open, 0) AS actual
            FROM purchase_order_line l
            JOIN purchase_order o ON o.tenant_id = l.tenant_id AND o.id = l.order_id
            CROSS JOIN LATERAL (
                SELECT CASE WHEN o.status IN ('draft', 'received', 'closed', 'cancelled') THEN 0
                       ELSE greatest(l.quantity - l.cancelled, l.shipped) - l.received
                       END AS expected
            ) e
            LEFT JOIN (
                SELECT purchase_line_id, sum(open) AS open FROM expected_supply
                WHERE tenant_id = :tenant_id AND purchase_line_id IS NOT NULL
                GROUP BY purchase_line_id
            ) s ON s.purchase_line_id = l.id
            WHERE l.tenant_id = :tenant_id AND e.expected <> coalesce(s.open, 0)
        """,
    ),
    Invariant(
        name="receipts_of_purchases_are_receipts_of_stock",
        description="Every receipt of an order took in, of each item, what its stock document"
        " says.",
        counted_sql="SELECT count(*) FROM purchase_receipt WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT p.receipt_id, p.item_id, p.quantity AS expected,
                   coalesce(m.quantity, 0) AS actual
            FROM (
                SELECT r.id AS receipt_id, r.document_id, o.item_id, sum(l.quantity) AS quantity
                FROM purchase_receipt r
                JOIN purchase_receipt_line l ON l.tenant_id = r.tenant_id AND l.receipt_id = r.id
                JOIN purchase_order_line o ON o.tenant_id = l.tenant_id AND o.id = l.line_id
                WHERE r.tenant_id = :tenant_id GROUP BY r.id, r.document_id, o.item_id
            ) p
            LEFT JOIN (
                SELECT v.reference_id, b.item_id, sum(v.on_hand) AS quantity
                FROM stock_movement v
                JOIN stock_balance b ON b.tenant_id = v.tenant_id AND b.id = v.balance_id
                WHERE v.tenant_id = :tenant_id AND v.reference_kind = 'stock_document'
                GROUP BY v.reference_id, b.item_id
            ) m ON m.reference_id = p.document_id AND m.item_id = p.item_id
            WHERE coalesce(m.quantity, 0) <> p.quantity
        """,
    ),
)
