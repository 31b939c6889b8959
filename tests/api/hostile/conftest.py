"""Two companies side by side in one database, and who looks at them."""

from dataclasses import dataclass

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.http.services import system_clock
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.crawling import Findings, crawl
from tests.factories.tenants import new_tenant
from tests.factories.worlds import World, new_world

MOST_INVENTED = 1000


@dataclass(frozen=True, slots=True)
class Company:
    """A world, its administrator and all that the administrator sees."""

    world: World
    admin: ApiCaller
    seen: Findings


async def _company(api: ApiUnderTest, engine: AsyncEngine, mark: str, numbers_from: int) -> Company:
    tenant = await new_tenant(engine, now=system_clock())
    world = await new_world(tenant, mark, numbers_from=numbers_from)
    admin = await api.user(tenant, "*")
    return Company(world, admin, await crawl(admin))


@pytest.fixture(scope="session")
async def engine_of_worlds(engine: AsyncEngine, owner_url: str) -> AsyncEngine:
    """The engine, once no real user will get an id that the worlds' invented ones have."""
    connection = await asyncpg.connect(owner_url)
    try:
        await connection.execute(
            "SELECT setval(pg_get_serial_sequence('user_account', 'id'),"
            f" (SELECT greatest(max(id), {MOST_INVENTED}) FROM user_account))"
        )
    finally:
        await connection.close()
    return engine


@pytest.fixture(scope="session")
async def ours(api: ApiUnderTest, engine_of_worlds: AsyncEngine) -> Company:
    """The company whose people ask."""
    return await _company(api, engine_of_worlds, "QZA", 1)


@pytest.fixture(scope="session")
async def our_neighbour(api: ApiUnderTest, engine_of_worlds: AsyncEngine) -> Company:
    """A company whose people write their texts into their own rows."""
    return await _company(api, engine_of_worlds, "QZC", 440_001)


@pytest.fixture(scope="session")
async def theirs(api: ApiUnderTest, engine_of_worlds: AsyncEngine) -> Company:
    """The company of which they must see nothing."""
    return await _company(api, engine_of_worlds, "QZB", 770_001)
