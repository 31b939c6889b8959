"""A planned run is applied in a process of its own, as the worker does it beside the API."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from time import perf_counter
from typing import Any

from app.database import connect
from domain.allocation.runs.operations import apply_next_part
from domain.kernel.work import unit_of_work
from tenancy.principals import system_principal


@dataclass(frozen=True, slots=True)
class Applying:
    """The process that applies, and where it tells how many parts there were and how long they
    took (seconds)."""

    process: BaseProcess
    told: Any

    @property
    def is_done(self) -> bool:
        """Whether all of it is applied."""
        return not self.told.empty() or not self.process.is_alive()

    def result(self) -> tuple[int, float]:
        """Parts and seconds."""
        parts, seconds = self.told.get(timeout=60)
        self.process.join()
        return parts, seconds


def start_applying(url: str, tenant_id: int, run_id: int, *, now: datetime) -> Applying:
    """Begin to apply a run; what is measured beside it does not share its event loop."""
    spawned = get_context("spawn")
    told, ready = spawned.Queue(), spawned.Event()
    arguments = (url, tenant_id, run_id, now, ready.set, told.put)
    process = spawned.Process(target=_apply, args=arguments)
    process.start()
    ready.wait(timeout=60)
    return Applying(process, told)


def _apply(
    url: str,
    tenant_id: int,
    run_id: int,
    now: datetime,
    begin: Callable[[], None],
    tell: Callable[[tuple[int, float]], None],
) -> None:
    async def all_parts() -> tuple[int, float]:
        engine = connect(url, pool_size=1)
        began, parts, more = perf_counter(), 0, True
        begin()
        while more:
            async with unit_of_work(engine, system_principal(tenant_id), now=now) as work:
                more = await apply_next_part(work, run_id=run_id)
            parts += more
        await engine.dispose()
        return parts, perf_counter() - began

    tell(asyncio.run(all_parts()))
