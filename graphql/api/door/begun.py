"""Waiting only where there is something to wait for."""

from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class Begun(Generic[Value]):
    """A coroutine that has run up to its first wait; to be awaited unless it is done.

    Most bodies are there when they are asked for. A timer for each of them would be a tenth of
    the request's CPU."""

    def __init__(self, coroutine: Coroutine[Any, Any, Value]) -> None:
        self._coroutine = coroutine
        self._waits_for: Any = None
        self.is_done = False
        try:
            self._waits_for = coroutine.send(None)
        except StopIteration as end:
            self.is_done, self._value = True, end.value

    def __await__(self) -> Generator[Any, Any, Value]:
        while not self.is_done:
            try:
                sent = yield self._waits_for
            except BaseException as error:
                self._step(lambda error=error: self._coroutine.throw(error))
            else:
                self._step(lambda sent=sent: self._coroutine.send(sent))
        value: Value = self._value
        return value

    def _step(self, step: Any) -> None:
        try:
            self._waits_for = step()
        except StopIteration as end:
            self.is_done, self._value = True, end.value
