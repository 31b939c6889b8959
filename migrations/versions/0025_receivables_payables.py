"""Invoices, credit notes, payments, taxes, supplier invoices.

A customer sees its own invoices, credit notes and payments, a supplier what it billed and was paid;
how the house works with them is nobody else's."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import context, op

from tenancy.row_security import (
    LOCATION_SETTING,
    PARTY_SETTING,
    hide_from_partner,
    isolate_partner,
    isolate_tenant,
    isolate_with_parent,
)

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

OWN = (
    ("invoice", "party_id"),
    ("credit_note", "party_id"),
    ("payment", "party_id"),
    ("supplier_invoice", "supplier_id"),
)
CHILDREN = (
    ("invoice_line", "invoice_id", "invoice"),
    ("tax_amount", "invoice_id", "invoice"),
    ("credit_note_line", "credit_note_id", "credit_note"),
    ("supplier_invoice_line", "supplier_invoice_id", "supplier_invoice"),
)
THE_HOUSES = (
    *("payment_term", "tax_code", "tax_rate", "tax_rule", "party_finance", "entity_finance"),
    *("customer_credit", "refund_part", "write_off", "payment_run", "payment_run_line"),
)
DELETED = ("tax_rate", "tax_rule", "customer_credit")
# What settles an invoice is seen with it, be it a customer's or a supplier's.
OF_SEEN_INVOICES = """
CREATE POLICY partner_isolation_settled ON payment_allocation AS RESTRICTIVE
USING (coalesce(current_setting('app.party_id', true), '') = ''
       OR EXISTS (SELECT FROM invoice i WHERE i.tenant_id = payment_allocation.tenant_id
                  AND i.id = payment_allocation.invoice_id)
       OR EXISTS (SELECT FROM supplier_invoice s WHERE s.tenant_id = payment_allocation.tenant_id
                  AND s.id = payment_allocation.supplier_invoice_id))
"""
# What a customer and all below it owe, and will once its orders have left, by currency. VOLATILE:
# it is asked once the limit is locked, and has to see what was written by whoever held it before.
EXPOSURE = """
CREATE FUNCTION credit_exposure(root bigint) RETURNS TABLE (currency text, exposure_minor bigint)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public SET "app.party_id" = '' AS
$$ SELECT owed.currency, sum(owed.amount)::bigint FROM (
       SELECT o.currency,
              (SELECT coalesce(sum(round((l.net_minor + l.tax_minor)
                      * (l.quantity - l.cancelled - l.shipped) / l.quantity)), 0)
               FROM public.sales_order_line l
               WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id)
              + CASE WHEN EXISTS (SELECT FROM public.shipment s WHERE s.tenant_id = o.tenant_id
                                  AND s.order_id = o.id) THEN 0 ELSE o.shipping_minor END AS amount
       FROM public.sales_order o
       WHERE o.tenant_id = current_setting('app.tenant_id')::int
         AND o.party_id = ANY (string_to_array(public.party_tree(root), ',')::bigint[])
         AND o.status NOT IN ('shipped', 'cancelled') AND o.payment_state <> 'paid'
         AND NOT ('credit' = ANY (o.guarded_holds))
       UNION ALL
       SELECT o.currency, s.owed_minor
       FROM public.shipment s
       JOIN public.sales_order o ON o.tenant_id = s.tenant_id AND o.id = s.order_id
       WHERE s.tenant_id = current_setting('app.tenant_id')::int
         AND s.party_id = ANY (string_to_array(public.party_tree(root), ',')::bigint[])
         AND s.invoice_id IS NULL AND o.payment_state <> 'paid'
       UNION ALL
       SELECT i.currency, i.open_minor
       FROM public.invoice i
       WHERE i.tenant_id = current_setting('app.tenant_id')::int AND i.open_minor <> 0
         AND i.party_id = ANY (string_to_array(public.party_tree(root), ',')::bigint[])
       UNION ALL
       SELECT c.currency, -c.open_minor
       FROM public.credit_note c
       WHERE c.tenant_id = current_setting('app.tenant_id')::int AND c.open_minor <> 0
         AND c.party_id = ANY (string_to_array(public.party_tree(root), ',')::bigint[])
       UNION ALL
       SELECT p.currency, -p.open_minor
       FROM public.payment p
       WHERE p.tenant_id = current_setting('app.tenant_id')::int AND p.kind = 'receipt'
         AND p.open_minor <> 0
         AND p.party_id = ANY (string_to_array(public.party_tree(root), ',')::bigint[])
   ) owed GROUP BY owed.currency $$
