"""Suppliers' invoices as documents: credit notes, lines that give back, and which document of a
message each one is."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

CREDIT_NOTES = """
ALTER TABLE supplier_invoice
    ADD COLUMN kind TEXT NOT NULL DEFAULT 'invoice',
    ADD COLUMN corrects_id BIGINT,
    DROP CONSTRAINT ck_supplier_invoice_status,
    ADD CONSTRAINT ck_supplier_invoice_status
        CHECK (status IN ('exception', 'waiting', 'booked', 'credited', 'rejected')) NOT VALID,
    ADD CONSTRAINT ck_supplier_invoice_kind CHECK (kind IN ('invoice', 'credit_note')) NOT VALID,
    ADD CONSTRAINT ck_supplier_invoice_credited
        CHECK ((kind = 'credit_note') OR status <> 'credited') NOT VALID,
    ADD CONSTRAINT fk_supplier_invoice_corrects_id
        FOREIGN KEY (tenant_id, corrects_id) REFERENCES supplier_invoice (tenant_id, id) NOT VALID
"""
LINES_THAT_GIVE_BACK = """
ALTER TABLE supplier_invoice_line
    DROP CONSTRAINT ck_supplier_invoice_line_kind,
    DROP CONSTRAINT ck_supplier_invoice_line_quantity,
    ADD CONSTRAINT ck_supplier_invoice_line_kind
        CHECK (kind IN ('goods', 'price', 'landed_cost', 'rounding', 'other')) NOT VALID,
    ADD CONSTRAINT ck_supplier_invoice_line_quantity
        CHECK (quantity <> 0 AND net_minor * sign(quantity) >= 0) NOT VALID
"""
DOCUMENTS = """
ALTER TABLE intake_document
    ADD COLUMN supplier_invoice_id BIGINT,
    ADD CONSTRAINT fk_intake_document_supplier_invoice_id
        FOREIGN KEY (tenant_id, supplier_invoice_id)
        REFERENCES supplier_invoice (tenant_id, id) NOT VALID
"""
CHECKED = (
    ("supplier_invoice", "ck_supplier_invoice_status"),
    ("supplier_invoice", "ck_supplier_invoice_kind"),
    ("supplier_invoice", "ck_supplier_invoice_credited"),
    ("supplier_invoice", "fk_supplier_invoice_corrects_id"),
    ("supplier_invoice_line", "ck_supplier_invoice_line_kind"),
    ("supplier_invoice_line", "ck_supplier_invoice_line_quantity"),
    ("intake_document", "fk_intake_document_supplier_invoice_id"),
)
INDEXES = (
    ("supplier_invoice", "intake_message_id"),
    ("intake_document", "supplier_invoice_id"),
)


def upgrade() -> None:
    """Make them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in (CREDIT_NOTES, LINES_THAT_GIVE_BACK, DOCUMENTS):
        op.execute(statement)
    for table, name in CHECKED:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
    for table, column in INDEXES:
        op.create_index(f"ix_{table}_tenant_id_{column}", table, ["tenant_id", column])


def downgrade() -> None:
    """Not possible."""
    raise NotImplementedError("What suppliers gave back could not be kept.")
