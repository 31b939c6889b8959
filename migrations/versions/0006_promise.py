"""Expected supply, calendars, transit and lead times, promises and what they rest on."""

import sqlalchemy as sa
from alembic import context, op

from tenancy.row_security import (
    LOCATION_SETTING,
    PARTY_SETTING,
    hide_from_partner,
    isolate_partner,
    isolate_tenant,
)

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = (
    "working_calendar",
    "calendar_closed_day",
    "transit_time",
    "supplier_item",
    "expected_supply",
    "expected_supply_receipt",
    "promise_rule",
    "promise_peg",
)
AT_RISK = (
    "promised_ship_on IS NOT NULL AND quantity > shipped + cancelled "
    "AND (expected_ship_on IS NULL OR expected_ship_on > promised_ship_on)"
)
LOCATION_DAYS = "receiving_days BETWEEN 0 AND 90 AND processing_days BETWEEN 0 AND 90"
# The administrators of tenants that exist already get what a new tenant's get.
GRANT_NEW = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT t.tenant_id FROM all_tenants() t LOOP
        PERFORM set_config('app.tenant_id', one.tenant_id::text, true);
        INSERT INTO role_permission (tenant_id, role_id, permission)
        SELECT r.tenant_id, r.id, p
        FROM role r, unnest(ARRAY['promise.read', 'promise.manage', 'inventory.expect']) p
        WHERE r.tenant_id = one.tenant_id AND r.name = 'admin'
        ON CONFLICT (tenant_id, role_id, permission) DO NOTHING;
    END LOOP;
