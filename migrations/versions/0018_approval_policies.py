"""Approval policies, steps and delegations; what orders, prices and rush work ask of them."""

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

from tenancy.row_security import (
    LOCATION_SETTING,
    PARTY_SETTING,
    hide_from_partner,
    isolate_tenant,
)

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
APPEND_ONLY = ("approval_policy_content", "approval_step_approver")
OF_NOBODY_OUTSIDE = ("approval_delegation", "price_override_limit")
# A 3PL's count above tolerance is asked for under the tenant's policy, and what it ships is looked
# at; it is told nothing of either.
OF_WAREHOUSES = (
    "approval_policy",
    "approval_policy_content",
    "approval_step",
    "approval_step_approver",
    "rush_service_level",
)
# What a decision was about before there were steps: one step of anybody with the permission.
FILL = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT t.tenant_id FROM all_tenants() t LOOP
        PERFORM set_config('app.tenant_id', one.tenant_id::text, true);
        INSERT INTO approval_step (tenant_id, request_id, position, name, needed, status, began_at,
                                   ended_at)
        SELECT r.tenant_id, r.id, 1, 'Anybody with the permission', 1,
               CASE r.status WHEN 'approved' THEN 'passed' WHEN 'withdrawn' THEN 'dropped'
                             WHEN 'expired' THEN 'dropped' ELSE r.status END,
               r.requested_at, r.ended_at
        FROM approval_request r WHERE r.tenant_id = one.tenant_id;
        UPDATE approval_decision d
        SET step_id = s.id, for_kind = d.decider_kind, for_id = d.decider_id
        FROM approval_step s
        WHERE d.tenant_id = one.tenant_id AND s.tenant_id = d.tenant_id
          AND s.request_id = d.request_id;
        INSERT INTO role_permission (tenant_id, role_id, permission)
        SELECT r.tenant_id, r.id, g.permission
        FROM (VALUES
            ('admin', 'approvals.manage'), ('admin', 'orders.approve'),
            ('admin', 'pricing.approve'), ('admin', 'fulfilment.approve'),
            ('finance', 'approvals.read'), ('finance', 'approvals.request'),
            ('finance', 'approvals.decide'), ('finance', 'orders.approve'),
            ('finance', 'pricing.approve')
        ) AS g(role, permission)
        JOIN role r ON r.tenant_id = one.tenant_id AND r.name = g.role
        ON CONFLICT (tenant_id, role_id, permission) DO NOTHING;
    END LOOP;
END $$
"""


def upgrade() -> None:
    """Make them; every request that there is gets the one step that it had."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _policies()
    _delegations()
    _steps()
    _widen_requests()
    _orders()
    role = context.config.attributes.get("app_role", "crossdock_app")
    for table in (*OF_NOBODY_OUTSIDE, *OF_WAREHOUSES):
        rights = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
        op.execute(f'GRANT {rights} ON "{table}" TO {role}')
        for statement in isolate_tenant(table):
            op.execute(statement)
        for statement in hide_from_partner(table, setting=PARTY_SETTING):
            op.execute(statement)
    for table in OF_NOBODY_OUTSIDE:
        for statement in hide_from_partner(table, setting=LOCATION_SETTING):
            op.execute(statement.replace("partner_exclusion", "partner_exclusion_everywhere"))
    op.execute(FILL)
    for column in ("step_id", "for_kind", "for_id"):
        op.alter_column("approval_decision", column, nullable=False)


def _table(name: str, *parts: sa.schema.SchemaItem, references: dict[str, str]) -> None:
    op.create_table(
        name,
        *parts,
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{name}")),
        *(
            sa.ForeignKeyConstraint(
                ["tenant_id", column],
                [f"{target}.tenant_id", f"{target}.id"],
                name=op.f(f"fk_{name}_{column}"),
            )
            for column, target in references.items()
        ),
    )


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, MOMENT, nullable=nullable)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(
        "tenant_id", *columns, name=op.f(f"uq_{table}_tenant_id_{'_'.join(columns)}")
    )


