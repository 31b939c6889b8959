"""Waiting for what other processes do, by condition and never by time."""

import asyncio
import time
from collections.abc import Awaitable, Callable

LOOK_EVERY_SECONDS = 0.02


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 30.0) -> None:
    """Return as soon as the condition holds; fail when it does not within the time."""
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        await asyncio.sleep(LOOK_EVERY_SECONDS)
