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


def isolate_partner(
    table: str, *, column: str, setting: str, everybodys: bool = False
) -> Iterator[str]:
    """Within the tenant, a partner sees only rows whose `column` is its own.

    RESTRICTIVE, so it narrows the tenant's policy. The empty setting means: not a partner. It may
    name several, with commas: a customer's own and those below it. With `everybodys`, rows that
    name nobody are for everybody."""
    own = f"{column} = ANY (string_to_array(current_setting('{setting}', true), ',')::bigint[])"
    nobodys = f"{column} IS NULL OR " if everybodys else ""
    condition = f"{_not_a_partner(setting)} OR {nobodys}{own}"
    yield (
        f'CREATE POLICY partner_isolation_{column} ON "{table}" AS RESTRICTIVE '
        f"USING ({condition}) WITH CHECK ({condition})"
    )


def isolate_with_parent(table: str, *, column: str, parent: str) -> Iterator[str]:
    """A partner sees a row of `table` where it sees the row of `parent` that `column` names.

    The parent's own policies narrow the look at it: one policy serves every kind of partner.
    Nobody else pays for it: the look is not taken where no partner is set."""
    nobody = " AND ".join(f"({_not_a_partner(each)})" for each in (PARTY_SETTING, LOCATION_SETTING))
    seen = (
        f'EXISTS (SELECT FROM "{parent}" above WHERE above.tenant_id = "{table}".tenant_id '
        f'AND above.id = "{table}".{column})'
    )
    condition = f"({nobody}) OR {seen}"
    yield (
        f'CREATE POLICY partner_isolation_with_{parent} ON "{table}" AS RESTRICTIVE '
        f"USING ({condition}) WITH CHECK ({condition})"
    )


def hide_from_partner(table: str, *, setting: str) -> Iterator[str]:
    """No partner with a value in `setting` sees any row of `table`, nor writes one."""
    condition = _not_a_partner(setting)
    yield (
        f'CREATE POLICY partner_exclusion ON "{table}" AS RESTRICTIVE '
        f"USING ({condition}) WITH CHECK ({condition})"
    )


def hide_from_partners(table: str) -> Iterator[str]:
    """No partner of any kind sees any row of `table`, nor writes one."""
    nobody = " AND ".join(f"({_not_a_partner(each)})" for each in (PARTY_SETTING, LOCATION_SETTING))
    yield (
        f'CREATE POLICY partner_exclusion ON "{table}" AS RESTRICTIVE '
        f"USING ({nobody}) WITH CHECK ({nobody})"
    )


def _not_a_partner(setting: str) -> str:
    """True where no partner is set.

    Written as IS NOT NULL, which the planner believes of nearly every row. Of a comparison with a
    value that it does not know it believes the contrary: that one row of two hundred is left, and
    it looked for all rows of a tenant once for each row of a list."""
    return (
        f"(CASE WHEN coalesce(current_setting('{setting}', true), '') = '' THEN true END) "
        "IS NOT NULL"
    )


# A party and all below it, as the partner's setting names them: itself first. It looks with the
# tenant's eyes, whatever the partner's are.
TREE_FUNCTION = """
CREATE FUNCTION party_tree(root bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public SET "app.party_id" = '' AS
$$ WITH RECURSIVE below AS (
       SELECT root AS id
       UNION
       SELECT p.id FROM public.party p JOIN below b ON p.parent_id = b.id
       WHERE p.tenant_id = current_setting('app.tenant_id')::int
   )
   SELECT string_agg(id::text, ',' ORDER BY id <> root, id) FROM below $$
"""

# The nearest assortment of a party or of those above it; '': it is offered everything.
ASSORTMENT_FUNCTION = """
CREATE FUNCTION assortment_of(customer bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public SET "app.party_id" = '' AS
$$ WITH RECURSIVE above AS (
       SELECT p.id, p.parent_id, 0 AS steps FROM public.party p
       WHERE p.tenant_id = current_setting('app.tenant_id')::int AND p.id = customer
       UNION
       SELECT p.id, p.parent_id, a.steps + 1 FROM public.party p JOIN above a ON p.id = a.parent_id
       WHERE p.tenant_id = current_setting('app.tenant_id')::int AND a.steps < 100
   )
   SELECT coalesce((SELECT o.id::text FROM public.assortment o JOIN above a ON o.party_id = a.id
                    WHERE o.tenant_id = current_setting('app.tenant_id')::int
                    ORDER BY a.steps LIMIT 1), '') $$
"""
