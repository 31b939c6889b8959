"""GraphQL multipart requests, right ones and wrong ones."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from domain.kernel import json
from tests.factories.api import ApiCaller

Files = Mapping[str, tuple[str, bytes]]


async def send_form(
    caller: ApiCaller,
    operations: str,
    places: str,
    files: Files,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Send the three kinds of parts as they are given; by default with a header that proves that
    no other site had the browser send it."""
    proof = {"apollo-require-preflight": "true"} if headers is None else dict(headers)
    if caller.token:
        proof["authorization"] = f"Bearer {caller.token}"
    parts: list[tuple[str, Any]] = [("operations", (None, operations)), ("map", (None, places))]
    return await caller.http.post("/graphql", files=[*parts, *files.items()], headers=proof)


async def upload(
    caller: ApiCaller,
    query: str,
    variables: Mapping[str, Any],
    places: Mapping[str, Sequence[str]],
    files: Files,
) -> httpx.Response:
    """Send an operation with files in the places of its variables."""
    operations = json.dump({"query": query, "variables": variables})
    return await send_form(caller, operations, json.dump(places), files)
