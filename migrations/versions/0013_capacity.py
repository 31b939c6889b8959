"""Lines wake when the location that rejected them may be asked again; contracts are recognised
however far above the customer they are made."""

import sqlalchemy as sa
from alembic import context, op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# A partner sees no party but its own. It learns nothing by this: the function gives ids alone, and
# is asked by the product, about customers that orders are placed for.
PARTIES_ABOVE = """
CREATE FUNCTION parties_above(wanted bigint[]) RETURNS TABLE (party_id bigint, above_id bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, public SET app.party_id = '' AS
$$ WITH RECURSIVE chain (party_id, above_id) AS (
       SELECT p.id, p.id FROM public.party p
       WHERE p.tenant_id = current_setting('app.tenant_id')::int AND p.id = ANY (wanted)
       UNION
       SELECT c.party_id, p.parent_id FROM chain c
       JOIN public.party p
           ON p.tenant_id = current_setting('app.tenant_id')::int AND p.id = c.above_id
       WHERE p.parent_id IS NOT NULL)
   SELECT c.party_id, c.above_id FROM chain c $$
"""


def upgrade() -> None:
    """Add a moment to rejections, the pool to what carts keep, and a function."""
    role = context.config.attributes.get("app_role", "crossdock_app")
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "allocation_rejection", sa.Column("woken_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_allocation_rejection_due",
        "allocation_rejection",
        ["tenant_id", "expires_at"],
        postgresql_where=sa.text("woken_at IS NULL AND cleared_at IS NULL"),
    )
    op.add_column("stock_reservation", sa.Column("pool_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "fk_stock_reservation_pool_id",
        "stock_reservation",
        "stock_pool",
        ["tenant_id", "pool_id"],
        ["tenant_id", "id"],
    )
    op.create_index(
        "ix_stock_reservation_pool",
        "stock_reservation",
        ["tenant_id", "pool_id"],
        postgresql_where=sa.text("pool_id IS NOT NULL AND status = 'open'"),
    )
    op.execute(PARTIES_ABOVE)
    op.execute("REVOKE EXECUTE ON FUNCTION parties_above(bigint[]) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION parties_above(bigint[]) TO {role}")


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP FUNCTION parties_above(bigint[])")
    op.drop_index("ix_stock_reservation_pool", "stock_reservation")
    op.drop_constraint("fk_stock_reservation_pool_id", "stock_reservation")
    op.drop_column("stock_reservation", "pool_id")
    op.drop_index("ix_allocation_rejection_due", "allocation_rejection")
    op.drop_column("allocation_rejection", "woken_at")