END $$
"""


def upgrade() -> None:
    role = context.config.attributes.get("app_role", "crossdock_app")
    _make_tables()
    _widen_locations()
    _widen_order_lines()
    for table in TABLES:
        for statement in isolate_tenant(table):
            op.execute(statement)
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {role}')
    for statement in _partners():
        op.execute(statement)
    op.execute(GRANT_NEW)


def _partners() -> list[str]:
    # A customer's order is pegged in its own transaction: it sees its own pegs, and what is to
    # come; a third-party warehouse sees what is to come to it, and no customer's promise.
    return [
        *isolate_partner("promise_peg", column="party_id", setting=PARTY_SETTING),
        *hide_from_partner("promise_peg", setting=LOCATION_SETTING),
        *isolate_partner("expected_supply", column="location_id", setting=LOCATION_SETTING),
        *isolate_partner("transit_time", column="location_id", setting=LOCATION_SETTING),
        *hide_from_partner("expected_supply_receipt", setting=PARTY_SETTING),
    ]


def _widen_locations() -> None:
    op.add_column("location", sa.Column("calendar_id", sa.BigInteger()))
    for name in ("receiving_days", "processing_days"):
        op.add_column(
            "location", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
        )
    op.create_check_constraint(op.f("ck_location_days"), "location", LOCATION_DAYS)
    op.create_foreign_key(
        op.f("fk_location_calendar_id"),
        "location",
        "working_calendar",
        ["tenant_id", "calendar_id"],
        ["tenant_id", "id"],
    )


def _widen_order_lines() -> None:
    for name in ("promised_ship_on", "promised_on", "expected_ship_on", "expected_on"):
        op.add_column("sales_order_line", sa.Column(name, sa.Date()))
    op.add_column(
        "sales_order_line",
        sa.Column(
            "promise_at_risk", sa.Boolean(), sa.Computed(AT_RISK, persisted=True), nullable=False
        ),
    )
    op.create_index(
        "ix_sales_order_line_at_risk",
        "sales_order_line",
        ["tenant_id", "promised_ship_on", "id"],
        postgresql_where=sa.text("promise_at_risk"),
    )


def downgrade() -> None:
    raise NotImplementedError("Promises are not taken back; their tables would lose rows.")


def _make_tables() -> None:
    op.create_table(
        "working_calendar",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("working_days", sa.Text(), server_default="12345", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "working_days ~ '^1?2?3?4?5?6?7?$' AND working_days <> ''",
            name=op.f("ck_working_calendar_days"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_working_calendar")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_working_calendar_tenant_id_code")),
    )
    op.create_table(
        "calendar_closed_day",
        sa.Column("calendar_id", sa.BigInteger(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "calendar_id"],
            ["working_calendar.tenant_id", "working_calendar.id"],
            name=op.f("fk_calendar_closed_day_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_calendar_closed_day")),
        sa.UniqueConstraint(
            "tenant_id",
            "calendar_id",
            "closed_on",
            name=op.f("uq_calendar_closed_day_tenant_id_calendar_id_closed_on"),
        ),
    )
    op.create_table(
        "transit_time",
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.Column("region", sa.Text(), server_default="", nullable=False),
        sa.Column("postal_prefix", sa.Text(), server_default="", nullable=False),
        sa.Column("service", sa.Text(), server_default="", nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column(
            "weekend_delivery", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint("days BETWEEN 0 AND 365", name=op.f("ck_transit_time_days")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_transit_time_location_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_transit_time")),
    )
    op.create_index(
        "uq_transit_time_lane",
        "transit_time",
        ["tenant_id", "location_id", "country", "region", "postal_prefix", "service"],
        unique=True,
    )
    op.create_table(
        "supplier_item",
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("supplier_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_days", sa.BigInteger(), nullable=False),
        sa.Column(
            "minimum_quantity",
            sa.Numeric(precision=24, scale=6),
            server_default="0",
            nullable=False,
        ),
        sa.Column(
            "pack_size", sa.Numeric(precision=24, scale=6), server_default="1", nullable=False
        ),
        sa.Column("calendar_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint("status IN ('active', 'closed')", name=op.f("ck_supplier_item_status")),
        sa.CheckConstraint("lead_days BETWEEN 0 AND 1000", name=op.f("ck_supplier_item_lead_days")),
        sa.CheckConstraint(
            "minimum_quantity >= 0 AND pack_size > 0", name=op.f("ck_supplier_item_quantities")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "calendar_id"],
            ["working_calendar.tenant_id", "working_calendar.id"],
            name=op.f("fk_supplier_item_calendar_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_supplier_item_item_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "supplier_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_supplier_item_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_supplier_item")),
        sa.UniqueConstraint(
            "tenant_id",
            "item_id",
            "supplier_id",
            name=op.f("uq_supplier_item_tenant_id_item_id_supplier_id"),
        ),
    )
    op.create_index(
        op.f("ix_supplier_item_tenant_id_supplier_id"),
        "supplier_item",
        ["tenant_id", "supplier_id"],
        unique=False,
    )
    op.create_table(
        "expected_supply",
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column(
            "received", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False
        ),
        sa.Column("pegged", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False),
        sa.Column(
            "open",
            sa.Numeric(precision=24, scale=6),
            sa.Computed(
                "CASE WHEN status = 'open' THEN greatest(quantity - received, 0) ELSE 0 END",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("expected_on", sa.Date(), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("supplier_id", sa.BigInteger(), nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("overdue_told_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "kind IN ('purchase', 'transfer', 'production', 'other')",
            name=op.f("ck_expected_supply_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'received', 'cancelled')", name=op.f("ck_expected_supply_status")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_expected_supply_quantity")),
        sa.CheckConstraint(
            "received >= 0 AND pegged >= 0", name=op.f("ck_expected_supply_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_expected_supply_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_expected_supply_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_expected_supply_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "supplier_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_expected_supply_supplier_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_expected_supply")),
    )
    op.create_index(
        "ix_expected_supply_day",
        "expected_supply",
        ["tenant_id", "expected_on"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "ix_expected_supply_open",
        "expected_supply",
        ["tenant_id", "item_id", "expected_on"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "uq_expected_supply_reference",
        "expected_supply",
        ["tenant_id", "kind", "external_reference"],
        unique=True,
        postgresql_where=sa.text("external_reference IS NOT NULL"),
    )
    op.create_table(
        "expected_supply_receipt",
        sa.Column("supply_id", sa.BigInteger(), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_expected_supply_receipt_quantity")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["stock_document.tenant_id", "stock_document.id"],
            name=op.f("fk_expected_supply_receipt_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "supply_id"],
            ["expected_supply.tenant_id", "expected_supply.id"],
            name=op.f("fk_expected_supply_receipt_supply_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_expected_supply_receipt")),
    )
    op.create_index(
        op.f("ix_expected_supply_receipt_tenant_id_supply_id"),
        "expected_supply_receipt",
        ["tenant_id", "supply_id"],
        unique=False,
    )
    op.create_table(
        "promise_rule",
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("past_due_supply_days", sa.BigInteger(), server_default="7", nullable=False),
        sa.Column("past_due_demand_days", sa.BigInteger(), server_default="365", nullable=False),
        sa.Column("accumulation_days", sa.BigInteger(), nullable=True),
        sa.Column("advance_notice_days", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("buys", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("horizon_days", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "past_due_supply_days >= 0 AND past_due_demand_days >= 0 AND advance_notice_days >= 0 AND coalesce(accumulation_days, 0) >= 0 AND coalesce(horizon_days, 0) >= 0",
            name=op.f("ck_promise_rule_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "channel_id"],
            ["channel.tenant_id", "channel.id"],
            name=op.f("fk_promise_rule_channel_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_promise_rule")),
    )
    op.create_index(
        "uq_promise_rule_channel",
        "promise_rule",
        ["tenant_id", "channel_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "promise_peg",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("supply_id", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("ships_on", sa.Date(), nullable=False),
        sa.Column("delivers_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "(source = 'expected') = (supply_id IS NOT NULL)", name=op.f("ck_promise_peg_supply")
        ),
        sa.CheckConstraint("source IN ('expected', 'to_buy')", name=op.f("ck_promise_peg_source")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_promise_peg_quantity")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_promise_peg_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_promise_peg_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["sales_order.tenant_id", "sales_order.id"],
            name=op.f("fk_promise_peg_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_line_id"],
            ["sales_order_line.tenant_id", "sales_order_line.id"],
            name=op.f("fk_promise_peg_order_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_promise_peg_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "supply_id"],
            ["expected_supply.tenant_id", "expected_supply.id"],
            name=op.f("fk_promise_peg_supply_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_promise_peg")),
    )
    op.create_index(
        op.f("ix_promise_peg_tenant_id_item_id"),
        "promise_peg",
        ["tenant_id", "item_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_promise_peg_tenant_id_order_line_id"),
        "promise_peg",
        ["tenant_id", "order_line_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_promise_peg_tenant_id_supply_id"),
        "promise_peg",
        ["tenant_id", "supply_id"],
        unique=False,
    )
