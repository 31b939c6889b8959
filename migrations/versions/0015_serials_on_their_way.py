"""Pieces with serial numbers go with transfers and are counted; decisions know their position."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

PIECE, LINE = "serial_number", "stock_count_line"
OF_LINE = {
    "serials": JSONB(),
    "serial_position": sa.BigInteger(),
    "missing_serials": JSONB(),
    "found_serials": JSONB(),
    "judged_position": sa.BigInteger(),
}


def upgrade() -> None:
    """Let a piece name the transfer's line that it left with, and a count's line its pieces."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(PIECE, sa.Column("transfer_line_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f(f"fk_{PIECE}_transfer_line_id"),
        PIECE,
        "transfer_line",
        ["tenant_id", "transfer_line_id"],
        ["tenant_id", "id"],
    )
    op.create_index(
        "ix_serial_number_transfer_line",
        PIECE,
        ["tenant_id", "transfer_line_id"],
        postgresql_where=sa.text("transfer_line_id IS NOT NULL"),
    )
    op.create_check_constraint(
        op.f(f"ck_{PIECE}_on_its_way"),
        PIECE,
        "(state = 'in_transit') = (transfer_line_id IS NOT NULL)",
    )
    for name, kind in OF_LINE.items():
        op.add_column(LINE, sa.Column(name, kind))


def downgrade() -> None:
    """Forget which pieces are on their way, and which were counted."""
    for name in OF_LINE:
        op.drop_column(LINE, name)
    op.drop_column(PIECE, "transfer_line_id")
