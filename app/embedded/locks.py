"""Locks between processes that share a home; the kernel drops them however a process dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.embedded.errors import EngineError
from app.embedded.private_files import PRIVATE_FILE_MODE, give_to_folder_owner

PAUSE_SECONDS = 0.01


@contextmanager
def only_one(path: Path, *, seconds: float) -> Iterator[None]:
    """Hold `path` alone while engines are started or stopped; give up after `seconds`."""
    descriptor = _open(path)
    try:
        deadline = time.monotonic() + seconds
        while not _try_lock(descriptor, fcntl.LOCK_EX):
            if time.monotonic() >= deadline:
                raise EngineError(
                    f"Another Crossdock process (pid {_holder(path)}) has been starting or "
                    f"stopping the engines of {path.parent} for more than {seconds:.0f} s.",
                    remedy="wait for it, or end that process and start again.",
                )
            time.sleep(PAUSE_SECONDS)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


class Usage:
    """One user of a home's engines, among others; the last one to leave stops them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = _open(path)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Stop using; True when nobody else uses the engines. Call it under `only_one`."""
        if self._descriptor is None:
            return False
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)
        self._descriptor = None
        return not in_use(self._path)


def in_use(path: Path) -> bool:
    """Tell whether any process uses the engines whose usage lock is `path`."""
    descriptor = _open(path)
    try:
        return not _try_lock(descriptor, fcntl.LOCK_EX)
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    is_new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE_MODE)
    if is_new:
        give_to_folder_owner(path)
    return descriptor


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(path: Path) -> str:
    return path.read_text().strip() or "unknown"
