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
from graphql import parse, validate

from api.compiled.extension import CompiledOperations
from api.limits.bounds import Bounds
from api.limits.documents import Document, Documents
from api.schema import Schema
from tests.factories.compiled_world import Mutation, Query, World
from tests.factories.random_operations import RandomOperation

OPERATIONS = int(os.environ.get("CROSSDOCK_FUZZED_OPERATIONS", "240"))
PARTS = 8
TYPES: dict[str, Any] = {"query": Query, "mutation": Mutation}
core = Schema(**TYPES)
compiled = Schema(**TYPES, extensions=[CompiledOperations])
WIDE = Bounds(length=200_000, tokens=50_000, aliases=9_000, repetitions=900, directives=9_000)


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


async def answered(
    schema: Schema, operation: RandomOperation, seed: int, document: Document | None = None
) -> Any:
    """What executing gives, and what happened."""
    world = World(seed, document)
    result = await schema.execute(operation.text, operation.variables, context_value=world)
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
    """By graphql-core, then compiled, then from what was compiled before."""
    expected = await answered(core, operation, seed)
    documents = Documents(compiled._schema, WIDE)
    documents.admit(operation.text)
    for _ in range(2):
        document = documents.admit(operation.text)
        given = await answered(compiled, operation, seed, document)
        assert given == expected, f"seed {seed}\n{operation.text}\n{operation.variables}"
        assert all(document.plans.values())
