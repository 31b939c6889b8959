"""Kits in orders, and locations that reject what they were given to do."""

import sqlalchemy as sa
from alembic import context, op

from tenancy.row_security import (
    LOCATION_SETTING,
    PARTY_SETTING,
    hide_from_partner,
    isolate_partner,
    isolate_tenant,
)

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

QUANTITY = sa.Numeric(24, 6)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make two tables, and the columns by which order lines know of them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _kits()
    _columns()
    _rejections()
    role = context.config.attributes.get("app_role", "crossdock_app")
    for statement in (
        *isolate_tenant("sales_order_kit"),
        *isolate_partner("sales_order_kit", column="party_id", setting=PARTY_SETTING),
        f"GRANT SELECT, INSERT, UPDATE ON sales_order_kit TO {role}",
        *isolate_tenant("allocation_rejection"),
        *isolate_partner("allocation_rejection", column="location_id", setting=LOCATION_SETTING),
        *hide_from_partner("allocation_rejection", setting=PARTY_SETTING),
        f"GRANT SELECT, INSERT, UPDATE ON allocation_rejection TO {role}",
    ):
        op.execute(statement)


def _own() -> list[sa.Column]:
    return [
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
    ]


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{to}.tenant_id", f"{to}.id"],
        name=op.f(f"fk_{table}_{column}"),
    )


def _kits() -> None:
    table = "sales_order_kit"
    op.create_table(
        table,
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger()),
        sa.Column("line_number", sa.BigInteger(), nullable=False),
        sa.Column("external_line", sa.Text()),
        sa.Column("external_code", sa.Text()),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("quantity_ordered", QUANTITY, nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity", QUANTITY, nullable=False),
        sa.Column("unit_price", QUANTITY, nullable=False),
        *_own(),
        sa.CheckConstraint("quantity > 0", name=op.f(f"ck_{table}_quantity")),
        _reference(table, "order_id", "sales_order"),
        _reference(table, "party_id", "party"),
        _reference(table, "item_id", "item"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(
            "tenant_id",
            "order_id",
            "line_number",
            name=op.f(f"uq_{table}_tenant_id_order_id_line_number"),
        ),
    )


def _columns() -> None:
    table = "sales_order_line"
    op.add_column(table, sa.Column("kit_id", sa.BigInteger()))
    op.add_column(table, sa.Column("per_kit", QUANTITY))
    op.add_column(
        table, sa.Column("rejections", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        table,
        sa.Column("allocation_stopped", sa.Boolean(), server_default="false", nullable=False),
    )
    op.create_check_constraint(
        op.f(f"ck_{table}_kit"),
        table,
        "(kit_id IS NULL) = (per_kit IS NULL) AND (per_kit IS NULL OR per_kit > 0)",
    )
    op.create_foreign_key(
        op.f(f"fk_{table}_kit_id"),
        table,
        "sales_order_kit",
        ["tenant_id", "kit_id"],
        ["tenant_id", "id"],
    )
    op.create_index(
        "ix_sales_order_line_stopped",
        table,
        ["tenant_id", "id"],
        postgresql_where=sa.text("allocation_stopped"),
    )


def _rejections() -> None:
    table = "allocation_rejection"
    op.create_table(
        table,
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("fulfilment_order_id", sa.BigInteger()),
        sa.Column("quantity", QUANTITY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("rejected_at", MOMENT, nullable=False),
        sa.Column("rejected_by", sa.Text(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("cleared_at", MOMENT),
        *_own(),
        sa.CheckConstraint("quantity > 0", name=op.f(f"ck_{table}_quantity")),
        sa.CheckConstraint(
            "reason IN ('no_stock', 'damaged', 'capacity', 'closed')",
            name=op.f(f"ck_{table}_reason"),
        ),
        _reference(table, "order_id", "sales_order"),
        _reference(table, "order_line_id", "sales_order_line"),
        _reference(table, "location_id", "location"),
        _reference(table, "fulfilment_order_id", "fulfilment_order"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )
    op.create_index(
        op.f(f"ix_{table}_tenant_id_order_line_id"), table, ["tenant_id", "order_line_id"]
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("allocation_rejection")
    op.drop_index("ix_sales_order_line_stopped", "sales_order_line")
    op.drop_constraint(op.f("fk_sales_order_line_kit_id"), "sales_order_line", type_="foreignkey")
    op.drop_constraint(op.f("ck_sales_order_line_kit"), "sales_order_line", type_="check")
    for name in ("kit_id", "per_kit", "rejections", "allocation_stopped"):
        op.drop_column("sales_order_line", name)
    op.drop_table("sales_order_kit")
