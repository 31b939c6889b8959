"""Every table is isolated by the database itself."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.database import async_url, metadata
from tenancy.row_security import APP_ROLE

TABLES = [name for name in metadata().tables if name != "tenant"]


async def _owner_rows(owner_url: str, statement: str, **values: Any) -> list[Any]:
    engine = create_async_engine(async_url(owner_url))
    async with engine.connect() as connection:
        rows = (await connection.execute(text(statement), values)).all()
    await engine.dispose()
    return list(rows)


async def test_the_planner_believes_that_policies_leave_the_house_its_rows(owner_url: str) -> None:
    """Of a comparison with a setting it believes that one row of two hundred is left; of IS NOT
    NULL nearly all."""
    rows = await _owner_rows(
        owner_url,
        """
        SELECT tablename, policyname FROM pg_policies
        WHERE coalesce(qual, with_check) ~ 'COALESCE\\(current_setting'
          AND coalesce(qual, with_check) !~ 'IS NOT NULL'
        """,
    )
    assert rows == []


async def test_every_table_forces_row_security_with_a_tenant_policy(owner_url: str) -> None:
    rows = await _owner_rows(
        owner_url,
        """
        SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
               bool_or(p.polname = 'tenant_isolation' AND p.polpermissive AND p.polcmd = '*')
        FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND c.relname <> 'alembic_version'
        GROUP BY 1, 2, 3
        """,
    )
    assert {row[0] for row in rows} == {*TABLES, "tenant"}
    assert [row for row in rows if row[1:] != (True, True, True)] == []


@pytest.mark.parametrize("table", TABLES)
def test_every_key_and_reference_starts_with_the_tenant(table: str) -> None:
    definition = metadata().tables[table]
    assert [column.name for column in definition.primary_key] == ["tenant_id", "id"]
    for key in definition.foreign_key_constraints:
        assert key.column_keys[0] == "tenant_id", key.name
        assert next(element.column.name for element in key.elements) == "tenant_id", key.name
    for index in definition.indexes:
        assert next(c.name for c in index.columns) == "tenant_id", index.name


async def test_the_application_role_owns_nothing_and_bypasses_nothing(owner_url: str) -> None:
    (role,) = await _owner_rows(
        owner_url,
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
        " (SELECT count(*) FROM pg_class WHERE relowner = r.oid) FROM pg_roles r"
        " WHERE rolname = :role",
        role=APP_ROLE,
    )
    assert tuple(role) == (False, False, False, False, 0)


async def test_ledgers_can_only_be_appended_to(owner_url: str) -> None:
    rows = await _owner_rows(
        owner_url,
        """
        SELECT t, p FROM unnest(ARRAY['journal', 'journal_line', 'stock_movement', 'event',
                                      'audit_entry', 'audit_seal', 'configuration_version',
                                      'webhook_attempt', 'cost_change']) t,
                         unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) p
        WHERE has_table_privilege(:role, t, p)
        """,
        role=APP_ROLE,
    )
    assert rows == []


async def test_the_migrations_make_what_the_models_say(owner_url: str) -> None:
    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata()))

    engine = create_async_engine(async_url(owner_url))
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert found == []
