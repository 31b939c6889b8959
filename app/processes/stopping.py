"""Hearing that we are to stop."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequests:
    """Counts requests to stop, and wakes a waiting select: once is please, twice is now."""

    def __init__(self) -> None:
        self.count = 0
        self.wake_up, self._signalled = socket.socketpair()
        self.wake_up.setblocking(False)
        self._signalled.setblocking(False)

    def __enter__(self) -> Self:
        self._handlers_before = {
            number: signal.signal(number, self._count) for number in _heeded_signals()
        }
        self._wake_up_before = signal.set_wakeup_fd(
            self._signalled.fileno(), warn_on_full_buffer=False
        )
        return self

    def __exit__(self, *_error: object) -> None:
        signal.set_wakeup_fd(self._wake_up_before)
        for number, handler in self._handlers_before.items():
            signal.signal(number, handler)
        self.wake_up.close()
        self._signalled.close()

    def _count(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1


@contextmanager
def signals_as_interrupt() -> Iterator[None]:
    """Let SIGTERM and SIGHUP stop us as Ctrl-C does, running every `finally` on the way."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _heeded_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _heeded_signals() -> list[signal.Signals]:
    # Under nohup the hang-up signal is ignored, and has to stay so.
    is_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [number for number in STOP_SIGNALS if not (is_nohup and number is signal.SIGHUP)]
