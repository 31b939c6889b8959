"""Waiting for what other processes do, by condition and never by time."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.kernel.work import Work
from tests.factories.tenants import TenantUnderTest

Step = Callable[[Work], Awaitable[object]]
LOOK_EVERY_SECONDS = 0.02


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 30.0) -> None:
    """Return as soon as the condition holds; fail when it does not within the time."""
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def until_somebody_waits(engine: AsyncEngine, *, seconds: float = 60.0) -> None:
    """Return as soon as somebody waits for a lock of the database."""

    async def waits() -> bool:
        async with engine.connect() as connection:
            waiting = await connection.scalar(
                text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            )
        return bool(waiting)

    await until(waits, seconds=seconds)


async def until_somebody_waits_for(work: Work, *, seconds: float = 20.0) -> None:
    """Return as soon as somebody waits for a lock that this work holds."""
    blocked = text(
        "SELECT count(*) FROM pg_locks"
        " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    )

    async def is_awaited() -> bool:
        return bool(await work.value(blocked))

    await until(is_awaited, seconds=seconds)


async def one_waits_for_the_other(tenant: TenantUnderTest, first: Step, second: Step) -> None:
    """`second` begins when `first` has written everything but was not committed yet."""

    async def do_second() -> None:
        async with tenant.work() as work:
            await second(work)

    async with tenant.work() as work:
        await first(work)
        waiting = asyncio.create_task(do_second())
        await until_somebody_waits_for(work)
    await waiting
