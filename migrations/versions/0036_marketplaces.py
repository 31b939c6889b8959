"""Channels of Adobe Commerce (Magento), Walmart Marketplace and Mirakl."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

CONSTRAINT = "ck_channel_source"
CONDITION = (
    "source IN ('shopify', 'woocommerce', 'magento', 'amazon', 'walmart', 'mirakl', 'x12', "
    "'generic')"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"ALTER TABLE channel DROP CONSTRAINT {CONSTRAINT}")
    op.execute(f"ALTER TABLE channel ADD CONSTRAINT {CONSTRAINT} CHECK ({CONDITION}) NOT VALID")
    op.execute(f"ALTER TABLE channel VALIDATE CONSTRAINT {CONSTRAINT}")


def downgrade() -> None:
    raise NotImplementedError("Channels of these sources could not be kept.")
