"""Compiled operations answer as graphql-core does: data, errors, and what ran in which order."""

import asyncio
import gc
import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import strawberry
from graphql import parse, validate

from api.compiled.documents import DocumentCache
from api.compiled.extension import CompiledOperations
from tests.factories.compiled_world import Mutation, Query, World
from tests.factories.random_operations import RandomOperation

OPERATIONS = int(os.environ.get("CROSSDOCK_FUZZED_OPERATIONS", "400"))
PARTS = 8
TYPES: dict[str, Any] = {"query": Query, "mutation": Mutation}


class Silent(strawberry.Schema):
    """Strawberry's schema without its log of errors."""

    def process_errors(self, *_: Any) -> None:
        """Nothing: the errors here are wanted."""


core = Silent(**TYPES)


@contextmanager
def quiet_about_cancelled_tasks() -> Iterator[None]:
    """A task cancelled before it began leaves its resolver's coroutine; in graphql-core as well."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
        # Collected here and not anywhere, because a coroutine cannot warn from within a namedtuple.
        gc.disable()
        try:
            yield
            gc.collect()
        finally:
            gc.enable()


def described(result: Any) -> dict[str, Any]:
    """All that a client sees, and the exceptions behind it."""
    return {
        "data": json.dumps(result.data),
        "errors": [
            (error.message, error.path, error.locations, type(error.original_error).__name__)
            for error in result.errors or []
        ],
    }


async def answered(schema: strawberry.Schema, text: str, variables: Any, seed: int) -> Any:
    """What executing gives, and what happened."""
    world = World(seed)
    result = await schema.execute(text, variables, context_value=world)
    for _ in range(30):  # what was left to end in the background
        await asyncio.sleep(0)
    return described(result), world.log


@pytest.mark.parametrize("part", range(PARTS))
async def test_random_operations_are_answered_alike(part: int) -> None:
    compared = 0
    with quiet_about_cancelled_tasks():
        for seed in range(part, OPERATIONS * 3, PARTS):
            operation = RandomOperation(core._schema, seed)
            if not validate(core._schema, parse(operation.text)):
                await answered_alike(operation, seed)
                compared += 1
            if compared >= OPERATIONS / PARTS:
                break
    assert compared >= OPERATIONS / PARTS


async def answered_alike(operation: RandomOperation, seed: int) -> None:
    """First by graphql-core, then compiled, then from what was compiled before."""
    cache = DocumentCache()
    compiled = Silent(**TYPES, extensions=[lambda: CompiledOperations(cache)])
    expected = await answered(core, operation.text, operation.variables, seed)
    for _ in range(3):
        given = await answered(compiled, operation.text, operation.variables, seed)
        assert given == expected, f"seed {seed}\n{operation.text}\n{operation.variables}"
