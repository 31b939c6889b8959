"""Accounts of trade agreements; returned goods that stay with who bought them."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

LINE = "intercompany_trade_line"
KEPT = f"ALTER TABLE {LINE} ADD COLUMN kept NUMERIC(24, 6) NOT NULL DEFAULT 0"
ACCOUNTS = ("revenue_account_id", "cost_account_id")
CHECKS = {
    "not_negative": "quantity >= 0 AND shipped >= 0 AND cancelled >= 0 AND returned >= 0 "
    "AND kept >= 0",
    "not_more_back": "returned + kept <= shipped",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(KEPT)
    for name in ACCOUNTS:
        op.execute(f"ALTER TABLE trade_agreement ADD COLUMN {name} BIGINT")
        constraint = f"fk_trade_agreement_{name}"
        op.execute(
            f"ALTER TABLE trade_agreement ADD CONSTRAINT {constraint} FOREIGN KEY "
            f"(tenant_id, {name}) REFERENCES account (tenant_id, id) NOT VALID"
        )
        op.execute(f"ALTER TABLE trade_agreement VALIDATE CONSTRAINT {constraint}")
    for name, condition in CHECKS.items():
        constraint = f"ck_{LINE}_{name}"
        op.execute(f"ALTER TABLE {LINE} DROP CONSTRAINT {constraint}")
        op.execute(f"ALTER TABLE {LINE} ADD CONSTRAINT {constraint} CHECK ({condition}) NOT VALID")
        op.execute(f"ALTER TABLE {LINE} VALIDATE CONSTRAINT {constraint}")


def downgrade() -> None:
    raise NotImplementedError("What stays with whom would be lost.")
