"""Which resolvers do nothing but load, so that a whole list can load at once.

Most fields with a resolver are one line: `return await info.context.load(batch, self.row_id)`.
For a list that is a coroutine, a task and futures for each object, where one call would do. What
such a method loads is found by asking it once, with stand-ins for the object and the context: it
counts only if it read one attribute and gave back what it loaded by that. A stand-in allows no
comparison, call or truth: a method with any other thought in it raises, and stays as it is."""

from collections.abc import Callable, Generator, Hashable
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

Method = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Load:
    """What a method loads: by which batch function, and the attribute that holds the key."""

    batch: Callable[..., Any]
    attribute: str
    arguments: tuple[Hashable, ...]
    # Whether an object without a key has nothing, and nothing is loaded for it.
    none_is_nothing: bool


class _Key:
    """Stands for the value of an attribute: it can be handed on, and nothing else."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute

    def __eq__(self, _other: object) -> bool:
        raise TypeError

    def __bool__(self) -> bool:
        raise TypeError


class _Asked:
    """Stands for the object and for the context; notes what is read and what is loaded."""

    def __init__(self, value_of: Callable[[str], _Key | None]) -> None:
        self.read: set[str] = set()
        self.loads: list[tuple[Any, ...]] = []
        self.given = object()
        self._value_of = value_of

    def attribute(self, name: str) -> _Key | None:
        """The value of an attribute of the object."""
        self.read.add(name)
        return self._value_of(name)

    def load(self, batch: Callable[..., Any], key: _Key, *arguments: Hashable) -> "_Asked":
        """The context's load."""
        self.loads.append((batch, key, arguments))
        return self

    def __await__(self) -> Generator[Any, None, Any]:
        yield from ()
        return self.given


class _Source:
    """The object's stand-in."""

    def __init__(self, asked: _Asked) -> None:
        object.__setattr__(self, "_asked", asked)

    def __getattribute__(self, name: str) -> Any:
        asked: _Asked = object.__getattribute__(self, "_asked")
        return asked.attribute(name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise TypeError


@lru_cache(maxsize=4096)
def load_of(method: Method, info: str) -> Load | None:
    """What the async method without arguments loads; None if it does anything else."""
    asked = _Asked(_Key)
    if _result(method, info, asked) is not asked.given or len(asked.loads) != 1:
        return None
    batch, key, arguments = asked.loads[0]
    if type(key) is not _Key or asked.read != {key.attribute}:
        return None
    if any(type(argument) is _Key for argument in arguments):
        return None
    without = _Asked(lambda _: None)
    nothing = _result(method, info, without) is None and not without.loads
    return Load(batch, key.attribute, arguments, nothing)


def _result(method: Method, info: str, asked: _Asked) -> Any:
    """What the method gives, asked with stand-ins; an exception if it fails or waits."""
    context = SimpleNamespace(context=SimpleNamespace(load=asked.load))
    running = method(_Source(asked), **{info: context})
    try:
        running.send(None)
    except StopIteration as ended:
        return ended.value
    except Exception as error:
        return error
    finally:
        running.close()
    return NotImplementedError()
