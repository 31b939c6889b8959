"""The statements that put a table under row-level security. Migrations use them.

The policy is the plain form: a sub-select would hide the tenant from the planner and from Citus."""

from collections.abc import Iterator

APP_ROLE = "crossdock_app"
TENANT_SETTING = "app.tenant_id"
PARTY_SETTING = "app.party_id"
LOCATION_SETTING = "app.location_id"


def isolate_tenant(table: str, *, tenant_column: str = "tenant_id") -> Iterator[str]:
    """Force row security on `table`: only rows of the transaction's tenant exist for it."""
    condition = f"{tenant_column} = current_setting('{TENANT_SETTING}')::int"
    yield f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'
    yield f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY'
    yield (
        f'CREATE POLICY tenant_isolation ON "{table}" USING ({condition}) WITH CHECK ({condition})'
    )


def isolate_partner(table: str, *, column: str, setting: str) -> Iterator[str]:
    """Within the tenant, a partner sees only rows whose `column` is its own.

    RESTRICTIVE, so it narrows the tenant's policy. The empty setting means: not a partner."""
    scope = f"current_setting('{setting}', true)"
    condition = f"coalesce({scope}, '') = '' OR {column} = nullif({scope}, '')::bigint"
    yield (
        f'CREATE POLICY partner_isolation_{column} ON "{table}" AS RESTRICTIVE '
        f"USING ({condition}) WITH CHECK ({condition})"
    )


def hide_from_partner(table: str, *, setting: str) -> Iterator[str]:
    """No partner with a value in `setting` sees any row of `table`, nor writes one."""
    condition = f"coalesce(current_setting('{setting}', true), '') = ''"
    yield (
        f'CREATE POLICY partner_exclusion ON "{table}" AS RESTRICTIVE '
        f"USING ({condition}) WITH CHECK ({condition})"
    )
