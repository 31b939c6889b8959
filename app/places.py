"""The open connections of all processes, counted in Valkey."""

from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.limits.places import KEPT_SECONDS, PlaceOf, ProcessPlaces
from domain.onboarding.door.plans import plan_named

# Two sorted sets, the tenant's and the caller's: each place with the moment until which it is
# held. Looked at and taken in one atomic step, by the store's own clock.
_TAKE = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  if not redis.call('ZSCORE', key, ARGV[1]) and redis.call('ZCARD', key) >= tonumber(ARGV[i + 2])
  then return 0 end
end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + tonumber(ARGV[2]), ARGV[1])
  redis.call('EXPIRE', key, math.ceil(tonumber(ARGV[2])))
end
return 1
"""
_COUNT = """
local clock = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', tonumber(clock[1]))
return redis.call('ZCARD', KEYS[1])
"""


class SharedPlaces:
    """Places in Valkey. While it does not answer, this process counts alone."""

    def __init__(self, client: Redis, *, namespace: str) -> None:
        self._client = client
        self._take: Any = client.register_script(_TAKE)
        self._count: Any = client.register_script(_COUNT)
        self._namespace = namespace
        self._alone = ProcessPlaces()

    async def take(self, whose: PlaceOf, name: str) -> bool:
        """Take or renew the place of this name; False when there is none left."""
        plan = plan_named(whose.plan)
        arguments = [name, KEPT_SECONDS, plan.connections, plan.connections_of_caller]
        try:
            return bool(await self._take(keys=self._keys(whose), args=arguments))
        except RedisError:
            return await self._alone.take(whose, name)

    async def leave(self, whose: PlaceOf, name: str) -> None:
        """Give the place back."""
        await self._alone.leave(whose, name)
        try:
            async with self._client.pipeline(transaction=True) as pipeline:
                for key in self._keys(whose):
                    pipeline.zrem(key, name)
                await pipeline.execute()
        except RedisError:
            return

    async def taken(self, tenant: str) -> int:
        """How many connections the tenant holds."""
        try:
            return int(await self._count(keys=[self._key(tenant)], args=[]))
        except RedisError:
            return await self._alone.taken(tenant)

    def _keys(self, whose: PlaceOf) -> list[str]:
        tenant = self._key(whose.tenant)
        return [tenant, f"{tenant}:{whose.caller}"]

    def _key(self, tenant: str) -> str:
        # The braces keep a tenant's keys on one node of a cluster.
        return f"{self._namespace}:connections:{{{tenant}}}"
