"""Companies that bring themselves on: sign-ups, invitations, letters, quotas, sandboxes, tours,
deletion, and the keys of operators."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects.postgresql import JSONB

from tenancy.row_security import isolate_tenant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = (
    "sign_up",
    "invitation",
    "letter",
    "sandbox",
    "tour",
    "tenant_deletion",
    "tenant_quota",
    "operator_key",
)
# None of a partner's business, whatever it may do.
HIDDEN = """
CREATE POLICY partner_exclusion ON "{table}" AS RESTRICTIVE
USING (coalesce(current_setting('app.party_id', true), '') = ''
       AND coalesce(current_setting('app.location_id', true), '') = '')
WITH CHECK (coalesce(current_setting('app.party_id', true), '') = ''
            AND coalesce(current_setting('app.location_id', true), '') = '')
"""
# As in 0002: where the owner is no superuser, forced row security binds the functions below too.
OWNER_POLICY = """
DO $$ BEGIN
    EXECUTE format('CREATE POLICY owner_access ON "letter" TO %I USING (true) WITH CHECK (true)',
                   current_user);
END $$
"""
# Tenant 0 is the installation itself. Nobody signs in to it, and yet it is served.
HOUSE = """
INSERT INTO tenant (id, slug, name, status, created_at)
OVERRIDING SYSTEM VALUE VALUES (0, '0-installation', 'The installation', 'suspended', now())
"""
SERVES = """
CREATE FUNCTION tenant_serves(tenant int) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT tenant = 0
       OR EXISTS (SELECT FROM public.tenant t WHERE t.id = tenant AND t.status = 'active') $$
"""
DUE_LETTERS = """
CREATE FUNCTION tenants_with_due_letters(moment timestamptz) RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT DISTINCT l.tenant_id FROM public.letter l
   WHERE l.status = 'waiting' AND l.due_at <= moment $$
