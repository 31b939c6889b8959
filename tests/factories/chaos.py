"""Faults on purpose: processes and engines killed, replies lost, requests repeated."""

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from app.embedded import Engines
from domain.kernel import json
from tests.factories.client import Client, Refused, first_field, operations
from tests.factories.conditions import until
from tests.factories.running import Running

VICTIMS = ("worker", "serve", "valkey", "postgres")
LOST_REPLIES = 0.2
REPEATED = 0.3
# Long enough for an engine and the API to be back.
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.1
# What may grow between an answer and its repetition.
INNER_LISTS = {"shipments", "cartons"}


@dataclass(slots=True)
class Chaos:
    """Kills one thing after the other, each time after some more work was acknowledged."""

    running: Running
    engines: Engines
    random: Random
    acknowledged: int = 0
    killed: list[str] = field(default_factory=list)

    async def rage(self, victims: Sequence[str], *, apart: int) -> None:
        """Kill each victim once `apart` more mutations were acknowledged, and bring it back."""
        for victim in victims:
            goal = self.acknowledged + self.random.randint(apart // 2, apart)

            async def reached(goal: int = goal) -> bool:
                return self.acknowledged >= goal

            await until(reached, seconds=PATIENCE_SECONDS)
            await self._kill(victim)
            self.killed.append(victim)

    async def _kill(self, victim: str) -> None:
        if victim in ("worker", "serve"):
            await asyncio.to_thread(self.running.kill, victim)
            self.running.start(victim)
            return
        folder = self.engines.home / "engines" / victim
        if victim == "postgres":
            pid = int((folder / "postmaster.pid").read_text().splitlines()[0])
        else:
            pid = int((folder / "valkey.pid").read_text())
        os.kill(pid, signal.SIGKILL)

        async def is_revived() -> bool:
            return bool(await asyncio.to_thread(self.engines.revive))

        await until(is_revived)


class Gone(Exception):
    """No answer, or one that says that the server cannot work now; nobody knows what was done."""


@dataclass(slots=True)
class StubbornClient:
    """Sends each mutation under one key until it is acknowledged, loses replies on purpose, and
    repeats what was acknowledged: the answer must be the same."""

    client: Client
    chaos: Chaos
    random: Random
    repeated: int = 0
    lost: int = 0

    async def do(self, mutation: str, *, key: str, **values: Any) -> Any:
        """The payload, acknowledged. Raises Refused."""
        name = mutation[0].upper() + mutation[1:]
        variables = {"input": values, "key": key}
        while self.random.random() < LOST_REPLIES:
            await self._send_and_hang_up(name, variables)
        answer = await self._insist(name, variables)
        self.chaos.acknowledged += 1
        if self.random.random() < REPEATED:
            self.repeated += 1
            again = await self._insist(name, variables)
            assert _identity(again) == _identity(answer), (name, key)
        return answer

    async def ask(self, operation: str, **variables: Any) -> Any:
        """A query, until it is answered."""
        return await self._insist(operation, variables)

    async def _insist(self, name: str, variables: dict[str, Any]) -> Any:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    return await self._once(name, variables)
                except Gone:
                    await asyncio.sleep(PAUSE_SECONDS)

    async def _once(self, name: str, variables: dict[str, Any]) -> Any:
        body = {"query": operations()[name], "operationName": name, "variables": variables}
        try:
            response = await self.client.http.post(
                "/graphql", json=body, headers=self.client.headers
            )
        except httpx.TransportError as error:
            raise Gone from error
        if response.status_code >= 500:
            raise Gone
        try:
            return first_field(name, response.json())
        except Refused as refused:
            if "UNAVAILABLE" in refused.codes:
                raise Gone from refused
            raise

    async def _send_and_hang_up(self, name: str, variables: dict[str, Any]) -> None:
        """The server may have done it, or not, or be in the midst of it: the reply is lost."""
        self.lost += 1
        body = json.dump(
            {"query": operations()[name], "operationName": name, "variables": variables}
        ).encode()
        head = (
            "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            f"authorization: {self.client.headers['authorization']}\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.chaos.running.port)
            writer.write(head.encode() + body)
            await writer.drain()
            await asyncio.sleep(self.random.random() * PAUSE_SECONDS)
            writer.transport.abort()
            await writer.wait_closed()
        except OSError:
            return


def _identity(answer: Any) -> list[str]:
    """The ids of the objects in an answer; what they look like may have moved on since."""
    if isinstance(answer, list):
        return [found for each in answer for found in _identity(each)]
    if not isinstance(answer, dict):
        return []
    own = [answer["id"]] if "id" in answer else []
    inner = [value for name, value in answer.items() if name not in INNER_LISTS]
    return own + _identity(inner)
