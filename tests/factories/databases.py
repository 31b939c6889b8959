"""A database of one's own, copied from the run's migrated template."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg


@dataclass(frozen=True, slots=True)
class OwnDatabase:
    """Its addresses for the owner and for the application."""

    owner_url: str
    url: str


def with_database(url: str, name: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def template() -> str:
    """The name of the run's migrated template."""
    return f"{os.environ['TEST_RUN']}_template"


def named_for_worker(name: str) -> str:
    """The name of a database of this run and this worker."""
    return f"{os.environ['TEST_RUN']}_{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


async def administer(owner_url: str, *statements: str) -> None:
    """Run statements on the server as the owner, each in its own transaction."""
    connection = await asyncpg.connect(with_database(owner_url, "postgres"))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def drop_databases(owner_url: str, *, prefix: str) -> None:
    """Drop every database whose name begins with `prefix`."""
    connection = await asyncpg.connect(with_database(owner_url, "postgres"))
    try:
        found = "SELECT datname FROM pg_database WHERE starts_with(datname, $1)"
        for row in await connection.fetch(found, prefix):
            await connection.execute(f'DROP DATABASE "{row["datname"]}" WITH (FORCE)')
    finally:
        await connection.close()


@asynccontextmanager
async def own_database(name: str) -> AsyncIterator[OwnDatabase]:
    """A fresh database on the run's server, dropped at the end."""
    full_name = named_for_worker(name)
    owner = os.environ["TEST_OWNER_URL"]
    drop = f'DROP DATABASE IF EXISTS "{full_name}" WITH (FORCE)'
    await administer(owner, drop, f'CREATE DATABASE "{full_name}" TEMPLATE "{template()}"')
    try:
        yield OwnDatabase(
            with_database(owner, full_name),
            with_database(os.environ["TEST_DATABASE_URL"], full_name),
        )
    finally:
        await administer(owner, drop)
