"""One PostgreSQL and one Valkey for the whole run; one database for each xdist worker,
copied from a migrated template; one fresh tenant for each test."""

from tests.undisturbed import end_of_collection

# isort: split
import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.asgi import application_around
from app.database import connect, migrate
from app.embedded import Engines, start_engines
from app.http.services import Services
from domain.kernel.event_feed import EventFeed
from tenancy.authentication import Authenticator
from tests.factories.api import ApiUnderTest
from tests.factories.databases import (
    administer,
    drop_databases,
    named_for_worker,
    template,
    with_database,
)
from tests.factories.in_process import InProcessClient
from tests.factories.keys import KEYS
from tests.factories.tenants import TenantUnderTest, new_tenant
from tests.scheduling import LongestFirst

_engines: list[Engines] = []
# One PostgreSQL serves them all.
MOST_WORKERS = 12


def pytest_configure(config: pytest.Config) -> None:
    """The controller starts the engines once; workers inherit the addresses."""
    config.pluginmanager.register(LongestFirst())
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    if not os.environ.get("DATABASE_URL"):
        import tempfile
        from pathlib import Path

        engines = start_engines(
            Path(tempfile.mkdtemp(prefix="crossdock-tests-")), durable=False, ephemeral=True
        )
        _engines.append(engines)
        os.environ["TEST_DATABASE_URL"] = engines.database_url
        os.environ["TEST_OWNER_URL"] = engines.database_owner_url
        os.environ["TEST_REDIS_URL"] = engines.redis_url
    else:
        url = os.environ["DATABASE_URL"]
        os.environ["TEST_DATABASE_URL"] = url
        os.environ["TEST_OWNER_URL"] = os.environ.get("DATABASE_OWNER_URL", url)
        os.environ["TEST_REDIS_URL"] = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
    # Two runs on one server do not meet.
    os.environ["TEST_RUN"] = f"crossdock_test_{os.getpid()}"
    asyncio.run(_make_template(os.environ["TEST_OWNER_URL"]))


def pytest_xdist_auto_num_workers() -> int | None:
    """Half as many again as there are cores: tests wait for commits, processes and each other."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    cores = os.cpu_count() or 1
    return min(cores + (cores + 1) // 2, MOST_WORKERS)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """In the controller, which collects nothing, too."""
    yield
    end_of_collection()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the controller started; leave nothing on a server that stays."""
    if hasattr(config, "workerinput") or "TEST_RUN" not in os.environ:
        return
    if not _engines:
        asyncio.run(drop_databases(os.environ["TEST_OWNER_URL"], prefix=os.environ["TEST_RUN"]))
    while _engines:
        _engines.pop().close()


async def _make_template(owner_url: str) -> None:
    await administer(owner_url, f'CREATE DATABASE "{template()}"')
    await migrate(with_database(owner_url, template()))


@pytest.fixture(scope="session")
def database_name() -> str:
    """The database of this worker."""
    return named_for_worker("worker")


@pytest.fixture(scope="session")
async def owner_url(database_name: str) -> str:
    """The address under which the owner reaches this worker's migrated database."""
    owner = os.environ["TEST_OWNER_URL"]
    await administer(owner, f'CREATE DATABASE "{database_name}" TEMPLATE "{template()}"')
    return with_database(owner, database_name)


@pytest.fixture(scope="session")
def database_url(owner_url: str, database_name: str) -> str:
    """The address under which the application reaches this worker's database."""
    return with_database(os.environ["TEST_DATABASE_URL"], database_name)


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The address of the run's Valkey."""
    return os.environ["TEST_REDIS_URL"]


@pytest.fixture(scope="session")
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """The application's engine on this worker's database."""
    made = connect(database_url, pool_size=20)
    yield made
    await made.dispose()


@pytest.fixture
def now() -> datetime:
    """The moment at which a test's work happens."""
    return datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
async def tenant(engine: AsyncEngine, now: datetime) -> TenantUnderTest:
    """A fresh tenant; tests are apart from each other as tenants are."""
    return await new_tenant(engine, now=now)


@pytest.fixture(scope="session")
async def api(engine: AsyncEngine, redis_url: str) -> AsyncIterator[ApiUnderTest]:
    """The application on this worker's database, asked over HTTP without a socket."""
    services = Services(
        engine=engine,
        authenticator=Authenticator(engine, "s" * 48),
        redis_url=redis_url,
        feed=EventFeed(engine),
        keys=KEYS,
    )
    application = application_around(services)
    async with InProcessClient(application) as http:
        yield ApiUnderTest(application, services, http)
