"""CPU of two reads through the API, beside the same statements on the driver alone.

Availability of 100 items over 5 locations, and 50 orders with lines and customer. Ours is the whole
application: token, door, limits, GraphQL, domain, SQLAlchemy, JSON; the bare arm begins a
transaction, enters the tenant's scope, runs the same statements by asyncpg and takes the rows. One
process runs both in turn; its CPU and that of its PostgreSQL connection count, as in every arm the
database has the same to do. The rounds alternate and the medians of their ratios count."""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from api.ids import global_id
from api.limits.budgets import Purse, Spender, Taken
from app.asgi import application_around
from app.database import connect, migrate
from app.embedded import start_engines
from app.http.services import Services
from app.long_lived import settle_memory
from bench.reading_world import ITEMS, ORDERS, ReadingWorld, fill_world
from bench.results import Result
from domain.kernel.event_feed import EventFeed
from tenancy.authentication import Authenticator
from tenancy.row_security import APP_ROLE

GOAL = 3.0
ROUNDS, TIMES, WARMING = 9, 60, 20
SECRET = "b" * 48
AVAILABILITY = """
query ($items: [ID!]!) {
  availability(itemIds: $items) {
    onHand { value unit } reserved { value } available { value }
    locations { onHand { value } reserved { value } available { value } }
  }
}
"""
ORDERS_WITH_LINES = """
{ orders(first: 50) { nodes {
    number status orderedAt total { amount currency } party { code name }
    lines { lineNumber quantity unitPrice net { amount currency } backordered } } } }
"""
Ask = Callable[[], Awaitable[Any]]


class _Bottomless:
    async def take(self, spender: Spender, points: int) -> Taken:
        return Taken(points, 1_000_000)


class _Caller:
    """Asks the application without a socket: nothing of a client is measured."""

    def __init__(self, application: Any, token: str) -> None:
        self._application = application
        self._headers = [
            (b"host", b"crossdock"),
            (b"content-type", b"application/json"),
            (b"accept", b"application/json"),
            (b"authorization", f"Bearer {token}".encode()),
        ]

    async def ask(self, body: bytes) -> bytes:
        """The answer's body."""
        parts: list[bytes] = []
        messages = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> Any:
            return next(messages, None) or await asyncio.Event().wait()

        async def send(message: Any) -> None:
            parts.append(message.get("body", b""))

        length = (b"content-length", str(len(body)).encode())
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "root_path": "",
            "headers": [*self._headers, length],
            "client": ("127.0.0.1", 1),
            "server": ("crossdock", 80),
            "state": {},
        }
        await self._application(scope, receive, send)
        return b"".join(parts)


def measure() -> list[Result]:
    """Both reads."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_engines(Path(folder) / "engines", durable=False, ephemeral=True) as engines,
    ):
        asyncio.run(migrate(engines.database_owner_url))
        return asyncio.run(_measured(engines.database_url, engines.database_owner_url))


async def _measured(url: str, owner_url: str) -> list[Result]:
    engine = connect(url, pool_size=1)
    services = Services(
        engine=engine,
        authenticator=Authenticator(engine, SECRET),
        redis_url="",
        feed=EventFeed(engine),
        purse=Purse(_Bottomless()),
    )
    world = await fill_world(engine, services.authenticator)
    await _gather_statistics(owner_url)
    caller = _Caller(application_around(services), world.token)
    bare = await asyncpg.connect(url)
    backends = [await bare.fetchval("SELECT pg_backend_pid()"), await _backend(engine)]
    ids = [global_id("Item", item_id) for item_id in world.item_ids]
    asked = {
        f"availability, {ITEMS} items": {"query": AVAILABILITY, "variables": {"items": ids}},
        f"{ORDERS} orders, lines, customer": {"query": ORDERS_WITH_LINES},
    }
    results = []
    for name, document in asked.items():
        body = json.dumps(document).encode()
        statements = await _statements(engine, caller, body)
        arms: dict[str, Ask] = {
            "ours": lambda body=body: caller.ask(body),  # type: ignore[misc]
            "bare": lambda statements=statements: _run(bare, world, statements),  # type: ignore[misc]
        }
        results.append(await _compared(name, arms, backends))
    await bare.close()
    await engine.dispose()
    return results


async def _gather_statistics(owner_url: str) -> None:
    """At once: else the plans, and with them both arms, change when the server gets to it."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute("ANALYZE")
    await owner.close()


async def _backend(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.exec_driver_sql("SELECT pg_backend_pid()")).scalar_one())


async def _statements(engine: AsyncEngine, caller: _Caller, body: bytes) -> list[tuple[str, Any]]:
    """What the read sends to the database, with its values, but for what enters the scope."""
    answer = json.loads(await caller.ask(body))
    assert "errors" not in answer, answer
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if "set_config" not in statement:
            seen.append((statement, values))

    await caller.ask(body)
    event.listen(engine.sync_engine, "before_cursor_execute", note)
    await caller.ask(body)
    event.remove(engine.sync_engine, "before_cursor_execute", note)
    # Who asks is the door's question, not the read's.
    return [
        each for each in seen if "user_account" not in each[0] and "user_session" not in each[0]
    ]


async def _run(
    connection: asyncpg.Connection, world: ReadingWorld, statements: list[tuple[str, Any]]
) -> None:
    async with connection.transaction(readonly=True):
        await connection.execute(
            "SELECT set_config('role', $1, true), set_config('app.tenant_id', $2, true), "
            "set_config('app.party_id', '', true), set_config('app.location_id', '', true)",
            APP_ROLE,
            str(world.tenant_id),
        )
        for statement, values in statements:
            await connection.fetch(statement, *values)


async def _compared(name: str, arms: dict[str, Ask], backends: list[int]) -> Result:
    for ask in arms.values():
        await _milliseconds(ask, backends, WARMING)
    # As the server does once it runs.
    settle_memory()
    rounds = [
        {arm: await _milliseconds(ask, backends, TIMES) for arm, ask in arms.items()}
        for _ in range(ROUNDS)
    ]
    raw: dict[str, Any] = {}
    for arm in arms:
        raw[f"{arm}_ms"] = round(median(sum(each[arm]) for each in rounds), 2)
        raw[f"{arm}_python_ms"] = round(median(each[arm][0] for each in rounds), 2)
    ratio = median(sum(each["ours"]) / sum(each["bare"]) for each in rounds)
    return Result.at_most(f"{name}: CPU of bare SQL", ratio, GOAL, raw)


async def _milliseconds(ask: Ask, backends: list[int], times: int) -> tuple[float, float]:
    """CPU of one read: of this process, and of its connections to PostgreSQL."""
    own, theirs = time.process_time(), _used(backends)
    for _ in range(times):
        await ask()
    return (
        (time.process_time() - own) / times * 1000,
        (_used(backends) - theirs) / times * 1000,
    )


def _used(backends: list[int]) -> float:
    """CPU seconds of processes so far, to the nanosecond where the kernel tells."""
    return sum(_seconds(pid) for pid in backends)


def _seconds(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
