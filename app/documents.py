"""Documents that clients registered by their hash, in Valkey, for all processes together."""

from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.door.persisted import ProcessStore

KEPT_SECONDS = 24 * 60 * 60


class SharedDocuments:
    """Each tenant's documents apart, near at hand in this process and in Valkey for a day after
    their last use. While Valkey does not answer, clients send the whole document again."""

    def __init__(self, client: Redis, *, namespace: str) -> None:
        self._client = client
        self._namespace = namespace
        self._near = ProcessStore()

    async def find(self, tenant: str, digest: str) -> str | None:
        """The document of this hash."""
        text = await self._near.find(tenant, digest)
        if text is not None:
            return text
        try:
            kept = await self._client.getex(self._key(tenant, digest), ex=KEPT_SECONDS)
        except RedisError:
            return None
        if kept is None:
            return None
        text = kept.decode() if isinstance(kept, bytes) else str(kept)
        await self._near.keep(tenant, digest, text)
        return text

    async def keep(self, tenant: str, digest: str, text: str) -> None:
        """Keep it for a day. What nobody signed for stays in this process: strangers must not
        fill the store."""
        await self._near.keep(tenant, digest, text)
        if tenant == "anonymous":
            return
        try:
            await self._client.set(self._key(tenant, digest), text, ex=KEPT_SECONDS)
        except RedisError:
            return

    def _key(self, tenant: str, digest: str) -> str:
        return f"{self._namespace}:document:{tenant}:{digest}"
