"""A tenant's rows, as one figure for each table."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.database import async_url, metadata


async def tenant_checksums(owner_url: str, tenant_id: int) -> dict[str, str]:
    """For every table a hash over all rows of the tenant, read past row security's role.

    Whatever changes anything of the tenant changes one of these."""
    tables = [name for name in metadata().tables if name != "tenant"]
    union = " UNION ALL ".join(
        f"SELECT '{name}', count(*) || md5(coalesce(string_agg(t::text, '|' ORDER BY id), ''))"
        f' FROM "{name}" t WHERE tenant_id = :tenant'
        for name in tables
    )
    engine = create_async_engine(async_url(owner_url))
    try:
        async with engine.connect() as connection:
            await connection.execute(
                text("SELECT set_config('app.tenant_id', :tenant, true)"),
                {"tenant": str(tenant_id)},
            )
            rows = await connection.execute(text(union), {"tenant": tenant_id})
            return {row[0]: row[1] for row in rows}
    finally:
        await engine.dispose()
