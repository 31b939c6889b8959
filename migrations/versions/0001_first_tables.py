"""first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_entry")),
    )
    op.create_index(
        op.f("ix_audit_entry_tenant_id_subject_subject_id_id"),
        "audit_entry",
        ["tenant_id", "subject", "subject_id", "id"],
        unique=False,
    )
    op.create_table(
        "document_counter",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_document_counter")),
        sa.UniqueConstraint("tenant_id", "kind", name=op.f("uq_document_counter_tenant_id_kind")),
    )
    op.create_table(
        "event",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.BigInteger(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("trace_context", sa.Text(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_event")),
    )
    op.create_index(
        op.f("ix_event_tenant_id_aggregate_aggregate_id_id"),
        "event",
        ["tenant_id", "aggregate", "aggregate_id", "id"],
        unique=False,
    )
    op.create_table(
        "idempotency_record",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("input_hash", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_idempotency_record")),
        sa.UniqueConstraint(
            "tenant_id", "actor", "key", name=op.f("uq_idempotency_record_tenant_id_actor_key")
        ),
    )
    op.create_index(
        op.f("ix_idempotency_record_tenant_id_created_at"),
        "idempotency_record",
        ["tenant_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "item",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("base_unit", sa.Text(), nullable=False),
        sa.Column("tracking", sa.Text(), server_default="none", nullable=False),
        sa.Column("tax_code", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'draft', 'discontinued')", name=op.f("ck_item_status")
        ),
        sa.CheckConstraint("tracking IN ('none', 'lot', 'serial')", name=op.f("ck_item_tracking")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_item")),
        sa.UniqueConstraint("tenant_id", "sku", name=op.f("uq_item_tenant_id_sku")),
    )
    op.create_table(
        "legal_entity",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("fiscal_year_start_month", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_legal_entity_country")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_legal_entity_currency")),
        sa.CheckConstraint("status IN ('active', 'closed')", name=op.f("ck_legal_entity_status")),
        sa.CheckConstraint(
            "fiscal_year_start_month BETWEEN 1 AND 12", name=op.f("ck_legal_entity_fiscal_year")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_legal_entity")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_legal_entity_tenant_id_code")),
    )
    op.create_table(
        "oidc_issuer",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("jwks_uri", sa.Text(), nullable=False),
        sa.Column("username_claim", sa.Text(), server_default="preferred_username", nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_oidc_issuer")),
        sa.UniqueConstraint("tenant_id", "issuer", name=op.f("uq_oidc_issuer_tenant_id_issuer")),
    )
    op.create_table(
        "party",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_customer", sa.Boolean(), nullable=False),
        sa.Column("is_supplier", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_carrier", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("bill_to_id", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("status IN ('active', 'draft', 'closed')", name=op.f("ck_party_status")),
        sa.CheckConstraint(
            "is_customer OR is_supplier OR is_carrier", name=op.f("ck_party_some_role")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "bill_to_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_party_bill_to_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_party_parent_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_party")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_party_tenant_id_code")),
    )
    op.create_index(
        op.f("ix_party_tenant_id_parent_id"), "party", ["tenant_id", "parent_id"], unique=False
    )
    op.create_table(
        "role",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_role")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_role_tenant_id_name")),
    )
    op.create_table(
        "tenant",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name=op.f("ck_tenant_slug")),
        sa.CheckConstraint("status IN ('active', 'suspended')", name=op.f("ck_tenant_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("slug", name=op.f("uq_tenant_slug")),
    )
    op.create_table(
        "user_account",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("location_id", sa.BigInteger(), nullable=True),
        sa.Column("tokens_valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'suspended')", name=op.f("ck_user_account_status")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_user_account")),
        sa.UniqueConstraint(
            "tenant_id", "username", name=op.f("uq_user_account_tenant_id_username")
        ),
    )
    op.create_table(
        "webhook_subscription",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("event_types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'paused', 'deleted')", name=op.f("ck_webhook_subscription_status")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_webhook_subscription")),
    )
    op.create_table(
        "account",
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "kind IN ('asset', 'liability', 'equity', 'income', 'expense')",
            name=op.f("ck_account_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entity_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_account_entity_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_account")),
        sa.UniqueConstraint(
            "tenant_id", "entity_id", "code", name=op.f("uq_account_tenant_id_entity_id_code")
        ),
    )
    op.create_table(
        "api_key",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("location_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role_id"], ["role.tenant_id", "role.id"], name=op.f("fk_api_key_role_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_api_key")),
    )
    op.create_table(
        "channel",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("default_party_id", sa.BigInteger(), nullable=True),
        sa.Column("on_unknown_item", sa.Text(), server_default="exception", nullable=False),
        sa.Column("on_unknown_party", sa.Text(), server_default="exception", nullable=False),
        sa.Column("price_source", sa.Text(), server_default="document", nullable=False),
        sa.Column("split_allowed", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("signing_secret", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "kind IN ('storefront', 'marketplace', 'edi', 'portal')", name=op.f("ck_channel_kind")
        ),
        sa.CheckConstraint(
            "on_unknown_item IN ('exception', 'create_draft')", name=op.f("ck_channel_unknown_item")
        ),
        sa.CheckConstraint(
            "on_unknown_party IN ('exception', 'create_draft')",
            name=op.f("ck_channel_unknown_party"),
        ),
        sa.CheckConstraint(
            "price_source IN ('document', 'price_list')", name=op.f("ck_channel_price_source")
        ),
        sa.CheckConstraint(
            "source IN ('shopify', 'woocommerce', 'amazon', 'x12', 'generic')",
            name=op.f("ck_channel_source"),
        ),
        sa.CheckConstraint("status IN ('active', 'closed')", name=op.f("ck_channel_status")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "default_party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_channel_default_party_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entity_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_channel_entity_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_channel")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_channel_tenant_id_code")),
    )
    op.create_table(
        "item_cost",
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "quantity", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False
        ),
        sa.Column("value_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "quantity > 0 OR value_minor = 0", name=op.f("ck_item_cost_closes_to_zero")
        ),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_item_cost_quantity")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_item_cost_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_item_cost_owner_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_item_cost")),
    )
    op.create_index(
        "uq_item_cost_owner", "item_cost", ["tenant_id", "owner_id", "item_id"], unique=True
    )
    op.create_table(
        "item_identifier",
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "(scheme = 'channel') = (channel_id IS NOT NULL)",
            name=op.f("ck_item_identifier_channel"),
        ),
        sa.CheckConstraint(
            "(scheme IN ('supplier', 'customer')) = (party_id IS NOT NULL)",
            name=op.f("ck_item_identifier_party"),
        ),
        sa.CheckConstraint(
            "scheme IN ('gtin', 'supplier', 'customer', 'channel')",
            name=op.f("ck_item_identifier_scheme"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_item_identifier_item_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_item_identifier_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_item_identifier")),
    )
    op.create_index(
        op.f("ix_item_identifier_tenant_id_item_id"),
        "item_identifier",
        ["tenant_id", "item_id"],
        unique=False,
    )
    op.create_index(
        "uq_item_identifier_value",
        "item_identifier",
        ["tenant_id", "scheme", "channel_id", "party_id", "value"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "item_unit",
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("numerator", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column(
            "denominator", sa.Numeric(precision=24, scale=6), server_default="1", nullable=False
        ),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("numerator > 0 AND denominator > 0", name=op.f("ck_item_unit_positive")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_item_unit_item_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_item_unit")),
        sa.UniqueConstraint(
            "tenant_id", "item_id", "unit", name=op.f("uq_item_unit_tenant_id_item_id_unit")
        ),
    )
    op.create_table(
        "journal",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("milestone", sa.Text(), nullable=False),
        sa.Column("source_kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("trace", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "order_id",
            sa.BigInteger(),
            sa.Computed("(trace->>'order_id')::bigint", persisted=True),
            nullable=True,
        ),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entity_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_journal_entity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "reverses_id"],
            ["journal.tenant_id", "journal.id"],
            name=op.f("fk_journal_reverses_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_journal")),
        sa.UniqueConstraint(
            "tenant_id",
            "entity_id",
            "milestone",
            "source_kind",
            "source_id",
            name=op.f("uq_journal_tenant_id_entity_id_milestone_source_kind_source_id"),
        ),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_journal_tenant_id_number")),
    )
    op.create_index(
        op.f("ix_journal_tenant_id_entity_id_id"),
        "journal",
        ["tenant_id", "entity_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_journal_tenant_id_order_id"), "journal", ["tenant_id", "order_id"], unique=False
    )
    op.create_index(
        op.f("ix_journal_tenant_id_source_kind_source_id"),
        "journal",
        ["tenant_id", "source_kind", "source_id"],
        unique=False,
    )
    op.create_table(
        "location",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("cut_off_time", sa.Time(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("address_name", sa.Text(), nullable=True),
        sa.Column("line1", sa.Text(), nullable=True),
        sa.Column("line2", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('owned', 'third_party', 'store', 'supplier', 'in_transit')",
            name=op.f("ck_location_kind"),
        ),
        sa.CheckConstraint("status IN ('active', 'closed')", name=op.f("ck_location_status")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entity_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_location_entity_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_location")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_location_tenant_id_code")),
    )
    op.create_table(
        "outbox",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "event_id"],
            ["event.tenant_id", "event.id"],
            name=op.f("fk_outbox_event_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_outbox")),
    )
    op.create_index(
        op.f("ix_outbox_tenant_id_aggregate_aggregate_id_event_id"),
        "outbox",
        ["tenant_id", "aggregate", "aggregate_id", "event_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_outbox_tenant_id_due_at"), "outbox", ["tenant_id", "due_at"], unique=False
    )
    op.create_table(
        "party_address",
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("address_name", sa.Text(), nullable=True),
        sa.Column("line1", sa.Text(), nullable=True),
        sa.Column("line2", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('ship_to', 'bill_to')", name=op.f("ck_party_address_kind")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_party_address_party_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_party_address")),
        sa.UniqueConstraint(
            "tenant_id",
            "party_id",
            "kind",
            "code",
            name=op.f("uq_party_address_tenant_id_party_id_kind_code"),
        ),
    )
    op.create_table(
        "party_identifier",
        sa.Column("party_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_party_identifier_party_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_party_identifier")),
    )
    op.create_index(
        "uq_party_identifier_value",
        "party_identifier",
        ["tenant_id", "channel_id", "value"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "role_permission",
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["role.tenant_id", "role.id"],
            name=op.f("fk_role_permission_role_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_role_permission")),
        sa.UniqueConstraint(
            "tenant_id",
            "role_id",
            "permission",
            name=op.f("uq_role_permission_tenant_id_role_id_permission"),
        ),
    )
    op.create_table(
        "user_role",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["role.tenant_id", "role.id"],
            name=op.f("fk_user_role_role_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["user_account.tenant_id", "user_account.id"],
            name=op.f("fk_user_role_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_user_role")),
        sa.UniqueConstraint(
            "tenant_id", "user_id", "role_id", name=op.f("uq_user_role_tenant_id_user_id_role_id")
        ),
    )
    op.create_table(
        "user_session",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("generation", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["user_account.tenant_id", "user_account.id"],
            name=op.f("fk_user_session_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_user_session")),
    )
    op.create_index(
        op.f("ix_user_session_tenant_id_expires_at"),
        "user_session",
        ["tenant_id", "expires_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_user_session_tenant_id_user_id"),
        "user_session",
        ["tenant_id", "user_id"],
        unique=False,
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="due", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "status IN ('due', 'delivered', 'dead')", name=op.f("ck_webhook_delivery_status")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "event_id"],
            ["event.tenant_id", "event.id"],
            name=op.f("fk_webhook_delivery_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "subscription_id"],
            ["webhook_subscription.tenant_id", "webhook_subscription.id"],
            name=op.f("fk_webhook_delivery_subscription_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint(
            "tenant_id",
            "subscription_id",
            "event_id",
            name=op.f("uq_webhook_delivery_tenant_id_subscription_id_event_id"),
        ),
    )
    op.create_index(
        op.f("ix_webhook_delivery_tenant_id_status_due_at"),
        "webhook_delivery",
        ["tenant_id", "status", "due_at"],
        unique=False,
    )
    op.create_index(
        "ix_webhook_delivery_waiting",
        "webhook_delivery",
        ["tenant_id", "subscription_id", "aggregate", "aggregate_id", "event_id"],
        unique=False,
        postgresql_where=sa.text("status = 'due'"),
    )
    op.create_table(
        "allocation_policy",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("split_allowed", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'active', 'retired')", name=op.f("ck_allocation_policy_status")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "channel_id"],
            ["channel.tenant_id", "channel.id"],
            name=op.f("fk_allocation_policy_channel_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_allocation_policy")),
        sa.UniqueConstraint(
            "tenant_id", "code", "version", name=op.f("uq_allocation_policy_tenant_id_code_version")
        ),
    )
    op.create_table(
        "intake_message",
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("delivery_id", sa.Text(), nullable=True),
        sa.Column("format", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), server_default="received", nullable=False),
        sa.Column(
            "problems",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("acknowledgement", sa.Text(), nullable=True),
        sa.Column("duplicate_of_id", sa.BigInteger(), nullable=True),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('received', 'accepted', 'exception', 'duplicate', 'rejected')",
            name=op.f("ck_intake_message_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "channel_id"],
            ["channel.tenant_id", "channel.id"],
            name=op.f("fk_intake_message_channel_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "duplicate_of_id"],
            ["intake_message.tenant_id", "intake_message.id"],
            name=op.f("fk_intake_message_duplicate_of_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_intake_message")),
    )
    op.create_index(
        "ix_intake_message_outcome", "intake_message", ["tenant_id", "outcome", "id"], unique=False
    )
    op.create_index(
        op.f("ix_intake_message_tenant_id_channel_id_content_hash"),
        "intake_message",
        ["tenant_id", "channel_id", "content_hash"],
        unique=False,
    )
    op.create_index(
        op.f("ix_intake_message_tenant_id_channel_id_id"),
        "intake_message",
        ["tenant_id", "channel_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_intake_message_delivery",
        "intake_message",
        ["tenant_id", "channel_id", "delivery_id", "content_hash"],
        unique=True,
        postgresql_where=sa.text("delivery_id IS NOT NULL"),
    )
    op.create_table(
        "journal_line",
        sa.Column("journal_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("leg", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_journal_line_not_zero")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_journal_line_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "journal_id"],
            ["journal.tenant_id", "journal.id"],
            name=op.f("fk_journal_line_journal_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_journal_line")),
    )
    op.create_index(
        op.f("ix_journal_line_tenant_id_account_id_id"),
        "journal_line",
        ["tenant_id", "account_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_journal_line_tenant_id_journal_id"),
        "journal_line",
        ["tenant_id", "journal_id"],
        unique=False,
    )
    op.create_table(
        "posting_rule",
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("milestone", sa.Text(), nullable=False),
        sa.Column("leg", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["account.tenant_id", "account.id"],
            name=op.f("fk_posting_rule_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entity_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_posting_rule_entity_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_posting_rule")),
        sa.UniqueConstraint(
            "tenant_id",
            "entity_id",
            "milestone",
            "leg",
            name=op.f("uq_posting_rule_tenant_id_entity_id_milestone_leg"),
        ),
    )
    op.create_table(
        "price_list",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("rank", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_price_list_validity")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "channel_id"],
            ["channel.tenant_id", "channel.id"],
            name=op.f("fk_price_list_channel_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_price_list_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_price_list")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_price_list_tenant_id_code")),
    )
    op.create_table(
        "sales_order",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("external_number", sa.Text(), nullable=True),
        sa.Column("source_version", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("intake_message_id", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ship_to", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("bill_to", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("subtotal_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("payment_state", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "payment_state IN ('unknown', 'pending', 'authorized', 'paid', 'refunded', 'voided')",
            name=op.f("ck_sales_order_payment_state"),
        ),
        sa.CheckConstraint(
            "status IN ('held', 'backordered', 'partially_allocated', 'allocated', 'in_fulfilment', 'partially_shipped', 'shipped', 'cancelled')",
            name=op.f("ck_sales_order_status"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "channel_id"],
            ["channel.tenant_id", "channel.id"],
            name=op.f("fk_sales_order_channel_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entity_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_sales_order_entity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_sales_order_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sales_order")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_sales_order_tenant_id_number")),
    )
    op.create_index(
        op.f("ix_sales_order_tenant_id_party_id_id"),
        "sales_order",
        ["tenant_id", "party_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_sales_order_tenant_id_status_id"),
        "sales_order",
        ["tenant_id", "status", "id"],
        unique=False,
    )
    op.create_index(
        "uq_sales_order_external",
        "sales_order",
        ["tenant_id", "channel_id", "external_id"],
        unique=True,
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.create_table(
        "stock_balance",
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("condition", sa.Text(), server_default="new", nullable=False),
        sa.Column("lot", sa.Text(), server_default="", nullable=False),
        sa.Column("on_hand", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False),
        sa.Column(
            "reserved", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False
        ),
        sa.Column(
            "quality_control", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False
        ),
        sa.Column("damaged", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False),
        sa.Column(
            "safety_stock", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False
        ),
        sa.Column(
            "available",
            sa.Numeric(precision=24, scale=6),
            sa.Computed(
                "greatest(on_hand - reserved - quality_control - damaged - safety_stock, 0)",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "on_hand >= reserved + quality_control + damaged",
            name=op.f("ck_stock_balance_no_oversell"),
        ),
        sa.CheckConstraint(
            "reserved >= 0 AND quality_control >= 0 AND damaged >= 0 AND safety_stock >= 0",
            name=op.f("ck_stock_balance_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_stock_balance_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_stock_balance_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_stock_balance_owner_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stock_balance")),
    )
    op.create_index(
        "uq_stock_balance_place",
        "stock_balance",
        ["tenant_id", "item_id", "location_id", "owner_id", "condition", "lot"],
        unique=True,
    )
    op.create_table(
        "stock_document",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("external_reference", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "kind IN ('receipt', 'adjustment')", name=op.f("ck_stock_document_kind")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_stock_document_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["legal_entity.tenant_id", "legal_entity.id"],
            name=op.f("fk_stock_document_owner_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stock_document")),
    )
    op.create_index(
        "uq_stock_document_number", "stock_document", ["tenant_id", "number"], unique=True
    )
    op.create_table(
        "webhook_attempt",
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("response_status", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "delivery_id"],
            ["webhook_delivery.tenant_id", "webhook_delivery.id"],
            name=op.f("fk_webhook_attempt_delivery_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_webhook_attempt")),
    )
    op.create_index(
        op.f("ix_webhook_attempt_tenant_id_delivery_id_id"),
        "webhook_attempt",
        ["tenant_id", "delivery_id", "id"],
        unique=False,
    )
    op.create_table(
        "allocation_policy_location",
        sa.Column("policy_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_allocation_policy_location_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "policy_id"],
            ["allocation_policy.tenant_id", "allocation_policy.id"],
            name=op.f("fk_allocation_policy_location_policy_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_allocation_policy_location")),
        sa.UniqueConstraint(
            "tenant_id",
            "policy_id",
            "location_id",
            name=op.f("uq_allocation_policy_location_tenant_id_policy_id_location_id"),
        ),
    )
    op.create_table(
        "fulfilment_order",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="released", nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "status IN ('released', 'picking', 'picked', 'packed', 'partially_shipped', 'shipped', 'cancelled')",
            name=op.f("ck_fulfilment_order_status"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_fulfilment_order_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["sales_order.tenant_id", "sales_order.id"],
            name=op.f("fk_fulfilment_order_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_fulfilment_order_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_fulfilment_order")),
        sa.UniqueConstraint(
            "tenant_id", "number", name=op.f("uq_fulfilment_order_tenant_id_number")
        ),
    )
    op.create_index(
        op.f("ix_fulfilment_order_tenant_id_location_id_status_id"),
        "fulfilment_order",
        ["tenant_id", "location_id", "status", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_fulfilment_order_tenant_id_order_id"),
        "fulfilment_order",
        ["tenant_id", "order_id"],
        unique=False,
    )
    op.create_table(
        "intake_document",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("external_number", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column(
            "problems",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'amended', 'exception', 'duplicate', 'rejected', 'superseded')",
            name=op.f("ck_intake_document_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "message_id"],
            ["intake_message.tenant_id", "intake_message.id"],
            name=op.f("fk_intake_document_message_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["sales_order.tenant_id", "sales_order.id"],
            name=op.f("fk_intake_document_order_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_intake_document")),
    )
    op.create_index(
        op.f("ix_intake_document_tenant_id_external_id"),
        "intake_document",
        ["tenant_id", "external_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_intake_document_tenant_id_message_id"),
        "intake_document",
        ["tenant_id", "message_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_intake_document_tenant_id_order_id"),
        "intake_document",
        ["tenant_id", "order_id"],
        unique=False,
    )
    op.create_table(
        "price",
        sa.Column("price_list_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column(
            "minimum_quantity",
            sa.Numeric(precision=24, scale=6),
            server_default="1",
            nullable=False,
        ),
        sa.Column("unit_price", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("minimum_quantity > 0", name=op.f("ck_price_minimum_quantity")),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"], ["item.tenant_id", "item.id"], name=op.f("fk_price_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "price_list_id"],
            ["price_list.tenant_id", "price_list.id"],
            name=op.f("fk_price_price_list_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_price")),
        sa.UniqueConstraint(
            "tenant_id",
            "price_list_id",
            "item_id",
            "unit",
            "minimum_quantity",
            name=op.f("uq_price_tenant_id_price_list_id_item_id_unit_minimum_quantity"),
        ),
    )
    op.create_table(
        "sales_order_line",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("line_number", sa.BigInteger(), nullable=False),
        sa.Column("external_line", sa.Text(), nullable=True),
        sa.Column("external_code", sa.Text(), nullable=True),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("quantity_ordered", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "allocated", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False
        ),
        sa.Column("shipped", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False),
        sa.Column(
            "cancelled", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False
        ),
        sa.Column(
            "backordered",
            sa.Numeric(precision=24, scale=6),
            sa.Computed("quantity - allocated - shipped - cancelled", persisted=True),
            nullable=False,
        ),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "allocated + shipped + cancelled <= quantity",
            name=op.f("ck_sales_order_line_not_exceeded"),
        ),
        sa.CheckConstraint(
            "allocated >= 0 AND shipped >= 0 AND cancelled >= 0",
            name=op.f("ck_sales_order_line_not_negative"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_sales_order_line_quantity")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_sales_order_line_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["sales_order.tenant_id", "sales_order.id"],
            name=op.f("fk_sales_order_line_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_sales_order_line_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sales_order_line")),
        sa.UniqueConstraint(
            "tenant_id",
            "order_id",
            "line_number",
            name=op.f("uq_sales_order_line_tenant_id_order_id_line_number"),
        ),
    )
    op.create_index(
        "ix_sales_order_line_backorder",
        "sales_order_line",
        ["tenant_id", "item_id", "id"],
        unique=False,
        postgresql_where=sa.text("backordered > 0"),
    )
    op.create_table(
        "stock_movement",
        sa.Column("balance_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("on_hand", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False),
        sa.Column(
            "reserved", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False
        ),
        sa.Column(
            "quality_control", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False
        ),
        sa.Column("damaged", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference_kind", sa.Text(), nullable=False),
        sa.Column("reference_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_cost", sa.Numeric(precision=24, scale=6), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "kind IN ('receipt', 'issue', 'transfer_out', 'transfer_in', 'adjustment', 'count', 'state_change', 'reservation', 'release', 'return')",
            name=op.f("ck_stock_movement_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "balance_id"],
            ["stock_balance.tenant_id", "stock_balance.id"],
            name=op.f("fk_stock_movement_balance_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stock_movement")),
    )
    op.create_index(
        op.f("ix_stock_movement_tenant_id_balance_id_id"),
        "stock_movement",
        ["tenant_id", "balance_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_stock_movement_tenant_id_reference_kind_reference_id"),
        "stock_movement",
        ["tenant_id", "reference_kind", "reference_id"],
        unique=False,
    )
    op.create_table(
        "stock_reservation",
        sa.Column("balance_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'consumed', 'released')", name=op.f("ck_stock_reservation_status")
        ),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_stock_reservation_quantity")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "balance_id"],
            ["stock_balance.tenant_id", "stock_balance.id"],
            name=op.f("fk_stock_reservation_balance_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stock_reservation")),
    )
    op.create_index(
        op.f("ix_stock_reservation_tenant_id_balance_id"),
        "stock_reservation",
        ["tenant_id", "balance_id"],
        unique=False,
        postgresql_where="status = 'open'",
    )
    op.create_index(
        op.f("ix_stock_reservation_tenant_id_order_line_id"),
        "stock_reservation",
        ["tenant_id", "order_line_id"],
        unique=False,
    )
    op.create_table(
        "allocation",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("balance_id", sa.BigInteger(), nullable=False),
        sa.Column("reservation_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("shipped", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'released', 'shipped', 'cancelled')",
            name=op.f("ck_allocation_status"),
        ),
        sa.CheckConstraint(
            "quantity >= 0 AND shipped >= 0", name=op.f("ck_allocation_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "balance_id"],
            ["stock_balance.tenant_id", "stock_balance.id"],
            name=op.f("fk_allocation_balance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_allocation_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["sales_order.tenant_id", "sales_order.id"],
            name=op.f("fk_allocation_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_line_id"],
            ["sales_order_line.tenant_id", "sales_order_line.id"],
            name=op.f("fk_allocation_order_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "reservation_id"],
            ["stock_reservation.tenant_id", "stock_reservation.id"],
            name=op.f("fk_allocation_reservation_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_allocation")),
    )
    op.create_index(
        op.f("ix_allocation_tenant_id_order_id"),
        "allocation",
        ["tenant_id", "order_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_allocation_tenant_id_order_line_id"),
        "allocation",
        ["tenant_id", "order_line_id"],
        unique=False,
    )
    op.create_table(
        "allocation_decision",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("policy_id", sa.BigInteger(), nullable=True),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("requested", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("allocated", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("candidates", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["sales_order.tenant_id", "sales_order.id"],
            name=op.f("fk_allocation_decision_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_line_id"],
            ["sales_order_line.tenant_id", "sales_order_line.id"],
            name=op.f("fk_allocation_decision_order_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "policy_id"],
            ["allocation_policy.tenant_id", "allocation_policy.id"],
            name=op.f("fk_allocation_decision_policy_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_allocation_decision")),
    )
    op.create_index(
        op.f("ix_allocation_decision_tenant_id_order_line_id_id"),
        "allocation_decision",
        ["tenant_id", "order_line_id", "id"],
        unique=False,
    )
    op.create_table(
        "carton",
        sa.Column("fulfilment_order_id", sa.BigInteger(), nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), nullable=True),
        sa.Column("sscc", sa.Text(), nullable=False),
        sa.Column("packed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "fulfilment_order_id"],
            ["fulfilment_order.tenant_id", "fulfilment_order.id"],
            name=op.f("fk_carton_fulfilment_order_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_carton")),
        sa.UniqueConstraint("tenant_id", "sscc", name=op.f("uq_carton_tenant_id_sscc")),
    )
    op.create_index(
        op.f("ix_carton_tenant_id_fulfilment_order_id"),
        "carton",
        ["tenant_id", "fulfilment_order_id"],
        unique=False,
    )
    op.create_table(
        "shipment",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("fulfilment_order_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "fulfilment_order_id"],
            ["fulfilment_order.tenant_id", "fulfilment_order.id"],
            name=op.f("fk_shipment_fulfilment_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "location_id"],
            ["location.tenant_id", "location.id"],
            name=op.f("fk_shipment_location_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_id"],
            ["sales_order.tenant_id", "sales_order.id"],
            name=op.f("fk_shipment_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"],
            ["party.tenant_id", "party.id"],
            name=op.f("fk_shipment_party_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_shipment")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_shipment_tenant_id_number")),
    )
    op.create_index(
        op.f("ix_shipment_tenant_id_fulfilment_order_id"),
        "shipment",
        ["tenant_id", "fulfilment_order_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_shipment_tenant_id_order_id"), "shipment", ["tenant_id", "order_id"], unique=False
    )
    op.create_table(
        "fulfilment_line",
        sa.Column("fulfilment_order_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("allocation_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("picked", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False),
        sa.Column("packed", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False),
        sa.Column("shipped", sa.Numeric(precision=24, scale=6), server_default="0", nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "shipped >= 0 AND shipped <= packed AND packed <= picked AND picked <= quantity",
            name=op.f("ck_fulfilment_line_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "allocation_id"],
            ["allocation.tenant_id", "allocation.id"],
            name=op.f("fk_fulfilment_line_allocation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "fulfilment_order_id"],
            ["fulfilment_order.tenant_id", "fulfilment_order.id"],
            name=op.f("fk_fulfilment_line_fulfilment_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_fulfilment_line_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_line_id"],
            ["sales_order_line.tenant_id", "sales_order_line.id"],
            name=op.f("fk_fulfilment_line_order_line_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_fulfilment_line")),
    )
    op.create_index(
        op.f("ix_fulfilment_line_tenant_id_allocation_id"),
        "fulfilment_line",
        ["tenant_id", "allocation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_fulfilment_line_tenant_id_fulfilment_order_id"),
        "fulfilment_line",
        ["tenant_id", "fulfilment_order_id"],
        unique=False,
    )
    op.create_table(
        "carton_line",
        sa.Column("carton_id", sa.BigInteger(), nullable=False),
        sa.Column("fulfilment_line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_carton_line_quantity")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "carton_id"],
            ["carton.tenant_id", "carton.id"],
            name=op.f("fk_carton_line_carton_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "fulfilment_line_id"],
            ["fulfilment_line.tenant_id", "fulfilment_line.id"],
            name=op.f("fk_carton_line_fulfilment_line_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_carton_line")),
    )
    op.create_index(
        op.f("ix_carton_line_tenant_id_carton_id"),
        "carton_line",
        ["tenant_id", "carton_id"],
        unique=False,
    )
    op.create_table(
        "shipment_line",
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("fulfilment_line_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=24, scale=6), nullable=False),
        sa.Column("revenue_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_line_quantity")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "fulfilment_line_id"],
            ["fulfilment_line.tenant_id", "fulfilment_line.id"],
            name=op.f("fk_shipment_line_fulfilment_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["item.tenant_id", "item.id"],
            name=op.f("fk_shipment_line_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "order_line_id"],
            ["sales_order_line.tenant_id", "sales_order_line.id"],
            name=op.f("fk_shipment_line_order_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "shipment_id"],
            ["shipment.tenant_id", "shipment.id"],
            name=op.f("fk_shipment_line_shipment_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_shipment_line")),
    )
    op.create_index(
        op.f("ix_shipment_line_tenant_id_order_line_id"),
        "shipment_line",
        ["tenant_id", "order_line_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_shipment_line_tenant_id_shipment_id"),
        "shipment_line",
        ["tenant_id", "shipment_id"],
        unique=False,
    )
    op.create_foreign_key(
        "fk_user_account_location_id",
        "user_account",
        "location",
        ["tenant_id", "location_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        "fk_user_account_party_id",
        "user_account",
        "party",
        ["tenant_id", "party_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        "fk_api_key_location_id",
        "api_key",
        "location",
        ["tenant_id", "location_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        "fk_api_key_party_id", "api_key", "party", ["tenant_id", "party_id"], ["tenant_id", "id"]
    )
    op.create_foreign_key(
        "fk_item_identifier_channel_id",
        "item_identifier",
        "channel",
        ["tenant_id", "channel_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        "fk_party_identifier_channel_id",
        "party_identifier",
        "channel",
        ["tenant_id", "channel_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        "fk_sales_order_intake_message_id",
        "sales_order",
        "intake_message",
        ["tenant_id", "intake_message_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        "fk_stock_reservation_order_line_id",
        "stock_reservation",
        "sales_order_line",
        ["tenant_id", "order_line_id"],
        ["tenant_id", "id"],
    )
    op.create_foreign_key(
        "fk_carton_shipment_id",
        "carton",
        "shipment",
        ["tenant_id", "shipment_id"],
        ["tenant_id", "id"],
    )


def downgrade() -> None:
    raise NotImplementedError("The first tables are not taken back; drop the database instead.")
