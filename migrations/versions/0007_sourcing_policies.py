"""Sourcing strategies of allocation policies, and what they ask of orders, items and places."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from tenancy.row_security import LOCATION_SETTING, hide_from_partner, isolate_tenant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

QUANTITY = sa.Numeric(24, 6)
DEGREES = sa.Numeric(9, 6)
COLUMNS = {
    "location": (
        sa.Column("latitude", DEGREES),
        sa.Column("longitude", DEGREES),
        sa.Column("orders_per_day", sa.BigInteger()),
        sa.Column("units_per_day", QUANTITY),
    ),
    "party_address": (sa.Column("latitude", DEGREES), sa.Column("longitude", DEGREES)),
    "party": (
        sa.Column("customer_group", sa.Text()),
        sa.Column(
            "substitutes_allowed", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    ),
    "item": (sa.Column("item_group", sa.Text()),),
    "sales_order": (sa.Column("service_level", sa.Text()),),
    "allocation_decision": (sa.Column("because", postgresql.JSONB(none_as_null=True)),),
    "allocation_policy": (
        sa.Column("entity_id", sa.BigInteger()),
        sa.Column("effective_to", sa.DateTime(timezone=True)),
        sa.Column("definition", postgresql.JSONB(none_as_null=True)),
        sa.Column("content_hash", sa.Text()),
    ),
}
POLICY_CHECKS = {
    "ck_allocation_policy_one_scope": "channel_id IS NULL OR entity_id IS NULL",
    "ck_allocation_policy_period": "effective_to IS NULL OR effective_to >= effective_from",
}
TABLES = {
    "allocation_policy_content": "SELECT, INSERT",
    "lane_cost": "SELECT, INSERT, UPDATE, DELETE",
}


def upgrade() -> None:
    """Add columns, an index and two tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.add_column(table, column._copy())
    _policies()
    op.create_index(
        op.f("ix_allocation_tenant_id_location_id_created_at"),
        "allocation",
        ["tenant_id", "location_id", "created_at"],
    )
    _content()
    _lanes()
    role = context.config.attributes.get("app_role", "crossdock_app")
    for table, rights in TABLES.items():
        for statement in (
            *isolate_tenant(table),
            *hide_from_partner(table, setting=LOCATION_SETTING),
            f'GRANT {rights} ON "{table}" TO {role}',
        ):
            op.execute(statement)


def _policies() -> None:
    op.create_foreign_key(
        op.f("fk_allocation_policy_entity_id"),
        "allocation_policy",
        "legal_entity",
        ["tenant_id", "entity_id"],
        ["tenant_id", "id"],
    )
    for name, condition in POLICY_CHECKS.items():
        op.create_check_constraint(op.f(name), "allocation_policy", condition)


def _content() -> None:
    op.create_table(
        "allocation_policy_content",
        sa.Column("policy_id", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "policy_id"],
            ["allocation_policy.tenant_id", "allocation_policy.id"],
            name=op.f("fk_allocation_policy_content_policy_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_allocation_policy_content")),
        sa.UniqueConstraint(
            "tenant_id", "policy_id", name=op.f("uq_allocation_policy_content_tenant_id_policy_id")
        ),
    )


def _lanes() -> None:
    op.create_table(
        "lane_cost",
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("country", sa.Text()),
        sa.Column("region", sa.Text()),
        sa.Column("service_level", sa.Text()),
        sa.Column("per_order_minor", sa.BigInteger(), nullable=False),
        sa.Column("per_unit_minor", QUANTITY, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "per_order_minor >= 0 AND per_unit_minor >= 0", name=op.f("ck_lane_cost_not_negative")
        ),
        sa.CheckConstraint(
            "region IS NULL OR country IS NOT NULL", name=op.f("ck_lane_cost_region_of_country")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_lane_cost_location_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_lane_cost")),
    )
    op.create_index(
        "uq_lane_cost_lane",
        "lane_cost",
        ["tenant_id", "location_id", "country", "region", "service_level"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    """Remove them."""
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_index(op.f("ix_allocation_tenant_id_location_id_created_at"), "allocation")
    for name in POLICY_CHECKS:
        op.drop_constraint(op.f(name), "allocation_policy")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column.name)
