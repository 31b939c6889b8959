"""The application's role, row security on every table, and the functions that look across tenants.

Those functions are the only way to see more than one tenant. They give ids and moments,
never a business row."""

from alembic import context, op

from tenancy.row_security import (
    LOCATION_SETTING,
    PARTY_SETTING,
    hide_from_partner,
    isolate_partner,
    isolate_tenant,
)

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# BEGIN TABLES
TENANT_TABLES: tuple[str, ...] = (
    "account",
    "allocation",
    "allocation_decision",
    "allocation_policy",
    "allocation_policy_location",
    "api_key",
    "audit_entry",
    "carton",
    "carton_line",
    "channel",
    "document_counter",
    "event",
    "fulfilment_line",
    "fulfilment_order",
    "idempotency_record",
    "intake_document",
    "intake_message",
    "item",
    "item_cost",
    "item_identifier",
    "item_unit",
    "journal",
    "journal_line",
    "legal_entity",
    "location",
    "oidc_issuer",
    "outbox",
    "party",
    "party_address",
    "party_identifier",
    "posting_rule",
    "price",
    "price_list",
    "role",
    "role_permission",
    "sales_order",
    "sales_order_line",
    "shipment",
    "shipment_line",
    "stock_balance",
    "stock_document",
    "stock_movement",
    "stock_reservation",
    "user_account",
    "user_role",
    "user_session",
    "webhook_attempt",
    "webhook_delivery",
    "webhook_subscription",
)
# END TABLES
APPEND_ONLY = ("stock_movement", "event", "audit_entry", "webhook_attempt")
WRITTEN_BY_FUNCTION = ("journal", "journal_line")
OF_PARTY = (
    ("party", "id"),
    ("party_address", "party_id"),
    ("party_identifier", "party_id"),
    ("sales_order", "party_id"),
    ("sales_order_line", "party_id"),
    ("fulfilment_order", "party_id"),
    ("shipment", "party_id"),
)
OF_LOCATION = (
    ("fulfilment_order", "location_id"),
    ("shipment", "location_id"),
    ("stock_balance", "location_id"),
    ("stock_document", "location_id"),
    ("location", "id"),
)
# A third-party warehouse has no business with whom the tenant trades.
NOT_OF_LOCATION = ("party", "party_address", "party_identifier")

CREATE_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
        CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$
"""
# Whoever connects may act as the application's role; the owner's own rights are left behind.
JOIN_ROLE = """
DO $$ BEGIN
    IF NOT pg_has_role(current_user, '{role}', 'SET') THEN
        EXECUTE format('GRANT {role} TO %I', current_user);
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'The role {role} was made by somebody else, and % may not use it.', current_user
        USING HINT = format('Have a superuser run: GRANT {role} TO %I WITH SET TRUE', current_user);
END $$
"""
# The functions below run as the owner. Where the owner is no superuser, forced row security
# binds it too, so the three tables they read let it in.
OWNER_POLICY = """
DO $$ BEGIN
    EXECUTE format('CREATE POLICY owner_access ON "{table}" TO %I USING (true) WITH CHECK (true)',
                   current_user);
