"""Lots, serial numbers, kits, and soft reservations of carts and quotes."""

import sqlalchemy as sa
from alembic import context, op

from tenancy.row_security import (
    LOCATION_SETTING,
    PARTY_SETTING,
    hide_from_partner,
    isolate_partner,
    isolate_tenant,
)

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = (
    "kit_component",
    "lot",
    "stock_hold",
    "serial_number",
    "serial_movement",
    "picked_serial",
)
APPEND_ONLY = ("serial_movement",)
MOVEMENT_KINDS = (
    "kind IN ('receipt', 'issue', 'transfer_out', 'transfer_in', 'adjustment', 'count', "
    "'state_change', 'reservation', 'release', 'kit_assembly', 'return')"
)
CHECKS = (
    ("item", "kind", "kind IN ('stock', 'kit')"),
    ("stock_movement", "kind", MOVEMENT_KINDS),
    ("stock_document", "kind", "kind IN ('receipt', 'adjustment', 'kit_assembly')"),
    ("stock_reservation", "kind", "kind IN ('hard', 'soft')"),
    ("stock_reservation", "of_line", "(kind = 'hard') = (order_line_id IS NOT NULL)"),
    (
        "stock_reservation",
        "of_hold",
        "(kind = 'soft') = (hold_id IS NOT NULL) AND (kind = 'soft') = (expires_at IS NOT NULL)",
    ),
)
REPLACED = ("stock_movement", "stock_document")
# What is in stock already gets its lot, and its serial number, from the balance that bears it.
KNOW_WHAT_IS_THERE = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT t.tenant_id FROM all_tenants() t LOOP
        PERFORM set_config('app.tenant_id', one.tenant_id::text, true);
        INSERT INTO lot (tenant_id, item_id, code, created_at)
        SELECT DISTINCT b.tenant_id, b.item_id, b.lot, transaction_timestamp()
        FROM stock_balance b WHERE b.tenant_id = one.tenant_id AND b.lot <> '';
        INSERT INTO serial_number (tenant_id, item_id, code, balance_id, state, created_at)
        SELECT DISTINCT ON (b.item_id, b.lot) b.tenant_id, b.item_id, b.lot, b.id,
               CASE WHEN b.damaged > 0 THEN 'damaged'
                    WHEN b.quality_control > 0 THEN 'quality_control' ELSE 'available' END,
               transaction_timestamp()
        FROM stock_balance b
        JOIN item i ON i.tenant_id = b.tenant_id AND i.id = b.item_id
        WHERE b.tenant_id = one.tenant_id AND b.on_hand = 1 AND i.tracking = 'serial'
          AND b.lot <> '' ORDER BY b.item_id, b.lot, b.id;
    END LOOP;
