"""placeOrder on a young installation and on old ones: 1, 10 and 100 times the history and tenants.

The largest has ten million stock movements, half of them the ordering tenant's own, and a thousand
tenants. They are generated once, inside the server, and kept in a folder outside the repository:
CROSSDOCK_BENCH_CACHE, by default crossdock-bench in the user's cache. CROSSDOCK_BENCH_MOVEMENTS
sets another size of the largest. Sizes take turns; the median of the rounds' ratios counts. What
the server tidies up in the background is left out: it falls on whoever comes next."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.database import alembic_config, async_url, connect, migrate
from app.embedded import Engines, start_engines
from bench.place_order import Measured, Round, place_orders
from bench.processor_time import postmaster_of
from bench.results import Result, paired
from bench.serving import serving
from bench.trading_world import World, new_world, settled, world_again

TIMES = (1, 10, 100)
MOVEMENTS = int(os.environ.get("CROSSDOCK_BENCH_MOVEMENTS", "10000000"))
TENANTS = 1_000
CONNECTIONS, ROUNDS, SECONDS = 32, 6, 4.0
GOAL = 1.3
PORT = 18_940


@dataclass(frozen=True, slots=True)
class Database:
    """One database of the engines, as those who only need its addresses see it."""

    database_url: str
    database_owner_url: str
    redis_url: str


def measure() -> list[Result]:
    """Processor time and rate at ten and a hundred times, by those at one."""
    with (
        start_engines(cache() / "engines", durable=True, with_valkey=True) as engines,
        ExitStack() as servers,
    ):
        sides: dict[int, tuple[Measured, World]] = {}
        for times in TIMES:
            name = f"history_{revision()}_{MOVEMENTS}_{times}"
            database = database_of(engines, name)
            world = asyncio.run(_prepared(engines, name, database, times))
            home = servers.enter_context(_home(name))
            settings = {"CROSSDOCK_SLOW_MS": "60000"}
            api = servers.enter_context(serving(database, home, PORT + times, settings))
            postmaster = asyncio.run(postmaster_at(database))
            at = Measured(database, api, postmaster, PORT + times, SECONDS, database=name)
            sides[times] = at, world
        rounds = _rounds(sides)
    return [result for times in TIMES[1:] for result in _results(times, rounds)]


def cache() -> Path:
    """The folder in which what takes long to make is kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    kept = Path(os.environ.get("CROSSDOCK_BENCH_CACHE") or Path(base) / "crossdock-bench")
    kept.mkdir(parents=True, exist_ok=True)
    return kept


def revision() -> str:
    """The newest migration: a database of an older schema is not used again."""
    versions = Path(alembic_config().get_main_option("script_location") or "") / "versions"
    return max(path.name[:4] for path in versions.glob("[0-9]*.py"))


@contextmanager
def _home(name: str) -> Iterator[Path]:
    home = cache() / name
    home.mkdir(exist_ok=True)
    yield home


def database_of(engines: Engines, name: str) -> Database:
    """A database of the engines by its name."""
    urls = (engines.database_url, engines.database_owner_url)
    own, owner = (urlunsplit(urlsplit(url)._replace(path=f"/{name}")) for url in urls)
    return Database(own, owner, engines.redis_url)


async def _prepared(engines: Engines, name: str, database: Database, times: int) -> World:
    """The database with its history; made if it is not there yet."""
    engine = create_async_engine(
        async_url(engines.database_owner_url), isolation_level="AUTOCOMMIT"
    )
    async with engine.connect() as connection:
        known = text("SELECT 1 FROM pg_database WHERE datname = :name")
        if not (await connection.execute(known, {"name": name})).first():
            # Under another name until it is complete: a run that was stopped leaves no half.
            making = f"{name}_making"
            await connection.execute(text(f'DROP DATABASE IF EXISTS "{making}"'))
            await connection.execute(text(f'CREATE DATABASE "{making}"'))
            await _make(database_of(engines, making), times)
            await connection.execute(text(f'ALTER DATABASE "{making}" RENAME TO "{name}"'))
    await engine.dispose()
    return await world_again(database, "own")


