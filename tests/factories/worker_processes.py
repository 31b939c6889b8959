"""Real worker processes. This file is also what such a process runs.

The environment tells it where the database and Redis are, and a folder in which a handler that
stalls leaves a mark and looks for leave to go on."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.factories.launching import Launched, Program, forked

STARTED = "started"
GO_ON = "go-on"


class WorkerProcess:
    """A worker process of a test."""

    def __init__(self, *, database_url: str, redis_url: str, folder: Path) -> None:
        self._folder = folder
        self._environment = {
            **os.environ,
            "WORKER_DATABASE_URL": database_url,
            "WORKER_REDIS_URL": redis_url,
            "WORKER_FOLDER": str(folder),
        }
        self._process: Launched | None = None

    def start(self) -> None:
        """Start the process; its log goes to the folder."""
        log = self._folder / "worker.log"
        self._process = forked(
            Program("tests.factories.worker_processes", (), self._environment, out=log, errors=log)
        )

    @property
    def process(self) -> Launched:
        """The process that was started last."""
        assert self._process is not None
        return self._process

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    async def stalled(self) -> bool:
        """Whether the handler that stalls has begun."""
        return (self._folder / STARTED).exists()

    def let_go_on(self) -> None:
        """Let the handler that stalls go on, this time and every other."""
        (self._folder / GO_ON).touch()


@contextmanager
def worker_process(*, database_url: str, redis_url: str, folder: Path) -> Iterator[WorkerProcess]:
    """A started worker process, gone at the end."""
    worker = WorkerProcess(database_url=database_url, redis_url=redis_url, folder=folder)
    worker.start()
    try:
        yield worker
    finally:
        worker.kill()


def main() -> None:
    """Run as a worker with the handlers of the tests."""
    import logging

    from app.database import connect
    from app.namespace import namespace_of
    from domain.kernel.work import Work
    from tests.factories.conditions import until
    from tests.factories.handling import counting_handlers
    from workers.process import WorkerOptions, run_worker
    from workers.registry import Delivered
    from workers.relay import Pace

    logging.basicConfig(level=logging.INFO)
    folder = Path(os.environ["WORKER_FOLDER"])
    database_url = os.environ["WORKER_DATABASE_URL"]
    handlers = counting_handlers()

    @handlers.on("test.thing_stalled")
    async def stall(work: Work, event: Delivered) -> None:
        work.audit("handled", subject="thing", subject_id=event.aggregate_id, after={"step": 0})
        await work.flush()
        (folder / STARTED).touch()

        async def may_go_on() -> bool:
            return (folder / GO_ON).exists()

        await until(may_go_on)

    run_worker(
        lambda: connect(database_url),
        WorkerOptions(
            redis_url=os.environ["WORKER_REDIS_URL"],
            namespace=namespace_of(database_url),
            threads=4,
            pace=Pace(unanswered_for=timedelta(seconds=1), unanswered_at_most=timedelta(seconds=2)),
        ),
        handlers=handlers,
    )


if __name__ == "__main__":
    main()