def _policies() -> None:
    table = "approval_policy"
    _table(
        table,
        _text("subject"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        _text("name"),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        _moment("effective_from"),
        _moment("effective_to", nullable=True),
        _moment("created_at"),
        _text("created_by"),
        _unique(table, "subject", "version"),
        _check(table, "status", "status IN ('draft', 'active', 'retired')"),
        _check(table, "period", "effective_to IS NULL OR effective_to >= effective_from"),
        references={},
    )
    _table(
        "approval_policy_content",
        sa.Column("policy_id", sa.BigInteger(), nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        _moment("activated_at"),
        _text("activated_by"),
        _unique("approval_policy_content", "policy_id"),
        references={"policy_id": table},
    )


def _delegations() -> None:
    table = "approval_delegation"
    _table(
        table,
        sa.Column("from_user_id", sa.BigInteger(), nullable=False),
        sa.Column("to_user_id", sa.BigInteger(), nullable=False),
        sa.Column("subjects", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        _moment("starts_at"),
        _moment("ends_at"),
        _text("reason"),
        _moment("created_at"),
        _text("created_by"),
        _moment("revoked_at", nullable=True),
        _text("revoked_by", nullable=True),
        _check(table, "another", "from_user_id <> to_user_id"),
        _check(table, "period", "ends_at > starts_at"),
        references={"from_user_id": "user_account", "to_user_id": "user_account"},
    )
    for side in ("to_user_id", "from_user_id"):
        name = op.f(f"ix_{table}_tenant_id_{side}_ends_at")
        op.create_index(name, table, ["tenant_id", side, "ends_at"])


def _steps() -> None:
    table = "approval_step"
    _table(
        table,
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        _text("name"),
        sa.Column("needed", sa.BigInteger(), nullable=False),
        _text("status"),
        sa.Column("escalates_after_minutes", sa.BigInteger()),
        *(
            _moment(name, nullable=True)
            for name in ("began_at", "escalates_at", "escalated_at", "ended_at")
        ),
        _unique(table, "request_id", "position"),
        _unique(table, "id", "request_id"),
        _check(table, "needed", "needed > 0"),
        _check(
            table, "status", "status IN ('pending', 'waiting', 'passed', 'rejected', 'dropped')"
        ),
        references={"request_id": "approval_request"},
    )
    op.create_index(
        "ix_approval_step_due",
        table,
        ["tenant_id", "escalates_at"],
        postgresql_where=sa.text("status = 'waiting' AND escalated_at IS NULL"),
    )
    table = "approval_step_approver"
    _table(
        table,
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger()),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("by_escalation", sa.Boolean(), nullable=False),
        _check(table, "one", "num_nonnulls(role_id, user_id) = 1"),
        references={"step_id": "approval_step", "role_id": "role", "user_id": "user_account"},
    )
    op.create_index(op.f(f"ix_{table}_tenant_id_step_id"), table, ["tenant_id", "step_id"])


def _widen_requests() -> None:
    table = "approval_request"
    op.add_column(table, sa.Column("policy_id", sa.BigInteger()))
    op.add_column(table, sa.Column("rule", sa.Text()))
    op.add_column(
        table,
        sa.Column("facts", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
    )
    _refer(table, "policy_id", "approval_policy")
    table = "approval_decision"
    for column in ("step_id", "for_id", "delegation_id"):
        op.add_column(table, sa.Column(column, sa.BigInteger()))
    for column in ("for_kind", "for_name"):
        op.add_column(table, sa.Column(column, sa.Text()))
    op.create_foreign_key(
        op.f(f"fk_{table}_step_id"),
        table,
        "approval_step",
        ["tenant_id", "step_id", "request_id"],
        ["tenant_id", "id", "request_id"],
    )
    _refer(table, "delegation_id", "approval_delegation")
    columns = ["request_id", "for_kind", "for_id"]
    op.create_unique_constraint(
        op.f(f"uq_{table}_tenant_id_{'_'.join(columns)}"), table, ["tenant_id", *columns]
    )
    for name, condition in {
        "not_for_requester": "(for_kind, for_id) <> (requester_kind, requester_id)",
        "delegated": "(delegation_id IS NULL) = ((for_kind, for_id) = (decider_kind, decider_id))",
    }.items():
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _refer(table: str, column: str, target: str) -> None:
    op.create_foreign_key(
        op.f(f"fk_{table}_{column}"),
        table,
        target,
        ["tenant_id", column],
        ["tenant_id", "id"],
    )


def _orders() -> None:
    op.add_column(
        "sales_order",
        sa.Column("guarded_holds", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_sales_order_guarded_holds"),
        "sales_order",
        "guarded_holds <@ ARRAY['credit', 'price']",
    )
    op.add_column("sales_order", sa.Column("rush_approved_minor", sa.BigInteger()))
    op.add_column(
        "sales_order_line",
        sa.Column(
            "price_beyond_limit", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
    )
    table = "price_override_limit"
    _table(
        table,
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("percent", sa.Numeric(9, 4), nullable=False),
        sa.UniqueConstraint(
            "tenant_id",
            "channel_id",
            name=op.f(f"uq_{table}_tenant_id_channel_id"),
            postgresql_nulls_not_distinct=True,
        ),
        _check(table, "percent", "percent >= 0"),
        references={"channel_id": "channel"},
    )
    table = "rush_service_level"
    _table(table, _text("service_level"), _unique(table, "service_level"), references={})


def downgrade() -> None:
    """Not taken back: decisions would lose their steps."""
    raise NotImplementedError("Approval policies are not taken back.")
