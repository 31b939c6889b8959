"""What receivables and payables want done before a period closes."""

from domain.finance.invariants import INVARIANTS
from domain.ledger.closing_checks import ClosingCheck, agreement, closing_check

_SAID = {
    "receivables_are_what_is_open": "Receivables and their account",
    "payables_are_what_is_open": "Payables and their account",
    "unbilled_is_what_left_and_was_not_billed": "Shipped, not invoiced, and its account",
}
SUB_LEDGERS = tuple(
    agreement(
        invariant,
        title=_SAID[invariant.name],
        why="The balance sheet would show another amount than the open items add up to.",
        mend="Tell the operator: an item and its journal are written together.",
    )
    for invariant in INVARIANTS
    if invariant.name in _SAID
)
UNBILLED = closing_check(
    ClosingCheck(
        name="shipped_not_invoiced",
        title="Shipments without an invoice",
        why="They stand as shipped, not invoiced; the customer was not asked to pay.",
        mend="Invoice them, or sign for it where they are billed by the period.",
        process="order_to_cash",
        waivable=True,
        found="""
            SELECT 'shipment' AS object_kind, s.id AS object_id,
                   s.number || ' is not invoiced' AS what
            FROM shipment s
            JOIN sales_order o ON o.tenant_id = s.tenant_id AND o.id = s.order_id
            WHERE s.tenant_id = :tenant_id AND o.entity_id = :entity_id
              AND s.invoice_id IS NULL AND s.owed_minor <> 0 AND s.shipped_at < :until
        """,
    )
)
UNMATCHED_RECEIPTS = closing_check(
    ClosingCheck(
        name="unmatched_receipts",
        title="Goods received and not invoiced by the supplier",
        why="They stand as received, not invoiced; the supplier will ask for the money.",
        mend="Take in the supplier's invoice, or sign for it: the accrual stands.",
        process="procure_to_pay",
        waivable=True,
        found="""
            SELECT 'purchase_order' AS object_kind, p.id AS object_id,
                   p.number || ': ' || sum(c.came - c.billed)::float8 || ' of line '
                       || min(c.line_number) || ' not invoiced' AS what
            FROM (
                SELECT l.tenant_id, l.order_id, l.line_number,
                       coalesce((SELECT sum(r.quantity) FROM purchase_receipt_line r
                        WHERE r.tenant_id = l.tenant_id AND r.line_id = l.id
                          AND r.received_on < CAST(:until AS date)), 0) AS came,
                       coalesce((SELECT sum(b.quantity) FROM supplier_invoice_line b
                        JOIN supplier_invoice i ON i.tenant_id = b.tenant_id
                             AND i.id = b.supplier_invoice_id AND i.status = 'booked'
                        WHERE b.tenant_id = l.tenant_id AND b.purchase_line_id = l.id), 0)
                           AS billed
                FROM purchase_order_line l WHERE l.tenant_id = :tenant_id
            ) c
            JOIN purchase_order p ON p.tenant_id = c.tenant_id AND p.id = c.order_id
            WHERE p.entity_id = :entity_id AND c.came > c.billed
            GROUP BY p.id, p.number
        """,
    )
)
SUPPLIER_EXCEPTIONS = closing_check(
    ClosingCheck(
        name="supplier_invoice_exceptions",
        title="Suppliers' invoices that are held up",
        why="What is owed for the period may not be in the books.",
        mend="Accept, reject or wait for the receipt; or sign for it.",
        process="procure_to_pay",
        waivable=True,
        found="""
            SELECT 'supplier_invoice' AS object_kind, i.id AS object_id,
                   i.number || ' is held up: ' || array_to_string(i.reasons, ', ') AS what
            FROM supplier_invoice i
            WHERE i.tenant_id = :tenant_id AND i.entity_id = :entity_id
              AND i.status IN ('exception', 'waiting') AND i.invoiced_on < CAST(:until AS date)
        """,
    )
)
JOURNALS_WAITING = closing_check(
    ClosingCheck(
        name="manual_journals_waiting",
        title="Journals that wait for a yes",
        why="They are dated into the period, which takes nothing once it is closed.",
        mend="Decide on them.",
        found="""
            SELECT 'manual_journal' AS object_kind, j.id AS object_id,
                   'dated ' || j.posted_on || ', waits' AS what
            FROM manual_journal j
            WHERE j.tenant_id = :tenant_id AND j.entity_id = :entity_id
              AND j.status = 'waiting' AND j.posted_on < CAST(:until AS date)
        """,
    )
)
