"""Requests to /graphql as raw as a test wants them."""

from typing import Any

import httpx

from tests.factories.api import ApiCaller

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


async def post(
    caller: ApiCaller, body: Any = None, *, content: bytes | None = None, **headers: str
) -> httpx.Response:
    """POST a JSON value, or bytes as they are. Headers are named with _ for -."""
    sent = {"content-type": JSON, **named(headers)}
    if caller.token and "authorization" not in sent:
        sent["authorization"] = f"Bearer {caller.token}"
    if content is not None:
        return await caller.http.post("/graphql", content=content, headers=sent)
    return await caller.http.post("/graphql", json=body, headers=sent)


async def get(caller: ApiCaller, parameters: dict[str, str], **headers: str) -> httpx.Response:
    """GET with these parameters."""
    sent = named(headers)
    if caller.token:
        sent["authorization"] = f"Bearer {caller.token}"
    return await caller.http.get("/graphql", params=parameters, headers=sent)


def named(headers: dict[str, str]) -> dict[str, str]:
    """Header names from Python's."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


def codes(response: httpx.Response) -> list[str]:
    """The codes of the answer's errors."""
    return [error["extensions"]["code"] for error in response.json().get("errors", [])]
