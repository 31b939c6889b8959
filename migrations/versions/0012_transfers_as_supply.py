"""Goods on their way between locations are supply to come."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a supply name the transfer's line that it comes with."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    table = "expected_supply"
    op.add_column(table, sa.Column("transfer_line_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f(f"fk_{table}_transfer_line_id"),
        table,
        "transfer_line",
        ["tenant_id", "transfer_line_id"],
        ["tenant_id", "id"],
    )
    op.create_index(
        "uq_expected_supply_transfer_line",
        table,
        ["tenant_id", "transfer_line_id"],
        unique=True,
        postgresql_where=sa.text("transfer_line_id IS NOT NULL"),
    )
    op.create_check_constraint(
        op.f(f"ck_{table}_transfer"), table, "transfer_line_id IS NULL OR kind = 'transfer'"
    )


def downgrade() -> None:
    """Forget which supply comes with which transfer."""
    op.drop_column("expected_supply", "transfer_line_id")
