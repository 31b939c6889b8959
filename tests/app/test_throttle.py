"""Attempts counted in a real Valkey, and without it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from app.throttle import SharedThrottle
from tenancy.throttling import Limit

LIMIT = Limit(3, timedelta(minutes=1))


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as opened:
        yield opened


async def test_all_processes_count_together_and_none_too_many_pass(
    client: Redis, now: datetime
) -> None:
    namespace = f"test-{uuid4().hex}"
    throttles = [SharedThrottle(client, namespace=namespace) for _ in range(4)]
    waits = await asyncio.gather(
        *(throttle.take("jane", LIMIT, now) for throttle in throttles for _ in range(5))
    )
    assert waits.count(None) == 3
    told = [wait for wait in waits if wait is not None]
    assert all(timedelta(seconds=50) < wait <= LIMIT.window for wait in told)
    assert await throttles[0].take("ann", LIMIT, now) is None
    other = SharedThrottle(client, namespace=f"test-{uuid4().hex}")
    assert await other.take("jane", LIMIT, now) is None
    await throttles[0].clear("jane")
    assert await throttles[1].take("jane", LIMIT, now) is None


async def test_a_window_ends_by_itself(client: Redis, now: datetime) -> None:
    namespace = f"test-{uuid4().hex}"
    await SharedThrottle(client, namespace=namespace).take("jane", LIMIT, now)
    left = await client.pttl(f"{namespace}:jane")
    assert 50_000 < left <= 60_000


async def test_without_valkey_this_process_counts_alone(now: datetime) -> None:
    async with Redis.from_url("redis://127.0.0.1:1/0") as nobody:
        throttle = SharedThrottle(nobody, namespace="test")
        assert [await throttle.take("jane", LIMIT, now) for _ in range(3)] == [None, None, None]
        assert await throttle.take("jane", LIMIT, now) == LIMIT.window
        await throttle.clear("jane")
        assert await throttle.take("jane", LIMIT, now) is None
