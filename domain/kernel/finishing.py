"""What must be brought to its end, although whoever began it gives up meanwhile."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Given = TypeVar("Given")


async def to_its_end(work: Coroutine[Any, Any, Given]) -> Given:
    """What `work` gives. A caller that is cancelled, even again and again, learns of it (by
    CancelledError) once the work is done; the work itself is never cancelled."""
    task = asyncio.ensure_future(work)
    given_up: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as cancelled:
            given_up = cancelled
    if given_up is not None:
        if not task.cancelled():
            task.exception()  # Seen, although nobody is told of it any more.
        raise given_up
    return task.result()
