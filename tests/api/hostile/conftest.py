"""Two companies side by side in one database, and who looks at them."""

from dataclasses import dataclass

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.http.services import system_clock
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.crawling import Findings, crawl
from tests.factories.tenants import new_tenant
from tests.factories.worlds import World, new_world


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
async def ours(api: ApiUnderTest, engine: AsyncEngine) -> Company:
    """The company whose people ask."""
    return await _company(api, engine, "QZA", 1)


@pytest.fixture(scope="session")
async def our_neighbour(api: ApiUnderTest, engine: AsyncEngine) -> Company:
    """A company whose people write their texts into their own rows."""
    return await _company(api, engine, "QZC", 440_001)


@pytest.fixture(scope="session")
async def theirs(api: ApiUnderTest, engine: AsyncEngine) -> Company:
    """The company of which they must see nothing."""
    return await _company(api, engine, "QZB", 770_001)
