"""Ends children whose parent was killed, so that they do not hold the port against the next start.

Two nets, because each has a hole: the kernel's parent-death signal exists on Linux only and reaches
only direct children; the shell that watches a pipe works everywhere and reaches whole groups, but
can itself be killed.
"""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
GROUPS_LEFT_SECONDS = 1
SCRIPT = f"""
groups=" "
while read -r action group; do
  case "$action" in
    add) groups="$groups$group " ;;
    remove) groups="${{groups%% $group *}} ${{groups#* $group }}" ;;
    released) exit 0 ;;
  esac
done
for group in $groups; do kill -TERM -"$group"; done
sleep {GROUPS_LEFT_SECONDS}
for group in $groups; do kill -KILL -"$group"; done
"""


def end_with_parent() -> Callable[[], None] | None:
    """Return what a new child calls before its program, so that the kernel ends it with us."""
    if not sys.platform.startswith("linux"):
        return None
    parent = os.getpid()
    set_option = ctypes.CDLL(None).prctl

    def ask_kernel() -> None:
        set_option(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # It died before we asked.
            os._exit(1)

    return ask_kernel


def end_when_parent_ends() -> None:
    """Have the kernel end this process, a child made by multiprocessing, with its parent."""
    parent = multiprocessing.parent_process()
    if not sys.platform.startswith("linux") or parent is None:
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent.pid:  # It died before we asked.
        os._exit(1)


class GroupGuard:
    """A shell that ends the process groups entrusted to it when this process dies."""

    def __init__(self) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            text=True,
            bufsize=1,
        )

    def add(self, group: int) -> None:
        """Entrust a process group."""
        self._tell(f"add {group}")

    def remove(self, group: int) -> None:
        """Take a process group back: its number may soon be another's."""
        self._tell(f"remove {group}")

    def release(self) -> None:
        """Let the guard go: all groups have ended."""
        self._tell("released")
        self._shell.communicate()

    def _tell(self, line: str) -> None:
        assert self._shell.stdin is not None
        try:
            self._shell.stdin.write(f"{line}\n")
            self._shell.stdin.flush()
        except BrokenPipeError:  # Somebody killed the guard; the kernel's net is still there.
            return