END $$
"""
FUNCTIONS = (
    """
    CREATE FUNCTION tenant_of_slug(wanted text) RETURNS TABLE (tenant_id int, status text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
    $$ SELECT t.id, t.status FROM public.tenant t WHERE t.slug = wanted $$
    """,
    """
    CREATE FUNCTION all_tenants() RETURNS TABLE (tenant_id int, slug text, status text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
    $$ SELECT t.id, t.slug, t.status FROM public.tenant t ORDER BY t.id $$
    """,
    """
    CREATE FUNCTION create_tenant(new_slug text, new_name text, moment timestamptz) RETURNS int
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS
    $$ INSERT INTO public.tenant (slug, name, created_at) VALUES (new_slug, new_name, moment)
       ON CONFLICT (slug) DO NOTHING RETURNING id $$
    """,
    """
    CREATE FUNCTION tenants_with_due_events(moment timestamptz) RETURNS SETOF int
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
    $$ SELECT DISTINCT o.tenant_id FROM public.outbox o
       WHERE o.due_at <= moment AND o.parked_at IS NULL $$
    """,
    """
    CREATE FUNCTION tenants_with_due_webhooks(moment timestamptz) RETURNS SETOF int
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
    $$ SELECT DISTINCT d.tenant_id FROM public.webhook_delivery d
       WHERE d.status = 'due' AND d.due_at <= moment $$
    """,
    """
    CREATE FUNCTION outbox_lag(moment timestamptz)
    RETURNS TABLE (waiting bigint, oldest_seconds double precision, parked bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
    $$ SELECT count(*) FILTER (WHERE o.parked_at IS NULL),
              coalesce(extract(epoch FROM moment - min(e.occurred_at)
                       FILTER (WHERE o.parked_at IS NULL)), 0)::double precision,
              count(*) FILTER (WHERE o.parked_at IS NOT NULL)
       FROM public.outbox o
       JOIN public.event e ON e.tenant_id = o.tenant_id AND e.id = o.event_id $$
    """,
)
OWNER_READS = ("tenant", "outbox", "event", "webhook_delivery")

# The one door to the books. It refuses a journal that does not balance per currency, one
# without lines, and an account of another entity; nobody may update or delete.
POST_JOURNALS = """
CREATE FUNCTION post_journals(entries jsonb) RETURNS TABLE (entry_position int, journal_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    tenant int := current_setting('app.tenant_id')::int;
    entry jsonb;
    place int := 0;
    new_id bigint;
BEGIN
    FOR entry IN SELECT value FROM jsonb_array_elements(entries) LOOP
        IF coalesce(jsonb_array_length(entry->'lines'), 0) < 2 THEN
            RAISE EXCEPTION 'journal % has fewer than two lines', entry->>'number'
                USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT FROM jsonb_to_recordset(entry->'lines') AS l(amount_minor bigint, currency text)
            GROUP BY l.currency HAVING sum(l.amount_minor) <> 0
        ) THEN
            RAISE EXCEPTION 'journal % does not balance', entry->>'number'
                USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT FROM jsonb_to_recordset(entry->'lines') AS l(account_id bigint)
            LEFT JOIN public.account a ON a.tenant_id = tenant AND a.id = l.account_id
                AND a.entity_id = (entry->>'entity_id')::bigint
            WHERE a.id IS NULL
        ) THEN
            RAISE EXCEPTION 'journal % posts to an account of another entity', entry->>'number'
                USING ERRCODE = 'check_violation';
        END IF;
        INSERT INTO public.journal (tenant_id, number, entity_id, milestone, source_kind, source_id,
                             posted_on, posted_at, description, trace, reverses_id)
        VALUES (tenant, entry->>'number', (entry->>'entity_id')::bigint, entry->>'milestone',
                entry->>'source_kind', (entry->>'source_id')::bigint,
                (entry->>'posted_on')::date, (entry->>'posted_at')::timestamptz,
                entry->>'description', coalesce(entry->'trace', '{}'::jsonb),
                (entry->>'reverses_id')::bigint)
        RETURNING id INTO new_id;
        INSERT INTO public.journal_line
            (tenant_id, journal_id, account_id, leg, amount_minor, currency)
        SELECT tenant, new_id, l.account_id, l.leg, l.amount_minor, l.currency
        FROM jsonb_to_recordset(entry->'lines')
            AS l(account_id bigint, leg text, amount_minor bigint, currency text);
        entry_position := place;
        journal_id := new_id;
        RETURN NEXT;
        place := place + 1;
    END LOOP;
END $$
"""


def upgrade() -> None:
    role = context.config.attributes.get("app_role", "crossdock_app")
    for statement in _statements(role):
        op.execute(statement)


def _statements(role: str) -> list[str]:
    statements = [CREATE_ROLE.format(role=role), JOIN_ROLE.format(role=role)]
    statements.append(f"GRANT USAGE ON SCHEMA public TO {role}")
    for table in TENANT_TABLES:
        statements += isolate_tenant(table)
        statements.append(f'GRANT {_rights(table)} ON "{table}" TO {role}')
    statements += isolate_tenant("tenant", tenant_column="id")
    statements.append(f"GRANT SELECT, UPDATE ON tenant TO {role}")
    statements.append(f"GRANT SELECT ON alembic_version TO {role}")
    for table, column in OF_PARTY:
        statements += isolate_partner(table, column=column, setting=PARTY_SETTING)
    for table, column in OF_LOCATION:
        statements += isolate_partner(table, column=column, setting=LOCATION_SETTING)
    for table in NOT_OF_LOCATION:
        statements += hide_from_partner(table, setting=LOCATION_SETTING)
    statements += [OWNER_POLICY.format(table=table) for table in OWNER_READS]
    statements += [*FUNCTIONS, POST_JOURNALS]
    statements.append("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC")
    statements.append(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}")
    return statements


def _rights(table: str) -> str:
    if table in WRITTEN_BY_FUNCTION:
        return "SELECT"
    if table in APPEND_ONLY:
        return "SELECT, INSERT"
    return "SELECT, INSERT, UPDATE, DELETE"


def downgrade() -> None:
    raise NotImplementedError("The first tables are not taken back; drop the database instead.")
