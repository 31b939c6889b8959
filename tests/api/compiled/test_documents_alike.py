"""The query documents that clients send, on the real schema and data: compiled as by
graphql-core."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from graphql import OperationDefinitionNode, OperationType, parse

from api.compiled.extension import SWITCH
from tests.factories.client import operations
from tests.factories.demo_history import live_through
from tests.factories.demo_stage import demo_stage
from tests.factories.document_cast import PLAYS
from tests.factories.document_plays import Scene


def _queries() -> list[str]:
    return [name for name in sorted(PLAYS) if _reads(operations()[name])]


def _reads(text: str) -> bool:
    return any(
        isinstance(definition, OperationDefinitionNode)
        and definition.operation is OperationType.QUERY
        for definition in parse(text).definitions
    )


@pytest.fixture(scope="module")
async def scene(redis_url: str) -> AsyncIterator[Scene]:
    """The demo company after some weeks."""
    async with demo_stage("crossdock_read_alike", redis_url) as stage:
        yield Scene(stage, await live_through(stage.tenant))


async def _answer(scene: Scene, name: str, variables: dict[str, Any]) -> Any:
    """Data and errors of a document, to who sends it."""
    body = (await scene.stage.play(PLAYS[name].user, name, **variables)).body
    return _standing({part: body.get(part) for part in ("data", "errors")})


def _standing(value: Any) -> Any:
    """Without what is left of a budget: asking spends it."""
    if isinstance(value, dict):
        return {key: _standing(inner) for key, inner in value.items() if key != "left"}
    return [_standing(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", _queries())
async def test_a_document_is_answered_alike_when_compiled(
    scene: Scene, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = PLAYS[name]
    if play.prepare is not None:
        scene.prepared = await play.prepare(scene)
    variables = play.variables(scene)
    monkeypatch.setenv(SWITCH, "off")
    expected = await _answer(scene, name, variables)
    assert expected["errors"] is None
    assert expected["data"]
    monkeypatch.delenv(SWITCH)
    for _ in range(3):
        assert await _answer(scene, name, variables) == expected
