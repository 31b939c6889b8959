"""Begins and ends the watching of one process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from app.observability.slow import SlowOperations
from app.observability.tracing import is_wanted, start_tracing
from app.observability.worker_port import metrics_port
from domain.kernel.activity import Watcher, watch_with, watched_by


@asynccontextmanager
async def watching(
    engine: AsyncEngine, *, service: str, slow_ms: int, metrics_at: int | None = None
) -> AsyncIterator[None]:
    """Watch this process meanwhile: slow operations, traces where they are wanted, and metrics
    on a port of its own where one is named."""
    before = watched_by()
    slow = SlowOperations(engine, limit_ms=slow_ms)
    watchers: list[Watcher] = [slow]
    tracing = start_tracing(service) if is_wanted() else None
    if tracing is not None:
        watchers.append(tracing)
    async with AsyncExitStack() as more:
        if metrics_at is not None:
            await more.enter_async_context(metrics_port(engine, metrics_at))
        watch_with(*watchers)
        try:
            yield
        finally:
            watch_with(*before)
            await slow.drain()
            if tracing is not None:
                await asyncio.to_thread(tracing.close)
