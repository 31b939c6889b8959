"""Orders keep the day that was asked for, and promises are compared with it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

LATE = (
    "promised_ship_on IS NOT NULL AND quantity > shipped + cancelled "
    "AND (expected_ship_on IS NULL OR expected_ship_on > promised_ship_on)"
)
IN_TIME = (
    "CASE WHEN wanted_on IS NOT NULL THEN coalesce(expected_on, expected_ship_on) <= wanted_on "
    "ELSE expected_ship_on <= wanted_ship_on END"
)


def upgrade() -> None:
    """Wanted days of orders and lines; what comes by the wanted day is not at risk."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("party", "sales_order"):
        allowed = sa.Boolean()
        op.add_column(
            table,
            sa.Column(
                "early_delivery_allowed", allowed, server_default=sa.text("true"), nullable=False
            ),
        )
    for table in ("sales_order", "sales_order_line"):
        op.add_column(table, sa.Column("wanted_on", sa.Date()))
        op.add_column(table, sa.Column("wanted_ship_on", sa.Date()))
    _promise_at_risk(f"{LATE} AND coalesce({IN_TIME}, false) IS FALSE")


def downgrade() -> None:
    """Forget them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _promise_at_risk(LATE)
    for table in ("sales_order_line", "sales_order"):
        op.drop_column(table, "wanted_ship_on")
        op.drop_column(table, "wanted_on")
    for table in ("sales_order", "party"):
        op.drop_column(table, "early_delivery_allowed")


def _promise_at_risk(expression: str) -> None:
    """Reckon the column anew: PostgreSQL 16 cannot change what a column is generated from."""
    op.drop_index("ix_sales_order_line_at_risk", "sales_order_line")
    op.drop_column("sales_order_line", "promise_at_risk")
    op.add_column(
        "sales_order_line",
        sa.Column(
            "promise_at_risk",
            sa.Boolean(),
            sa.Computed(expression, persisted=True),
            nullable=False,
        ),
    )
    op.create_index(
        "ix_sales_order_line_at_risk",
        "sales_order_line",
        ["tenant_id", "promised_ship_on", "id"],
        postgresql_where=sa.text("promise_at_risk"),
    )
