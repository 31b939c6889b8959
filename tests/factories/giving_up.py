"""Callers that give up: they are cancelled where their work waits, at a place of one's choosing."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any


class GivingUp:
    """Work that is cancelled when it, or a task that it began, waits for the `at`th time.

    With `insisting` it is cancelled at every wait from there on, as some frameworks do until it
    has ended. `waits` tells how often it waited."""

    def __init__(self, *, at: int, insisting: bool = False) -> None:
        self._at, self._insisting = at, insisting
        self._task: asyncio.Task[Any] | None = None
        self.waits = 0

    async def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What the work gives, or the exception with which it ended."""
        loop = asyncio.get_running_loop()
        before = loop.get_task_factory()

        def begin(_loop: Any, inner: Any, **more: Any) -> Any:
            return asyncio.Task(_watched(inner, self._waited), loop=loop, **more)

        loop.set_task_factory(begin)
        try:
            self._task = loop.create_task(work)
            return (await asyncio.gather(self._task, return_exceptions=True))[0]
        finally:
            loop.set_task_factory(before)

    def _waited(self) -> None:
        self.waits += 1
        assert self._task is not None
        if self.waits == self._at or (self._insisting and self.waits > self._at):
            self._task.cancel()


async def _watched(work: Any, waited: Callable[[], None]) -> Any:
    return await _Watched(work, waited)


class _Watched:
    def __init__(self, work: Any, waited: Callable[[], None]) -> None:
        self._work, self._waited = work, waited

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self._work.__await__()
        given: Any = None
        failed: BaseException | None = None
        while True:
            try:
                awaited = steps.send(given) if failed is None else steps.throw(failed)
            except StopIteration as ended:
                return ended.value
            given = failed = None
            self._waited()
            try:
                given = yield awaited
            except BaseException as error:
                failed = error
