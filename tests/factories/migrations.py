"""What a migration runs, to be run again on rows as they were before it."""

import importlib.util
from pathlib import Path
from typing import Any

import asyncpg

VERSIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"


def migration(name: str) -> Any:
    """The module of a migration by its file's name."""
    spec = importlib.util.spec_from_file_location(f"migration_{name}", VERSIONS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def run_as_owner(owner_url: str, statement: str) -> None:
    """Run a statement as the role that migrates."""
    connection = await asyncpg.connect(owner_url)
    try:
        async with connection.transaction():
            await connection.execute(statement)
    finally:
        await connection.close()
