"""A database of one's own, copied from the run's migrated template."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg

TEMPLATE = "crossdock_template"


@dataclass(frozen=True, slots=True)
class OwnDatabase:
    """Its addresses for the owner and for the application."""

    owner_url: str
    url: str


def _named(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@asynccontextmanager
async def own_database(name: str) -> AsyncIterator[OwnDatabase]:
    """A fresh database on the run's server, dropped at the end."""
    full_name = f"{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    owner = os.environ["TEST_OWNER_URL"]
    connection = await asyncpg.connect(_named(owner, "postgres"))
    drop = f'DROP DATABASE IF EXISTS "{full_name}" WITH (FORCE)'
    try:
        await connection.execute(drop)
        await connection.execute(f'CREATE DATABASE "{full_name}" TEMPLATE "{TEMPLATE}"')
        yield OwnDatabase(
            _named(owner, full_name), _named(os.environ["TEST_DATABASE_URL"], full_name)
        )
        await connection.execute(drop)
    finally:
        await connection.close()
