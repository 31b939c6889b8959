"""Gauges of a process: its database connections, and the outbox."""

import asyncio
from datetime import datetime
from weakref import WeakSet

from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from tenancy.principals import system_principal
from tenancy.transaction import scoped_transaction

CONNECTIONS = Gauge(
    "crossdock_database_connections", "Database connections by state: in_use, idle.", ("state",)
)
CONNECTIONS_LIMIT = Gauge(
    "crossdock_database_connections_limit", "How many database connections there may be."
)
WAITING = Gauge("crossdock_outbox_waiting", "Events not yet handled, of all tenants.")
OLDEST = Gauge("crossdock_outbox_oldest_seconds", "How long the oldest of them has waited.")
PARKED = Gauge("crossdock_outbox_parked", "Events given up, waiting for a person.")
PATIENCE_SECONDS = 2.0
_pools: "WeakSet[QueuePool]" = WeakSet()


def watch_pool(engine: AsyncEngine) -> None:
    """Count this engine's connections among the process's."""
    pool = engine.sync_engine.pool
    if isinstance(pool, QueuePool):
        _pools.add(pool)


CONNECTIONS.labels("in_use").set_function(lambda: sum(pool.checkedout() for pool in _pools))
CONNECTIONS.labels("idle").set_function(lambda: sum(pool.checkedin() for pool in _pools))
CONNECTIONS_LIMIT.set_function(lambda: sum(pool.size() for pool in _pools))


async def measure_outbox(engine: AsyncEngine, *, now: datetime) -> None:
    """Set the gauges of the outbox; to NaN when the database does not say."""
    waiting = oldest = parked = float("nan")
    try:
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            scoped_transaction(engine, system_principal(0), read_only=True) as connection,
        ):
            lag = await connection.execute(
                text("SELECT waiting, oldest_seconds, parked FROM outbox_lag(:now)"), {"now": now}
            )
            waiting, oldest, parked = (float(value or 0) for value in lag.one())
    except (SQLAlchemyError, OSError, TimeoutError):
        pass
    WAITING.set(waiting)
    OLDEST.set(oldest)
    PARKED.set(parked)
