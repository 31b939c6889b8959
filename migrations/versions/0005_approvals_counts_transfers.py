"""Approvals, tolerances, counts and snapshots of stock, and transfers."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from tenancy.row_security import (
    LOCATION_SETTING,
    PARTY_SETTING,
    hide_from_partner,
    isolate_partner,
    isolate_tenant,
)

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = (
    "approval_request",
    "approval_decision",
    "stock_tolerance",
    "stock_count",
    "stock_count_line",
    "requested_adjustment",
    "transfer_order",
    "transfer_line",
)
APPEND_ONLY = ("approval_decision",)
# A warehouse of somebody else's sees what concerns it alone.
OF_LOCATION = ("approval_request", "stock_count", "stock_count_line", "requested_adjustment")
OF_TWO_PLACES = ("transfer_order", "transfer_line")
OF_EITHER_PLACE = """
CREATE POLICY partner_isolation_place ON "{table}" AS RESTRICTIVE
USING (coalesce(current_setting('app.location_id', true), '') = ''
       OR source_id = nullif(current_setting('app.location_id', true), '')::bigint
       OR destination_id = nullif(current_setting('app.location_id', true), '')::bigint)
"""
# Decisions are the tenant's own people's.
OF_NO_PARTNER = """
CREATE POLICY partner_exclusion_everywhere ON "approval_decision" AS RESTRICTIVE
USING (coalesce(current_setting('app.location_id', true), '') = '')
"""
OF_LINE = "CASE kind WHEN 'hard' THEN 1 ELSE 0 END = num_nonnulls(order_line_id, transfer_line_id)"
# The roles that tenants exist with get what a new tenant's get.
GRANT_NEW = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT t.tenant_id FROM all_tenants() t LOOP
        PERFORM set_config('app.tenant_id', one.tenant_id::text, true);
        INSERT INTO role_permission (tenant_id, role_id, permission)
        SELECT r.tenant_id, r.id, g.permission
        FROM (VALUES
            ('admin', 'approvals.read'), ('admin', 'approvals.request'),
            ('admin', 'approvals.decide'), ('admin', 'inventory.count'),
            ('admin', 'inventory.report'), ('admin', 'inventory.transfer'),
            ('admin', 'inventory.approve'), ('admin', 'inventory.manage'),
            ('warehouse', 'approvals.read'), ('warehouse', 'approvals.request'),
            ('warehouse', 'inventory.count'), ('warehouse', 'inventory.report'),
            ('warehouse', 'inventory.transfer'),
            ('third_party', 'inventory.report')
        ) AS g(role, permission)
        JOIN role r ON r.tenant_id = one.tenant_id AND r.name = g.role
        ON CONFLICT (tenant_id, role_id, permission) DO NOTHING;
    END LOOP;
END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _make_approvals()
    _make_counts()
    _make_transfers()
    _reserve_for_transfers()
    role = context.config.attributes.get("app_role", "crossdock_app")
    for table in TABLES:
        rights = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
        op.execute(f'GRANT {rights} ON "{table}" TO {role}')
        for statement in (
            *isolate_tenant(table),
            *hide_from_partner(table, setting=PARTY_SETTING),
        ):
            op.execute(statement)
    for table in OF_LOCATION:
        for statement in isolate_partner(table, column="location_id", setting=LOCATION_SETTING):
            op.execute(statement)
    for table in OF_TWO_PLACES:
        op.execute(OF_EITHER_PLACE.format(table=table))
    op.execute(OF_NO_PARTNER)
    op.execute(GRANT_NEW)


def downgrade() -> None:
    raise NotImplementedError("Approvals, counts and transfers are not taken back.")


def _reserve_for_transfers() -> None:
    op.add_column("stock_reservation", sa.Column("transfer_line_id", sa.BigInteger()))
    op.create_index(
        "ix_stock_reservation_tenant_id_transfer_line_id",
        "stock_reservation",
        ["tenant_id", "transfer_line_id"],
        postgresql_where="transfer_line_id IS NOT NULL",
    )
    op.create_foreign_key(
        "fk_stock_reservation_transfer_line_id",
        "stock_reservation",
        "transfer_line",
        ["tenant_id", "transfer_line_id"],
        ["tenant_id", "id"],
    )
    op.execute("ALTER TABLE stock_reservation DROP CONSTRAINT ck_stock_reservation_of_line")
    op.execute(
        "ALTER TABLE stock_reservation ADD CONSTRAINT ck_stock_reservation_of_line "
        f"CHECK ({OF_LINE}) NOT VALID"
    )
    op.execute("ALTER TABLE stock_reservation VALIDATE CONSTRAINT ck_stock_reservation_of_line")


def _make_approvals() -> None:
    op.create_table(
        "approval_request",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requester_kind", sa.Text(), nullable=False),
        sa.Column("requester_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "(status = 'waiting') = (ended_at IS NULL)", name=op.f("ck_approval_request_ended")
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'approved', 'rejected', 'withdrawn', 'expired')",
            name=op.f("ck_approval_request_status"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_approval_request_location_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval_request")),
        sa.UniqueConstraint(
            "tenant_id",
            "id",
            "requester_kind",
            "requester_id",
            name=op.f("uq_approval_request_tenant_id_id_requester_kind_requester_id"),
        ),
    )
    op.create_index(
        "ix_approval_request_due",
        "approval_request",
        ["tenant_id", "expires_at"],
        unique=False,
        postgresql_where="status = 'waiting'",
    )
    op.create_index(
        op.f("ix_approval_request_tenant_id_status_id"),
        "approval_request",
        ["tenant_id", "status", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_approval_request_tenant_id_subject_subject_id"),
        "approval_request",
        ["tenant_id", "subject", "subject_id"],
        unique=False,
    )
    op.create_index(
        "uq_approval_request_waiting",
        "approval_request",
        ["tenant_id", "subject", "subject_id"],
        unique=True,
        postgresql_where="status = 'waiting'",
    )
    op.create_table(
        "approval_decision",
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("requester_kind", sa.Text(), nullable=False),
        sa.Column("requester_id", sa.BigInteger(), nullable=False),
        sa.Column("decider_kind", sa.Text(), nullable=False),
        sa.Column("decider_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "verdict IN ('approved', 'rejected')", name=op.f("ck_approval_decision_verdict")
        ),
        sa.CheckConstraint(
            "(decider_kind, decider_id) <> (requester_kind, requester_id)",
            name=op.f("ck_approval_decision_not_requester"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "request_id", "requester_kind", "requester_id"],
            [
                "approval_request.tenant_id",
                "approval_request.id",
                "approval_request.requester_kind",
                "approval_request.requester_id",
            ],
            name=op.f("fk_approval_decision_request_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_approval_decision")),
        sa.UniqueConstraint(
            "tenant_id",
            "request_id",
            "decider_kind",
            "decider_id",
            name=op.f("uq_approval_decision_tenant_id_request_id_decider_kind_decider_id"),
        ),
    )


def _make_counts() -> None:
    op.create_table(
        "stock_tolerance",
        sa.Column("location_id", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=24, scale=6), nullable=True),
        sa.Column("percent", sa.Numeric(precision=9, scale=4), nullable=True),
        sa.Column("value_minor", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "num_nonnulls(quantity, percent, value_minor) > 0 AND least(quantity, percent, value_minor) >= 0",
            name=op.f("ck_stock_tolerance_limits"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_stock_tolerance_location_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stock_tolerance")),
    )
    op.create_index(
        "uq_stock_tolerance_location",
        "stock_tolerance",
        ["tenant_id", "location_id"],
        unique=True,
        postgresql_where="location_id IS NOT NULL",
    )
    op.create_index(
        "uq_stock_tolerance_standard",
        "stock_tolerance",
        ["tenant_id"],
        unique=True,
        postgresql_where="location_id IS NULL",
    )
    op.create_table(
        "stock_count",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_blind", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_whole", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("raw", postgresql.JSONB(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "(kind = 'snapshot') = (as_of IS NOT NULL)", name=op.f("ck_stock_count_as_of")
        ),
        sa.CheckConstraint(
            "(kind = 'snapshot') = (content_hash IS NOT NULL)", name=op.f("ck_stock_count_content")
        ),
        sa.CheckConstraint("kind IN ('count', 'snapshot')", name=op.f("ck_stock_count_kind")),
        sa.CheckConstraint(
            "status IN ('open', 'waiting', 'booked', 'exception', 'rejected', 'ignored', 'cancelled')",
            name=op.f("ck_stock_count_status"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "channel_id"],
            ["channel.tenant_id", "channel.id"],
            name=op.f("fk_stock_count_channel_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["stock_document.tenant_id", "stock_document.id"],
            name=op.f("fk_stock_count_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_stock_count_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_stock_count_owner_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stock_count")),
    )
    op.create_index(
        op.f("ix_stock_count_tenant_id_location_id_status"),
        "stock_count",
        ["tenant_id", "location_id", "status"],
        unique=False,
    )
    op.create_index(
        "uq_stock_count_content",
        "stock_count",
        ["tenant_id", "location_id", "owner_id", "content_hash"],
        unique=True,
        postgresql_where="content_hash IS NOT NULL",
    )
    op.create_index("uq_stock_count_number", "stock_count", ["tenant_id", "number"], unique=True)
    op.create_table(
        "stock_count_line",
        sa.Column("count_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("line_number", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("balance_id", sa.BigInteger(), nullable=True),
        sa.Column("expected", sa.Numeric(precision=24, scale=6), nullable=True),
        sa.Column("expected_position", sa.BigInteger(), nullable=True),
        sa.Column("counted", sa.Numeric(precision=24, scale=6), nullable=True),
        sa.Column("counted_quality_control", sa.Numeric(precision=24, scale=6), nullable=True),
        sa.Column("counted_damaged", sa.Numeric(precision=24, scale=6), nullable=True),
        sa.Column("counts_available", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("counted_by", sa.Text(), nullable=True),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column(
            "difference", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False
        ),
        sa.Column(
            "difference_quality_control",
            sa.Numeric(precision=24, scale=6),
            server_default="0",
            nullable=False,
        ),
        sa.Column(
            "difference_damaged",
            sa.Numeric(precision=24, scale=6),
            server_default="0",
            nullable=False,
        ),
        sa.Column("value_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("verdict", sa.Text(), server_default="open", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("booked", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "balance_id IS NOT NULL OR verdict = 'unknown'", name=op.f("ck_stock_count_line_known")
        ),
        sa.CheckConstraint(
            "verdict IN ('open', 'even', 'within', 'above', 'oversold', 'unknown', 'superseded', 'pieces')",
            name=op.f("ck_stock_count_line_verdict"),
        ),
        sa.CheckConstraint(
            "counted >= 0 AND counted_quality_control >= 0 AND counted_damaged >= 0",
            name=op.f("ck_stock_count_line_counted"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "balance_id"],
            ["stock_balance.tenant_id", "stock_balance.id"],
            name=op.f("fk_stock_count_line_balance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "count_id"],
            ["stock_count.tenant_id", "stock_count.id"],
            name=op.f("fk_stock_count_line_count_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_stock_count_line_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_stock_count_line_location_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stock_count_line")),
    )
    op.create_index(
        op.f("ix_stock_count_line_tenant_id_balance_id_observed_at"),
        "stock_count_line",
        ["tenant_id", "balance_id", "observed_at"],
        unique=False,
        postgresql_where="booked",
    )
    op.create_index(
        "uq_stock_count_line_number",
        "stock_count_line",
        ["tenant_id", "count_id", "line_number"],
        unique=True,
    )
    op.create_table(
        "requested_adjustment",
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'booked', 'dropped')",
            name=op.f("ck_requested_adjustment_status"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["stock_document.tenant_id", "stock_document.id"],
            name=op.f("fk_requested_adjustment_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_requested_adjustment_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_requested_adjustment_owner_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_requested_adjustment")),
    )


def _make_transfers() -> None:
    op.create_table(
        "transfer_order",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("destination_id", sa.BigInteger(), nullable=False),
        sa.Column("transit_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'released', 'shipped', 'partly_received', 'received', 'cancelled')",
            name=op.f("ck_transfer_order_status"),
        ),
        sa.CheckConstraint(
            "source_id <> destination_id", name=op.f("ck_transfer_order_two_places")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "destination_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_transfer_order_destination_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_transfer_order_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "source_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_transfer_order_source_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transit_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_transfer_order_transit_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_transfer_order")),
    )
    op.create_index(
        op.f("ix_transfer_order_tenant_id_destination_id_status"),
        "transfer_order",
        ["tenant_id", "destination_id", "status"],
        unique=False,
    )
    op.create_index(
        "uq_transfer_order_number", "transfer_order", ["tenant_id", "number"], unique=True
    )
    op.create_table(
        "transfer_line",
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("line_number", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("balance_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("destination_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("shipped", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False),
        sa.Column(
            "received", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False
        ),
        sa.Column("damaged", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False),
        sa.Column(
            "over_received", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False
        ),
        sa.Column("missing", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False),
        sa.Column(
            "in_transit", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False
        ),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=False), autoincrement=True, nullable=False
        ),
        sa.CheckConstraint(
            "quantity > 0 AND shipped >= 0 AND shipped <= quantity",
            name=op.f("ck_transfer_line_shipped"),
        ),
        sa.CheckConstraint(
            "received >= 0 AND damaged >= 0 AND damaged <= received AND over_received >= 0 AND missing >= 0 AND in_transit >= 0",
            name=op.f("ck_transfer_line_not_negative"),
        ),
        sa.CheckConstraint(
            "shipped = received - over_received + missing + in_transit",
            name=op.f("ck_transfer_line_accounted_for"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "balance_id"],
            ["stock_balance.tenant_id", "stock_balance.id"],
            name=op.f("fk_transfer_line_balance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "destination_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_transfer_line_destination_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_transfer_line_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "source_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_transfer_line_source_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transfer_id"],
            ["transfer_order.tenant_id", "transfer_order.id"],
            name=op.f("fk_transfer_line_transfer_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_transfer_line")),
    )
    op.create_index(
        "ix_transfer_line_in_transit",
        "transfer_line",
        ["tenant_id", "item_id", "destination_id"],
        unique=False,
        postgresql_where="in_transit > 0",
    )
    op.create_index(
        "uq_transfer_line_number",
        "transfer_line",
        ["tenant_id", "transfer_id", "line_number"],
        unique=True,
    )
