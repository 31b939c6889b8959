"""A tenant's rows, as one figure for each table."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from app.database import metadata


class TenantRows:
    """Looks at the rows of one tenant, past row security's role, over one connection."""

    def __init__(self, connection: Any, tenant_id: int) -> None:
        self._connection, self._tenant_id = connection, tenant_id
        self._known: dict[str, str] = {}

    async def checksums(self) -> dict[str, str]:
        """For every table a hash over all rows of the tenant.

        Whatever changes anything of the tenant changes one of these."""
        async with self._connection.transaction(readonly=True):
            await self._connection.execute(
                "SELECT set_config('app.tenant_id', $1, true)", str(self._tenant_id)
            )
            rows = await self._connection.fetch(_all_tables(), self._tenant_id)
        self._known = {row[0]: row[1] for row in rows}
        return self._known

    async def changed(self) -> list[str]:
        """The tables that changed since the last look."""
        before = self._known
        now = await self.checksums()
        return [name for name, value in now.items() if before.get(name) != value]


def _all_tables() -> str:
    tables = [name for name in metadata().tables if name != "tenant"]
    return " UNION ALL ".join(
        f"SELECT '{name}', count(*) || md5(coalesce(string_agg(t::text, '|' ORDER BY id), ''))"
        f' FROM "{name}" t WHERE tenant_id = $1'
        for name in tables
    )


@asynccontextmanager
async def rows_of(owner_url: str, tenant_id: int) -> AsyncIterator[TenantRows]:
    """The rows of the tenant as they are now, to be looked at again."""
    connection = await asyncpg.connect(owner_url)
    try:
        rows = TenantRows(connection, tenant_id)
        await rows.checksums()
        yield rows
    finally:
        await connection.close()


async def tenant_checksums(owner_url: str, tenant_id: int) -> dict[str, str]:
    """The checksums of the tenant's tables now."""
    async with rows_of(owner_url, tenant_id) as rows:
        return await rows.checksums()