"""
# Whom of these customers limits of credit hold for: their own and those above them.
LIMITS = """
CREATE FUNCTION credit_limits_of(customers bigint[])
RETURNS TABLE (customer bigint, limited bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, public SET "app.party_id" = '' AS
$$ WITH RECURSIVE above AS (
       SELECT p.id AS customer, p.id, p.parent_id FROM public.party p
       WHERE p.tenant_id = current_setting('app.tenant_id')::int AND p.id = ANY (customers)
       UNION
       SELECT a.customer, p.id, p.parent_id FROM public.party p
       JOIN above a ON p.id = a.parent_id
       WHERE p.tenant_id = current_setting('app.tenant_id')::int
   )
   SELECT a.customer, a.id FROM above a $$
"""
FUNCTIONS = ("credit_exposure(bigint)", "credit_limits_of(bigint[])")


def upgrade() -> None:
    """Make the tables, what a shipment knows of its bill, and what credit is reckoned by."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    role = context.config.attributes.get("app_role", "crossdock_app")
    for make in TABLES.values():
        make()
    _shipments()
    op.execute(EXPOSURE)
    op.execute(LIMITS)
    for function in FUNCTIONS:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {role}")
    for table in TABLES:
        _all(isolate_tenant(table))
        deletes = ", DELETE" if table in DELETED else ""
        op.execute(f'GRANT SELECT, INSERT, UPDATE{deletes} ON "{table}" TO {role}')
        hidden = hide_from_partner(table, setting=LOCATION_SETTING)
        _all(statement.replace("partner_exclusion", "warehouse_exclusion") for statement in hidden)
    for table in THE_HOUSES:
        hidden = hide_from_partner(table, setting=PARTY_SETTING)
        _all(statement.replace("partner_exclusion", "customer_exclusion") for statement in hidden)
    for table, column in OWN:
        _all(isolate_partner(table, column=column, setting=PARTY_SETTING))
    for table, column, parent in CHILDREN:
        _all(isolate_with_parent(table, column=column, parent=parent))
    op.execute(OF_SEEN_INVOICES)


def _all(statements: Iterable[str]) -> None:
    for statement in statements:
        op.execute(statement)


def _shipments() -> None:
    """A shipment knows what is owed for it and by which invoice it was billed."""
    op.add_column("shipment", sa.Column("delivered_at", sa.DateTime(timezone=True)))
    for column in ("shipping_minor", "owed_minor"):
        op.add_column(
            "shipment", sa.Column(column, sa.BigInteger(), server_default="0", nullable=False)
        )
    op.add_column("shipment", sa.Column("invoice_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_shipment_invoice_id"),
        "shipment",
        "invoice",
        ["tenant_id", "invoice_id"],
        ["tenant_id", "id"],
    )
    op.create_index(
        "ix_shipment_unbilled",
        "shipment",
        ["tenant_id", "party_id"],
        postgresql_where=sa.text("invoice_id IS NULL"),
    )
    op.create_index(
        "ix_sales_order_open",
        "sales_order",
        ["tenant_id", "party_id"],
        postgresql_where=sa.text("status NOT IN ('shipped', 'cancelled')"),
    )


def _payment_term() -> None:
    op.create_table(
        "payment_term",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("end_of_month", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint("days BETWEEN 0 AND 365", name=op.f("ck_payment_term_days")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment_term")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_payment_term_tenant_id_code")),
    )


def _tax_code() -> None:
    op.create_table(
        "tax_code",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="standard", nullable=False),
        sa.Column("is_inclusive", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "kind IN ('standard', 'exempt', 'reverse_charge')", name=op.f("ck_tax_code_kind")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tax_code")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_tax_code_tenant_id_code")),
    )


