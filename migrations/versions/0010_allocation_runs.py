"""Allocation runs, and the rule by which backorders queue."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from tenancy.row_security import LOCATION_SETTING, PARTY_SETTING, hide_from_partner, isolate_tenant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

QUANTITY = sa.Numeric(24, 6)
MOMENT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB()
TABLES = {
    "backorder_priority": "SELECT, INSERT, UPDATE",
    "allocation_run": "SELECT, INSERT, UPDATE",
    "allocation_run_line": "SELECT, INSERT, UPDATE",
}


def upgrade() -> None:
    """Make three tables that no partner sees."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _priority()
    _run()
    _lines()
    role = context.config.attributes.get("app_role", "crossdock_app")
    for table, rights in TABLES.items():
        own = [*hide_from_partner(table, setting=LOCATION_SETTING)]
        own += [
            statement.replace("partner_exclusion", "party_exclusion")
            for statement in hide_from_partner(table, setting=PARTY_SETTING)
        ]
        for statement in (*isolate_tenant(table), *own, f'GRANT {rights} ON "{table}" TO {role}'):
            op.execute(statement)


def _own() -> list[sa.Column]:
    return [
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
    ]


def _priority() -> None:
    op.create_table(
        "backorder_priority",
        sa.Column("keys", JSON, nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        *_own(),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_backorder_priority")),
    )
    op.create_index(
        "uq_backorder_priority_tenant", "backorder_priority", ["tenant_id"], unique=True
    )


def _run() -> None:
    op.create_table(
        "allocation_run",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("scope", JSON, nullable=False),
        sa.Column("rules", JSON, nullable=False),
        sa.Column("may_take_from_open", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), server_default="planning", nullable=False),
        sa.Column("figures", postgresql.JSONB(none_as_null=True)),
        sa.Column("lines_changed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lines_applied", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lines_stale", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failure", sa.Text()),
        sa.Column("based_on", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("planned_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        *_own(),
        sa.CheckConstraint(
            "method IN ('priority', 'fair_share', 'minimum_cost')",
            name=op.f("ck_allocation_run_method"),
        ),
        sa.CheckConstraint(
            "status IN ('planning', 'planned', 'applying', 'applied', 'cancelled', 'failed')",
            name=op.f("ck_allocation_run_status"),
        ),
        sa.CheckConstraint(
            "lines_applied + lines_stale <= lines_changed", name=op.f("ck_allocation_run_progress")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_allocation_run")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_allocation_run_tenant_id_number")),
    )
    op.create_index(
        op.f("ix_allocation_run_tenant_id_status_id"),
        "allocation_run",
        ["tenant_id", "status", "id"],
    )


def _reference(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{table}.tenant_id", f"{table}.id"],
        name=op.f(f"fk_allocation_run_line_{column}"),
    )


def _lines() -> None:
    op.create_table(
        "allocation_run_line",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("demanded", QUANTITY, nullable=False),
        sa.Column("held", QUANTITY, nullable=False),
        sa.Column("given", QUANTITY, nullable=False),
        sa.Column("takes", JSON, nullable=False),
        sa.Column("because", JSON, nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), server_default="planned", nullable=False),
        sa.Column("applied", QUANTITY),
        sa.Column("applied_at", MOMENT),
        *_own(),
        sa.CheckConstraint(
            "given >= 0 AND given <= demanded", name=op.f("ck_allocation_run_line_given")
        ),
        sa.CheckConstraint(
            "held >= 0 AND held <= demanded", name=op.f("ck_allocation_run_line_held")
        ),
        sa.CheckConstraint(
            "status IN ('planned', 'applied', 'stale', 'unchanged')",
            name=op.f("ck_allocation_run_line_status"),
        ),
        _reference("run_id", "allocation_run"),
        _reference("order_id", "sales_order"),
        _reference("order_line_id", "sales_order_line"),
        _reference("item_id", "item"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_allocation_run_line")),
        sa.UniqueConstraint(
            "tenant_id",
            "run_id",
            "order_line_id",
            name=op.f("uq_allocation_run_line_tenant_id_run_id_order_line_id"),
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "run_id",
            "position",
            name=op.f("uq_allocation_run_line_tenant_id_run_id_position"),
        ),
    )
    op.create_index(
        "ix_allocation_run_line_part",
        "allocation_run_line",
        ["tenant_id", "run_id", "part"],
        postgresql_where=sa.text("status = 'planned'"),
    )


def downgrade() -> None:
    """Remove them."""
    for table in reversed(TABLES):
        op.drop_table(table)
