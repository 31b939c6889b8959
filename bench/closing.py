"""The closing of a full month of 100,000 orders, as its user does it through the API.

The checklist is asked for, the month is soft closed, and closed for good, which asks for everything
once more: every sub-ledger is held against its account. The month is made once and kept in a folder
outside the repository (CROSSDOCK_BENCH_CACHE, as for bench/history.py); CROSSDOCK_BENCH_ORDERS says
how many orders it has. Before each round the period is opened again."""

import asyncio
import base64
import os
import time
from datetime import date
from statistics import median
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.database import async_url, connect, migrate
from app.embedded import Engines, start_engines
from bench.copied_documents import copy_documents
from bench.history import Database, cache, database_of, postmaster_at, revision
from bench.month import ORDERS, Month, do_business, last_month
from bench.processor_time import seconds_of
from bench.results import Result
from bench.serving import serving
from bench.trading_world import World, new_world, settled, world_again
from domain.ledger.models import FiscalPeriod
from domain.ledger.periods import set_period_status
from domain.ledger.policy import OPEN

ALL_ORDERS = int(os.environ.get("CROSSDOCK_BENCH_ORDERS", "100000"))
ITEMS, ROUNDS, PORT = 60, 3, 18_961
# Under a minute.
MOST_SECONDS, GOAL = 60.0, 1.0
CHECKLIST = "query C($id: ID!) { closingChecklist(periodId: $id) { name passed total } }"
CLOSE = (
    "mutation P($input: ClosePeriodInput!, $key: String!) { closePeriod(input: $input) "
    "@idempotent(key: $key) { period { status } userErrors { code message } } }"
)


def measure() -> list[Result]:
    """The seconds of a closing by sixty."""
    begins_on = last_month()
    with start_engines(cache() / "engines", durable=True, with_valkey=True) as engines:
        name = f"month_{revision()}_{ALL_ORDERS}_{begins_on:%Y%m}"
        database = database_of(engines, name)
        world = asyncio.run(_prepared(engines, name, database, begins_on))
        home = cache() / name
        home.mkdir(exist_ok=True)
        settings = {"CROSSDOCK_SLOW_MS": "60000", "CROSSDOCK_API_PROCESSES": "1"}
        with serving(database, home, PORT, settings) as api:
            return [asyncio.run(_result(database, world, api, begins_on))]


async def _prepared(engines: Engines, name: str, database: Database, begins_on: date) -> World:
    """The database with its month; made if it is not there yet."""
    url = async_url(engines.database_owner_url)
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        known = text("SELECT 1 FROM pg_database WHERE datname = :name")
        if not (await connection.execute(known, {"name": name})).first():
            making = f"{name}_making"
            await connection.execute(text(f'DROP DATABASE IF EXISTS "{making}"'))
            await connection.execute(text(f'CREATE DATABASE "{making}"'))
            await _make(database_of(engines, making), begins_on)
            await connection.execute(text(f'ALTER DATABASE "{making}" RENAME TO "{name}"'))
    await engine.dispose()
    return await world_again(database, "month")


async def _make(database: Database, begins_on: date) -> None:
    await migrate(database.database_owner_url)
    world = await new_world(database, "month", items=ITEMS, stock=None)
    engine = connect(database.database_url)
    await do_business(Month(engine, world, begins_on))
    await engine.dispose()
    owner = create_async_engine(async_url(database.database_owner_url))
    async with owner.begin() as connection:
        await copy_documents(connection, world.tenant_id, ALL_ORDERS // ORDERS)
    await owner.dispose()
    await settled(database)


async def _result(database: Database, world: World, api: int, begins_on: date) -> Result:
    # With those that helped a session and have ended.
    postmaster = await postmaster_at(database)
    took: list[tuple[float, float, float]] = []
    for _ in range(ROUNDS):
        period_id = await _opened(database, world, begins_on)
        used = seconds_of(api) + seconds_of(postmaster)
        checked, closed = await _close(world, period_id)
        took.append((checked, closed, seconds_of(api) + seconds_of(postmaster) - used))
    seconds = median(checked + closed for checked, closed, _ in took)
    raw = {
        "seconds": round(seconds, 2),
        "of_them_checklist": round(median(each[0] for each in took), 2),
        "processor_seconds": round(median(each[2] for each in took), 2),
        **await _counted(database, world),
    }
    return Result.at_most("closing a month: seconds by sixty", seconds / MOST_SECONDS, GOAL, raw)


async def _opened(database: Database, world: World, begins_on: date) -> int:
    """The month's period, open."""
    engine = connect(database.database_url)
    async with Month(engine, world, begins_on).work(0) as work:
        period = await work.row(
            select(FiscalPeriod.id, FiscalPeriod.status).where(
                FiscalPeriod.tenant_id == world.tenant_id, FiscalPeriod.starts_on == begins_on
            )
        )
        assert period is not None
        if period.status != OPEN:
            await set_period_status(work, period.id, OPEN)
    await engine.dispose()
    return int(period.id)


async def _close(world: World, period_id: int) -> tuple[float, float]:
    """The seconds of the checklist, and of closing softly and for good."""
    global_id = base64.urlsafe_b64encode(f"FiscalPeriod:{period_id}".encode()).decode().rstrip("=")
    headers = {"Authorization": f"Bearer {world.token}"}
    base = f"http://127.0.0.1:{PORT}"
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=600) as http:

        async def ask(query: str, variables: dict[str, Any]) -> Any:
            answer = await http.post("/graphql", json={"query": query, "variables": variables})
            assert "errors" not in answer.json(), answer.text
            return answer.json()["data"]

        begin = time.perf_counter()
        checks = (await ask(CHECKLIST, {"id": global_id}))["closingChecklist"]
        assert all(each["passed"] for each in checks), checks
        checked = time.perf_counter()
        for softly, status in ((True, "SOFT_CLOSED"), (False, "HARD_CLOSED")):
            asked = {"input": {"periodId": global_id, "softly": softly}, "key": str(uuid4())}
            done = (await ask(CLOSE, asked))["closePeriod"]
            assert done["period"] == {"status": status}, done
        return checked - begin, time.perf_counter() - checked


async def _counted(database: Database, world: World) -> dict[str, int]:
    """How much there is of what is closed over."""
    engine = create_async_engine(async_url(database.database_owner_url))
    counted = {}
    async with engine.begin() as connection:
        setting = text("SELECT set_config('app.tenant_id', :id, true)")
        await connection.execute(setting, {"id": str(world.tenant_id)})
        for table in ("sales_order", "journal", "journal_line", "cost_layer", "stock_movement"):
            found = await connection.execute(text(f"SELECT count(*) FROM {table}"))
            counted[f"{table}s"] = int(found.scalar_one())
    await engine.dispose()
    return counted
