"""A partner sees its own rows, and what hangs on them; nothing of how the house works.

What a partner is shown is narrowed to it: by a column of its own, or because the row it hangs on
is. What only the house works with does not exist for a partner."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import context, op

from tenancy.row_security import (
    ASSORTMENT_FUNCTION,
    LOCATION_SETTING,
    PARTY_SETTING,
    TREE_FUNCTION,
    hide_from_partner,
    isolate_partner,
    isolate_tenant,
    isolate_with_parent,
)

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# These stand since earlier; they are made anew, because a customer is a tree of parties now.
NARROWED_TO_PARTY = (
    ("party", "id"),
    ("party_address", "party_id"),
    ("party_identifier", "party_id"),
    ("sales_order", "party_id"),
    ("sales_order_line", "party_id"),
    ("sales_order_kit", "party_id"),
    ("fulfilment_order", "party_id"),
    ("shipment", "party_id"),
    ("stock_hold", "party_id"),
    ("promise_peg", "party_id"),
)
# Everybody's where no party is named.
EVERYBODYS_OR_OWN = ("item_identifier", "price_list")
# Prices of the channels that a customer does not order through are not its own.
OF_THE_PORTAL = """
CREATE POLICY partner_isolation_channel ON price_list AS RESTRICTIVE
USING (coalesce(current_setting('app.party_id', true), '') = '' OR channel_id IS NULL
       OR EXISTS (SELECT FROM channel c WHERE c.tenant_id = price_list.tenant_id
                  AND c.id = price_list.channel_id AND c.kind = 'portal'))
"""
# A customer orders through the portal; the other channels are none of its business.
THE_PORTAL = """
CREATE POLICY partner_isolation_kind ON channel AS RESTRICTIVE
USING (coalesce(current_setting('app.party_id', true), '') = '' OR kind = 'portal')
"""
# What happened to an order is told to the customer that sees it.
OF_SEEN_ORDERS = """
CREATE POLICY customer_events ON event AS RESTRICTIVE FOR SELECT
USING (coalesce(current_setting('app.party_id', true), '') = '' OR (aggregate = 'order'
       AND EXISTS (SELECT FROM sales_order o WHERE o.tenant_id = event.tenant_id
                   AND o.id = event.aggregate_id)))
"""
# Partners' acts are told too, so they write these; to read them is not theirs.
NOT_READ = """
CREATE POLICY {who}_exclusion ON "{table}" AS RESTRICTIVE FOR SELECT
USING (coalesce(current_setting('{setting}', true), '') = '')
"""
# Under which code a customer knows an item is not a warehouse's business.
NOBODYS_CODES = """
CREATE POLICY partner_isolation_customer ON item_identifier AS RESTRICTIVE
USING (coalesce(current_setting('app.location_id', true), '') = '' OR party_id IS NULL)
"""
# A lot is named by what lies there of it.
OF_BALANCES_SEEN = f"""
CREATE POLICY partner_isolation_balance ON lot AS RESTRICTIVE
USING (coalesce(current_setting('{LOCATION_SETTING}', true), '') = ''
       OR EXISTS (SELECT FROM stock_balance b WHERE b.tenant_id = lot.tenant_id
                  AND b.item_id = lot.item_id AND b.lot = lot.code))
"""
# The people and keys of a partner.
PEOPLE = ("user_account", "api_key")
# (child, its column, what it hangs on): seen where that is seen.
CHILDREN = (
    ("fulfilment_line", "fulfilment_order_id", "fulfilment_order"),
    ("carton", "fulfilment_order_id", "fulfilment_order"),
    ("carton_line", "carton_id", "carton"),
    ("shipment_line", "shipment_id", "shipment"),
    ("picked_serial", "fulfilment_line_id", "fulfilment_line"),
    ("price", "price_list_id", "price_list"),
    ("user_role", "user_id", "user_account"),
    ("user_session", "user_id", "user_account"),
    ("stock_movement", "balance_id", "stock_balance"),
    ("stock_reservation", "balance_id", "stock_balance"),
    ("serial_movement", "balance_id", "stock_balance"),
    ("expected_supply_receipt", "supply_id", "expected_supply"),
    ("serial_number", "balance_id", "stock_balance"),
)
NOT_A_CUSTOMERS = (
    "supplier_item",
    "stock_balance",
    "stock_movement",
    "stock_document",
    "stock_reservation",
    "lot",
    "allocation",
    "allocation_decision",
    "allocation_policy",
    "allocation_policy_location",
    "allocation_policy_content",
    "stock_pool",
    "stock_pool_item",
    "expected_supply",
    "transit_time",
    "account",
    "journal",
    "journal_line",
    "posting_rule",
    "item_cost",
    "intake_message",
    "intake_document",
    "oidc_issuer",
    "webhook_subscription",
    "webhook_delivery",
    "webhook_attempt",
    "stock_count",
    "stock_count_line",
    "serial_number",
    "serial_movement",
    "picked_serial",
    "stock_tolerance",
    "requested_adjustment",
    "transfer_order",
    "transfer_line",
    "lane_cost",
    "backorder_priority",
    "approval_request",
    "role",
    "role_permission",
    "client_app",
    "registered_document",
    "promise_rule",
    "webhook_replay",
)
# A warehouse is told number and address of the orders that it works for, and of no others.
OF_ITS_WORK = f"""
CREATE POLICY partner_isolation_work ON sales_order AS RESTRICTIVE
USING (coalesce(current_setting('{LOCATION_SETTING}', true), '') = ''
       OR EXISTS (SELECT FROM fulfilment_order work WHERE work.tenant_id = sales_order.tenant_id
                  AND work.order_id = sales_order.id))
