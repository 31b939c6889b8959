"""Extensions are run as Strawberry runs them."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import strawberry
from strawberry.extensions import SchemaExtension

from api.schema import Schema


@strawberry.type
class Query:
    word: str = "hello"


def noting(log: list[str], failing: str = "") -> type[SchemaExtension]:
    """An extension with every hook, sync and async, that may fail in one of them."""

    def note(step: str) -> None:
        log.append(step)
        if step == failing:
            raise ValueError(step)

    class Noting(SchemaExtension):
        async def on_operation(self) -> AsyncIterator[None]:
            note("operation begins")
            try:
                yield
            finally:
                note("operation ends")

        def on_parse(self) -> Iterator[None]:
            note("parsing begins")
            yield
            note("parsing ends")

        def on_validate(self) -> None:  # type: ignore[override]
            note("validation")

        async def on_execute(self) -> AsyncIterator[None]:
            note("execution begins")
            yield
            note("execution ends")

        def get_results(self) -> dict[str, Any]:
            return {"noted": len(log)}

    return Noting


STEPS = [
    "",
    "operation begins",
    "parsing begins",
    "parsing ends",
    "validation",
    "execution begins",
    "execution ends",
    "operation ends",
]


@pytest.mark.parametrize("failing", STEPS)
@pytest.mark.parametrize("document", ["{ word }", "{ wrong", "{ nothing }"])
async def test_hooks_run_as_under_strawberry(failing: str, document: str) -> None:
    logs: list[list[str]] = []
    answers = []
    for kind in (strawberry.Schema, Schema):
        log: list[str] = []
        made = kind(Query, extensions=[noting(log, failing), noting(log)])
        result = await made.execute(document, root_value=Query())
        answers.append((result.data, [e.message for e in result.errors or []], result.extensions))
        logs.append(log)
    if failing in ("operation begins", "execution begins"):
        # Strawberry leaves what began before the failure for the garbage collector to end.
        return
    assert logs[1] == logs[0]
    assert answers[1] == answers[0]


async def test_what_began_before_a_failure_is_ended() -> None:
    log: list[str] = []
    made = Schema(Query, extensions=[noting(log), noting(log, "execution begins")])
    result = await made.execute("{ word }", root_value=Query())
    assert result.data is None
    assert log.count("operation begins") == log.count("operation ends") == 2
