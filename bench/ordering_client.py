"""Clients that place orders one after the other, each on a connection of its own.

    python -m bench.ordering_client PORT CONNECTIONS SECONDS      (what to order as JSON on stdin)

`lines` is how many lines an order has, `all_or_nothing` whether it may wait for stock. Prints as
JSON how many orders were placed, refused (a user error) and failed, and how long each took."""

import asyncio
import base64
import json
import random
import sys
import time
from collections import Counter
from typing import Any

import uvloop

_DOCUMENT = (
    "mutation Place($input: PlaceOrderInput!, $key: String!) { placeOrder(input: $input) "
    "@idempotent(key: $key) { order { id number status total { amount currency } } "
    "userErrors { code message } } }"
)
# Written once: what the client takes of the processor, the server lacks.
DOCUMENT = json.dumps(_DOCUMENT)


def _global_id(kind: str, row_id: int) -> str:
    return base64.urlsafe_b64encode(f"{kind}:{row_id}".encode()).decode().rstrip("=")


class _Client(asyncio.Protocol):
    """One connection; as little work as can be, since it takes the server's processor."""

    def __init__(self, load: "_Load") -> None:
        self.load = load
        self.sent_at = 0.0
        self.buffer = b""

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self.transport = transport
        self._send()

    def _send(self) -> None:
        self.sent_at = time.perf_counter()
        if self.sent_at >= self.load.until:
            self.transport.close()
            return
        self.transport.write(self.load.request())

    def data_received(self, data: bytes) -> None:
        """An answer, or a part of one."""
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        at = head.lower().index(b"content-length:") + 15
        if len(body) < int(head[at : at + 20].split(b"\r", 1)[0]):
            return
        self.buffer = b""
        self.load.note(body, self.sent_at)
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end."""
        self.load.ended()


class _Load:
    def __init__(self, port: int, connections: int, seconds: float, asked: dict[str, Any]) -> None:
        self.asked = asked
        self.seen: Counter[str] = Counter()
        self.took: list[float] = []
        self.begin = time.perf_counter()
        self.until = self.begin + seconds
        self.port, self.connections = port, connections
        self.serial = 0
        self.run = random.randrange(10**12)
        self.open = connections
        items = range(asked["first_item"], asked["first_item"] + asked["items"])
        self.items = [_global_id("Item", each) for each in items]
        self.channel = _global_id("Channel", asked["channel_id"])
        self.head = (
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer %s\r\nContent-Length: " % asked["token"].encode()
        )

    def request(self) -> bytes:
        """The next order."""
        self.serial += 1
        count = self.asked.get("lines", 3)
        part = len(self.items) // count
        place = random.randrange(part)
        lines = ",".join(
            f'{{"itemId":"{self.items[place + n * part]}","quantity":"1"}}' for n in range(count)
        )
        whole = "true" if self.asked.get("all_or_nothing") else "false"
        body = (
            f'{{"query":{DOCUMENT},"variables":{{"key":"{self.run}-{self.serial}",'
            f'"input":{{"channelId":"{self.channel}","allOrNothing":{whole},"lines":[{lines}]}}}}}}'
        ).encode()
        return self.head + b"%d\r\n\r\n%s" % (len(body), body)

    def note(self, body: bytes, sent_at: float) -> None:
        """Count an answer."""
        self.took.append(time.perf_counter() - sent_at)
        if b'"errors"' in body:
            self.seen["failed"] += 1
            self.seen[body[:200].decode()] += 1
        else:
            self.seen["refused" if b'"order":null' in body else "placed"] += 1

    def ended(self) -> None:
        """A connection has ended."""
        self.open -= 1
        if self.open == 0:
            self.done.set_result(None)

    async def ask_all(self) -> None:
        """Ask until the time is over."""
        loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = loop.create_future()
        for _ in range(self.connections):
            await loop.create_connection(lambda: _Client(self), "127.0.0.1", self.port)
        await self.done


if __name__ == "__main__":
    load = _Load(
        int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), json.loads(sys.stdin.read())
    )
    uvloop.run(load.ask_all())
    print(json.dumps([load.seen, sorted(load.took)]))
