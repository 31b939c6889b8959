"""What must always hold of what is owed and paid."""

from domain.finance.consolidation.invariants import INVARIANTS as OF_GROUPS
from domain.finance.settlement.invariants import INVARIANTS as OF_PAYOUTS
from domain.kernel.invariants import Invariant

# What is open on an account: its items by entity and currency, beside what the ledger has.
_COMPARED = """
    SELECT coalesce(s.entity_id, g.entity_id) AS entity_id, coalesce(s.currency, g.currency)
               AS currency,
           coalesce(s.amount, 0) || ' / ' || coalesce(s.base, 0) AS expected,
           coalesce(g.amount, 0) || ' / ' || coalesce(g.base, 0) AS actual
    FROM (SELECT entity_id, currency, sum(amount) AS amount, sum(base) AS base
          FROM ({items}) i GROUP BY entity_id, currency) s
    FULL JOIN (
        SELECT a.entity_id, l.currency, sum(l.amount_minor) AS amount,
               sum(l.base_amount_minor) AS base
        FROM account a
        JOIN journal_line l ON l.tenant_id = a.tenant_id AND l.account_id = a.id
        WHERE a.tenant_id = :tenant_id AND a.role = '{role}'
        GROUP BY a.entity_id, l.currency
    ) g ON g.entity_id = s.entity_id AND g.currency = s.currency
    WHERE coalesce(s.amount, 0) <> coalesce(g.amount, 0)
       OR coalesce(s.base, 0) <> coalesce(g.base, 0)
"""
_RECEIVABLES = """
    SELECT entity_id, currency, open_minor AS amount, base_open_minor AS base
    FROM invoice WHERE tenant_id = :tenant_id AND (open_minor <> 0 OR base_open_minor <> 0)
    UNION ALL
    SELECT entity_id, currency, -open_minor, -base_open_minor
    FROM credit_note WHERE tenant_id = :tenant_id AND (open_minor <> 0 OR base_open_minor <> 0)
    UNION ALL
    SELECT entity_id, currency, CASE kind WHEN 'receipt' THEN -1 ELSE 1 END * open_minor,
           CASE kind WHEN 'receipt' THEN -1 ELSE 1 END * base_open_minor
    FROM payment WHERE tenant_id = :tenant_id AND kind IN ('receipt', 'refund')
      AND (open_minor <> 0 OR base_open_minor <> 0)
"""
_PAYABLES = """
    SELECT entity_id, currency, -open_minor AS amount, -base_open_minor AS base
    FROM supplier_invoice
    WHERE tenant_id = :tenant_id AND (open_minor <> 0 OR base_open_minor <> 0)
    UNION ALL
    SELECT entity_id, currency, open_minor, base_open_minor
    FROM payment WHERE tenant_id = :tenant_id AND kind = 'supplier_payment'
      AND (open_minor <> 0 OR base_open_minor <> 0)
"""
_UNBILLED = """
    SELECT o.entity_id, o.currency, s.owed_minor AS amount,
           (SELECT sum(l.base_amount_minor) FROM journal j
            JOIN journal_line l ON l.tenant_id = j.tenant_id AND l.journal_id = j.id
            WHERE j.tenant_id = s.tenant_id AND j.source_kind = 'shipment'
              AND j.source_id = s.id AND l.leg = 'unbilled') AS base
    FROM shipment s JOIN sales_order o ON o.tenant_id = s.tenant_id AND o.id = s.order_id
    WHERE s.tenant_id = :tenant_id AND s.invoice_id IS NULL AND s.owed_minor <> 0
"""


def _as_in_the_books(name: str, description: str, items: str, role: str) -> Invariant:
    return Invariant(
        name=name,
        description=description,
        counted_sql=f"SELECT count(*) FROM ({items}) i",  # noqa: S608
        violations_sql=_COMPARED.format(items=items, role=role),
    )


