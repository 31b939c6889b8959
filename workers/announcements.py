"""Word between processes that events have been committed.

Only a wake-up: who listens reads the events from the database, in its own scope. A word that
got lost costs the time until the listener's next look."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence

import redis.asyncio
from redis.exceptions import RedisError

from domain.kernel import json
from workers.once_only import AggregateAddress

log = logging.getLogger(__name__)

RECONNECT_SECONDS = 1.0
SOCKET_SECONDS = 5.0

Touched = Callable[[int, Sequence[tuple[str, int]]], None]


def channel(namespace: str) -> str:
    """The name of the channel of an installation."""
    return f"{namespace}:committed"


def announcement(addresses: Sequence[AggregateAddress]) -> str:
    """What is published: the aggregates that have new events, by tenant."""
    return json.dump([[a.tenant_id, a.aggregate, a.aggregate_id] for a in addresses])


async def hear_announcements(redis_url: str, *, namespace: str, touched: Touched) -> None:
    """Call `touched` with a tenant and its aggregates for each announcement, until cancelled.

    A lost connection is made again."""
    while True:
        try:
            async for by_tenant in _announcements(redis_url, namespace):
                for tenant_id, aggregates in by_tenant.items():
                    touched(tenant_id, aggregates)
        except (RedisError, OSError):
            log.info("No announcements: Redis is away", exc_info=True)
        await asyncio.sleep(RECONNECT_SECONDS)


async def _announcements(
    redis_url: str, namespace: str
) -> AsyncIterator[dict[int, list[tuple[str, int]]]]:
    client = redis.asyncio.Redis.from_url(
        redis_url,
        socket_connect_timeout=SOCKET_SECONDS,
        health_check_interval=SOCKET_SECONDS,
    )
    async with client, client.pubsub() as subscription:
        await subscription.subscribe(channel(namespace))
        while True:
            message = await subscription.get_message(
                ignore_subscribe_messages=True, timeout=SOCKET_SECONDS
            )
            if message is not None:
                yield _by_tenant(message["data"])


def _by_tenant(data: bytes) -> dict[int, list[tuple[str, int]]]:
    found: dict[int, list[tuple[str, int]]] = {}
    for tenant_id, aggregate, aggregate_id in json.load(data):
        found.setdefault(tenant_id, []).append((aggregate, aggregate_id))
    return found
