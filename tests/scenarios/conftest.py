"""Real processes on an own database: what the scenarios play on."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.factories.client import Client
from tests.factories.companies import (
    ADMINISTRATOR,
    PASSWORD,
    Company,
    found_company,
    new_tenant_with_administrator,
)
from tests.factories.databases import own_database
from tests.factories.launching import Launch, forked
from tests.factories.running import Running, installed

TENANT = "harbor"
# uvicorn ends in order and then raises the signal that it was sent.
ENDED_BY_SIGTERM = -15
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def samples() -> Path:
    """`shared/samples` beside the checkout or above it, or where CROSSDOCK_SAMPLES says."""
    stated = os.environ.get("CROSSDOCK_SAMPLES")
    places = [Path(stated)] if stated else [p / "shared" / "samples" for p in ROOT.parents]
    found = next((place for place in places if (place / "manifest.jsonl").exists()), None)
    if found is None:
        pytest.skip("no shared/samples beside this checkout")
    return found


@pytest.fixture(scope="module")
def launch() -> Launch:
    """How the processes are started; a file may say otherwise."""
    return forked


@pytest.fixture(scope="module")
async def running(
    tmp_path_factory: pytest.TempPathFactory, redis_url: str, launch: Launch
) -> AsyncIterator[Running]:
    """An API and a worker, ready."""
    home = tmp_path_factory.mktemp("installation")
    async with own_database("crossdock_scenario") as database:
        with installed(
            home,
            database_url=database.url,
            owner_url=database.owner_url,
            redis_url=redis_url,
            launch=launch,
        ) as running:
            await new_tenant_with_administrator(database.url, TENANT)
            running.start("serve", "worker")
            await running.ready()
            yield running
            assert running.stop() == {"serve": ENDED_BY_SIGTERM, "worker": 0}


@pytest.fixture(scope="module")
async def admin(running: Running) -> AsyncIterator[Client]:
    """The tenant's administrator, signed in."""
    async with httpx.AsyncClient(base_url=running.base_url, timeout=30) as http:
        client = Client(http)
        await client.sign_in(TENANT, ADMINISTRATOR, PASSWORD)
        yield client


@pytest.fixture(scope="module")
async def company(admin: Client) -> Company:
    """The company, made through the API."""
    return await found_company(admin, TENANT)
