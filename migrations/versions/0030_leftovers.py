"""What earlier areas still lacked."""

import sqlalchemy as sa
from alembic import context, op

from tenancy.row_security import (
    LOCATION_SETTING,
    PARTY_SETTING,
    isolate_partner,
    isolate_with_parent,
)

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

# Who might amend orders might hold them and let them go, until that became a right of its own.
# Partners never get it: not the role that is made for customers, nor one that a partner's user
# or key has.
KEEP_MANAGING_ORDERS = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT t.tenant_id FROM all_tenants() t LOOP
        PERFORM set_config('app.tenant_id', one.tenant_id::text, true);
        INSERT INTO role_permission (tenant_id, role_id, permission)
        SELECT p.tenant_id, p.role_id, 'orders.manage'
        FROM role_permission p JOIN role r ON r.tenant_id = p.tenant_id AND r.id = p.role_id
        WHERE p.tenant_id = one.tenant_id AND p.permission = 'orders.amend'
          AND r.name <> 'customer'
          AND NOT EXISTS (
              SELECT FROM user_role h JOIN user_account u
                ON u.tenant_id = h.tenant_id AND u.id = h.user_id
              WHERE h.tenant_id = p.tenant_id AND h.role_id = p.role_id
                AND (u.party_id IS NOT NULL OR u.location_id IS NOT NULL))
          AND NOT EXISTS (
              SELECT FROM api_key k
              WHERE k.tenant_id = p.tenant_id AND k.role_id = p.role_id
                AND (k.party_id IS NOT NULL OR k.location_id IS NOT NULL))
        ON CONFLICT (tenant_id, role_id, permission) DO NOTHING;
    END LOOP;
END $$
"""


# A partner's administrators give away what somebody of their own has: other roles, and what they
# allow, stay the tenant's.
NOT_A_PARTNER = (
    f"(coalesce(current_setting('{PARTY_SETTING}', true), '') = '' "
    f"AND coalesce(current_setting('{LOCATION_SETTING}', true), '') = '')"
)
HELD_ROLES = """
CREATE POLICY partner_isolation_held ON role AS RESTRICTIVE
USING ({nobody}
       OR EXISTS (SELECT FROM user_role h WHERE h.tenant_id = role.tenant_id
                  AND h.role_id = role.id)
       OR EXISTS (SELECT FROM api_key k WHERE k.tenant_id = role.tenant_id
                  AND k.role_id = role.id))
WITH CHECK ({nobody})
"""

# The first day on which somebody works by a calendar, from a day on; of one that is always closed,
# the day itself.
WORKING_DAY = """
CREATE FUNCTION working_day_from(calendar bigint, day date) RETURNS date
LANGUAGE sql STABLE SET search_path = pg_catalog, public AS
$$ SELECT coalesce((
       SELECT day + n FROM generate_series(0, 60) n
       JOIN public.working_calendar c
         ON c.tenant_id = current_setting('app.tenant_id')::int AND c.id = calendar
       WHERE strpos(c.working_days, extract(isodow FROM day + n)::text) > 0
         AND NOT EXISTS (SELECT FROM public.calendar_closed_day x
                         WHERE x.tenant_id = c.tenant_id AND x.calendar_id = c.id
                           AND x.closed_on = day + n)
       ORDER BY n LIMIT 1), day) $$
"""
# What a customer or a supplier is told of: its orders, its purchase orders, its own webhooks.
OF_SEEN_THINGS = """
CREATE POLICY customer_events ON event AS RESTRICTIVE FOR SELECT
USING (coalesce(current_setting('app.party_id', true), '') = ''
       OR (aggregate = 'order' AND EXISTS (
           SELECT FROM sales_order o WHERE o.tenant_id = event.tenant_id
           AND o.id = event.aggregate_id))
       OR (aggregate = 'purchase_order' AND EXISTS (
           SELECT FROM purchase_order p WHERE p.tenant_id = event.tenant_id
           AND p.id = event.aggregate_id))
       OR (aggregate = 'webhook_subscription' AND EXISTS (
           SELECT FROM webhook_subscription s WHERE s.tenant_id = event.tenant_id
           AND s.id = event.aggregate_id)))
"""


def upgrade() -> None:
    """Make them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _rows_of_imports()
    _keys_of_users()
    _people_of_partners()
    _webhooks_of_partners()
    op.execute(KEEP_MANAGING_ORDERS)
    # The lines of a draft are replaced; what was sent cannot lose any (see the operations).
    role = context.config.attributes.get("app_role", "crossdock_app")
    op.execute(f"GRANT DELETE ON purchase_order_line TO {role}")
    op.add_column(
        "purchase_order_line",
        sa.Column("over_allowed", sa.Numeric(24, 6), server_default="0", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_purchase_order_line_over_allowed"), "purchase_order_line", "over_allowed >= 0"
    )
    op.execute(WORKING_DAY)
    op.execute("REVOKE EXECUTE ON FUNCTION working_day_from(bigint, date) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION working_day_from(bigint, date) TO {role}")


def _rows_of_imports() -> None:
    # Which record a row speaks of is kept among the claims of the file.
    op.execute("DROP INDEX ix_import_row_tenant_id_import_id_record_key")


def _keys_of_users() -> None:
    # Keys that there are already are machines': nobody said whose they are.
    op.add_column("api_key", sa.Column("user_id", sa.BigInteger()))
    op.execute(
        "ALTER TABLE api_key ADD CONSTRAINT fk_api_key_user_id FOREIGN KEY (tenant_id, user_id) "
        "REFERENCES user_account (tenant_id, id)"
    )
    op.execute(
        "CREATE INDEX ix_api_key_user ON api_key (tenant_id, user_id) WHERE user_id IS NOT NULL"
    )


def _people_of_partners() -> None:
    for table in ("role", "role_permission"):
        op.execute(f"DROP POLICY customer_exclusion ON {table}")
        op.execute(f"DROP POLICY warehouse_exclusion ON {table}")
    op.execute("DROP POLICY partner_exclusion ON invitation")
    op.execute(HELD_ROLES.format(nobody=NOT_A_PARTNER))
    children = (("role_permission", "role_id", "role"), ("invitation", "user_id", "user_account"))
    for table, column, parent in children:
        for statement in isolate_with_parent(table, column=column, parent=parent):
            op.execute(statement)


def _webhooks_of_partners() -> None:
    op.add_column("webhook_subscription", sa.Column("party_id", sa.BigInteger()))
    op.execute(
        "ALTER TABLE webhook_subscription ADD CONSTRAINT fk_webhook_subscription_party_id "
        "FOREIGN KEY (tenant_id, party_id) REFERENCES party (tenant_id, id)"
    )
    for table in ("webhook_subscription", "webhook_delivery", "webhook_attempt"):
        op.execute(f"DROP POLICY customer_exclusion ON {table}")
    statements = [
        *isolate_partner("webhook_subscription", column="party_id", setting=PARTY_SETTING),
        *isolate_with_parent(
            "webhook_delivery", column="subscription_id", parent="webhook_subscription"
        ),
        *isolate_with_parent("webhook_attempt", column="delivery_id", parent="webhook_delivery"),
        "DROP POLICY customer_events ON event",
        OF_SEEN_THINGS,
    ]
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    """Remove them."""
    op.drop_column("api_key", "user_id")
