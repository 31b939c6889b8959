"""One program that is kept running."""

import os
import signal
import subprocess
import time

from app.processes.parent_death import GroupGuard, end_with_parent
from app.processes.spec import ProcessSpec

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
# After this long without a crash, the next crash is news and not the same trouble again.
STEADY_SECONDS = 60.0
CHUNK_BYTES = 65_536


class Child:
    """A process started from its spec, and started again when it ends unasked."""

    def __init__(self, spec: ProcessSpec, guard: GroupGuard) -> None:
        self.spec = spec
        self.crashes_in_a_row = 0
        self.due_at = 0.0
        self._guard = guard
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._half_line = b""

    @property
    def runs(self) -> bool:
        """Whether there is a process that has not been seen to end."""
        return self._process is not None

    @property
    def output(self) -> int:
        """The descriptor of the process's output."""
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def start(self) -> None:
        """Start the program in a process group of its own, away from the terminal's Ctrl-C."""
        self._process = subprocess.Popen(
            list(self.spec.argv),
            env={**os.environ, **self.spec.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent(),  # Safe: the supervisor runs no threads.
        )
        self._guard.add(self._process.pid)
        self._started_at = time.monotonic()
        os.set_blocking(self.output, False)

    def has_ended(self) -> bool:
        """Tell whether the process ended since it was started."""
        return self._process is not None and self._process.poll() is not None

    def clean_up(self) -> int:
        """Forget the ended process; return its exit status."""
        assert self._process is not None
        assert self._process.stdout is not None
        self._guard.remove(self._process.pid)
        self._process.stdout.close()
        status = self._process.wait()
        self._process = None
        self._half_line = b""
        return status

    def plan_restart(self) -> float:
        """Decide when to start again after a crash; return the pause in seconds."""
        now = time.monotonic()
        steady = now - self._started_at > STEADY_SECONDS
        self.crashes_in_a_row = 1 if steady else self.crashes_in_a_row + 1
        doublings = min(self.crashes_in_a_row - 1, 10)
        pause: float = min(FIRST_PAUSE_SECONDS * 2**doublings, LONGEST_PAUSE_SECONDS)
        self.due_at = now + pause
        return pause

    def ask_to_stop(self) -> None:
        """Let the program finish its work and end."""
        if self._process is not None:
            self._process.terminate()

    def end_now(self) -> None:
        """End the program and everything it started."""
        self._signal_group(signal.SIGKILL)

    def read_lines(self) -> list[bytes] | None:
        """Return the lines written since the last call, or None when nothing can come any more."""
        try:
            received = os.read(self.output, CHUNK_BYTES)
        except BlockingIOError:
            return []
        if not received and not self._half_line:
            return None
        *lines, self._half_line = (self._half_line + received).split(b"\n")
        if self._half_line and (not received or len(self._half_line) > CHUNK_BYTES):
            lines, self._half_line = [*lines, self._half_line], b""
        return lines

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):  # macOS says the latter of a dead group.
            return