"""
NOT_A_WAREHOUSES = (
    "sales_order_line",
    "sales_order_kit",
    "allocation_decision",
    "allocation_policy",
    "allocation_policy_location",
    "allocation_policy_content",
    "stock_pool_item",
    "promise_rule",
    "item_cost",
    "account",
    "journal",
    "journal_line",
    "posting_rule",
    "intake_message",
    "intake_document",
    "oidc_issuer",
    "webhook_subscription",
    "webhook_delivery",
    "webhook_attempt",
    "price_list",
    "price",
    "supplier_item",
    "lane_cost",
    "backorder_priority",
    "role",
    "role_permission",
    "client_app",
    "registered_document",
    "webhook_replay",
    "channel",
    "approval_policy",
    "approval_policy_content",
    "approval_step",
    "approval_step_approver",
    "rush_service_level",
    "stock_tolerance",
)
# A customer's own is the nearest one, its parent's too.
OWN_ASSORTMENT = """
CREATE POLICY partner_isolation_own ON assortment AS RESTRICTIVE
USING (coalesce(current_setting('app.party_id', true), '') = '' OR channel_id IS NOT NULL
       OR id = nullif(current_setting('app.assortment', true), '')::bigint)
"""
# What a customer is offered, and what it has ordered already.
OF_THE_ASSORTMENT = """
CREATE POLICY partner_isolation_assortment ON item AS RESTRICTIVE
USING (coalesce(current_setting('app.party_id', true), '') = ''
       OR coalesce(current_setting('app.assortment', true), '') = ''
       OR EXISTS (SELECT FROM assortment_item o WHERE o.tenant_id = item.tenant_id
                  AND o.assortment_id = nullif(current_setting('app.assortment', true), '')::bigint
                  AND o.item_id = item.id)
       OR item.id IN (SELECT l.item_id FROM sales_order o JOIN sales_order_line l
                      ON l.tenant_id = o.tenant_id AND l.order_id = o.id
                      WHERE o.tenant_id = current_setting('app.tenant_id')::int)
       OR item.id IN (SELECT k.item_id FROM sales_order_kit k
                      WHERE k.tenant_id = current_setting('app.tenant_id')::int))
"""


def upgrade() -> None:
    """Narrow them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    role = context.config.attributes.get("app_role", "crossdock_app")
    op.execute(TREE_FUNCTION)
    _assortments(role)
    _handshake()
    _shown_availability()
    op.execute(ASSORTMENT_FUNCTION)
    for function in ("party_tree", "assortment_of"):
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function}(bigint) FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function}(bigint) TO {role}")
    for table, column in NARROWED_TO_PARTY:
        op.execute(f'DROP POLICY partner_isolation_{column} ON "{table}"')
        _all(isolate_partner(table, column=column, setting=PARTY_SETTING))
    for table in EVERYBODYS_OR_OWN:
        _all(isolate_partner(table, column="party_id", setting=PARTY_SETTING, everybodys=True))
    for table in PEOPLE:
        _all(isolate_partner(table, column="party_id", setting=PARTY_SETTING))
        _all(isolate_partner(table, column="location_id", setting=LOCATION_SETTING))
    _all(isolate_partner("allocation", column="location_id", setting=LOCATION_SETTING))
    for statement in (
        THE_PORTAL,
        NOBODYS_CODES,
        OF_ITS_WORK,
        OF_THE_PORTAL,
        OF_SEEN_ORDERS,
        OF_BALANCES_SEEN,
        OF_THE_ASSORTMENT,
    ):
        op.execute(statement)
    op.execute(NOT_READ.format(table="event", who="warehouse", setting=LOCATION_SETTING))
    op.execute(NOT_READ.format(table="outbox", who="customer", setting=PARTY_SETTING))
    op.execute(NOT_READ.format(table="outbox", who="warehouse", setting=LOCATION_SETTING))
    for table, column, parent in CHILDREN:
        _all(isolate_with_parent(table, column=column, parent=parent))
    for table in NOT_A_CUSTOMERS:
        hidden = hide_from_partner(table, setting=PARTY_SETTING)
        _all(statement.replace("partner_exclusion", "customer_exclusion") for statement in hidden)
    for table in NOT_A_WAREHOUSES:
        hidden = hide_from_partner(table, setting=LOCATION_SETTING)
        _all(statement.replace("partner_exclusion", "warehouse_exclusion") for statement in hidden)