async def _make(database: Database, times: int) -> None:
    await migrate(database.database_owner_url)
    movements, tenants = MOVEMENTS * times // TIMES[-1], TENANTS * times // TIMES[-1]
    own = await new_world(database, "own")
    engine = create_async_engine(async_url(database.database_owner_url))
    async with engine.begin() as connection:
        await _enter(connection, own.tenant_id)
        await _move(connection, own.tenant_id, movements // 2)
    for n in range(1, tenants):
        async with engine.begin() as connection:
            await _another(connection, f"other-{n}", movements // 2 // (tenants - 1))
    await engine.dispose()
    await settled(database)


async def _enter(connection: AsyncConnection, tenant_id: int) -> None:
    await connection.execute(
        text("SELECT set_config('app.tenant_id', :tenant, true)"), {"tenant": str(tenant_id)}
    )


async def _another(connection: AsyncConnection, slug: str, movements: int) -> None:
    """A tenant with a few items and its part of the history."""
    made = text("SELECT create_tenant(:slug, :slug, now())")
    tenant_id = int((await connection.execute(made, {"slug": slug})).scalar_one())
    await _enter(connection, tenant_id)
    for statement in _COMPANY:
        await connection.execute(text(statement), {"tenant": tenant_id})
    await _move(connection, tenant_id, movements)


async def _move(connection: AsyncConnection, tenant_id: int, movements: int) -> None:
    """So many movements over the tenant's balances: each receipt leaves again by an issue."""
    await connection.execute(text(_HISTORY), {"tenant": tenant_id, "pairs": movements // 2})


_COMPANY = (
    "INSERT INTO legal_entity (tenant_id, code, name, country, currency, created_at) "
    "VALUES (:tenant, 'E', 'E', 'DE', 'EUR', now())",
    "INSERT INTO location (tenant_id, code, name, kind, entity_id, created_at) "
    "SELECT tenant_id, 'L', 'L', 'owned', id, now() FROM legal_entity WHERE tenant_id = :tenant",
    "INSERT INTO item (tenant_id, sku, name, base_unit, created_at) "
    "SELECT :tenant, 'SKU-' || n, 'Item', 'EA', now() FROM generate_series(1, 10) n",
    "INSERT INTO stock_balance (tenant_id, item_id, location_id, owner_id) "
    "SELECT i.tenant_id, i.id, l.id, l.entity_id FROM item i JOIN location l USING (tenant_id) "
    "WHERE i.tenant_id = :tenant",
)
_HISTORY = """
WITH kept AS (
  SELECT array_agg(id ORDER BY id) AS ids FROM stock_balance WHERE tenant_id = :tenant
)
INSERT INTO stock_movement (tenant_id, balance_id, kind, on_hand, reserved, quality_control,
  damaged, reason, reference_kind, reference_id, actor, occurred_at)
SELECT :tenant, kept.ids[1 + n % array_length(kept.ids, 1)], side.kind, side.quantity, 0, 0, 0,
  'history', 'bench', n, 'bench', now() - make_interval(secs => n)
FROM kept, generate_series(1, :pairs) n,
  (VALUES ('receipt', 1), ('issue', -1)) AS side (kind, quantity)
"""


async def postmaster_at(database: Database) -> int:
    """The process id of a database's server."""
    engine = connect(database.database_url)
    try:
        return await postmaster_of(engine)
    finally:
        await engine.dispose()


def _rounds(sides: dict[int, tuple[Measured, World]]) -> dict[int, list[Round]]:
    for measured, world in sides.values():
        place_orders(measured.port, CONNECTIONS, 2.0, world.plain())
    rounds: dict[int, list[Round]] = {times: [] for times in sides}
    for turn in range(ROUNDS):
        # What one leaves to be tidied up in the background does not always fall on the same other.
        for times in (*TIMES[turn % 3 :], *TIMES[: turn % 3]):
            measured, world = sides[times]
            rounds[times].append(measured.ours(CONNECTIONS, world.plain()))
    return rounds


def _results(times: int, rounds: dict[int, list[Round]]) -> list[Result]:
    def middle(of: int, figure: str) -> float:
        return median(getattr(each, figure) for each in rounds[of])

    largest = MOVEMENTS * times // TIMES[-1]
    raw = {
        "movements": largest,
        "tenants": TENANTS * times // TIMES[-1],
        "processor_ms": round(middle(times, "processor_ms"), 2),
        "at_one_processor_ms": round(middle(1, "processor_ms"), 2),
        "orders_a_second": round(middle(times, "a_second")),
        "at_one_orders_a_second": round(middle(1, "a_second")),
    }
    each = {of: [one.processor_ms for one in rounds[of]] for of in (times, 1)}
    cost = paired(each[times], each[1])
    name = f"placeOrder at {times} times the history"
    return [Result.at_most(f"{name}: processor time", cost, GOAL, raw)]
