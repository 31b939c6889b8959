"""The planner knows that row security leaves a tenant's own people nearly all rows.

Where a policy compared a setting with the empty text, the planner took one row of two hundred to
be left, and chose plans that read a tenant's whole table once for each row of a list. The policies
say the same as before."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

COMPARED = re.compile(
    r"\(COALESCE\(current_setting\('app\.(party_id|location_id)'::text, true\), ''::text\)"
    r" = ''::text\)"
)
ESTIMATED = (
    r"((CASE WHEN coalesce(current_setting('app.\1', true), '') = '' THEN true END) IS NOT NULL)"
)
POLICIES = """
SELECT tablename, policyname, qual, with_check FROM pg_policies
WHERE schemaname = 'public' ORDER BY tablename, policyname
"""


def upgrade() -> None:
    """Write such policies anew."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    connection = op.get_bind()
    for table, policy, using, check in connection.execute(sa.text(POLICIES)).all():
        said = (("USING", using), ("WITH CHECK", check))
        if not any(COMPARED.search(condition or "") for _, condition in said):
            continue
        clauses = " ".join(
            f"{word} ({COMPARED.sub(ESTIMATED, condition)})"
            for word, condition in said
            if condition
        )
        connection.exec_driver_sql(f'ALTER POLICY "{policy}" ON "{table}" {clauses}')


def downgrade() -> None:
    """Nothing: what the policies mean is as it was."""
