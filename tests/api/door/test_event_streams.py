"""Subscriptions as server-sent events, on a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from api.door import streaming
from api.ids import global_id
from domain.allocation.operations.cancel_order import cancel_order
from domain.kernel import json
from tenancy.models import UserAccount
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.live_api import listening
from tests.factories.orders import Shop, new_shop
from tests.factories.tenants import TenantUnderTest

# The event's id is not asked for: the stream tells it all the same.
WATCH = "subscription($after: ID) { orderChanged(after: $after) { eventType order { number } } }"
FIRST = global_id("Event", 1)


@pytest.fixture
async def port(api: ApiUnderTest) -> AsyncIterator[int]:
    """The application on a socket."""
    async with listening(api) as found:
        yield found


@asynccontextmanager
async def _asked(
    port: int, caller: ApiCaller, query: str, *, variables: Any = None, **headers: str
) -> AsyncIterator[httpx.Response]:
    sent = {"accept": "text/event-stream", "authorization": f"Bearer {caller.token}", **headers}
    async with (
        httpx.AsyncClient(timeout=20) as client,
        client.stream(
            "POST",
            f"http://127.0.0.1:{port}/graphql",
            json={"query": query, "variables": variables},
            headers=sent,
        ) as response,
    ):
        yield response


async def _events(response: httpx.Response) -> AsyncIterator[dict[str, str]]:
    rest = ""
    async for text in response.aiter_text():
        assert "\r" not in text
        *whole, rest = (rest + text).split("\n\n")
        for event in whole:
            if not event.startswith(":"):
                yield dict(
                    line.split(": ", 1) if ": " in line else (line.rstrip(":"), "")
                    for line in event.split("\n")
                )


async def _cancelled(api: ApiUnderTest, shop: Shop, order_id: int) -> None:
    async with shop.tenant.work() as work:
        await cancel_order(work, order_id=order_id, reason="customer")
    api.services.feed.touched(shop.tenant.id, [("order", order_id)])


async def test_a_stream_is_taken_up_after_the_last_event_that_arrived(
    api: ApiUnderTest, tenant: TenantUnderTest, port: int
) -> None:
    user, shop = await api.user(tenant, "orders.read"), await new_shop(tenant)
    placed = await shop.place(shop.line(2))
    async with _asked(port, user, WATCH, variables={"after": FIRST}) as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        first = await anext(_events(response))
    assert first["event"] == "next"
    change = json.load(first["data"])["data"]["orderChanged"]
    assert change == {"eventType": "order.placed", "order": {"number": placed.number}}
    await _cancelled(api, shop, placed.order_id)
    told = []
    async with _asked(port, user, WATCH, **{"last-event-id": first["id"]}) as response:
        async for event in _events(response):
            told.append(json.load(event["data"])["data"]["orderChanged"]["eventType"])
            if told[-1] == "order.cancelled":
                break
    assert len(told) <= 2


async def test_a_query_is_streamed_only_to_clients_that_take_nothing_else(
    api: ApiUnderTest, tenant: TenantUnderTest, port: int
) -> None:
    user = await api.user(tenant)
    async with _asked(port, user, "{ __typename }") as response:
        events = [event async for event in _events(response)]
    assert [event["event"] for event in events] == ["next", "complete"]
    assert json.load(events[0]["data"])["data"] == {"__typename": "Query"}
    both = "application/json, text/event-stream"
    async with _asked(port, user, "{ __typename }", accept=both) as response:
        assert response.headers["content-type"] == "application/json; charset=utf-8"


async def test_what_is_wrong_with_the_request_is_told_before_the_stream(
    api: ApiUnderTest, tenant: TenantUnderTest, port: int
) -> None:
    async with _asked(port, await api.user(tenant), "subscription { nonsense }") as response:
        assert response.status_code == 400
        body = json.load(await response.aread())
    assert body["errors"][0]["extensions"]["code"] == "BAD_INPUT"


async def test_a_stream_ends_with_a_suspension_and_lives_in_silence(
    api: ApiUnderTest, tenant: TenantUnderTest, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(streaming, "HEARTBEAT_SECONDS", 0.05)
    user = await api.user(tenant, "orders.read")
    async with asyncio.timeout(15), _asked(port, user, WATCH) as response:
        pieces = response.aiter_text()
        assert (await anext(pieces)).startswith(":\n\n")
        async with tenant.work() as work:
            await work.execute(
                update(UserAccount)
                .where(UserAccount.tenant_id == tenant.id)
                .values(status="suspended")
            )
        api.services.authenticator.forget()
        rest = "".join([piece async for piece in pieces])
    assert '"UNAUTHENTICATED"' in rest
    assert rest.endswith("event: complete\ndata: \n\n")


async def test_a_client_that_leaves_is_forgotten(
    api: ApiUnderTest, tenant: TenantUnderTest, port: int
) -> None:
    from tests.factories.conditions import until

    user = await api.user(tenant, "orders.read")
    before = api.services.feed.listening

    async def listens() -> bool:
        return api.services.feed.listening == before + 1

    async def has_left() -> bool:
        return api.services.feed.listening == before

    async with _asked(port, user, WATCH):
        await until(listens)
    await until(has_left)
