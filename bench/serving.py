"""The product's own API process, as `crossdock serve` runs it."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.trading_world import SECRET, HasDatabase

# A machine that does other things as well may be slow.
START_SECONDS = 120.0


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def serving(
    engines: HasDatabase,
    home: Path,
    port: int,
    settings: Mapping[str, str] | None = None,
    *,
    program: Sequence[str] = ("app.cli", "serve"),
) -> Iterator[int]:
    """Serve on `port`, with this module and its arguments; gives the process id."""
    environment = {
        **os.environ,
        "CROSSDOCK_HOME": str(home / "home"),
        "CROSSDOCK_PORT": str(port),
        "CROSSDOCK_SECRET": SECRET,
        "DATABASE_URL": engines.database_url,
        "DATABASE_OWNER_URL": engines.database_owner_url,
        "REDIS_URL": engines.redis_url,
        **(settings or {}),
    }
    process = subprocess.Popen([sys.executable, "-m", *program], env=environment)
    try:
        until = time.monotonic() + START_SECONDS
        while not _answers(port):
            assert time.monotonic() < until, "the API does not start"
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)
