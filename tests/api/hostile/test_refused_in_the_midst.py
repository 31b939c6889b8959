"""A field that is refused cancels its neighbours in the midst of their statements."""

import gc
from typing import Any

import pytest

from tests.factories.api import ApiUnderTest

SOME_OF_IT_FORBIDDEN = """
{
  orders(first: 50) { nodes { lines { item { sku } } journals { id } allocations { quantity } } }
  items(first: 50) { nodes { sku } totalCount }
  channels(first: 50) { nodes { code entity { code } } totalCount }
  backorders(first: 50) { nodes { item { sku } } totalCount }
}
"""


# graphql-core drops resolvers that it had not begun; Python remarks on each when it is collected.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_what_is_refused_is_forbidden_and_leaves_no_connection_behind(
    api: ApiUnderTest, theirs: Any, caplog: pytest.LogCaptureFixture
) -> None:
    reads = ("orders.read", "catalog.read", "channels.read", "entities.read")
    caller = await api.user(theirs.world.tenant, *reads)
    pool: Any = api.services.engine.pool
    before = pool.checkedout()
    for _ in range(20):
        answer = await caller.ask(SOME_OF_IT_FORBIDDEN)
        assert set(answer.error_codes) == {"FORBIDDEN"}
    gc.collect()
    assert pool.checkedout() == before
    assert caplog.messages == []