"""
# What operators see of a tenant: no business row.
HOUSE_TENANTS = """
CREATE FUNCTION house_tenants()
RETURNS TABLE (id int, slug text, name text, status text, sandbox_of int, plan text,
               created_at timestamptz, live_at timestamptz, erase_from timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT t.id, t.slug, t.name, t.status, t.sandbox_of, p.plan, t.created_at, t.live_at,
          t.erase_from
   FROM public.tenant t LEFT JOIN public.tenant_plan p ON p.tenant_id = t.id
   WHERE t.id <> 0 $$
"""
# Counts alone. Each tenant is entered as its own policies ask for, and left again.
USAGE = """
CREATE FUNCTION usage_of_tenants(wanted int[])
RETURNS TABLE (tenant_id int, users bigint, api_keys bigint, legal_entities bigint,
               locations bigint, channels bigint, orders_this_month bigint, stored_bytes bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    before text := current_setting('app.tenant_id', true);
    one int;
BEGIN
    FOREACH one IN ARRAY wanted LOOP
        PERFORM set_config('app.tenant_id', one::text, true);
        RETURN QUERY SELECT one,
            (SELECT count(*) FROM public.user_account u
             WHERE u.tenant_id = one AND u.status = 'active'),
            (SELECT count(*) FROM public.api_key k
             WHERE k.tenant_id = one AND k.revoked_at IS NULL),
            (SELECT count(*) FROM public.legal_entity e
             WHERE e.tenant_id = one AND e.status = 'active'),
            (SELECT count(*) FROM public.location l
             WHERE l.tenant_id = one AND l.status = 'active'),
            (SELECT count(*) FROM public.channel c
             WHERE c.tenant_id = one AND c.status = 'active'),
            coalesce((SELECT d.last - d.counted_from FROM public.document_counter d
                      WHERE d.tenant_id = one AND d.kind = 'order'), 0),
            coalesce((SELECT sum(octet_length(m.raw))::bigint FROM public.intake_message m
                      WHERE m.tenant_id = one), 0);
    END LOOP;
    PERFORM set_config('app.tenant_id', coalesce(before, ''), true);
END $$
"""
CREATE_SANDBOX = """
CREATE FUNCTION create_sandbox(new_slug text, new_name text, moment timestamptz) RETURNS int
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ INSERT INTO public.tenant (slug, name, created_at, status, sandbox_of)
   SELECT new_slug, new_name, moment, 'preparing', t.id FROM public.tenant t
   WHERE t.id = current_setting('app.tenant_id')::int AND t.sandbox_of IS NULL
   ON CONFLICT (slug) DO NOTHING RETURNING id $$
"""
# Takes a part of a tenant's rows away, whatever tables there are: first those that no other row
# refers to. Only of a tenant that is being erased, and whose time has come; a sandbox's time
# always has.
ERASE = """
CREATE FUNCTION erase_tenant_part(most int) RETURNS TABLE (erased_table text, erased bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    tenant int := current_setting('app.tenant_id')::int;
    has_rows boolean;
    filled oid[] := '{}';
    one record;
    own record;
    taken bigint;
    room bigint := most;
BEGIN
    IF NOT EXISTS (SELECT FROM public.tenant t WHERE t.id = tenant AND t.status = 'erasing'
                   AND (t.sandbox_of IS NOT NULL OR t.erase_from <= now())) THEN
        RAISE EXCEPTION 'tenant % is not to be erased', tenant
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOR one IN SELECT c.oid, c.relname FROM pg_class c
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
               WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
                 AND NOT c.relispartition LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I WHERE tenant_id = $1)', one.relname)
            INTO has_rows USING tenant;
        IF has_rows THEN filled := filled || one.oid; END IF;
    END LOOP;
    IF filled = '{}' THEN RETURN; END IF;
    FOR one IN SELECT c.oid, c.relname FROM pg_class c WHERE c.oid = ANY (filled)
               AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f'
                               AND k.confrelid = c.oid AND k.conrelid <> c.oid
                               AND k.conrelid = ANY (filled))
               ORDER BY c.relname LOOP
        FOR own IN SELECT a.attname FROM pg_constraint k
                   JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
                   WHERE k.contype = 'f' AND k.conrelid = one.oid AND k.confrelid = one.oid
                     AND a.attname <> 'tenant_id' LOOP
            EXECUTE format('UPDATE public.%I SET %I = NULL WHERE tenant_id = $1 AND %I IS NOT NULL',
                           one.relname, own.attname, own.attname) USING tenant;
        END LOOP;
        EXECUTE format('DELETE FROM public.%I WHERE tenant_id = $1 AND id IN '
                       '(SELECT id FROM public.%I WHERE tenant_id = $1 ORDER BY id LIMIT $2)',
                       one.relname, one.relname) USING tenant, room;
        GET DIAGNOSTICS taken = ROW_COUNT;
        room := room - taken;
        erased_table := one.relname;
        erased := taken;
        RETURN NEXT;
        EXIT WHEN room <= 0;
    END LOOP;
    IF room = most THEN
        RAISE EXCEPTION 'the rows of tenant % refer to each other in a circle', tenant;
    END IF;
END $$
"""
FORGET = """
CREATE FUNCTION forget_tenant() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ DELETE FROM public.tenant t WHERE t.id = current_setting('app.tenant_id')::int
   AND t.status = 'erasing' AND (t.sandbox_of IS NOT NULL OR t.erase_from <= now()) $$
"""
FUNCTIONS = {
    "tenant_serves(int)": SERVES,
    "tenants_with_due_letters(timestamptz)": DUE_LETTERS,
    "house_tenants()": HOUSE_TENANTS,
    "usage_of_tenants(int[])": USAGE,
    "create_sandbox(text, text, timestamptz)": CREATE_SANDBOX,
    "erase_tenant_part(int)": ERASE,
    "forget_tenant()": FORGET,
}
# The administrators of tenants that exist already get what a new tenant's get.
GRANT_NEW = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT t.tenant_id FROM all_tenants() t LOOP
        PERFORM set_config('app.tenant_id', one.tenant_id::text, true);
        INSERT INTO role_permission (tenant_id, role_id, permission)
        SELECT r.tenant_id, r.id, p
        FROM role r, unnest(ARRAY['onboarding.read', 'onboarding.manage']) p
        WHERE r.tenant_id = one.tenant_id AND r.name = 'admin'
        ON CONFLICT (tenant_id, role_id, permission) DO NOTHING;
    END LOOP;
END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _widen_tables()
    _make_house_tables()
    _make_tenant_tables()
    role = context.config.attributes.get("app_role", "crossdock_app")
    for table in TABLES:
        for statement in isolate_tenant(table):
            op.execute(statement)
        op.execute(HIDDEN.format(table=table))
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {role}')
    op.execute(OWNER_POLICY)
    # Whose sandbox a tenant is, and its slug, are nobody's to change.
    op.execute(f"REVOKE UPDATE ON tenant FROM {role}")
    op.execute(f"GRANT UPDATE (name, status, live_at, erase_from) ON tenant TO {role}")
    for name, function in FUNCTIONS.items():
        op.execute(function)
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {role}")
    op.execute(GRANT_NEW)
    op.execute(HOUSE)


def _widen_tables() -> None:
    op.drop_constraint("ck_tenant_status", "tenant")
    op.create_check_constraint(
        "ck_tenant_status",
        "tenant",
        "status IN ('active', 'suspended', 'preparing', 'erasing')",
    )
    op.add_column("tenant", sa.Column("sandbox_of", sa.Integer()))
    op.add_column("tenant", _moment("live_at", nullable=True))
    op.add_column("tenant", _moment("erase_from", nullable=True))
    from_start = sa.Column("counted_from", sa.BigInteger(), server_default="0", nullable=False)
    op.add_column("document_counter", from_start)
    op.add_column("document_counter", sa.Column("ceiling", sa.BigInteger()))
    op.add_column("document_counter", _moment("ceiling_until", nullable=True))


def _make_house_tables() -> None:
    op.create_table(
        "sign_up",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("wanted_slug", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("nonce", sa.Text(), nullable=False),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("verified_at", nullable=True),
        *_key("sign_up"),
    )
    op.create_index("ix_sign_up_tenant_id_expires_at", "sign_up", ["tenant_id", "expires_at"])
    op.create_table(
        "operator_key",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("may_manage", sa.Boolean(), nullable=False),
        _moment("created_at"),
        _moment("revoked_at", nullable=True),
        *_key("operator_key"),
        sa.UniqueConstraint("tenant_id", "name", name="uq_operator_key_tenant_id_name"),
    )


def _make_tenant_tables() -> None:
    op.create_table(
        "invitation",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("ended_at", nullable=True),
        *_key("invitation"),
        sa.CheckConstraint(
            "status IN ('sent', 'accepted', 'withdrawn')", name="ck_invitation_status"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["user_account.tenant_id", "user_account.id"],
            name="fk_invitation_user_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_invitation_tenant_id_user_id", "invitation", ["tenant_id", "user_id"])
    op.create_table(
        "letter",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.Text()),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("details", JSONB(), nullable=False),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text()),
        _moment("created_at"),
        _moment("due_at"),
        _moment("sent_at", nullable=True),
        *_key("letter"),
        sa.CheckConstraint("status IN ('waiting', 'sent', 'failed')", name="ck_letter_status"),
    )
    op.create_index(
        "ix_letter_tenant_id_status_due_at", "letter", ["tenant_id", "status", "due_at"]
    )
    op.create_table(
        "sandbox",
        sa.Column("sandbox_tenant_id", sa.Integer()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("step", sa.Text()),
        sa.Column("after_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("copied", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        _moment("created_at"),
        _moment("refreshed_at", nullable=True),
        *_key("sandbox"),
        sa.CheckConstraint(
            "status IN ('clearing', 'copying', 'ready', 'removing', 'removed')",
            name="ck_sandbox_status",
        ),
        sa.UniqueConstraint("tenant_id", name="uq_sandbox_tenant_id"),
    )
    op.create_table(
        "tour",
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("steps", JSONB(), nullable=False),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column("problem", sa.Text()),
        _moment("created_at"),
        _moment("ended_at", nullable=True),
        *_key("tour"),
        sa.CheckConstraint("status IN ('running', 'done', 'failed')", name="ck_tour_status"),
    )
    op.create_table(
        "tenant_deletion",
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("confirmed_at", nullable=True),
        _moment("erase_from", nullable=True),
        *_key("tenant_deletion"),
        sa.CheckConstraint(
            "status IN ('asked', 'confirmed', 'withdrawn')", name="ck_tenant_deletion_status"
        ),
        sa.UniqueConstraint("tenant_id", name="uq_tenant_deletion_tenant_id"),
    )
    op.create_table(
        "tenant_quota",
        sa.Column("quota", sa.Text(), nullable=False),
        sa.Column("allowed", sa.BigInteger(), nullable=False),
        *_key("tenant_quota"),
        sa.UniqueConstraint("tenant_id", "quota", name="uq_tenant_quota_tenant_id_quota"),
    )


def _moment(name: str, *, nullable: bool = False) -> "sa.Column[sa.DateTime]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _key(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"pk_{table}"),
    )


def downgrade() -> None:
    raise NotImplementedError("Companies are not taken back; their tables would lose rows.")
