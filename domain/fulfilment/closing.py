"""What fulfilment wants done before a period closes."""

from domain.ledger.closing_checks import ClosingCheck, closing_check

UNPOSTED_SHIPMENTS = closing_check(
    ClosingCheck(
        name="unposted_shipments",
        title="Shipments that are not in the books",
        why="Their revenue and cost would be missing in the period.",
        mend="Tell the operator: a shipment and its journals are written together.",
        process="warehouse",
        found="""
            SELECT 'shipment' AS object_kind, s.id AS object_id,
                   s.number || ' left without a journal' AS what
            FROM shipment s
            JOIN sales_order o ON o.tenant_id = s.tenant_id AND o.id = s.order_id
            WHERE s.tenant_id = :tenant_id AND o.entity_id = :entity_id AND s.shipped_at < :until
              AND EXISTS (SELECT FROM shipment_line l WHERE l.tenant_id = s.tenant_id
                          AND l.shipment_id = s.id AND (l.revenue_minor <> 0 OR l.cost_minor <> 0))
              AND NOT EXISTS (SELECT FROM journal j WHERE j.tenant_id = s.tenant_id
                              AND j.source_kind = 'shipment' AND j.source_id = s.id)
        """,
    )
)
