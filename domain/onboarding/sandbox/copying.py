"""Rows of the set-up are copied into the sandbox, a part in each transaction."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ARRAY, Table, bindparam, insert, or_, select, update
from sqlalchemy.engine import Row

from domain.kernel.inserting import insert_rows
from domain.kernel.work import Work
from domain.onboarding.sandbox.tables import LINKS, columns_of, links_of, table_named, wanted_rows
from tenancy.principals import system_principal
from tenancy.transaction import enter_scope

PART = 2_000


@asynccontextmanager
async def entered(work: Work, tenant_id: int) -> AsyncIterator[Work]:
    """A work in the sandbox, in the same transaction; afterwards the work is in its own again.

    Only for a tenant's own sandbox: whoever calls has read its id from the tenant's row."""
    principal = system_principal(tenant_id, name="sandbox")
    await enter_scope(work.connection, principal)
    inside = Work(work.connection, principal, now=work.now)
    yield inside
    await inside.flush()
    await enter_scope(work.connection, work.principal)


async def copy_part(work: Work, sandbox_id: int, step: str, after_id: int) -> tuple[int, int]:
    """Copy what follows `after_id` in the step's table; how many rows, and the last one's id."""
    if step.startswith(LINKS):
        return await _link_part(work, sandbox_id, step, after_id)
    table = table_named(step)
    columns = columns_of(table)
    rows = await _page(work, table, columns, after_id)
    if not rows:
        return 0, after_id
    async with entered(work, sandbox_id) as inside:
        await _insert(inside, table, [dict(row._mapping) for row in rows])
    return len(rows), rows[-1].id


async def _link_part(work: Work, sandbox_id: int, step: str, after_id: int) -> tuple[int, int]:
    """Links within a table are set once all its rows are there."""
    table = table_named(step)
    names = links_of(table)
    is_linked = or_(*(table.c[name].is_not(None) for name in names))
    columns = [table.c.id, *(table.c[name] for name in names)]
    rows = await _page(work, table, columns, after_id, is_linked)
    if not rows:
        return 0, after_id
    change = (
        update(table)
        .where(table.c.tenant_id == sandbox_id, table.c.id == bindparam("row_id"))
        .values({name: bindparam(f"to_{name}") for name in names})
    )
    async with entered(work, sandbox_id) as inside:
        await inside.execute(
            change,
            [
                {"row_id": row.id, **{f"to_{name}": row._mapping[name] for name in names}}
                for row in rows
            ],
        )
    return len(rows), rows[-1].id


async def _page(
    work: Work, table: Table, columns: Sequence[Any], after_id: int, *conditions: Any
) -> Sequence[Row[Any]]:
    return await work.rows(
        select(*columns)
        .where(*wanted_rows(table, work.tenant_id), table.c.id > after_id, *conditions)
        .order_by(table.c.id)
        .limit(PART)
    )


async def _insert(inside: Work, table: Table, rows: list[dict[str, Any]]) -> None:
    if any(isinstance(column.type, ARRAY) for column in table.columns):
        # An array of arrays cannot be unnested row by row.
        given = [{"tenant_id": inside.tenant_id, **row} for row in rows]
        await inside.execute(insert(table), given)
    else:
        await insert_rows(inside, SimpleNamespace(__table__=table), rows)
