"""What a tenant feels when another asks for a hundred times its share.

The product's own server, database and Valkey run; two tenants ask the same query over loopback,
each from a process of its own. The quiet one asks at a steady rate; the noisy one at the same rate
in the calm rounds and at a hundred times that in the loud ones. Rounds alternate; the quiet one's
p95 over all loud rounds stands beside that over all calm ones."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from app.database import connect, migrate
from app.embedded import Engines, start_engines
from bench.results import Result
from domain.entities.models import Party
from tenancy.authentication import Authenticator
from tenancy.models import Role, RolePermission, UserAccount, UserRole
from tenancy.principals import system_principal
from tenancy.transaction import scoped_transaction

GOAL = 1.3
ROUNDS, SECONDS = 6, 5.0
A_SECOND, TIMES = 10, 100
# How many requests the noisy tenant has under way at once, at most.
CONNECTIONS = 64
ROWS = 50
SECRET = "b" * 48
QUERY = "query Bench { parties(first: 50) { nodes { id code name roles version } } }"


async def ask_steadily(
    port: int, token: str, *, a_second: float, seconds: float, connections: int
) -> tuple[list[float], Counter[str]]:
    """Ask at a steady rate, late or not: the seconds each answer took from the moment it was due,
    and how many there were of each status."""
    body = json.dumps({"query": QUERY}).encode()
    request = (
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
    ) % (token.encode(), len(body), body)
    took: list[float] = []
    seen: Counter[str] = Counter()
    began = time.perf_counter()
    due = iter(began + n / a_second for n in range(int(a_second * seconds)))

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for moment in due:
            await asyncio.sleep(max(0.0, moment - time.perf_counter()))
            if time.perf_counter() > began + seconds:
                break
            # Whoever has no connection free waits for one: its requests come late, not piled up.
            started = moment if connections < CONNECTIONS else time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            answer = await reader.readexactly(length)
            took.append(time.perf_counter() - started)
            seen[head[9:12].decode() if b'"data"' in answer else "refused"] += 1
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return took, seen


def _asking(port: int, token: str, *, times: int) -> "subprocess.Popen[bytes]":
    arguments = [str(port), token, str(A_SECOND * times), str(CONNECTIONS if times > 1 else 4)]
    return subprocess.Popen(
        [sys.executable, "-m", "bench.noisy_neighbour", *arguments], stdout=subprocess.PIPE
    )


def _round(port: int, quiet: str, noisy: str, *, times: int) -> tuple[list[float], Counter[str]]:
    other = _asking(port, noisy, times=times)
    measured = _asking(port, quiet, times=1)
    took, _ = json.loads(measured.communicate()[0])
    _, seen = json.loads(other.communicate()[0])
    return took, Counter(seen)


def measure() -> list[Result]:
    """The quiet tenant's p95 in loud rounds by that in calm ones."""
    with (
        tempfile.TemporaryDirectory() as folder,
        start_engines(Path(folder) / "engines", durable=False, ephemeral=True) as engines,
    ):
        asyncio.run(migrate(engines.database_owner_url))
        quiet, noisy = asyncio.run(_tokens(engines))
        with _server(engines, Path(folder)) as port:
            for times in (1, TIMES):
                _round(port, quiet, noisy, times=times)
            calm, loud, seen = _rounds(port, quiet, noisy)
    raw = {
        "calm_p50_ms": _milliseconds(calm, 0.5),
        "calm_p95_ms": _milliseconds(calm, 0.95),
        "loud_p50_ms": _milliseconds(loud, 0.5),
        "loud_p95_ms": _milliseconds(loud, 0.95),
        "samples": len(loud),
        "noisy_served_a_second": round(seen["200"] / ROUNDS / SECONDS),
        "noisy_refused_a_second": round(seen["refused"] / ROUNDS / SECONDS),
    }
    ratio = raw["loud_p95_ms"] / raw["calm_p95_ms"]
    return [Result.at_most("noisy neighbour: p95 of the other tenant", ratio, GOAL, raw)]


def _rounds(port: int, quiet: str, noisy: str) -> tuple[list[float], list[float], Counter[str]]:
    calm: list[float] = []
    loud: list[float] = []
    seen: Counter[str] = Counter()
    for _ in range(ROUNDS):
        calm += _round(port, quiet, noisy, times=1)[0]
        took, answers = _round(port, quiet, noisy, times=TIMES)
        loud += took
        seen += answers
    return calm, loud, seen


def _milliseconds(took: list[float], part: float) -> float:
    return round(sorted(took)[int(len(took) * part)] * 1000, 2)


@contextmanager
def _server(engines: Engines, home: Path) -> Iterator[int]:
    port = 18_923
    environment = {
        **os.environ,
        "CROSSDOCK_HOME": str(home / "home"),
        "CROSSDOCK_PORT": str(port),
        "CROSSDOCK_SECRET": SECRET,
        "DATABASE_URL": engines.database_url,
        "REDIS_URL": engines.redis_url,
    }
    process = subprocess.Popen([sys.executable, "-m", "app.cli", "serve"], env=environment)
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


async def _tokens(engines: Engines) -> list[str]:
    """Two tenants with the same rows; a token for each."""
    engine = connect(engines.database_url)
    authenticator = Authenticator(engine, SECRET)
    now = datetime.now(UTC)
    tokens = []
    for slug in ("quiet", "noisy"):
        async with scoped_transaction(engine, system_principal(0)) as connection:
            made = await connection.execute(
                text("SELECT create_tenant(:slug, :slug, :now)"), {"slug": slug, "now": now}
            )
            tenant_id = made.scalar_one()
        async with scoped_transaction(engine, system_principal(tenant_id)) as connection:
            await _fill(connection, tenant_id, now)
        tokens.append(await authenticator.issue_token(slug, "reader", now))
    await engine.dispose()
    return tokens


async def _fill(connection: Any, tenant_id: int, now: datetime) -> None:
    own = {"tenant_id": tenant_id}
    user = {**own, "username": "reader", "display_name": "Reader", "created_at": now}
    users = insert(UserAccount).values(**user, tokens_valid_from=now).returning(UserAccount.id)
    user_id = (await connection.execute(users)).scalar_one()
    roles = insert(Role).values(**own, name="reader").returning(Role.id)
    role_id = (await connection.execute(roles)).scalar_one()
    may = {**own, "role_id": role_id, "permission": "entities.read"}
    await connection.execute(insert(RolePermission), [may])
    await connection.execute(insert(UserRole), [{**own, "user_id": user_id, "role_id": role_id}])
    await connection.execute(
        insert(Party),
        [
            {**own, "code": f"P{n}", "name": f"Party {n}", "is_customer": True, "created_at": now}
            for n in range(ROWS)
        ],
    )


if __name__ == "__main__":
    if int(float(sys.argv[3])) > A_SECOND:
        # It stands for other machines: it shall not take the server's own processor time.
        os.nice(10)
    print(
        json.dumps(
            asyncio.run(
                ask_steadily(
                    int(sys.argv[1]),
                    sys.argv[2],
                    a_second=float(sys.argv[3]),
                    seconds=SECONDS,
                    connections=int(sys.argv[4]),
                )
            )
        )
    )
