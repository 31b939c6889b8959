"""graphql-transport-ws to the letter, on a real socket."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from api.door import sockets
from app.http.services import system_clock
from domain.kernel import json
from domain.onboarding.door.plans import PLANS
from tenancy.models import UserAccount
from tests.factories.api import ApiUnderTest
from tests.factories.live_api import listening
from tests.factories.tenants import TenantUnderTest

TYPENAME = {"query": "{ __typename }"}
WATCH = {"query": "subscription { orderChanged { eventId } }"}


@pytest.fixture(scope="module")
async def port(api: ApiUnderTest) -> AsyncIterator[int]:
    """The application on a socket."""
    async with listening(api) as found:
        yield found


class Raw:
    """A connection on which anything may be sent."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, message: Any) -> None:
        """Send a value as JSON, or text and bytes as they are."""
        raw = message if isinstance(message, str | bytes) else json.dump(message)
        await self._connection.send(raw)

    async def receive(self) -> Any:
        """The next message."""
        async with asyncio.timeout(15):
            return json.load(await self._connection.recv())

    async def closed(self) -> int:
        """The code with which the server closes, whatever it sends before."""
        try:
            while True:
                await self.receive()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


def _opening(port: int, **more: Any) -> connect:
    protocols = [Subprotocol(sockets.PROTOCOL)]
    return connect(f"ws://127.0.0.1:{port}/graphql", **{"subprotocols": protocols, **more})


async def _initialised(connection: ClientConnection, token: str | None = None) -> Raw:
    raw = Raw(connection)
    payload = {"authorization": f"Bearer {token}"} if token else None
    await raw.send({"type": "connection_init", "payload": payload})
    assert (await raw.receive())["type"] == "connection_ack"
    return raw


@pytest.mark.parametrize(
    "message",
    [
        "no json",
        b"\x00\x01",
        "[]",
        '"x"',
        "null",
        "1",
        "[" * 5_000,
        {"type": "nonsense"},
        {"type": {}},
        {"type": "ping", "payload": "x"},
        {"id": "q", "type": "subscribe"},
        {"id": "q", "type": "subscribe", "payload": "x"},
        {"id": "q", "type": "subscribe", "payload": {"query": 1}},
        {"id": "q", "type": "subscribe", "payload": {"query": "{a}", "variables": [1]}},
        {"id": {}, "type": "subscribe", "payload": TYPENAME},
        {"id": "", "type": "subscribe", "payload": TYPENAME},
        {"id": "x" * 1_000, "type": "subscribe", "payload": TYPENAME},
        {"type": "complete"},
    ],
)
async def test_a_malformed_message_closes_with_4400(port: int, message: Any) -> None:
    async with _opening(port) as connection:
        raw = await _initialised(connection)
        await raw.send(message)
        assert await raw.closed() == 4400


async def test_nobody_subscribes_before_init_nor_inits_twice(port: int) -> None:
    async with _opening(port) as connection:
        raw = Raw(connection)
        await raw.send({"id": "1", "type": "subscribe", "payload": TYPENAME})
        assert await raw.closed() == 4401
    async with _opening(port) as connection:
        raw = await _initialised(connection)
        await raw.send({"type": "connection_init"})
        assert await raw.closed() == 4429


async def test_wrong_credentials_close_with_4403(port: int) -> None:
    async with _opening(port) as connection:
        raw = Raw(connection)
        await raw.send({"type": "connection_init", "payload": {"authorization": "Bearer no"}})
        assert await raw.closed() == 4403


async def test_who_never_inits_is_closed(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "INIT_SECONDS", 0.05)
    async with _opening(port) as connection:
        assert await Raw(connection).closed() == 4408


async def test_only_the_one_protocol_is_spoken(port: int) -> None:
    for protocol in ("graphql-ws", "nonsense"):
        async with _opening(port, subprotocols=[Subprotocol(protocol)]) as connection:
            assert await Raw(connection).closed() == 4406


