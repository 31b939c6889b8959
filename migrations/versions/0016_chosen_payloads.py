"""Webhooks whose payload the subscriber chooses, with whose rights, and every attempt in full."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from tenancy.row_security import isolate_tenant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STATUSES = "status IN ('active', 'paused', 'disabled', 'deleted')"
OWNERS = "owner_kind IN ('user', 'api_key', 'system')"
REPLAY_STATUSES = "status IN ('running', 'done', 'cancelled')"
# The administrators of tenants that exist already get what a new tenant's get.
GRANT_NEW = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT t.tenant_id FROM all_tenants() t LOOP
        PERFORM set_config('app.tenant_id', one.tenant_id::text, true);
        INSERT INTO role_permission (tenant_id, role_id, permission)
        SELECT r.tenant_id, r.id, 'events.read' FROM role r
        WHERE r.tenant_id = one.tenant_id AND r.name = 'admin'
        ON CONFLICT (tenant_id, role_id, permission) DO NOTHING;
    END LOOP;
END $$
"""
# What waits for a subscription that is not sent to now would be looked at in vain each time.
DUE_TENANTS = """
CREATE OR REPLACE FUNCTION tenants_with_due_webhooks(moment timestamptz) RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT DISTINCT s.tenant_id FROM public.webhook_subscription s
   WHERE s.status = 'active' AND (s.resume_at IS NULL OR s.resume_at <= moment)
     AND EXISTS (SELECT FROM public.webhook_delivery d
                 WHERE d.tenant_id = s.tenant_id AND d.subscription_id = s.id
                   AND d.status = 'due' AND d.due_at <= moment) $$
"""
DUE_TENANTS_BEFORE = """
CREATE OR REPLACE FUNCTION tenants_with_due_webhooks(moment timestamptz) RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT DISTINCT d.tenant_id FROM public.webhook_delivery d
   WHERE d.status = 'due' AND d.due_at <= moment $$
"""
# The one door by which attempts go: with deliveries that are settled. Row security is forced on
# the owner too, so it reaches the tenant's own alone.
PURGE = """
CREATE FUNCTION purge_webhook_attempts(deliveries bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ DELETE FROM public.webhook_attempt a
   WHERE a.tenant_id = current_setting('app.tenant_id')::int AND a.delivery_id = ANY (deliveries)
     AND EXISTS (SELECT FROM public.webhook_delivery d
                 WHERE d.tenant_id = a.tenant_id AND d.id = a.delivery_id AND d.status <> 'due') $$
"""
OWNER_POLICY = (
    "CREATE POLICY owner_reads ON webhook_subscription FOR SELECT TO CURRENT_USER USING (true)"
)


def upgrade() -> None:
    """Widen subscriptions and attempts, make replays, and index what waits and what happened."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _subscriptions()
    _attempts()
    _replays()
    op.create_index(
        "ix_webhook_delivery_due",
        "webhook_delivery",
        ["tenant_id", "subscription_id", "due_at", "event_id"],
        postgresql_where=sa.text("status = 'due'"),
    )
    op.create_index(op.f("ix_event_tenant_id_type_id"), "event", ["tenant_id", "type", "id"])
    op.create_index(op.f("ix_event_tenant_id_occurred_at"), "event", ["tenant_id", "occurred_at"])
    op.execute(OWNER_POLICY)
    op.execute(DUE_TENANTS)
    op.execute(GRANT_NEW)


def _subscriptions() -> None:
    table = "webhook_subscription"
    for column in (
        sa.Column("query", sa.Text()),
        sa.Column("owner_kind", sa.Text(), nullable=False, server_default="system"),
        sa.Column("owner_id", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("previous_secret", sa.Text()),
        sa.Column("previous_secret_until", MOMENT),
        sa.Column("failures", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("failing_since", MOMENT),
        sa.Column("resume_at", MOMENT),
        sa.Column("disabled_reason", sa.Text()),
    ):
        op.add_column(table, column)
    op.drop_constraint(op.f(f"ck_{table}_status"), table)
    op.create_check_constraint(op.f(f"ck_{table}_status"), table, STATUSES)
    op.create_check_constraint(op.f(f"ck_{table}_owner_kind"), table, OWNERS)


def _attempts() -> None:
    for column in (
        sa.Column("address", sa.Text()),
        sa.Column("request_headers", JSONB()),
        sa.Column("request_body", sa.Text()),
        sa.Column("response_headers", JSONB()),
        sa.Column("response_body", sa.Text()),
    ):
        op.add_column("webhook_attempt", column)
    role = context.config.attributes.get("app_role", "crossdock_app")
    op.execute(PURGE)
    op.execute("REVOKE EXECUTE ON FUNCTION purge_webhook_attempts(bigint[]) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION purge_webhook_attempts(bigint[]) TO {role}")


def _replays() -> None:
    table = "webhook_replay"
    op.create_table(
        table,
        sa.Column("subscription_ids", ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("event_types", ARRAY(sa.Text())),
        sa.Column("occurred_from", MOMENT),
        sa.Column("occurred_until", MOMENT),
        sa.Column("first_event_id", sa.BigInteger()),
        sa.Column("last_event_id", sa.BigInteger()),
        sa.Column("undelivered_only", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("done_through", sa.BigInteger(), nullable=False),
        sa.Column("events_total", sa.BigInteger(), nullable=False),
        sa.Column("events_done", sa.BigInteger(), nullable=False),
        sa.Column("deliveries", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(REPLAY_STATUSES, name=op.f(f"ck_{table}_status")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )
    role = context.config.attributes.get("app_role", "crossdock_app")
    for statement in isolate_tenant(table):
        op.execute(statement)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role}")


def downgrade() -> None:
    """Back to the standard message for everybody."""
    op.execute(DUE_TENANTS_BEFORE)
    op.execute("DROP POLICY owner_reads ON webhook_subscription")
    op.drop_index(op.f("ix_event_tenant_id_occurred_at"), "event")
    op.drop_index(op.f("ix_event_tenant_id_type_id"), "event")
    op.drop_index("ix_webhook_delivery_due", "webhook_delivery")
    op.drop_table("webhook_replay")
    op.execute("DROP FUNCTION purge_webhook_attempts(bigint[])")
    for name in (
        "address",
        "request_headers",
        "request_body",
        "response_headers",
        "response_body",
    ):
        op.drop_column("webhook_attempt", name)
    table = "webhook_subscription"
    op.drop_constraint(op.f(f"ck_{table}_owner_kind"), table)
    op.drop_constraint(op.f(f"ck_{table}_status"), table)
    op.execute("UPDATE webhook_subscription SET status = 'paused' WHERE status = 'disabled'")
    op.create_check_constraint(
        op.f(f"ck_{table}_status"), table, "status IN ('active', 'paused', 'deleted')"
    )
    for name in (
        "query",
        "owner_kind",
        "owner_id",
        "previous_secret",
        "previous_secret_until",
        "failures",
        "failing_since",
        "resume_at",
        "disabled_reason",
    ):
        op.drop_column(table, name)
