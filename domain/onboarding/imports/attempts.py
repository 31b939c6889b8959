"""Rows that are written together where they can be, and apart where one stands in the way."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from sqlalchemy.exc import IntegrityError

from domain.kernel.errors import Expected, InvalidInput, Refusal
from domain.kernel.work import Work
from domain.onboarding.imports.records import Faults

Row = TypeVar("Row")
Refused = Expected | Refusal | IntegrityError


async def write_apart(
    work: Work,
    rows: Sequence[Row],
    write: Callable[[Sequence[Row]], Awaitable[object]],
    refused: Callable[[Row, Refused], None],
) -> list[Row]:
    """Write the rows in as few parts as can be; those that were written. Of a part that is refused
    each half is tried, down to the rows at fault, which are told."""
    if not rows:
        return []
    try:
        async with work.attempt():
            await write(rows)
        return list(rows)
    except (Expected, Refusal, IntegrityError) as problem:
        if len(rows) == 1:
            refused(rows[0], problem)
            return []
    middle = len(rows) // 2
    first = await write_apart(work, rows[:middle], write, refused)
    return first + await write_apart(work, rows[middle:], write, refused)


def note_refusal(
    faults: Faults, line: int, problem: Refused, columns: dict[str, str] | None = None
) -> None:
    """A refusal as a fault of a row: of the column that its path names, if there is one."""
    if isinstance(problem, IntegrityError):
        faults.add(line, None, "IN_USE", "Something else stands in the way.", "Import it again.")
        return
    path = problem.path if isinstance(problem, Expected | InvalidInput) else ()
    named = [step for step in path if isinstance(step, str)]
    column = (columns or {}).get(named[-1], named[-1]) if named else None
    faults.add(line, column, _code(problem), problem.message)


def _code(problem: Expected | Refusal) -> str:
    name = "BadValue" if isinstance(problem, InvalidInput) else type(problem).__name__
    return "".join(f"_{c}" if c.isupper() and n else c for n, c in enumerate(name)).upper()
