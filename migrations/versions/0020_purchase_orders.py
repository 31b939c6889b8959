"""Purchase orders, what suppliers answer and send of them, and what came.

A supplier sees an order that was sent to it, and what hangs on it; nobody's draft. What of an
order is to come is expected supply."""

import sqlalchemy as sa
from alembic import context, op

from tenancy.row_security import (
    LOCATION_SETTING,
    PARTY_SETTING,
    hide_from_partner,
    isolate_tenant,
    isolate_with_parent,
)

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

QUANTITY = sa.Numeric(24, 6)
MOMENT = sa.DateTime(timezone=True)
ORDER = "purchase_order"
PARTS = (
    "purchase_order_line",
    "purchase_confirmation",
    "purchase_confirmation_line",
    "ship_notice",
    "ship_notice_line",
    "purchase_receipt",
    "purchase_receipt_line",
)
# A partner sees its own orders, and not before they are sent.
OF_ITS_SUPPLIER = f"""
CREATE POLICY partner_isolation_supplier_id ON purchase_order AS RESTRICTIVE
USING (coalesce(current_setting('{PARTY_SETTING}', true), '') = ''
       OR (sent_at IS NOT NULL AND supplier_id = ANY (
           string_to_array(current_setting('{PARTY_SETTING}', true), ',')::bigint[])))
"""


