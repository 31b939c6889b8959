"""Client apps, their registered documents, what a tenant settles for the door, and its plan."""

import sqlalchemy as sa
from alembic import context, op

from tenancy.row_security import isolate_tenant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("client_app", "registered_document", "door_settings", "tenant_plan")
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
    EXECUTE format('CREATE POLICY owner_access ON "{table}" TO %I USING (true) WITH CHECK (true)',
                   current_user);
END $$
"""
OWNER_READS = ("client_app", "door_settings", "tenant_plan")
FUNCTIONS = (
    # Asked before anybody is known, when a browser asks whether its page may ask: hashes only,
    # so that nobody learns from it which tenant has which shop.
    """
    CREATE FUNCTION allowed_origin_hashes() RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
    $$ SELECT encode(sha256(convert_to(o.origin, 'UTF8')), 'hex')
       FROM (SELECT unnest(s.origins) AS origin FROM public.door_settings s
             UNION
             SELECT unnest(a.origins) FROM public.client_app a WHERE a.closed_at IS NULL) o $$
    """,
    """
    CREATE FUNCTION plan_of_slug(wanted text) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
    $$ SELECT p.plan FROM public.tenant t JOIN public.tenant_plan p ON p.tenant_id = t.id
       WHERE t.slug = wanted $$
    """,
)
# The administrators of tenants that exist already get what a new tenant's get.
GRANT_NEW = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT t.tenant_id FROM all_tenants() t LOOP
        PERFORM set_config('app.tenant_id', one.tenant_id::text, true);
        INSERT INTO role_permission (tenant_id, role_id, permission)
        SELECT r.tenant_id, r.id, p FROM role r, unnest(ARRAY['apps.read', 'apps.manage']) p
        WHERE r.tenant_id = one.tenant_id AND r.name = 'admin'
        ON CONFLICT (tenant_id, role_id, permission) DO NOTHING;
    END LOOP;
END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _make_tables()
    op.add_column("api_key", sa.Column("app_id", sa.BigInteger()))
    op.create_foreign_key(
        "fk_api_key_app_id", "api_key", "client_app", ["tenant_id", "app_id"], ["tenant_id", "id"]
    )
    role = context.config.attributes.get("app_role", "crossdock_app")
    for table in TABLES:
        for statement in isolate_tenant(table):
            op.execute(statement)
        op.execute(HIDDEN.format(table=table))
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {role}')
    for table in OWNER_READS:
        op.execute(OWNER_POLICY.format(table=table))
    for function in FUNCTIONS:
        op.execute(function)
    for name in ("allowed_origin_hashes()", "plan_of_slug(text)"):
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {role}")
    op.execute(GRANT_NEW)


def _make_tables() -> None:
    op.create_table(
        "client_app",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("origins", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("only_registered", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        *_key("client_app"),
        sa.CheckConstraint("kind IN ('internal', 'partner', 'public')", name="ck_client_app_kind"),
        sa.UniqueConstraint("tenant_id", "name", name="uq_client_app_tenant_id_name"),
    )
    op.create_table(
        "registered_document",
        sa.Column("app_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        *_key("registered_document"),
        sa.CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name="ck_registered_document_hash"),
        sa.UniqueConstraint(
            "tenant_id", "app_id", "hash", name="uq_registered_document_tenant_id_app_id_hash"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "app_id"],
            ["client_app.tenant_id", "client_app.id"],
            name="fk_registered_document_app_id",
        ),
    )
    op.create_index(
        "ix_registered_document_tenant_id_hash", "registered_document", ["tenant_id", "hash"]
    )
    op.create_table(
        "door_settings",
        sa.Column("origins", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        *(
            sa.Column(f"only_trusted_{whose}", sa.Boolean(), server_default="false", nullable=False)
            for whose in ("partners", "public_apps", "everybody")
        ),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *_key("door_settings"),
        sa.UniqueConstraint("tenant_id", name="uq_door_settings_tenant_id"),
    )
    op.create_table(
        "tenant_plan",
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        *_key("tenant_plan"),
        sa.UniqueConstraint("tenant_id", name="uq_tenant_plan_tenant_id"),
    )


def _key(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=f"pk_{table}"),
    )


def downgrade() -> None:
    raise NotImplementedError("Client apps are not taken back; their tables would lose rows.")
