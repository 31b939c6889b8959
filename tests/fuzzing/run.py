"""schemathesis in GraphQL mode against a running server with the demo company, as an
administrator, as partners and as nobody: finds no error of ours.

    python -m tests.fuzzing.run [CASES [CALLER …]]

At least so many cases (2,000) for each caller (admin, customer, 3pl, anonymous)."""

import asyncio
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from api.schema import build_schema, sdl
from app.database import connect, migrate
from app.demo.company import TENANT, seed_demo
from app.embedded import start_engines
from app.http.services import system_clock
from domain.kernel.sealing import Keyring
from tenancy.authentication import Authenticator
from tests.factories.running import SECRET, Running, free_port

CASES = 2_000
ANONYMOUS = "anonymous"
CALLERS = ("admin", "customer", "3pl", ANONYMOUS)


@contextmanager
def demo_server(
    home: Path, *, database_url: str, owner_url: str, redis_url: str
) -> Iterator[tuple[Running, dict[str, str]]]:
    """A server before the demo company in this empty or migrated database, and a token for each
    caller."""
    tokens = asyncio.run(_seeded(owner_url, database_url))
    port = free_port()
    environment = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
    running = Running(home, port, environment)
    running.programs["serve"] = ("tests.fuzzing.server", str(port))
    running.start("serve")
    try:
        asyncio.run(running.ready())
        yield running, tokens
    finally:
        running.stop()


async def _seeded(owner_url: str, database_url: str) -> dict[str, str]:
    await migrate(owner_url)
    engine = connect(database_url)
    try:
        await seed_demo(engine, Keyring([SECRET]))
        issue = Authenticator(engine, SECRET).issue_token
        now = system_clock()
        return {name: await issue(TENANT, name, now) for name in CALLERS if name != ANONYMOUS}
    finally:
        await engine.dispose()


def fuzz(
    home: Path, url: str, token: str | None, cases: int, *more: str
) -> tuple[int, dict[str, int], str]:
    """Run schemathesis: its exit code, how many cases ended how, and what it printed."""
    schema, counts = home / "schema.graphql", home / "counts.json"
    text = sdl(build_schema())
    schema.write_text(text)
    counts.unlink(missing_ok=True)
    signed_in = ["--header", f"Authorization: Bearer {token}"] if token else []
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "run", str(schema)),
        *("--url", f"{url}/graphql", *signed_in),
        *("--checks", "no_error_of_ours,no_slow_answer", "--continue-on-failure", "--no-shrink"),
        *("--phases", "fuzzing", "--max-examples", str(math.ceil(cases / _root_fields(text)))),
        *("--generation-database", "none", "--suppress-health-check", "all"),
        *("--workers", "2", "--request-timeout", "30", "--no-color", *more),
    ]
    done = subprocess.run(
        command,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.fuzzing.checks",
            "CROSSDOCK_FUZZ_COUNTS": str(counts),
        },
        capture_output=True,
        text=True,
    )
    outcomes: dict[str, int] = json.loads(counts.read_text()) if counts.exists() else {}
    return done.returncode, outcomes, done.stdout + done.stderr


def _root_fields(text: str) -> int:
    bodies = re.findall(r"(?ms)^type (?:Query|Mutation) \{(.*?)^\}", text)
    return sum(len(re.findall(r"(?m)^  \w+[(:]", body)) for body in bodies)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """0 if nothing was found."""
    cases = int(arguments[0]) if arguments else CASES
    failed = False
    with tempfile.TemporaryDirectory(prefix="crossdock-fuzz-") as folder:
        home = Path(folder)
        engines = start_engines(home / "engines", durable=False, ephemeral=True)
        try:
            places: Any = {
                "database_url": engines.database_url,
                "owner_url": engines.database_owner_url,
                "redis_url": engines.redis_url,
            }
            with demo_server(home, **places) as (running, tokens):
                for caller in arguments[1:] or CALLERS:
                    code, outcomes, said = fuzz(home, running.base_url, tokens.get(caller), cases)
                    shown = ", ".join(f"{n} {count:,}" for n, count in sorted(outcomes.items()))
                    _say(f"{caller:<10} {'holds' if code == 0 else 'FAILS'}  {shown}")
                    if code or outcomes.get("cases", 0) < cases:
                        failed = True
                        _say(said)
                if failed:
                    _say(running.log("serve")[-20_000:])
        finally:
            engines.close()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
