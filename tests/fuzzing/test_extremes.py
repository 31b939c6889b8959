"""Extreme values in every argument of every field: an answer with a stable code, none by an error
of ours, and none that tells them back at length."""

from itertools import groupby
from typing import Any

import pytest

from api.schema import build_schema, graphql_core_schema
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.tenants import new_tenant
from tests.factories.worlds import new_world
from tests.fuzzing.extremes import extreme_requests

# What ends the sessions of whoever asks.
_LAST = {"endSessions", "signOut"}
REQUESTS = {
    root: list(requests)
    for root, requests in groupby(
        extreme_requests(graphql_core_schema(build_schema())),
        key=lambda request: request[0].partition(".")[0],
    )
    if root not in _LAST
}
LONGEST_ANSWER = 20_000


@pytest.fixture(scope="module")
async def owner(api: ApiUnderTest) -> ApiCaller:
    """Somebody who may do everything in a whole company."""
    from app.http.services import system_clock

    tenant = await new_tenant(api.services.engine, now=system_clock())
    await new_world(tenant, "EXT", numbers_from=1)
    return await api.user(tenant, "*")


@pytest.mark.parametrize("root", REQUESTS)
async def test_an_extreme_value_meets_no_error_of_ours(owner: ApiCaller, root: str) -> None:
    found: list[Any] = []
    for number, (where, document, variables) in enumerate(REQUESTS[root]):
        key = {"key": f"{root}-{number}"} if document.startswith("mutation") else {}
        answer = await owner.ask(document, **variables, **key)
        shown = repr(answer.body)
        if (
            answer.status >= 500
            or {"INTERNAL", "UNAVAILABLE", "error"} & set(answer.error_codes)
            or len(shown) > LONGEST_ANSWER
        ):
            found.append((where, repr(variables)[:200], shown[:300]))
    assert not found
