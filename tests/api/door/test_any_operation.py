"""Operations that nobody would write, made from the schema by Hypothesis (as schemathesis does),
as an administrator, a partner and nobody: every one is answered, none by an error of ours.

CROSSDOCK_FUZZ_EXAMPLES says how many; a few hundred by default."""

import os

import pytest
from graphql import print_ast
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema

from api.schema import build_schema, sdl
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.tenants import new_tenant
from tests.factories.worlds import new_world
from tests.fuzzing.scalars import SCALARS

EXAMPLES = int(os.environ.get("CROSSDOCK_FUZZ_EXAMPLES", "200"))


@pytest.fixture(scope="module")
async def callers(api: ApiUnderTest) -> list[ApiCaller]:
    """An administrator and a partner of one company, and nobody."""
    from app.http.services import system_clock

    tenant = await new_tenant(api.services.engine, now=system_clock())
    world = await new_world(tenant, "FUZ", numbers_from=1)
    admin = await api.user(tenant, "*")
    partner = await api.user(tenant, "*", party_id=world.parties[0])
    return [admin, partner, api.nobody()]


@st.deferred
def operations() -> st.SearchStrategy[str]:
    """Any operation of the schema; worked out by whoever runs the test, not by all who collect."""
    return from_schema(sdl(build_schema()), custom_scalars=SCALARS, print_ast=print_ast)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="CROSSDOCK_FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
    database=None,
)
@given(text=operations)
async def test_no_operation_meets_an_error_of_ours(callers: list[ApiCaller], text: str) -> None:
    for caller in callers:
        answer = await caller.ask(text)
        assert answer.status < 500, answer.body
        assert "INTERNAL" not in [
            error["extensions"]["code"] for error in answer.body.get("errors", [])
        ], (text, answer.body["errors"])
