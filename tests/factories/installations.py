"""A whole installation as `crossdock up` runs it: own home, own port, real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

READY = "Crossdock is ready."
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Installed:
    """A home and a port, and what `crossdock` commands need in their environment."""

    home: Path
    port: int

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment, with embedded engines."""
        outer = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
        return outer | {"CROSSDOCK_HOME": str(self.home), "CROSSDOCK_PORT": str(self.port)}

    @property
    def url(self) -> str:
        """Where its API answers."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the command line to its end."""
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def start(self) -> "Up":
        """Begin `crossdock up`."""
        log = self.home.with_suffix(".log")
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "up"],
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Up(process, log, log.stat().st_size)

    @contextmanager
    def up(self) -> Iterator["Up"]:
        """`crossdock up`, ready; stopped by SIGINT at the end, as Ctrl-C does."""
        running = self.start()
        try:
            running.until_ready()
            yield running
        finally:
            running.stop()


@dataclass(frozen=True, slots=True)
class Up:
    """A running `crossdock up`."""

    process: "subprocess.Popen[bytes]"
    log: Path
    begins_at: int

    def said(self) -> str:
        """What it has written since its start."""
        return self.log.read_bytes()[self.begins_at :].decode(errors="replace")

    def until_ready(self) -> None:
        """Wait for the word that it is ready; fails with what it wrote."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while READY not in self.said():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(self.said())
            time.sleep(0.05)

    def stop(self) -> int:
        """Ctrl-C, and its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE_SECONDS)