def _assortments(role: str) -> None:
    """What a channel or a customer is offered; without a row it is everything."""
    op.create_table(
        "assortment",
        *_key("assortment"),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("party_id", sa.BigInteger()),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _reference("assortment", "channel_id", "channel"),
        _reference("assortment", "party_id", "party"),
        sa.UniqueConstraint("tenant_id", "channel_id", name="uq_assortment_tenant_id_channel_id"),
        sa.UniqueConstraint("tenant_id", "party_id", name="uq_assortment_tenant_id_party_id"),
        sa.CheckConstraint(
            "(channel_id IS NULL) <> (party_id IS NULL)", name=op.f("ck_assortment_whose")
        ),
    )
    op.create_table(
        "assortment_item",
        *_key("assortment_item"),
        sa.Column("assortment_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        _reference("assortment_item", "assortment_id", "assortment", ondelete="CASCADE"),
        _reference("assortment_item", "item_id", "item", ondelete="CASCADE"),
        sa.UniqueConstraint(
            "tenant_id",
            "assortment_id",
            "item_id",
            name="uq_assortment_item_tenant_id_assortment_id_item_id",
        ),
    )
    op.create_index(
        "ix_assortment_item_tenant_id_item_id", "assortment_item", ["tenant_id", "item_id"]
    )
    for table in ("assortment", "assortment_item"):
        op.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {role}')
        _all(isolate_tenant(table))
        hidden = hide_from_partner(table, setting=LOCATION_SETTING)
        _all(statement.replace("partner_exclusion", "warehouse_exclusion") for statement in hidden)
    op.execute(OWN_ASSORTMENT)
    _all(isolate_with_parent("assortment_item", column="assortment_id", parent="assortment"))


def _handshake() -> None:
    """A location may be asked before it works, and before its work is called off."""
    op.add_column(
        "location",
        sa.Column("asks_acceptance", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("fulfilment_order", sa.Column("acceptance", sa.Text()))
    op.add_column("fulfilment_order", sa.Column("answered_at", sa.DateTime(timezone=True)))
    op.add_column("fulfilment_order", sa.Column("cancellation", sa.Text()))
    op.add_column("fulfilment_order", sa.Column("cancellation_reason", sa.Text()))
    op.create_check_constraint(
        op.f("ck_fulfilment_order_acceptance"),
        "fulfilment_order",
        "acceptance IN ('requested', 'accepted')",
    )
    op.create_check_constraint(
        op.f("ck_fulfilment_order_cancellation"),
        "fulfilment_order",
        "cancellation IN ('requested', 'accepted', 'refused')",
    )


def _shown_availability() -> None:
    """How much of what is there a channel tells those who buy through it."""
    op.add_column(
        "channel",
        sa.Column("availability_shown", sa.Text(), server_default="exact", nullable=False),
    )
    op.add_column("channel", sa.Column("availability_cap", sa.Numeric(24, 6)))
    op.add_column(
        "channel",
        sa.Column("low_below", sa.Numeric(24, 6), server_default="10", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_channel_availability_shown"),
        "channel",
        "availability_shown IN ('exact', 'levels', 'hidden')",
    )
    op.create_check_constraint(
        op.f("ck_channel_availability_bounds"),
        "channel",
        "availability_cap > 0 AND low_below >= 0",
    )


def _key(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )


def _reference(
    table: str, column: str, target: str, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{target}.tenant_id", f"{target}.id"],
        name=op.f(f"fk_{table}_{column}"),
        ondelete=ondelete,
    )


def _all(statements: Iterable[str]) -> None:
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    """Not taken back: what a partner may see is never widened."""
    raise NotImplementedError("A partner's rows are not opened again.")