def _tax_rate() -> None:
    op.create_table(
        "tax_rate",
        sa.Column("tax_code_id", sa.BigInteger(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("percent", sa.Numeric(precision=9, scale=6), nullable=False),
        sa.Column("is_compound", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_tax_rate_percent")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "tax_code_id"],
            ["tax_code.tenant_id", "tax_code.id"],
            name=op.f("fk_tax_rate_tax_code_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tax_rate")),
        sa.UniqueConstraint(
            "tenant_id",
            "tax_code_id",
            "component",
            "valid_from",
            name=op.f("uq_tax_rate_tenant_id_tax_code_id_component_valid_from"),
        ),
    )


def _tax_rule() -> None:
    op.create_table(
        "tax_rule",
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.Column("region", sa.Text(), server_default="", nullable=False),
        sa.Column("item_group", sa.Text(), server_default="", nullable=False),
        sa.Column("tax_code_id", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entity_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_tax_rule_entity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "tax_code_id"],
            ["tax_code.tenant_id", "tax_code.id"],
            name=op.f("fk_tax_rule_tax_code_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tax_rule")),
        sa.UniqueConstraint(
            "tenant_id",
            "entity_id",
            "country",
            "region",
            "item_group",
            name=op.f("uq_tax_rule_tenant_id_entity_id_country_region_item_group"),
        ),
    )


def _party_finance() -> None:
    op.create_table(
        "party_finance",
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_at", sa.Text(), nullable=True),
        sa.Column("invoice_every", sa.Text(), nullable=True),
        sa.Column("customer_term_id", sa.BigInteger(), nullable=True),
        sa.Column("supplier_term_id", sa.BigInteger(), nullable=True),
        sa.Column("tax_code_id", sa.BigInteger(), nullable=True),
        sa.Column("tax_number", sa.Text(), nullable=True),
        sa.Column("quantity_percent", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("price_percent", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "invoice_at IN ('shipment', 'delivery', 'period')",
            name=op.f("ck_party_finance_invoice_at"),
        ),
        sa.CheckConstraint(
            "invoice_every IN ('day', 'week', 'month')", name=op.f("ck_party_finance_invoice_every")
        ),
        sa.CheckConstraint(
            "quantity_percent BETWEEN 0 AND 100 AND price_percent BETWEEN 0 AND 100 AND price_minor >= 0",
            name=op.f("ck_party_finance_tolerances"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_term_id"],
            ["payment_term.tenant_id", "payment_term.id"],
            name=op.f("fk_party_finance_customer_term_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_party_finance_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "supplier_term_id"],
            ["payment_term.tenant_id", "payment_term.id"],
            name=op.f("fk_party_finance_supplier_term_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "tax_code_id"],
            ["tax_code.tenant_id", "tax_code.id"],
            name=op.f("fk_party_finance_tax_code_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_party_finance")),
        sa.UniqueConstraint(
            "tenant_id", "party_id", name=op.f("uq_party_finance_tenant_id_party_id")
        ),
    )


def _entity_finance() -> None:
    op.create_table(
        "entity_finance",
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_at", sa.Text(), server_default="shipment", nullable=False),
        sa.Column("invoice_every", sa.Text(), server_default="month", nullable=False),
        sa.Column("customer_term_id", sa.BigInteger(), nullable=True),
        sa.Column("supplier_term_id", sa.BigInteger(), nullable=True),
        sa.Column("tax_rounding", sa.Text(), server_default="document", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "invoice_at IN ('shipment', 'delivery', 'period')",
            name=op.f("ck_entity_finance_invoice_at"),
        ),
        sa.CheckConstraint(
            "invoice_every IN ('day', 'week', 'month')",
            name=op.f("ck_entity_finance_invoice_every"),
        ),
        sa.CheckConstraint(
            "tax_rounding IN ('document', 'line')", name=op.f("ck_entity_finance_tax_rounding")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "customer_term_id"],
            ["payment_term.tenant_id", "payment_term.id"],
            name=op.f("fk_entity_finance_customer_term_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entity_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_entity_finance_entity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "supplier_term_id"],
            ["payment_term.tenant_id", "payment_term.id"],
            name=op.f("fk_entity_finance_supplier_term_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_entity_finance")),
        sa.UniqueConstraint(
            "tenant_id", "entity_id", name=op.f("uq_entity_finance_tenant_id_entity_id")
        ),
    )


def _customer_credit() -> None:
    op.create_table(
        "customer_credit",
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint("limit_minor >= 0", name=op.f("ck_customer_credit_limit")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_customer_credit_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_customer_credit")),
        sa.UniqueConstraint(
            "tenant_id", "party_id", name=op.f("uq_customer_credit_tenant_id_party_id")
        ),
    )


def _invoice() -> None:
    op.create_table(
        "invoice",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("invoiced_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("credited_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("written_off_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "open_minor",
            sa.BigInteger(),
            sa.Computed(
                "total_minor - paid_minor - credited_minor - written_off_minor", persisted=True
            ),
            nullable=False,
        ),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("base_open_minor", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "paid_minor >= 0 AND credited_minor >= 0 AND written_off_minor >= 0 AND paid_minor + credited_minor + written_off_minor <= greatest(total_minor, 0)",
            name=op.f("ck_invoice_settled"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entity_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_invoice_entity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["sales_order.tenant_id", "sales_order.id"],
            name=op.f("fk_invoice_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_invoice_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invoice")),
        sa.UniqueConstraint(
            "tenant_id", "entity_id", "number", name=op.f("uq_invoice_tenant_id_entity_id_number")
        ),
    )
    op.create_index(
        "ix_invoice_open",
        "invoice",
        ["tenant_id", "party_id", "due_on"],
        unique=False,
        postgresql_where=sa.text("open_minor <> 0"),
    )
    op.create_index(
        op.f("ix_invoice_tenant_id_order_id"), "invoice", ["tenant_id", "order_id"], unique=False
    )
    op.create_index(
        op.f("ix_invoice_tenant_id_party_id_id"),
        "invoice",
        ["tenant_id", "party_id", "id"],
        unique=False,
    )


def _invoice_line() -> None:
    op.create_table(
        "invoice_line",
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("line_number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=True),
        sa.Column("shipment_line_id", sa.BigInteger(), nullable=True),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_code_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "credited_quantity",
            sa.Numeric(precision=24, scale=6),
            server_default="0",
            nullable=False,
        ),
        sa.Column("credited_net_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("credited_tax_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint("kind IN ('goods', 'shipping')", name=op.f("ck_invoice_line_kind")),
        sa.CheckConstraint(
            "credited_net_minor BETWEEN 0 AND greatest(net_minor, 0) AND credited_tax_minor BETWEEN 0 AND greatest(tax_minor, 0) AND credited_quantity BETWEEN 0 AND quantity",
            name=op.f("ck_invoice_line_credited"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_invoice_line_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_invoice_line_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["sales_order.tenant_id", "sales_order.id"],
            name=op.f("fk_invoice_line_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_line_id"],
            ["sales_order_line.tenant_id", "sales_order_line.id"],
            name=op.f("fk_invoice_line_order_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "shipment_id"],
            ["shipment.tenant_id", "shipment.id"],
            name=op.f("fk_invoice_line_shipment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "shipment_line_id"],
            ["shipment_line.tenant_id", "shipment_line.id"],
            name=op.f("fk_invoice_line_shipment_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "tax_code_id"],
            ["tax_code.tenant_id", "tax_code.id"],
            name=op.f("fk_invoice_line_tax_code_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invoice_line")),
        sa.UniqueConstraint(
            "tenant_id",
            "invoice_id",
            "line_number",
            name=op.f("uq_invoice_line_tenant_id_invoice_id_line_number"),
        ),
    )
    op.create_index(
        op.f("ix_invoice_line_tenant_id_order_line_id"),
        "invoice_line",
        ["tenant_id", "order_line_id"],
        unique=False,
    )
    op.create_index(
        "uq_invoice_line_shipped",
        "invoice_line",
        ["tenant_id", "shipment_line_id"],
        unique=True,
        postgresql_where=sa.text("shipment_line_id IS NOT NULL"),
    )


def _tax_amount() -> None:
    op.create_table(
        "tax_amount",
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("tax_code_id", sa.BigInteger(), nullable=True),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("percent", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("taxable_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_tax_amount_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "tax_code_id"],
            ["tax_code.tenant_id", "tax_code.id"],
            name=op.f("fk_tax_amount_tax_code_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tax_amount")),
    )
    op.create_index(
        op.f("ix_tax_amount_tenant_id_invoice_id"),
        "tax_amount",
        ["tenant_id", "invoice_id"],
        unique=False,
    )


def _credit_note() -> None:
    op.create_table(
        "credit_note",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("source_kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("credited_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("applied_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "open_minor",
            sa.BigInteger(),
            sa.Computed("total_minor - applied_minor", persisted=True),
            nullable=False,
        ),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("base_open_minor", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "applied_minor BETWEEN 0 AND total_minor", name=op.f("ck_credit_note_applied")
        ),
        sa.CheckConstraint("total_minor > 0", name=op.f("ck_credit_note_total")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entity_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_credit_note_entity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["sales_order.tenant_id", "sales_order.id"],
            name=op.f("fk_credit_note_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_credit_note_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_note")),
        sa.UniqueConstraint(
            "tenant_id",
            "entity_id",
            "number",
            name=op.f("uq_credit_note_tenant_id_entity_id_number"),
        ),
    )
    op.create_index(
        op.f("ix_credit_note_tenant_id_order_id"),
        "credit_note",
        ["tenant_id", "order_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_credit_note_tenant_id_party_id_id"),
        "credit_note",
        ["tenant_id", "party_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_credit_note_source",
        "credit_note",
        ["tenant_id", "source_kind", "source_id"],
        unique=True,
        postgresql_where=sa.text("source_id IS NOT NULL"),
    )


def _credit_note_line() -> None:
    op.create_table(
        "credit_note_line",
        sa.Column("credit_note_id", sa.BigInteger(), nullable=False),
        sa.Column("line_number", sa.BigInteger(), nullable=False),
        sa.Column("invoice_line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "quantity >= 0 AND net_minor >= 0 AND tax_minor >= 0",
            name=op.f("ck_credit_note_line_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "credit_note_id"],
            ["credit_note.tenant_id", "credit_note.id"],
            name=op.f("fk_credit_note_line_credit_note_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_line_id"],
            ["invoice_line.tenant_id", "invoice_line.id"],
            name=op.f("fk_credit_note_line_invoice_line_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_credit_note_line")),
        sa.UniqueConstraint(
            "tenant_id",
            "credit_note_id",
            "line_number",
            name=op.f("uq_credit_note_line_tenant_id_credit_note_id_line_number"),
        ),
    )
    op.create_index(
        op.f("ix_credit_note_line_tenant_id_invoice_line_id"),
        "credit_note_line",
        ["tenant_id", "invoice_line_id"],
        unique=False,
    )


def _payment() -> None:
    op.create_table(
        "payment",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("source_kind", sa.Text(), nullable=True),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("applied_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "open_minor",
            sa.BigInteger(),
            sa.Computed(
                "CASE status WHEN 'booked' THEN amount_minor - applied_minor ELSE 0 END",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("base_open_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), server_default="booked", nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reversal_reason", sa.Text(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "kind IN ('receipt', 'refund', 'supplier_payment')", name=op.f("ck_payment_kind")
        ),
        sa.CheckConstraint(
            "method IN ('bank', 'card', 'cash', 'channel', 'other', 'credit')",
            name=op.f("ck_payment_method"),
        ),
        sa.CheckConstraint(
            "status = 'booked' OR (applied_minor = 0 AND refunded_minor = 0)",
            name=op.f("ck_payment_reversed"),
        ),
        sa.CheckConstraint("status IN ('booked', 'reversed')", name=op.f("ck_payment_status")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_amount")),
        sa.CheckConstraint(
            "applied_minor BETWEEN 0 AND amount_minor", name=op.f("ck_payment_applied")
        ),
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND amount_minor", name=op.f("ck_payment_refunded")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "channel_id"],
            ["channel.tenant_id", "channel.id"],
            name=op.f("fk_payment_channel_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entity_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_payment_entity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["sales_order.tenant_id", "sales_order.id"],
            name=op.f("fk_payment_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_payment_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_payment_tenant_id_number")),
    )
    op.create_index(
        op.f("ix_payment_tenant_id_order_id"), "payment", ["tenant_id", "order_id"], unique=False
    )
    op.create_index(
        op.f("ix_payment_tenant_id_party_id_id"),
        "payment",
        ["tenant_id", "party_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_payment_external",
        "payment",
        ["tenant_id", "channel_id", "external_id"],
        unique=True,
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.create_index(
        "uq_payment_source",
        "payment",
        ["tenant_id", "source_kind", "source_id"],
        unique=True,
        postgresql_where=sa.text("source_id IS NOT NULL"),
    )


def _refund_part() -> None:
    op.create_table(
        "refund_part",
        sa.Column("refund_id", sa.BigInteger(), nullable=False),
        sa.Column("receipt_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_part_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receipt_id"],
            ["payment.tenant_id", "payment.id"],
            name=op.f("fk_refund_part_receipt_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "refund_id"],
            ["payment.tenant_id", "payment.id"],
            name=op.f("fk_refund_part_refund_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_refund_part")),
    )
    op.create_index(
        op.f("ix_refund_part_tenant_id_receipt_id"),
        "refund_part",
        ["tenant_id", "receipt_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_refund_part_tenant_id_refund_id"),
        "refund_part",
        ["tenant_id", "refund_id"],
        unique=False,
    )


def _write_off() -> None:
    op.create_table(
        "write_off",
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'booked', 'dropped')", name=op.f("ck_write_off_status")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_write_off_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_write_off_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_write_off")),
    )
    op.create_index(
        op.f("ix_write_off_tenant_id_invoice_id"),
        "write_off",
        ["tenant_id", "invoice_id"],
        unique=False,
    )


def _supplier_invoice() -> None:
    op.create_table(
        "supplier_invoice",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("supplier_id", sa.BigInteger(), nullable=False),
        sa.Column("purchase_order_id", sa.BigInteger(), nullable=True),
        sa.Column("intake_message_id", sa.BigInteger(), nullable=True),
        sa.Column("external_number", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("invoiced_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_code_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("credit_expected_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "open_minor",
            sa.BigInteger(),
            sa.Computed(
                "CASE status WHEN 'booked' THEN total_minor - paid_minor ELSE 0 END", persisted=True
            ),
            nullable=False,
        ),
        sa.Column("base_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("base_open_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "status IN ('exception', 'waiting', 'booked', 'rejected')",
            name=op.f("ck_supplier_invoice_status"),
        ),
        sa.CheckConstraint(
            "net_minor >= 0 AND tax_minor >= 0 AND total_minor = net_minor + tax_minor",
            name=op.f("ck_supplier_invoice_total"),
        ),
        sa.CheckConstraint(
            "paid_minor BETWEEN 0 AND total_minor AND credit_expected_minor >= 0",
            name=op.f("ck_supplier_invoice_paid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entity_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_supplier_invoice_entity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "intake_message_id"],
            ["intake_message.tenant_id", "intake_message.id"],
            name=op.f("fk_supplier_invoice_intake_message_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_order_id"],
            ["purchase_order.tenant_id", "purchase_order.id"],
            name=op.f("fk_supplier_invoice_purchase_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "supplier_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_supplier_invoice_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_supplier_invoice")),
        sa.UniqueConstraint(
            "tenant_id", "number", name=op.f("uq_supplier_invoice_tenant_id_number")
        ),
    )
    op.create_index(
        op.f("ix_supplier_invoice_tenant_id_purchase_order_id"),
        "supplier_invoice",
        ["tenant_id", "purchase_order_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_supplier_invoice_tenant_id_status_id"),
        "supplier_invoice",
        ["tenant_id", "status", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_supplier_invoice_tenant_id_supplier_id_id"),
        "supplier_invoice",
        ["tenant_id", "supplier_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_supplier_invoice_external",
        "supplier_invoice",
        ["tenant_id", "entity_id", "supplier_id", "external_number"],
        unique=True,
        postgresql_where=sa.text("status <> 'rejected'"),
    )


def _supplier_invoice_line() -> None:
    op.create_table(
        "supplier_invoice_line",
        sa.Column("supplier_invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("line_number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("purchase_line_id", sa.BigInteger(), nullable=True),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("received_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("variance_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "quantity > 0 AND net_minor >= 0", name=op.f("ck_supplier_invoice_line_quantity")
        ),
        sa.CheckConstraint(
            "kind IN ('goods', 'landed_cost', 'other')", name=op.f("ck_supplier_invoice_line_kind")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_supplier_invoice_line_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_supplier_invoice_line_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_line_id"],
            ["purchase_order_line.tenant_id", "purchase_order_line.id"],
            name=op.f("fk_supplier_invoice_line_purchase_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "supplier_invoice_id"],
            ["supplier_invoice.tenant_id", "supplier_invoice.id"],
            name=op.f("fk_supplier_invoice_line_supplier_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_supplier_invoice_line")),
        sa.UniqueConstraint(
            "tenant_id",
            "supplier_invoice_id",
            "line_number",
            name=op.f("uq_supplier_invoice_line_tenant_id_supplier_invoice_id_line_number"),
        ),
    )
    op.create_index(
        op.f("ix_supplier_invoice_line_tenant_id_purchase_line_id"),
        "supplier_invoice_line",
        ["tenant_id", "purchase_line_id"],
        unique=False,
    )


def _payment_allocation() -> None:
    op.create_table(
        "payment_allocation",
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("credit_note_id", sa.BigInteger(), nullable=True),
        sa.Column("write_off_id", sa.BigInteger(), nullable=True),
        sa.Column("invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("supplier_invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("source_base_minor", sa.BigInteger(), nullable=False),
        sa.Column("target_base_minor", sa.BigInteger(), nullable=False),
        sa.Column("allocated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_allocation_amount")),
        sa.CheckConstraint(
            "num_nonnulls(invoice_id, refund_id, supplier_invoice_id) = 1",
            name=op.f("ck_payment_allocation_to"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(payment_id, credit_note_id, write_off_id) = 1",
            name=op.f("ck_payment_allocation_from"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "credit_note_id"],
            ["credit_note.tenant_id", "credit_note.id"],
            name=op.f("fk_payment_allocation_credit_note_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_id"],
            ["invoice.tenant_id", "invoice.id"],
            name=op.f("fk_payment_allocation_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payment_id"],
            ["payment.tenant_id", "payment.id"],
            name=op.f("fk_payment_allocation_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "refund_id"],
            ["payment.tenant_id", "payment.id"],
            name=op.f("fk_payment_allocation_refund_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "supplier_invoice_id"],
            ["supplier_invoice.tenant_id", "supplier_invoice.id"],
            name=op.f("fk_payment_allocation_supplier_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "write_off_id"],
            ["write_off.tenant_id", "write_off.id"],
            name=op.f("fk_payment_allocation_write_off_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment_allocation")),
    )
    op.create_index(
        op.f("ix_payment_allocation_tenant_id_credit_note_id"),
        "payment_allocation",
        ["tenant_id", "credit_note_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payment_allocation_tenant_id_invoice_id"),
        "payment_allocation",
        ["tenant_id", "invoice_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payment_allocation_tenant_id_payment_id"),
        "payment_allocation",
        ["tenant_id", "payment_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payment_allocation_tenant_id_refund_id"),
        "payment_allocation",
        ["tenant_id", "refund_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payment_allocation_tenant_id_supplier_invoice_id"),
        "payment_allocation",
        ["tenant_id", "supplier_invoice_id"],
        unique=False,
    )


def _payment_run() -> None:
    op.create_table(
        "payment_run",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("pay_on", sa.Date(), nullable=False),
        sa.Column("due_until", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), server_default="proposed", nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'waiting', 'approved', 'paid', 'dropped')",
            name=op.f("ck_payment_run_status"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entity_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_payment_run_entity_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment_run")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_payment_run_tenant_id_number")),
    )
    op.create_index(
        op.f("ix_payment_run_tenant_id_entity_id_id"),
        "payment_run",
        ["tenant_id", "entity_id", "id"],
        unique=False,
    )


def _payment_run_line() -> None:
    op.create_table(
        "payment_run_line",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("supplier_invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_run_line_amount")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "payment_id"],
            ["payment.tenant_id", "payment.id"],
            name=op.f("fk_payment_run_line_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "run_id"],
            ["payment_run.tenant_id", "payment_run.id"],
            name=op.f("fk_payment_run_line_run_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "supplier_invoice_id"],
            ["supplier_invoice.tenant_id", "supplier_invoice.id"],
            name=op.f("fk_payment_run_line_supplier_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment_run_line")),
        sa.UniqueConstraint(
            "tenant_id",
            "run_id",
            "supplier_invoice_id",
            name=op.f("uq_payment_run_line_tenant_id_run_id_supplier_invoice_id"),
        ),
    )


TABLES = {
    "payment_term": _payment_term,
    "tax_code": _tax_code,
    "tax_rate": _tax_rate,
    "tax_rule": _tax_rule,
    "party_finance": _party_finance,
    "entity_finance": _entity_finance,
    "customer_credit": _customer_credit,
    "invoice": _invoice,
    "invoice_line": _invoice_line,
    "tax_amount": _tax_amount,
    "credit_note": _credit_note,
    "credit_note_line": _credit_note_line,
    "payment": _payment,
    "refund_part": _refund_part,
    "write_off": _write_off,
    "supplier_invoice": _supplier_invoice,
    "supplier_invoice_line": _supplier_invoice_line,
    "payment_allocation": _payment_allocation,
    "payment_run": _payment_run,
    "payment_run_line": _payment_run_line,
}


def downgrade() -> None:
    """Not taken back: what is in the books stays."""
    raise NotImplementedError("Invoices and payments are not forgotten.")