async def test_pages_of_other_sites_do_not_connect(port: int) -> None:
    with pytest.raises(InvalidStatus):
        await _opening(port, origin="https://evil.example")


async def test_errors_of_one_operation_leave_the_connection_open(port: int) -> None:
    async with _opening(port) as connection:
        raw = await _initialised(connection)
        for text in ("{ ", "{ nonsense }", "{" + "a " * 3_000 + "}"):
            await raw.send({"id": "1", "type": "subscribe", "payload": {"query": text}})
            answer = await raw.receive()
            assert (answer["type"], answer["id"]) == ("error", "1")
            assert answer["payload"][0]["extensions"]["code"] in ("BAD_INPUT", "TOO_EXPENSIVE")
        await raw.send({"type": "ping", "payload": {"a": 1}})
        assert await raw.receive() == {"type": "pong", "payload": {"a": 1}}
        await raw.send({"id": "1", "type": "subscribe", "payload": TYPENAME})
        assert (await raw.receive())["payload"]["data"] == {"__typename": "Query"}
        assert await raw.receive() == {"id": "1", "type": "complete"}


async def test_an_id_in_use_closes_with_4409_and_operations_are_bounded(
    api: ApiUnderTest, tenant: TenantUnderTest, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = (await api.user(tenant, "orders.read")).token
    monkeypatch.setattr(sockets, "MOST_OPERATIONS", 3)
    async with _opening(port) as connection:
        raw = await _initialised(connection, token)
        for name in "abcd":
            await raw.send({"id": name, "type": "subscribe", "payload": WATCH})
        refused = await raw.receive()
        assert (refused["id"], refused["type"]) == ("d", "error")
        assert refused["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        await raw.send({"id": "a", "type": "complete"})
        await raw.send({"id": "d", "type": "subscribe", "payload": WATCH})
        await raw.send({"id": "d", "type": "subscribe", "payload": WATCH})
        assert await raw.closed() == 4409


async def test_the_connection_ends_with_its_token(
    api: ApiUnderTest, tenant: TenantUnderTest, port: int
) -> None:
    await api.user(tenant, "orders.read")
    async with tenant.read() as reader:
        name = await reader.value(
            UserAccount.__table__.select()
            .with_only_columns(UserAccount.username)
            .where(UserAccount.tenant_id == tenant.id)
        )
    token = await api.services.authenticator.issue_token(
        tenant.slug, name, system_clock(), lifetime=timedelta(seconds=2)
    )
    async with _opening(port) as connection:
        raw = await _initialised(connection, token)
        await raw.send({"id": "1", "type": "subscribe", "payload": WATCH})
        assert await raw.closed() == 4403


async def test_the_connection_ends_with_a_suspension(
    api: ApiUnderTest,
    tenant: TenantUnderTest,
    port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "CHECK_SECONDS", 0.05)
    token = (await api.user(tenant, "orders.read")).token
    async with _opening(port) as connection:
        raw = await _initialised(connection, token)
        await raw.send({"id": "1", "type": "subscribe", "payload": WATCH})
        async with tenant.work() as work:
            await work.execute(
                update(UserAccount)
                .where(UserAccount.tenant_id == tenant.id)
                .values(status="suspended")
            )
        api.services.authenticator.forget()
        assert await raw.closed() == 4403


async def test_a_connection_more_than_the_plan_allows_is_told_to_come_later(
    api: ApiUnderTest, tenant: TenantUnderTest, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = replace(PLANS["standard"], connections_of_caller=1)
    monkeypatch.setitem(PLANS, "standard", plan)
    token = (await api.user(tenant, "orders.read")).token
    async with _opening(port) as one:
        await _initialised(one, token)
        async with _opening(port) as other:
            raw = Raw(other)
            payload = {"authorization": f"Bearer {token}"}
            await raw.send({"type": "connection_init", "payload": payload})
            assert await raw.closed() == 1013
