"""Loops that outlive the loss of the database and the broker."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from workers.backoff import doubled

log = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=0.2)
LONGEST_PAUSE = timedelta(seconds=5)
# A step that fails for this many times in a row is worth a traceback again.
TRACEBACK_EVERY = 50


async def keep_running(name: str, step: Callable[[], Awaitable[bool]], *, idle: timedelta) -> None:
    """Run `step` until cancelled: at once again when it says that there was work, after `idle`
    when there was none, and after an ever longer pause (up to 5 s) when it failed."""
    failures = 0
    while True:
        try:
            busy = await step()
        except Exception as error:
            log.warning(
                "The %s failed and tries again: %s",
                name,
                error or type(error).__name__,
                exc_info=failures % TRACEBACK_EVERY == 0,
            )
            pause = doubled(FIRST_PAUSE, failures, LONGEST_PAUSE)
            failures += 1
        else:
            if failures:
                log.info("The %s works again", name)
            failures = 0
            pause = timedelta(0) if busy else idle
        await asyncio.sleep(pause.total_seconds())
