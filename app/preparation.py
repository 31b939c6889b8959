"""What has to be done before anything serves: migrate, and seed the demo at the first start.

A warm start finds both done with three statements, and imports nothing heavy."""

import asyncpg  # type: ignore[import-untyped]

from app.revision import newest_revision
from app.settings import Settings


async def prepare(settings: Settings) -> None:
    """Migrate and seed what is not yet."""
    owner_url = settings.database_owner_url or ""
    if not await _is_migrated(owner_url):
        from app.database import migrate

        await migrate(owner_url)
    if not await _is_seeded(owner_url):
        from app.database import connect
        from app.demo.company import seed_demo

        engine = connect(settings.database_url or "", pool_size=2)
        try:
            await seed_demo(engine, settings.keys())
        finally:
            await engine.dispose()


async def _is_migrated(owner_url: str) -> bool:
    connection = await asyncpg.connect(owner_url)
    try:
        table = await connection.fetchval("SELECT to_regclass('public.alembic_version')")
        if table is None:
            return False
        found = await connection.fetchval("SELECT version_num FROM alembic_version")
        return bool(found == newest_revision())
    finally:
        await connection.close()


async def _is_seeded(owner_url: str) -> bool:
    """Whether the demo company stands; its tenant alone is a start that was killed."""
    connection = await asyncpg.connect(owner_url)
    try:
        async with connection.transaction():
            tenant_id = await connection.fetchval("SELECT tenant_id FROM tenant_of_slug('demo')")
            if tenant_id is None:
                return False
            await connection.execute("SELECT set_config('app.tenant_id', $1, true)", str(tenant_id))
            found = await connection.fetchval(
                "SELECT EXISTS (SELECT FROM legal_entity WHERE tenant_id = $1)", tenant_id
            )
            return bool(found)
    finally:
        await connection.close()
