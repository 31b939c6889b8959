"""The database as the application sees it: engine, metadata, migration."""

import importlib
import pkgutil
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import domain
from app.living_connections import check_before_use
from app.observability.metrics import watch_pool
from app.observability.statements import tell_statements
from app.revision import MIGRATIONS
from domain.kernel import json
from tenancy.base import Base
from tenancy.driver import OpeningConnection
from tenancy.row_security import APP_ROLE

# Any constant does: it only keeps two migrating processes from running at once.
MIGRATION_LOCK = 7_263_548_201


def connect(url: str, *, pool_size: int = 10) -> AsyncEngine:
    """An engine for `url` (postgresql://…). Connections are checked before use, so that a
    restarted server costs no request."""
    engine = create_async_engine(
        async_url(url),
        pool_size=pool_size,
        max_overflow=0,
        # We have more than the usual 500; what is forgotten is compiled anew.
        query_cache_size=2_000,
        connect_args=_driver_settings(url),
        # What failed is told with its statement, never with the values in it.
        hide_parameters=True,
        json_serializer=json.dump,
        json_deserializer=json.load,
    )
    check_before_use(engine)
    tell_statements(engine)
    watch_pool(engine)
    return engine


def _driver_settings(url: str) -> dict[str, Any]:
    """How the driver connects; what the address says itself of its statements holds."""
    settings: dict[str, Any] = {"connection_class": OpeningConnection}
    if "statement_cache_size" not in url:
        # All that we have prepared, however long.
        settings |= {"statement_cache_size": 1_000, "max_cacheable_statement_size": 0}
    return settings


def async_url(url: str) -> str:
    """The same address for SQLAlchemy's asyncpg dialect."""
    scheme, _, rest = url.partition("://")
    if scheme.split("+")[0] not in ("postgres", "postgresql"):
        raise ValueError(f"DATABASE_URL must start with postgresql://, not {scheme}://")
    return f"postgresql+asyncpg://{rest}"


def metadata() -> MetaData:
    """The metadata of all tables: every area's models are imported first."""
    importlib.import_module("tenancy.models")
    for area in pkgutil.iter_modules(domain.__path__, prefix="domain."):
        if importlib.util.find_spec(f"{area.name}.models"):
            importlib.import_module(f"{area.name}.models")
    return Base.metadata


async def migrate(owner_url: str, *, revision: str = "head") -> None:
    """Bring the schema to `revision`. Two processes at once take turns."""
    engine = create_async_engine(async_url(owner_url))
    try:
        async with engine.connect() as connection:
            # Session-wide, since alembic commits after each migration; it goes with the connection.
            await connection.execute(text(f"SELECT pg_advisory_lock({MIGRATION_LOCK})"))
            await connection.commit()
            await connection.run_sync(_upgrade, revision)
            await connection.commit()
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def alembic_config() -> Config:
    """Alembic's configuration, found from any folder."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["metadata"] = metadata()
    config.attributes["app_role"] = APP_ROLE
    return config