INVARIANTS = (
    *OF_PAYOUTS,
    *OF_GROUPS,
    _as_in_the_books(
        "receivables_are_what_is_open",
        "Open invoices, less open credit notes and receipts, are the ledger's receivables, in each"
        " currency and in the books' own.",
        _RECEIVABLES,
        "receivables",
    ),
    _as_in_the_books(
        "payables_are_what_is_open",
        "Suppliers' open invoices, less open payments to them, are the ledger's payables.",
        _PAYABLES,
        "payables",
    ),
    _as_in_the_books(
        "unbilled_is_what_left_and_was_not_billed",
        "What shipments without an invoice are owed for is the ledger's shipped, not invoiced.",
        _UNBILLED,
        "unbilled",
    ),
    Invariant(
        name="invoice_is_its_lines",
        description="The lines and the taxes of an invoice add up to it.",
        counted_sql="SELECT count(*) FROM invoice WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT i.id AS invoice_id, i.number, i.total_minor || ' / ' || i.tax_minor AS expected,
                   l.total || ' / ' || coalesce(t.tax, 0) AS actual
            FROM invoice i
            JOIN LATERAL (SELECT coalesce(sum(n.net_minor + n.tax_minor), 0) AS total
                          FROM invoice_line n WHERE n.tenant_id = i.tenant_id
                            AND n.invoice_id = i.id) l ON true
            JOIN LATERAL (SELECT coalesce(sum(a.tax_minor), 0) AS tax FROM tax_amount a
                          WHERE a.tenant_id = i.tenant_id AND a.invoice_id = i.id) t ON true
            WHERE i.tenant_id = :tenant_id
              AND (i.total_minor <> l.total OR i.tax_minor <> t.tax
                   OR i.total_minor <> i.net_minor + i.shipping_minor + i.tax_minor)
        """,
    ),
    Invariant(
        name="shipment_is_billed_once",
        description="An invoice bills just what its shipments are owed for, before taxes by code.",
        counted_sql="""
            SELECT count(*) FROM shipment WHERE tenant_id = :tenant_id AND invoice_id IS NOT NULL
        """,
        violations_sql="""
            SELECT s.id AS shipment_id, s.number, 1 AS expected, count(DISTINCT n.invoice_id)
                       AS actual
            FROM shipment s
            LEFT JOIN invoice_line n ON n.tenant_id = s.tenant_id AND n.shipment_id = s.id
            WHERE s.tenant_id = :tenant_id AND s.invoice_id IS NOT NULL
            GROUP BY s.id, s.number, s.invoice_id
            HAVING count(DISTINCT n.invoice_id) <> 1 OR min(n.invoice_id) <> s.invoice_id
        """,
    ),
    Invariant(
        name="settled_is_what_settles",
        description="What is paid, credited and written off of an invoice, used of a credit note,"
        " and used of a payment is the sum of the allocations that hold.",
        counted_sql="SELECT count(*) FROM payment_allocation WHERE tenant_id = :tenant_id",
        violations_sql="""
            WITH held AS (SELECT * FROM payment_allocation
                          WHERE tenant_id = :tenant_id AND ended_at IS NULL)
            SELECT 'invoice' AS kind, i.id, i.number,
                   i.paid_minor + i.credited_minor + i.written_off_minor AS expected,
                   coalesce(sum(h.amount_minor), 0) AS actual
            FROM invoice i LEFT JOIN held h ON h.invoice_id = i.id
            WHERE i.tenant_id = :tenant_id GROUP BY i.id, i.number, i.tenant_id, i.paid_minor,
                i.credited_minor, i.written_off_minor
            HAVING i.paid_minor + i.credited_minor + i.written_off_minor
                <> coalesce(sum(h.amount_minor), 0)
            UNION ALL
            SELECT 'supplier_invoice', i.id, i.number, i.paid_minor,
                   coalesce(sum(h.amount_minor), 0)
            FROM supplier_invoice i LEFT JOIN held h ON h.supplier_invoice_id = i.id
            WHERE i.tenant_id = :tenant_id GROUP BY i.id, i.number, i.paid_minor
            HAVING i.paid_minor <> coalesce(sum(h.amount_minor), 0)
            UNION ALL
            SELECT 'credit_note', c.id, c.number, c.applied_minor,
                   coalesce(sum(h.amount_minor), 0)
            FROM credit_note c LEFT JOIN held h ON h.credit_note_id = c.id
            WHERE c.tenant_id = :tenant_id GROUP BY c.id, c.number, c.applied_minor
            HAVING c.applied_minor <> coalesce(sum(h.amount_minor), 0)
            UNION ALL
            SELECT p.kind, p.id, p.number, p.applied_minor, coalesce(sum(h.amount_minor), 0)
            FROM payment p LEFT JOIN held h ON h.payment_id = p.id OR h.refund_id = p.id
            WHERE p.tenant_id = :tenant_id GROUP BY p.kind, p.id, p.number, p.applied_minor
            HAVING p.applied_minor <> coalesce(sum(h.amount_minor), 0)
        """,
    ),
    Invariant(
        name="refunds_are_within_receipts",
        description="Of no receipt is more paid back than came, and every refund that did not come"
        " back pays back what came.",
        counted_sql="""
            SELECT count(*) FROM payment WHERE tenant_id = :tenant_id AND kind = 'receipt'
        """,
        violations_sql="""
            SELECT p.id AS payment_id, p.number, p.refunded_minor AS expected,
                   coalesce(sum(r.amount_minor), 0) AS actual
            FROM payment p
            LEFT JOIN (
                SELECT n.receipt_id, n.amount_minor FROM refund_part n
                JOIN payment b ON b.tenant_id = n.tenant_id AND b.id = n.refund_id
                WHERE n.tenant_id = :tenant_id AND b.status = 'booked'
            ) r ON r.receipt_id = p.id
            WHERE p.tenant_id = :tenant_id AND p.kind = 'receipt'
            GROUP BY p.id, p.number, p.refunded_minor, p.amount_minor
            HAVING p.refunded_minor <> coalesce(sum(r.amount_minor), 0)
                OR p.refunded_minor > p.amount_minor
            UNION ALL
            SELECT p.id, p.number, p.amount_minor, coalesce(sum(r.amount_minor), 0)
            FROM payment p
            LEFT JOIN refund_part r ON r.tenant_id = p.tenant_id AND r.refund_id = p.id
            WHERE p.tenant_id = :tenant_id AND p.kind = 'refund'
            GROUP BY p.id, p.number, p.amount_minor
            HAVING p.amount_minor <> coalesce(sum(r.amount_minor), 0)
        """,
    ),
    Invariant(
        name="credit_is_within_what_was_billed",
        description="What is given back of an invoice's line is what its credit notes say, and no"
        " more than was billed.",
        counted_sql="SELECT count(*) FROM credit_note_line WHERE tenant_id = :tenant_id",
        violations_sql="""
            SELECT n.id AS invoice_line_id, n.credited_net_minor + n.credited_tax_minor AS expected,
                   coalesce(sum(c.net_minor + c.tax_minor), 0) AS actual
            FROM invoice_line n
            LEFT JOIN credit_note_line c
                ON c.tenant_id = n.tenant_id AND c.invoice_line_id = n.id
            WHERE n.tenant_id = :tenant_id
            GROUP BY n.id, n.credited_net_minor, n.credited_tax_minor, n.net_minor, n.tax_minor
            HAVING n.credited_net_minor + n.credited_tax_minor
                    <> coalesce(sum(c.net_minor + c.tax_minor), 0)
                OR n.credited_net_minor > greatest(n.net_minor, 0)
                OR n.credited_tax_minor > greatest(n.tax_minor, 0)
        """,
    ),
)
