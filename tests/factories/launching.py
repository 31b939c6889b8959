"""Two ways to start a program of ours as a process of its own.

`launched` is the way of everybody: a new Python, which imports what it needs. `forked` spares the
seconds of CPU that this takes: the process is forked from one that has imported everything and run
nothing. From there on both are alike: own environment, own log, own signals, own exit code."""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parents[2]

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.factories.imported"])


class Launched(Protocol):
    """A process of ours, as subprocess shows it."""

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """Its exit code, or None while it runs; a signal that ended it is a negative number."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended; raises when that takes longer."""

    def send_signal(self, sig: int) -> None:
        """Signal it, if it runs."""

    def kill(self) -> None:
        """kill -9."""


@dataclass(frozen=True, slots=True)
class Program:
    """A module to run as `python -m` does, and the files to which its words are added."""

    module: str
    arguments: Sequence[str]
    environment: dict[str, str]
    out: Path
    errors: Path


Launch = Callable[[Program], Launched]


def launched(program: Program) -> Launched:
    """Start it in a new Python."""
    with program.out.open("ab") as out, program.errors.open("ab") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", program.module, *program.arguments],
            env=program.environment,
            cwd=ROOT,
            stdout=out,
            stderr=errors,
        )


def forked(program: Program) -> Launched:
    """Start it in a Python that has imported it."""
    process = _forks.Process(target=_run, args=(program,))
    process.start()
    return _Forked(process)


class _Forked:
    """A forked process; the one that it was forked from tells its end."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        assert process.pid is not None
        self.pid = process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutError(f"process {self.pid} still runs after {timeout} s")
        return self._process.exitcode

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _run(program: Program) -> None:
    """What a forked process does."""
    os.environ.clear()
    os.environ.update(program.environment)
    os.chdir(ROOT)
    for place, descriptor in ((program.out, 1), (program.errors, 2)):
        opened = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.argv = [program.module, *program.arguments]
    runpy.run_module(program.module, run_name="__main__", alter_sys=True)