END $$
"""


def upgrade() -> None:
    _make_tables()
    _widen_tables()
    role = context.config.attributes.get("app_role", "crossdock_app")
    for table in TABLES:
        for statement in isolate_tenant(table):
            op.execute(statement)
        rights = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
        op.execute(f'GRANT {rights} ON "{table}" TO {role}')
    # A customer sees its own carts; what customers hold is none of a warehouse's business.
    for statement in isolate_partner("stock_hold", column="party_id", setting=PARTY_SETTING):
        op.execute(statement)
    for statement in hide_from_partner("stock_hold", setting=LOCATION_SETTING):
        op.execute(statement)
    op.execute(KNOW_WHAT_IS_THERE)


def downgrade() -> None:
    raise NotImplementedError("Lots, serial numbers and kits are not taken back.")


def _make_tables() -> None:
    op.create_table(
        "kit_component",
        sa.Column("kit_item_id", sa.BigInteger(), nullable=False),
        sa.Column("component_item_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "kit_item_id <> component_item_id", name=op.f("ck_kit_component_not_of_itself")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_kit_component_quantity")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "component_item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_kit_component_component_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "kit_item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_kit_component_kit_item_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_kit_component")),
        sa.UniqueConstraint(
            "tenant_id",
            "kit_item_id",
            "component_item_id",
            name=op.f("uq_kit_component_tenant_id_kit_item_id_component_item_id"),
        ),
    )
    op.create_index(
        op.f("ix_kit_component_tenant_id_component_item_id"),
        "kit_component",
        ["tenant_id", "component_item_id"],
        unique=False,
    )
    op.create_table(
        "lot",
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("manufactured_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), server_default="released", nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint("code <> ''", name=op.f("ck_lot_code")),
        sa.CheckConstraint(
            "status IN ('released', 'quarantined', 'recalled')", name=op.f("ck_lot_status")
        ),
        sa.CheckConstraint("expires_on >= manufactured_on", name=op.f("ck_lot_lifetime")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"], ["item.tenant_id", "item.id"], name=op.f("fk_lot_item_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_lot")),
        sa.UniqueConstraint(
            "tenant_id", "item_id", "code", name=op.f("uq_lot_tenant_id_item_id_code")
        ),
    )
    op.create_table(
        "stock_hold",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint("kind IN ('cart', 'quote')", name=op.f("ck_stock_hold_kind")),
        sa.CheckConstraint(
            "status IN ('open', 'released', 'expired', 'placed')", name=op.f("ck_stock_hold_status")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "channel_id"],
            ["channel.tenant_id", "channel.id"],
            name=op.f("fk_stock_hold_channel_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_stock_hold_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stock_hold")),
    )
    op.create_index(
        op.f("ix_stock_hold_tenant_id_expires_at"),
        "stock_hold",
        ["tenant_id", "expires_at"],
        unique=False,
        postgresql_where="status = 'open'",
    )
    op.create_index(
        op.f("ix_stock_hold_tenant_id_holder"), "stock_hold", ["tenant_id", "holder"], unique=False
    )
    op.create_table(
        "serial_number",
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("balance_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="available", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint("code <> ''", name=op.f("ck_serial_number_code")),
        sa.CheckConstraint(
            "state IN ('available', 'quality_control', 'damaged', 'in_transit', 'shipped', 'removed', 'in_kit')",
            name=op.f("ck_serial_number_state"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "balance_id"],
            ["stock_balance.tenant_id", "stock_balance.id"],
            name=op.f("fk_serial_number_balance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_serial_number_item_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_serial_number")),
        sa.UniqueConstraint(
            "tenant_id", "item_id", "code", name=op.f("uq_serial_number_tenant_id_item_id_code")
        ),
    )
    op.create_index(
        op.f("ix_serial_number_tenant_id_balance_id_state"),
        "serial_number",
        ["tenant_id", "balance_id", "state"],
        unique=False,
    )
    op.create_table(
        "serial_movement",
        sa.Column("serial_id", sa.BigInteger(), nullable=False),
        sa.Column("balance_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference_kind", sa.Text(), nullable=False),
        sa.Column("reference_id", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "balance_id"],
            ["stock_balance.tenant_id", "stock_balance.id"],
            name=op.f("fk_serial_movement_balance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "serial_id"],
            ["serial_number.tenant_id", "serial_number.id"],
            name=op.f("fk_serial_movement_serial_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_serial_movement")),
    )
    op.create_index(
        op.f("ix_serial_movement_tenant_id_serial_id_id"),
        "serial_movement",
        ["tenant_id", "serial_id", "id"],
        unique=False,
    )
    op.create_table(
        "picked_serial",
        sa.Column("fulfilment_line_id", sa.BigInteger(), nullable=False),
        sa.Column("serial_id", sa.BigInteger(), nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "fulfilment_line_id"],
            ["fulfilment_line.tenant_id", "fulfilment_line.id"],
            name=op.f("fk_picked_serial_fulfilment_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "serial_id"],
            ["serial_number.tenant_id", "serial_number.id"],
            name=op.f("fk_picked_serial_serial_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "shipment_id"],
            ["shipment.tenant_id", "shipment.id"],
            name=op.f("fk_picked_serial_shipment_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_picked_serial")),
    )
    op.create_index(
        op.f("ix_picked_serial_tenant_id_fulfilment_line_id"),
        "picked_serial",
        ["tenant_id", "fulfilment_line_id"],
        unique=False,
    )
    op.create_index(
        "uq_picked_serial_at_work",
        "picked_serial",
        ["tenant_id", "serial_id"],
        unique=True,
        postgresql_where="shipment_id IS NULL",
    )


def _widen_tables() -> None:
    op.add_column("item", sa.Column("kind", sa.Text(), server_default="stock", nullable=False))
    op.add_column(
        "stock_reservation", sa.Column("kind", sa.Text(), server_default="hard", nullable=False)
    )
    op.add_column("stock_reservation", sa.Column("hold_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "stock_reservation", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.alter_column("stock_reservation", "order_line_id", existing_type=sa.BIGINT(), nullable=True)
    op.create_index(
        "ix_stock_reservation_due",
        "stock_reservation",
        ["tenant_id", "expires_at"],
        unique=False,
        postgresql_where="status = 'open' AND kind = 'soft'",
    )
    op.create_index(
        op.f("ix_stock_reservation_tenant_id_hold_id"),
        "stock_reservation",
        ["tenant_id", "hold_id"],
        unique=False,
        postgresql_where="hold_id IS NOT NULL",
    )
    op.create_foreign_key(
        op.f("fk_stock_reservation_hold_id"),
        "stock_reservation",
        "stock_hold",
        ["tenant_id", "hold_id"],
        ["tenant_id", "id"],
    )
    for table in REPLACED:
        op.drop_constraint(op.f(f"ck_{table}_kind"), table)
    for table, name, condition in CHECKS:
        constraint = f"ck_{table}_{name}"
        op.execute(
            f'ALTER TABLE "{table}" ADD CONSTRAINT {constraint} CHECK ({condition}) NOT VALID'
        )
        op.execute(f'ALTER TABLE "{table}" VALIDATE CONSTRAINT {constraint}')
