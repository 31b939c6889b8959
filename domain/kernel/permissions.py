"""Every operation and every read declares the permission it asks for; none can forget it.

An architecture test reads the areas and fails for a public coroutine of `operations` or
`queries` that carries no declaration."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from domain.kernel.reading import Reader
from domain.kernel.work import Work

Input = ParamSpec("Input")
Outcome = TypeVar("Outcome")

DECLARED: dict[str, str] = {}


def operation(
    permission: str,
) -> Callable[
    [Callable[Concatenate[Work, Input], Awaitable[Outcome]]],
    Callable[Concatenate[Work, Input], Awaitable[Outcome]],
]:
    """Mark a write as an operation that asks for `permission` (area.verb) before it begins."""

    def declare(
        write: Callable[Concatenate[Work, Input], Awaitable[Outcome]],
    ) -> Callable[Concatenate[Work, Input], Awaitable[Outcome]]:
        @wraps(write)
        async def permitted(work: Work, *args: Input.args, **kwargs: Input.kwargs) -> Outcome:
            work.require(permission)
            return await write(work, *args, **kwargs)

        DECLARED[f"{write.__module__}.{write.__name__}"] = permission
        permitted.permission = permission  # type: ignore[attr-defined]
        return cast(Callable[Concatenate[Work, Input], Awaitable[Outcome]], permitted)

    return declare


def query(
    permission: str,
) -> Callable[
    [Callable[Concatenate[Reader, Input], Awaitable[Outcome]]],
    Callable[Concatenate[Reader, Input], Awaitable[Outcome]],
]:
    """Mark a read as a query that asks for `permission` (area.verb) before it begins."""

    def declare(
        read: Callable[Concatenate[Reader, Input], Awaitable[Outcome]],
    ) -> Callable[Concatenate[Reader, Input], Awaitable[Outcome]]:
        @wraps(read)
        async def permitted(reader: Reader, *args: Input.args, **kwargs: Input.kwargs) -> Outcome:
            reader.require(permission)
            return await read(reader, *args, **kwargs)

        DECLARED[f"{read.__module__}.{read.__name__}"] = permission
        permitted.permission = permission  # type: ignore[attr-defined]
        return cast(Callable[Concatenate[Reader, Input], Awaitable[Outcome]], permitted)

    return declare
