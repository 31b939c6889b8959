"""How often something may be tried, counted in Valkey for all processes together."""

from datetime import datetime, timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tenancy.throttling import Limit, ProcessThrottle


class SharedThrottle:
    """Counts attempts by key in Valkey. While Valkey does not answer, this process counts alone:
    neither does everybody stay out, nor may anybody guess without end."""

    def __init__(self, client: Redis, *, namespace: str) -> None:
        self._client = client
        self._namespace = namespace
        self._alone = ProcessThrottle()

    async def take(self, key: str, limit: Limit, now: datetime) -> timedelta | None:
        """Count one attempt; None when it may be made, else how long to wait."""
        try:
            return await self._take(f"{self._namespace}:{key}", limit)
        except RedisError:
            return await self._alone.take(key, limit, now)

    async def clear(self, key: str) -> None:
        """Forget the attempts of a key, after one that succeeded."""
        await self._alone.clear(key)
        try:
            await self._client.delete(f"{self._namespace}:{key}")
        except RedisError:
            return

    async def _take(self, key: str, limit: Limit) -> timedelta | None:
        window = int(limit.window.total_seconds() * 1000)
        async with self._client.pipeline(transaction=True) as pipeline:
            # The first attempt starts the window; the key goes away by itself at its end.
            pipeline.set(key, 0, px=window, nx=True)
            pipeline.incr(key)
            pipeline.pttl(key)
            _, count, left = await pipeline.execute()
        if count <= limit.attempts:
            return None
        return timedelta(milliseconds=max(left, 1))