def upgrade() -> None:
    """Make eight tables, and the columns by which expected supply knows of them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _purchase_order()
    _purchase_order_line()
    _purchase_confirmation()
    _purchase_confirmation_line()
    _ship_notice()
    _ship_notice_line()
    _purchase_receipt()
    _purchase_receipt_line()
    _supply()
    role = context.config.attributes.get("app_role", "crossdock_app")
    for table in (ORDER, *PARTS):
        for statement in (
            *isolate_tenant(table),
            f"GRANT SELECT, INSERT, UPDATE ON {table} TO {role}",
        ):
            op.execute(statement)
    op.execute(OF_ITS_SUPPLIER)
    for statement in hide_from_partner(ORDER, setting=LOCATION_SETTING):
        op.execute(statement)
    for table in PARTS:
        for statement in isolate_with_parent(table, column="order_id", parent=ORDER):
            op.execute(statement)


def _supply() -> None:
    table = "expected_supply"
    for column, to in (
        ("purchase_line_id", "purchase_order_line"),
        ("ship_notice_line_id", "ship_notice_line"),
    ):
        op.add_column(table, sa.Column(column, sa.BigInteger()))
        op.create_foreign_key(
            op.f(f"fk_{table}_{column}"),
            table,
            to,
            ["tenant_id", column],
            ["tenant_id", "id"],
        )
    op.create_index(
        "ix_expected_supply_purchase_line",
        table,
        ["tenant_id", "purchase_line_id"],
        postgresql_where=sa.text("purchase_line_id IS NOT NULL"),
    )
    op.create_check_constraint(
        op.f(f"ck_{table}_purchase"), table, "purchase_line_id IS NULL OR kind = 'purchase'"
    )


def _purchase_order() -> None:
    op.create_table(
        "purchase_order",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("supplier_id", sa.BigInteger(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.Column("external_reference", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column(
            "over_percent", sa.Numeric(precision=5, scale=2), server_default="0", nullable=False
        ),
        sa.Column(
            "under_percent", sa.Numeric(precision=5, scale=2), server_default="0", nullable=False
        ),
        sa.Column("answer_by", MOMENT),
        sa.Column("sent_at", MOMENT),
        sa.Column("answered_at", MOMENT),
        sa.Column("cancellation_asked_at", MOMENT),
        sa.Column("cancellation_reason", sa.Text()),
        sa.Column("ended_at", MOMENT),
        sa.Column("end_reason", sa.Text()),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'sent', 'partly_confirmed', 'confirmed', 'shipped', 'partly_received', 'received', 'closed', 'cancelled')",
            name=op.f("ck_purchase_order_status"),
        ),
        sa.CheckConstraint(
            "over_percent BETWEEN 0 AND 100 AND under_percent BETWEEN 0 AND 100",
            name=op.f("ck_purchase_order_tolerances"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entity_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_purchase_order_entity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_purchase_order_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "supplier_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_purchase_order_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_purchase_order")),
    )
    op.create_index(
        op.f("ix_purchase_order_tenant_id_supplier_id_status"),
        "purchase_order",
        ["tenant_id", "supplier_id", "status"],
        unique=False,
    )
    op.create_index(
        "uq_purchase_order_number", "purchase_order", ["tenant_id", "number"], unique=True
    )


def _purchase_order_line() -> None:
    op.create_table(
        "purchase_order_line",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line_number", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("supplier_code", sa.Text()),
        sa.Column("quantity_ordered", QUANTITY, nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("base_unit", sa.Text(), nullable=False),
        sa.Column("quantity", QUANTITY, nullable=False),
        sa.Column("unit_price", QUANTITY, nullable=False),
        sa.Column("wanted_on", sa.Date(), nullable=False),
        sa.Column("first_answered_at", MOMENT),
        sa.Column("first_confirmed_on", sa.Date()),
        sa.Column("confirmed_on", sa.Date()),
        sa.Column("confirmed", QUANTITY, server_default="0", nullable=False),
        sa.Column("shipped", QUANTITY, server_default="0", nullable=False),
        sa.Column("received", QUANTITY, server_default="0", nullable=False),
        sa.Column("damaged", QUANTITY, server_default="0", nullable=False),
        sa.Column("cancelled", QUANTITY, server_default="0", nullable=False),
        sa.Column("completed_on", sa.Date()),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "quantity > 0 AND quantity_ordered > 0", name=op.f("ck_purchase_order_line_quantity")
        ),
        sa.CheckConstraint(
            "received >= 0 AND damaged >= 0 AND damaged <= received AND cancelled >= 0 AND cancelled <= quantity AND shipped >= 0",
            name=op.f("ck_purchase_order_line_not_negative"),
        ),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_purchase_order_line_unit_price")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_purchase_order_line_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["purchase_order.tenant_id", "purchase_order.id"],
            name=op.f("fk_purchase_order_line_order_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_purchase_order_line")),
    )
    op.create_index(
        op.f("ix_purchase_order_line_tenant_id_item_id"),
        "purchase_order_line",
        ["tenant_id", "item_id"],
        unique=False,
    )
    op.create_index(
        "uq_purchase_order_line_number",
        "purchase_order_line",
        ["tenant_id", "order_id", "line_number"],
        unique=True,
    )


def _purchase_confirmation() -> None:
    op.create_table(
        "purchase_confirmation",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("external_reference", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("told_at", MOMENT, nullable=False),
        sa.Column("told_by", sa.Text(), nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decision_reason", sa.Text()),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["purchase_order.tenant_id", "purchase_order.id"],
            name=op.f("fk_purchase_confirmation_order_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_purchase_confirmation")),
    )
    op.create_index(
        "uq_purchase_confirmation_number",
        "purchase_confirmation",
        ["tenant_id", "order_id", "number"],
        unique=True,
    )


def _purchase_confirmation_line() -> None:
    op.create_table(
        "purchase_confirmation_line",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("confirmation_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", QUANTITY, nullable=False),
        sa.Column("delivers_on", sa.Date()),
        sa.Column("unit_price", QUANTITY, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "status IN ('accepted', 'proposed', 'refused', 'superseded')",
            name=op.f("ck_purchase_confirmation_line_status"),
        ),
        sa.CheckConstraint(
            "quantity > 0 AND unit_price >= 0", name=op.f("ck_purchase_confirmation_line_quantity")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "confirmation_id"],
            ["purchase_confirmation.tenant_id", "purchase_confirmation.id"],
            name=op.f("fk_purchase_confirmation_line_confirmation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "line_id"],
            ["purchase_order_line.tenant_id", "purchase_order_line.id"],
            name=op.f("fk_purchase_confirmation_line_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["purchase_order.tenant_id", "purchase_order.id"],
            name=op.f("fk_purchase_confirmation_line_order_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_purchase_confirmation_line")),
    )
    op.create_index(
        op.f("ix_purchase_confirmation_line_tenant_id_confirmation_id"),
        "purchase_confirmation_line",
        ["tenant_id", "confirmation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_purchase_confirmation_line_tenant_id_line_id_status"),
        "purchase_confirmation_line",
        ["tenant_id", "line_id", "status"],
        unique=False,
    )


def _ship_notice() -> None:
    op.create_table(
        "ship_notice",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="on_its_way", nullable=False),
        sa.Column("carrier", sa.Text()),
        sa.Column("tracking_number", sa.Text()),
        sa.Column("expected_on", sa.Date(), nullable=False),
        sa.Column("shipped_at", MOMENT, nullable=False),
        sa.Column("shipped_by", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "status IN ('on_its_way', 'received')", name=op.f("ck_ship_notice_status")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["purchase_order.tenant_id", "purchase_order.id"],
            name=op.f("fk_ship_notice_order_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ship_notice")),
    )
    op.create_index(
        "uq_ship_notice_number", "ship_notice", ["tenant_id", "order_id", "number"], unique=True
    )


def _ship_notice_line() -> None:
    op.create_table(
        "ship_notice_line",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", QUANTITY, nullable=False),
        sa.Column("received", QUANTITY, server_default="0", nullable=False),
        sa.Column("lot", sa.Text(), server_default="", nullable=False),
        sa.Column("manufactured_on", sa.Date()),
        sa.Column("expires_on", sa.Date()),
        sa.Column("sscc", sa.Text()),
        sa.Column("serials", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "quantity > 0 AND received >= 0", name=op.f("ck_ship_notice_line_quantity")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "line_id"],
            ["purchase_order_line.tenant_id", "purchase_order_line.id"],
            name=op.f("fk_ship_notice_line_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "notice_id"],
            ["ship_notice.tenant_id", "ship_notice.id"],
            name=op.f("fk_ship_notice_line_notice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["purchase_order.tenant_id", "purchase_order.id"],
            name=op.f("fk_ship_notice_line_order_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ship_notice_line")),
    )
    op.create_index(
        op.f("ix_ship_notice_line_tenant_id_line_id"),
        "ship_notice_line",
        ["tenant_id", "line_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ship_notice_line_tenant_id_notice_id"),
        "ship_notice_line",
        ["tenant_id", "notice_id"],
        unique=False,
    )


def _purchase_receipt() -> None:
    op.create_table(
        "purchase_receipt",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", sa.BigInteger()),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["stock_document.tenant_id", "stock_document.id"],
            name=op.f("fk_purchase_receipt_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "notice_id"],
            ["ship_notice.tenant_id", "ship_notice.id"],
            name=op.f("fk_purchase_receipt_notice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["purchase_order.tenant_id", "purchase_order.id"],
            name=op.f("fk_purchase_receipt_order_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_purchase_receipt")),
    )
    op.create_index(
        op.f("ix_purchase_receipt_tenant_id_order_id"),
        "purchase_receipt",
        ["tenant_id", "order_id"],
        unique=False,
    )


def _purchase_receipt_line() -> None:
    op.create_table(
        "purchase_receipt_line",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("receipt_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", QUANTITY, nullable=False),
        sa.Column("damaged", QUANTITY, server_default="0", nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "quantity > 0 AND damaged BETWEEN 0 AND quantity",
            name=op.f("ck_purchase_receipt_line_quantity"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "line_id"],
            ["purchase_order_line.tenant_id", "purchase_order_line.id"],
            name=op.f("fk_purchase_receipt_line_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["purchase_order.tenant_id", "purchase_order.id"],
            name=op.f("fk_purchase_receipt_line_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "receipt_id"],
            ["purchase_receipt.tenant_id", "purchase_receipt.id"],
            name=op.f("fk_purchase_receipt_line_receipt_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_purchase_receipt_line")),
    )
    op.create_index(
        op.f("ix_purchase_receipt_line_tenant_id_line_id"),
        "purchase_receipt_line",
        ["tenant_id", "line_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_purchase_receipt_line_tenant_id_receipt_id"),
        "purchase_receipt_line",
        ["tenant_id", "receipt_id"],
        unique=False,
    )


def downgrade() -> None:
    """Remove them."""
    table = "expected_supply"
    op.drop_constraint(op.f(f"ck_{table}_purchase"), table, type_="check")
    op.drop_index("ix_expected_supply_purchase_line", table)
    for column in ("ship_notice_line_id", "purchase_line_id"):
        op.drop_constraint(op.f(f"fk_{table}_{column}"), table, type_="foreignkey")
        op.drop_column(table, column)
    for part in reversed(PARTS):
        op.drop_table(part)
    op.drop_table(ORDER)
