"""The mutations that clients send, on the real schema and data: compiled and by graphql-core they
give the same data, errors and paths, in the same order."""

import re
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

# What is new each time a mutation runs: ids, numbers, moments, keys, and versions after another.
_NEW = re.compile(
    r"(?:id|number|.*At|.*Token|.*[sS]ecret|key|version|cursor|.*Cursor|orderNumber|sscc|externalId|checksum|code"
    r"|slug|customFields)"
)
# Stock and amounts move on with each of them, and so do the numbers in names and messages.
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def _mutations() -> list[str]:
    return [name for name in PLAYS if _kind(operations()[name]) is OperationType.MUTATION]


def _kind(text: str) -> OperationType:
    return next(
        definition.operation
        for definition in parse(text).definitions
        if isinstance(definition, OperationDefinitionNode)
    )


@pytest.fixture(scope="module")
async def scene(redis_url: str) -> AsyncIterator[Scene]:
    """The demo company after some weeks."""
    async with demo_stage("crossdock_alike", redis_url) as stage:
        yield Scene(stage, await live_through(stage.tenant))


def settled(value: Any, name: str = "") -> Any:
    """The value with what is new each time as its type; the order of everything kept."""
    if _NEW.fullmatch(name):
        return type(value).__name__
    if isinstance(value, dict):
        return [(key, settled(inner, key)) for key, inner in value.items()]
    if isinstance(value, list):
        return [settled(inner, name) for inner in value]
    return _NUMBER.sub("#", value) if isinstance(value, str) else value


async def _answers(scene: Scene, name: str) -> list[Any]:
    """The answer to somebody who may, with a key of its own, and to somebody who may not."""
    play = PLAYS[name]
    allowed = (await scene.play(name, play)).body
    refused = (await scene.stage.play("supplier", name, **play.variables(scene))).body
    return [
        settled({part: body.get(part) for part in ("data", "errors")})
        for body in (allowed, refused)
    ]


@pytest.mark.parametrize("name", _mutations())
async def test_a_mutation_is_answered_alike_when_compiled(
    scene: Scene, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, "off")
    # What can be made only once is there from now on, and refused alike.
    await scene.play(name, PLAYS[name])
    expected = await _answers(scene, name)
    monkeypatch.delenv(SWITCH)
    # The document came often enough by now: it is compiled.
    assert await _answers(scene, name) == expected
