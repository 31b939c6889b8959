"""What returns, finance and valuation lacked."""

from alembic import context, op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# Goods that came back into no stock are layers too: what they cost is corrected with the rest.
GONE = """
ALTER TABLE cost_layer
    ADD COLUMN leg TEXT,
    DROP CONSTRAINT ck_cost_layer_standing,
    ADD CONSTRAINT ck_cost_layer_standing
        CHECK (standing IN ('valued', 'pending', 'consigned', 'gone')) NOT VALID,
    ADD CONSTRAINT ck_cost_layer_gone
        CHECK ((standing = 'gone') = (leg IS NOT NULL)
               AND (standing <> 'gone' OR (quantity_left = 0 AND issue_id IS NOT NULL))) NOT VALID
"""
# The limits of these customers are locked, and then it is seen what is used of them.
LOCK_CREDIT = """
CREATE FUNCTION lock_credit(parties bigint[])
RETURNS TABLE (id bigint, party_id bigint, currency text, limit_minor bigint, customers bigint[],
               owed_currency text, owed_minor bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, public SET "app.party_id" = '' AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM customer_credit l
    WHERE l.tenant_id = current_setting('app.tenant_id')::int
      AND l.party_id IN (SELECT a.limited FROM credit_limits_of(parties) a)
    ORDER BY l.id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT l.id, l.party_id, l.currency, l.limit_minor, of_limit.customers, owed.currency,
           owed.exposure_minor
    FROM (SELECT a.limited, array_agg(a.customer) AS customers
          FROM credit_limits_of(parties) a GROUP BY a.limited) of_limit
    JOIN customer_credit l ON l.tenant_id = current_setting('app.tenant_id')::int
        AND l.party_id = of_limit.limited
    LEFT JOIN LATERAL credit_exposure(l.party_id) owed ON true
    ORDER BY l.id, owed.currency;
END $$
"""
CHECKED = ("ck_cost_layer_standing", "ck_cost_layer_gone")


def upgrade() -> None:
    """Make them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(GONE)
    op.execute(
        "ALTER TABLE landed_cost ADD COLUMN charged_minor BIGINT, ADD COLUMN charged_currency TEXT,"
        " ADD CONSTRAINT ck_landed_cost_charged"
        " CHECK ((charged_minor IS NULL) = (charged_currency IS NULL))"
    )
    op.execute("ALTER TABLE export_job ADD COLUMN from_on DATE, ADD COLUMN as_of DATE")
    for name in CHECKED:
        op.execute(f"ALTER TABLE cost_layer VALIDATE CONSTRAINT {name}")
    op.execute(LOCK_CREDIT)
    role = context.config.attributes.get("app_role", "crossdock_app")
    op.execute("REVOKE EXECUTE ON FUNCTION lock_credit(bigint[]) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION lock_credit(bigint[]) TO {role}")


def downgrade() -> None:
    """Not possible."""
    raise NotImplementedError("What is known of goods that are gone could not be kept.")
