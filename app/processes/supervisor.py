"""Starting, watching and stopping a set of programs."""

import selectors
import sys
import time
from collections.abc import Callable, Sequence
from itertools import groupby

from app.processes.child import Child
from app.processes.parent_death import GroupGuard
from app.processes.readiness import is_ready
from app.processes.spec import ProcessSpec
from app.processes.stopping import StopRequests

READY_SECONDS = 60.0
LOOK_SECONDS = 0.1
KEEP_ALIVE_SECONDS = 1.0
CRASHES_BEFORE_READY = 3


class ProcessesFailed(Exception):
    """The programs did not become ready; what they wrote says why."""


def run_processes(
    specs: Sequence[ProcessSpec],
    *,
    ready_url: str | None = None,
    ready_seconds: float = READY_SECONDS,
    on_ready: Callable[[], None] = lambda: None,
    keep_alive: Callable[[], object] = lambda: None,
    write: Callable[[str], None] | None = None,
) -> None:
    """Run the programs until Ctrl-C, SIGTERM or SIGHUP; a second one hurries.

    on_ready is called once, when `ready_url` answers 200. keep_alive is called every second, to
    look after what the programs depend on. Raises ProcessesFailed if they do not become ready.
    """
    with StopRequests() as stop:
        supervisor = _Supervisor(specs, stop, write or _to_stdout)
        try:
            supervisor.run(ready_url, ready_seconds, on_ready, keep_alive)
        finally:
            supervisor.stop()


class _Supervisor:
    def __init__(
        self, specs: Sequence[ProcessSpec], stop: StopRequests, write: Callable[[str], None]
    ) -> None:
        self._guard = GroupGuard()
        self._children = [Child(spec, self._guard) for spec in specs]
        self._stop = stop
        self._write = write
        self._width = max((len(spec.name) for spec in specs), default=0)
        self._selector = selectors.DefaultSelector()
        self._selector.register(stop.wake_up, selectors.EVENT_READ)
        self._keep_alive_at = 0.0

    def run(
        self,
        ready_url: str | None,
        ready_seconds: float,
        on_ready: Callable[[], None],
        keep_alive: Callable[[], object],
    ) -> None:
        """Run until asked to stop."""
        ready, deadline = False, time.monotonic() + ready_seconds
        while not self._stop.count:
            self._start_due()
            self._look()
            self._handle_crashes(is_starting=not ready)
            if not ready and (ready_url is None or is_ready(ready_url)):
                ready = True
                on_ready()
            if not ready and time.monotonic() > deadline:
                raise ProcessesFailed(
                    f"{ready_url} did not answer 200 within {ready_seconds:.0f} s."
                )
            self._keep_alive(keep_alive)

    def stop(self) -> None:
        """Stop rank by rank, each program within its grace; a further request ends all at once."""
        ranked = sorted(self._children, key=lambda child: child.spec.stop_rank)
        for _, rank in groupby(ranked, key=lambda child: child.spec.stop_rank):
            self._stop_rank([child for child in rank if child.runs])
        self._guard.release()
        self._selector.close()

    def _stop_rank(self, children: list[Child]) -> None:
        for child in children:
            child.ask_to_stop()
        asked_at = time.monotonic()
        while any(child.runs for child in children):
            waited = time.monotonic() - asked_at
            hurried = self._stop.count > 1
            for child in children:
                if hurried or waited > child.spec.grace_seconds:
                    child.end_now()
            self._look()
            for child in children:
                if child.has_ended():
                    self._clean_up(child)

    def _start_due(self) -> None:
        for child in self._children:
            if not child.runs and time.monotonic() >= child.due_at:
                child.start()
                self._selector.register(child.output, selectors.EVENT_READ, child)

    def _handle_crashes(self, *, is_starting: bool) -> None:
        for child in self._children:
            if not child.has_ended():
                continue
            status = self._clean_up(child)
            pause = child.plan_restart()
            if is_starting and child.crashes_in_a_row >= CRASHES_BEFORE_READY:
                raise ProcessesFailed(
                    f"{child.spec.name} ended {CRASHES_BEFORE_READY} times while starting, "
                    f"at last with {_described(status)}; its output above says why."
                )
            self._say(child, f"ended with {_described(status)}; starting again in {pause:g} s")

    def _clean_up(self, child: Child) -> int:
        child.end_now()  # What it started itself: a server's workers would keep the port.
        while self._pass_on(child):
            pass
        self._stop_listening(child)
        return child.clean_up()

    def _look(self) -> None:
        for key, _ in self._selector.select(LOOK_SECONDS):
            if not isinstance(key.data, Child):
                self._stop.wake_up.recv(1024)
            elif self._pass_on(key.data) is None:
                self._stop_listening(key.data)

    def _pass_on(self, child: Child) -> list[bytes] | None:
        lines = child.read_lines()
        for line in lines or ():
            self._say(child, line.decode(errors="replace"))
        return lines

    def _stop_listening(self, child: Child) -> None:
        if child.output in self._selector.get_map():
            self._selector.unregister(child.output)

    def _say(self, child: Child, line: str) -> None:
        self._write(f"{child.spec.name:<{self._width}} | {line}\n")

    def _keep_alive(self, keep_alive: Callable[[], object]) -> None:
        if time.monotonic() >= self._keep_alive_at:
            keep_alive()
            self._keep_alive_at = time.monotonic() + KEEP_ALIVE_SECONDS


def _described(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"


def _to_stdout(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:  # Nobody reads any more (`crossdock up | head`); the work goes on.
        return
