"""The budgets of tenants and apps in Valkey, for all processes together."""

from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.limits.budgets import ProcessBudgets, Spender, Taken
from domain.onboarding.door.plans import plan_named

# Both buckets are filled up, asked and taken from in one atomic step, by the store's own clock.
_TAKE = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local points = tonumber(ARGV[1])
local levels, wait = {}, 0
for i, key in ipairs(KEYS) do
  local capacity, restored = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local kept = redis.call('HMGET', key, 'level', 'at')
  local level = tonumber(kept[1]) or capacity
  level = math.min(capacity, level + math.max(0, now - (tonumber(kept[2]) or now)) * restored)
  levels[i] = level
  wait = math.max(wait, (points - level) / restored)
end
local granted = 0
if wait <= 0 then granted = points end
local left = math.huge
for i, key in ipairs(KEYS) do
  local level = levels[i] - granted
  left = math.min(left, level)
  redis.call('HSET', key, 'level', string.format('%.3f', level), 'at', string.format('%.6f', now))
  local capacity, restored = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  redis.call('PEXPIRE', key, math.ceil((capacity - level) / restored * 1000) + 1000)
end
return {granted, math.floor(left), math.ceil(math.max(0, wait) * 1000),
        math.floor(levels[1] - granted), math.floor(levels[2] - granted)}
"""


class SharedBudgets:
    """Buckets in Valkey. While it does not answer, this process counts alone."""

    def __init__(self, client: Redis, *, namespace: str) -> None:
        self._script: Any = client.register_script(_TAKE)
        self._namespace = namespace
        self._alone = ProcessBudgets()

    async def take(self, spender: Spender, points: int) -> Taken:
        """Take the points from both buckets or from neither."""
        plan = plan_named(spender.plan)
        # The braces keep a tenant's keys on one node of a cluster.
        tenant = f"{self._namespace}:budget:{{{spender.tenant}}}"
        arguments = [points]
        for bucket in (plan.tenant, plan.app):
            arguments += [bucket.capacity, bucket.restored]
        try:
            granted, left, wait, of_tenant, of_app = await self._script(
                keys=[tenant, f"{tenant}:{spender.app}"], args=arguments
            )
        except RedisError:
            return await self._alone.take(spender, points)
        return Taken(int(granted), int(left), int(wait) / 1000, int(of_tenant), int(of_app))
