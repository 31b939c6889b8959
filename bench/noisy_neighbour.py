"""What a tenant feels when another asks for a hundred times its share.

The product's own server, database and Valkey run; two tenants ask the same query over loopback,
each from a process of its own. The quiet one asks at a steady rate; the noisy one at the same rate
in the calm rounds and at a hundred times that in the loud ones. Rounds alternate; the median of
the quiet one's p95 in loud rounds stands beside that in calm ones."""

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
from statistics import median
from typing import Any

from sqlalchemy import insert, text

from app.database import connect, migrate
from app.embedded import Engines, start_engines
from bench.results import Result, paired
from bench.steady_asking import NOT_COUNTED_SECONDS
from domain.entities.models import Party
from tenancy.authentication import Authenticator
from tenancy.models import Role, RolePermission, UserAccount, UserRole
from tenancy.principals import system_principal
from tenancy.transaction import scoped_transaction

GOAL = 1.3
ROUNDS, SECONDS = 7, 6.0
A_SECOND, TIMES = 10, 100
# How many requests the noisy tenant has under way at once, at most.
CONNECTIONS = 64
ROWS = 50
SECRET = "b" * 48


class _Asking:
    """A client at work; `answers` waits until it is done."""

    def __init__(self, port: int, token: str, *, times: int, begin: float) -> None:
        connections = CONNECTIONS if times > 1 else 4
        asked = [port, A_SECOND * times, connections, begin, SECONDS]
        self._token = token
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.steady_asking", *map(str, asked)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def send(self) -> None:
        """Hand over the token: it begins at its moment."""
        assert self._process.stdin is not None
        self._process.stdin.write(self._token.encode())
        self._process.stdin.close()
        self._process.stdin = None

    def answers(self) -> tuple[list[float], Counter[str]]:
        """How long each answer took, and what kinds of answers there were."""
        took, seen = json.loads(self._process.communicate()[0])
        return took, Counter(seen)


def _round(port: int, quiet: str, noisy: str, *, times: int) -> tuple[list[float], Counter[str]]:
    begin = time.time() + 1.0
    other = _Asking(port, noisy, times=times, begin=begin)
    measured = _Asking(port, quiet, times=1, begin=begin)
    other.send()
    measured.send()
    took, _ = measured.answers()
    return took, other.answers()[1]


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
    counted = ROUNDS * (SECONDS - NOT_COUNTED_SECONDS)
    raw = {
        "calm_p50_ms": _milliseconds(calm, 0.5),
        "calm_p95_ms": _milliseconds(calm, 0.95),
        "loud_p50_ms": _milliseconds(loud, 0.5),
        "loud_p95_ms": _milliseconds(loud, 0.95),
        "samples": sum(map(len, loud)),
        "noisy_served_a_second": round(seen["served"] / counted),
        "noisy_refused_a_second": round(seen["refused"] / counted),
    }
    ratio = paired([_part(took, 0.95) for took in loud], [_part(took, 0.95) for took in calm])
    return [Result.at_most("noisy neighbour: p95 of the other tenant", ratio, GOAL, raw)]


def _rounds(
    port: int, quiet: str, noisy: str
) -> tuple[list[list[float]], list[list[float]], Counter[str]]:
    calm, loud = [], []
    seen: Counter[str] = Counter()
    for _ in range(ROUNDS):
        calm.append(_round(port, quiet, noisy, times=1)[0])
        took, answers = _round(port, quiet, noisy, times=TIMES)
        loud.append(took)
        seen += answers
    return calm, loud, seen


def _milliseconds(rounds: list[list[float]], part: float) -> float:
    """The median over the rounds, so that a hiccup of the machine spoils one of them only."""
    return round(median(_part(took, part) for took in rounds) * 1000, 2)


def _part(took: list[float], part: float) -> float:
    return sorted(took)[int(len(took) * part)]


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
