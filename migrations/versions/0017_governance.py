"""The audit log as a chain, and configuration by change request."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects.postgresql import JSONB

from tenancy.row_security import LOCATION_SETTING, PARTY_SETTING, isolate_tenant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
RIGHTS = {
    "audit_seal": "SELECT, INSERT",
    "governance_setting": "SELECT, INSERT, UPDATE",
    "process_owner": "SELECT, INSERT, UPDATE, DELETE",
    "change_request": "SELECT, INSERT, UPDATE",
    "configuration_version": "SELECT, INSERT",
    "custom_field": "SELECT, INSERT, UPDATE",
    "custom_field_value": "SELECT, INSERT, UPDATE, DELETE",
}
STATES = (
    "'draft', 'waiting', 'approved', 'effective', 'rejected', 'withdrawn', 'expired', 'stale', "
    "'failed'"
)
TYPES = "'text', 'whole_number', 'decimal', 'boolean', 'date', 'choice', 'reference'"
SUBJECTS = "'item', 'party', 'location', 'legal_entity', 'channel', 'order'"
# None of it is the business of who looks in from outside; what partners do is still written down.
NO_PARTNER = """
CREATE POLICY partner_exclusion ON "{table}" AS RESTRICTIVE FOR {command}
USING (coalesce(current_setting('{party}', true), '') = ''
       AND coalesce(current_setting('{location}', true), '') = '')
"""


def upgrade() -> None:
    """Make the chain of the audit log, change requests, versions, owners and custom fields."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _audit()
    _settings()
    _change_requests()
    _versions()
    _custom_fields()
    role = context.config.attributes.get("app_role", "crossdock_app")
    for table, rights in RIGHTS.items():
        for statement in (*isolate_tenant(table), f'GRANT {rights} ON "{table}" TO {role}'):
            op.execute(statement)
        if table != "audit_seal":
            op.execute(_without_partners(table, "ALL"))
    for table in ("audit_entry", "audit_seal"):
        op.execute(_without_partners(table, "SELECT"))


def _without_partners(table: str, command: str) -> str:
    return NO_PARTNER.format(
        table=table, command=command, party=PARTY_SETTING, location=LOCATION_SETTING
    )


def _key(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=op.f(f"fk_{table}_{column}"),
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    name = op.f("_".join(("uq", table, "tenant_id", *columns)))
    return sa.UniqueConstraint("tenant_id", *columns, name=name)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _audit() -> None:
    for column in (
        sa.Column("behalf_kind", sa.Text()),
        sa.Column("behalf_id", sa.BigInteger()),
        sa.Column("behalf_of", sa.Text()),
        sa.Column("document", sa.Text()),
    ):
        op.add_column("audit_entry", column)
    for columns in (
        ("actor_kind", "actor_id", "id"),
        ("action", "id"),
        ("document", "id"),
    ):
        name = "_".join(("ix_audit_entry_tenant_id", *columns))
        op.create_index(op.f(name), "audit_entry", ["tenant_id", *columns])
    op.create_index(
        op.f("ix_audit_entry_tenant_id_occurred_at"),
        "audit_entry",
        ["tenant_id", "occurred_at"],
        postgresql_using="brin",
    )
    op.create_table(
        "audit_seal",
        *_key("audit_seal"),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("audit_entry_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", MOMENT, nullable=False),
        _unique("audit_seal", "position"),
        _unique("audit_seal", "audit_entry_id"),
    )


def _settings() -> None:
    op.create_table(
        "governance_setting",
        *_key("governance_setting"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("channel_variants", sa.Boolean(), nullable=False),
        sa.Column("entity_variants", sa.Boolean(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        _unique("governance_setting", "kind"),
        _check("governance_setting", "mode", "mode IN ('open', 'governed')"),
    )
    op.create_table(
        "process_owner",
        *_key("process_owner"),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("named_at", MOMENT, nullable=False),
        _unique("process_owner", "process"),
        _reference("process_owner", "user_id", "user_account"),
    )


def _change_requests() -> None:
    op.create_table(
        "change_request",
        *_key("change_request"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_key", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposal", JSONB(), nullable=False),
        sa.Column("base", JSONB(), nullable=False),
        sa.Column("effective_from", MOMENT),
        sa.Column("rolls_back_to", sa.BigInteger()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("requester_kind", sa.Text(), nullable=False),
        sa.Column("requester_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("failure", sa.Text()),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        _check("change_request", "status", f"status IN ({STATES})"),
        _check("change_request", "due", "(status = 'approved') <= (due_at IS NOT NULL)"),
    )
    op.create_index(
        op.f("ix_change_request_tenant_id_kind_object_key_id"),
        "change_request",
        ["tenant_id", "kind", "object_key", "id"],
    )
    op.create_index(
        "ix_change_request_due",
        "change_request",
        ["tenant_id", "due_at"],
        postgresql_where=sa.text("status = 'approved'"),
    )


def _versions() -> None:
    op.create_table(
        "configuration_version",
        *_key("configuration_version"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("change_request_id", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("effective_at", MOMENT, nullable=False),
        _unique("configuration_version", "kind", "object_key", "version"),
        _unique("configuration_version", "change_request_id"),
        _reference("configuration_version", "change_request_id", "change_request"),
    )


def _custom_fields() -> None:
    op.create_table(
        "custom_field",
        *_key("custom_field"),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("choices", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("reference_to", sa.Text()),
        sa.Column("lowest", sa.Numeric(24, 6)),
        sa.Column("highest", sa.Numeric(24, 6)),
        sa.Column("longest", sa.BigInteger()),
        sa.Column("pattern", sa.Text()),
        sa.Column("owner_id", sa.BigInteger()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        _unique("custom_field", "subject", "code"),
        _reference("custom_field", "owner_id", "user_account"),
        _check("custom_field", "subject", f"subject IN ({SUBJECTS})"),
        _check("custom_field", "type", f"type IN ({TYPES})"),
        _check("custom_field", "status", "status IN ('active', 'retired')"),
        _check("custom_field", "reference", "(type = 'reference') = (reference_to IS NOT NULL)"),
        _check("custom_field", "choices", "(type = 'choice') = (cardinality(choices) > 0)"),
    )
    op.create_table(
        "custom_field_value",
        *_key("custom_field_value"),
        sa.Column("field_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("text_value", sa.Text()),
        sa.Column("number_value", sa.BigInteger()),
        _unique("custom_field_value", "subject_id", "field_id"),
        _reference("custom_field_value", "field_id", "custom_field"),
        _check("custom_field_value", "one_value", "num_nonnulls(text_value, number_value) = 1"),
    )
    for column in ("text_value", "number_value"):
        op.create_index(
            f"ix_custom_field_value_{column}",
            "custom_field_value",
            ["tenant_id", "field_id", column, "subject_id"],
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )


def downgrade() -> None:
    """Remove them; what they held is lost."""
    for table in reversed(RIGHTS):
        op.drop_table(table)
    op.execute("DROP POLICY partner_exclusion ON audit_entry")
    for column in ("document", "behalf_of", "behalf_id", "behalf_kind"):
        op.drop_column("audit_entry", column)
    op.drop_index("ix_audit_entry_tenant_id_occurred_at", "audit_entry")
    op.drop_index("ix_audit_entry_tenant_id_action_id", "audit_entry")
    op.drop_index("ix_audit_entry_tenant_id_actor_kind_actor_id_id", "audit_entry")
