"""Whoever asks may give up at any moment: no connection to the database stays behind, none that
goes on has a transaction of somebody else open, and what was ordered is there whole or not."""

import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterator
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text

from api.door import streaming
from api.ids import global_id
from domain.kernel import json
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.conditions import until
from tests.factories.giving_up import GivingUp
from tests.factories.ordering import PLACE, order_input
from tests.factories.orders import new_shop, violations
from tests.factories.tenants import TenantUnderTest

Asking = Callable[[], Coroutine[Any, Any, Any]]
MANY_FIELDS = """{
  orders(first: 5) { totalCount nodes { channel { entity { code } } lines { item { sku } } } }
  items(first: 5) { nodes { sku } }
}"""
WATCH = "subscription($after: ID) { orderChanged(after: $after) { order { number } } }"
FROM_THE_FIRST = {"after": global_id("Event", 1)}
MOST_WAITS = 400

pytestmark = [
    pytest.mark.parametrize("insisting", [False, True], ids=["once", "insisting"]),
    # graphql-core drops resolvers that it had not begun; Python remarks on each when it is
    # collected.
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
]


@pytest.fixture(autouse=True)
def garbage_waits() -> Iterator[None]:
    """Garbage is collected between attempts only: Python 3.11 cannot warn of a dropped coroutine
    while it makes a named tuple, whose frame has no `__import__`, and fails aloud instead."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _give_up_everywhere(api: ApiUnderTest, ask: Asking, *, insisting: bool) -> int:
    """Give up at the first wait, at the second and so on, until it is done before."""
    pool: Any = api.services.engine.pool
    before = pool.checkedout()

    async def all_are_back() -> bool:
        return bool(pool.checkedout() == before)

    for at in range(1, MOST_WAITS):
        giving_up = GivingUp(at=at, insisting=insisting)
        outcome = await giving_up.run(ask())
        gc.collect(1)
        await until(all_are_back)
        assert _in_transactions(pool) == 0, f"given up at wait {at}"
        if giving_up.waits < at:
            assert outcome is None
            # What was left to the garbage would now be warned of.
            gc.collect()
            return at
    raise AssertionError("it waits too often")


def _in_transactions(pool: Any) -> int:
    idle = [record.driver_connection for record in pool._pool._queue._queue]
    return sum(each is not None and each.is_in_transaction() for each in idle)


async def test_a_query_leaves_no_connection_behind(
    api: ApiUnderTest, tenant: TenantUnderTest, insisting: bool
) -> None:
    shop = await new_shop(tenant)
    await shop.place(shop.line(2))
    user = await api.user(tenant, "*")

    async def ask() -> None:
        assert (await user.ask(MANY_FIELDS)).data["orders"]["totalCount"] == 1

    assert await _give_up_everywhere(api, ask, insisting=insisting) > 10


async def test_a_mutation_leaves_no_connection_and_no_half_of_an_order_behind(
    api: ApiUnderTest, tenant: TenantUnderTest, insisting: bool
) -> None:
    shop = await new_shop(tenant, items=2)
    await shop.stock(1000)
    await shop.stock(1000, item=1)
    user = await api.user(tenant, "*")

    keys = count()

    async def ask() -> None:
        wanted = order_input(shop, (0, 1), (1, 2))
        answer = await user.ask(PLACE, key=f"{next(keys)}", input=wanted)
        assert answer.data["placeOrder"]["userErrors"] == []

    assert await _give_up_everywhere(api, ask, insisting=insisting) > 10
    assert await violations(tenant) == {}


async def _watch(api: ApiUnderTest, caller: ApiCaller) -> None:
    """Subscribe by server-sent events and leave after the first."""
    asked = json.dump({"query": WATCH, "variables": FROM_THE_FIRST})
    messages = [{"type": "http.request", "body": asked.encode(), "more_body": False}]
    told = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await told.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if b"event: next" in message.get("body", b""):
            assert b"errors" not in message["body"]
            told.set()

    headers = {
        "host": "crossdock",
        "content-type": "application/json",
        "accept": "text/event-stream",
        "authorization": f"Bearer {caller.token}",
    }
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "http_version": "1.1",
        "client": ("127.0.0.1", 1),
        "server": ("crossdock", 80),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await api.application(scope, receive, send)  # type: ignore[arg-type]
    assert told.is_set()


async def test_a_subscription_leaves_no_connection_behind(
    api: ApiUnderTest, tenant: TenantUnderTest, insisting: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "CHECK_SECONDS", 0.02)
    shop = await new_shop(tenant)
    await shop.place(shop.line(2))
    user = await api.user(tenant, "*")
    await _give_up_everywhere(api, lambda: _watch(api, user), insisting=insisting)
    assert api.services.feed.listening == 0


async def test_a_unit_of_work_leaves_no_connection_behind(
    api: ApiUnderTest, tenant: TenantUnderTest, insisting: bool
) -> None:
    async def ask() -> None:
        async with tenant.work() as work:
            await work.value(text("SELECT 1"))
            async with work.attempt():
                await work.value(text("SELECT 2"))

    assert await _give_up_everywhere(api, ask, insisting=insisting) > 5
