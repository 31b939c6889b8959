"""Protected pools: stock that is kept for some, and which allocations were drawn from it."""

import sqlalchemy as sa
from alembic import context, op

from tenancy.row_security import LOCATION_SETTING, hide_from_partner, isolate_tenant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

QUANTITY = sa.Numeric(24, 6)
MOMENT = sa.DateTime(timezone=True)
TABLES = ("stock_pool", "stock_pool_item")
CHECKS = {
    "one_scope": "num_nonnulls(item_id, item_group) = 1",
    "one_beneficiary": "num_nonnulls(channel_id, customer_group, party_id) = 1",
    "one_measure": "num_nonnulls(quantity, share) = 1",
    "group_by_share": "item_group IS NULL OR share IS NOT NULL",
    "quantity": "quantity > 0",
    "share": "share > 0 AND share <= 1",
    "period": "expires_at > effective_from",
    "status": "status IN ('active', 'closed', 'expired')",
}
REFERENCES = {
    "item_id": "item",
    "location_id": "location",
    "owner_id": "legal_entity",
    "parent_id": "stock_pool",
    "channel_id": "channel",
    "party_id": "party",
}
INDEXES = (("item_id",), ("item_group",), ("parent_id",), ("status", "expires_at"))


def upgrade() -> None:
    """Make two tables, and say of each allocation from which pool it came."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _pools()
    _items()
    op.add_column("allocation", sa.Column("pool_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_allocation_pool_id"),
        "allocation",
        "stock_pool",
        ["tenant_id", "pool_id"],
        ["tenant_id", "id"],
    )
    op.create_index(
        "ix_allocation_pool",
        "allocation",
        ["tenant_id", "pool_id"],
        postgresql_where=sa.text("pool_id IS NOT NULL"),
    )
    role = context.config.attributes.get("app_role", "crossdock_app")
    for table in TABLES:
        for statement in (
            *isolate_tenant(table),
            f'GRANT SELECT, INSERT, UPDATE ON "{table}" TO {role}',
        ):
            op.execute(statement)
    # A customer's order is decided over the pools, and a warehouse counts what it ships of them:
    # only what a pool is of, and for whom, is not a warehouse's business.
    for statement in hide_from_partner("stock_pool", setting=LOCATION_SETTING):
        op.execute(statement)


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=op.f(f"fk_{table}_{column}"),
    )


def _pools() -> None:
    op.create_table(
        "stock_pool",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("item_id", sa.BigInteger()),
        sa.Column("item_group", sa.Text()),
        sa.Column("location_id", sa.BigInteger()),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger()),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("customer_group", sa.Text()),
        sa.Column("party_id", sa.BigInteger()),
        sa.Column("quantity", QUANTITY),
        sa.Column("share", sa.Numeric(7, 6)),
        sa.Column("effective_from", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_stock_pool_{name}"))
            for name, condition in CHECKS.items()
        ),
        *(_reference("stock_pool", column, target) for column, target in REFERENCES.items()),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stock_pool")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_stock_pool_tenant_id_code")),
    )
    for columns in INDEXES:
        name = op.f(f"ix_stock_pool_tenant_id_{'_'.join(columns)}")
        op.create_index(name, "stock_pool", ["tenant_id", *columns])


def _items() -> None:
    op.create_table(
        "stock_pool_item",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("drawn", QUANTITY, server_default="0", nullable=False),
        sa.Column("shipped", QUANTITY, server_default="0", nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "shipped >= 0 AND drawn >= shipped", name=op.f("ck_stock_pool_item_not_negative")
        ),
        _reference("stock_pool_item", "pool_id", "stock_pool"),
        _reference("stock_pool_item", "item_id", "item"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stock_pool_item")),
        sa.UniqueConstraint(
            "tenant_id",
            "pool_id",
            "item_id",
            name=op.f("uq_stock_pool_item_tenant_id_pool_id_item_id"),
        ),
    )
    op.create_index(
        op.f("ix_stock_pool_item_tenant_id_item_id"), "stock_pool_item", ["tenant_id", "item_id"]
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_column("allocation", "pool_id")
    for table in reversed(TABLES):
        op.drop_table(table)
