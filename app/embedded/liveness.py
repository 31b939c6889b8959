"""Which processes live, and whether a process is the one we mean.

A pid alone proves nothing (pids are reused, across a container restart almost surely), so a process
is named by its pid together with its start time, and an engine is known by the folder it works in.
"""

import os
import signal
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.embedded.waiting import wait_until

# Linux has it; macOS has `ps` and `lsof` instead, which a small Linux may lack.
HAS_PROC = Path("/proc/self/stat").exists()


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One process, never mistaken for a later one with the same pid."""

    pid: int
    started: str


def identify(pid: int) -> ProcessIdentity | None:
    """Return the living process with this pid; a zombie counts as dead."""
    if HAS_PROC:
        return _identify_by_proc(pid)
    return _identify_by_ps(pid)


def is_alive(identity: ProcessIdentity) -> bool:
    """Tell whether this very process still runs."""
    return identify(identity.pid) == identity


def works_in(identity: ProcessIdentity, folder: Path, program: str) -> bool:
    """Tell whether this process is called `program` and works in `folder`."""
    return identity in working_in(folder, program, pid=identity.pid)


def working_in(folder: Path, program: str, pid: int | None = None) -> list[ProcessIdentity]:
    """Return the processes called `program` that work in `folder`, even if it was deleted since."""
    real = os.path.realpath(folder)
    list_pids = _pids_by_proc if HAS_PROC else _pids_by_lsof
    pids = list_pids(real, program, pid)
    return [identity for each in pids if (identity := identify(each)) is not None]


def send(identity: ProcessIdentity, number: signal.Signals) -> None:
    """Signal this very process, and nobody else when it has gone."""
    if is_alive(identity):
        try:
            os.kill(identity.pid, number)
        except ProcessLookupError:
            return


def end(
    identities: Sequence[ProcessIdentity], steps: Iterable[tuple[signal.Signals, float]]
) -> bool:
    """Signal the processes step by step, each with a patience in seconds; True if all are gone."""
    left = identities
    for number, seconds in steps:
        for identity in left:
            send(identity, number)
        if wait_until(lambda: not any(map(is_alive, identities)), seconds=seconds):
            return True
        left = [identity for identity in left if is_alive(identity)]
    return False


def _identify_by_proc(pid: int) -> ProcessIdentity | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The program's name stands in brackets and may itself hold brackets and spaces.
    fields = stat.rpartition(")")[2].split()
    state, start_ticks = fields[0], fields[19]
    return None if state in "ZX" else ProcessIdentity(pid, start_ticks)


def _identify_by_ps(pid: int) -> ProcessIdentity | None:
    # The start time is compared as text, so language and time zone must not change it.
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
    command = ["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)]
    listed = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False
    ).stdout.strip()
    state, _, started = listed.partition(" ")
    return None if not started or state.startswith("Z") else ProcessIdentity(pid, started.strip())


def _pids_by_proc(folder: str, program: str, only: int | None) -> Iterator[int]:
    pids = os.listdir("/proc") if only is None else [str(only)]
    for pid in filter(str.isdigit, pids):
        try:
            working_folder = os.readlink(f"/proc/{pid}/cwd")
            name = Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:  # Gone meanwhile, or another user's: then it is not ours.
            continue
        if name == program and working_folder in (folder, f"{folder} (deleted)"):
            yield int(pid)


def _pids_by_lsof(folder: str, program: str, only: int | None) -> Iterator[int]:
    command = ["lsof", "-a", "-c", program, "-d", "cwd", "-F", "pn"]
    command += [] if only is None else ["-p", str(only)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    pid = 0
    for line in listed.splitlines():
        if line.startswith("p"):
            pid = int(line[1:])
        elif line == f"n{folder}":
            yield pid
