"""Shares of tenants in a process: who floods waits, and nobody else does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

import api.admission
from api.admission import (
    LONGEST_QUEUE,
    MEMORY_SECONDS,
    PATIENCE_SECONDS,
    TOGETHER,
    TOGETHER_OF_HEAVY,
    Admission,
    QueueFull,
)
from api.limits.budgets import Spender, share_of


class World:
    """Operations that begin, and end when told; the clock moves when told."""

    def __init__(self, *, at_once: int = 4) -> None:
        self.seconds = 0.0
        self.admission = Admission(at_once=at_once, clock=lambda: self.seconds)
        self.begun: list[str] = []
        self._ends: dict[str, list[asyncio.Event]] = {}
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(
        self, tenant: str, times: int = 1, *, weight: float = 1.0, together: bool = False
    ) -> None:
        """So many operations come in."""
        for _ in range(times):
            self.tasks.append(asyncio.create_task(self._operate(tenant, weight, together)))
        await self.settle()

    async def _operate(self, tenant: str, weight: float, together: bool) -> None:
        async with self.admission.turn(tenant, weight, together=together):
            self.begun.append(tenant)
            end = asyncio.Event()
            self._ends.setdefault(tenant, []).append(end)
            await end.wait()

    async def end(self, tenant: str, *, after: float = 0.0) -> None:
        """The tenant's oldest operation ends."""
        self.seconds += after
        self._ends[tenant].pop(0).set()
        await self.settle()

    async def settle(self) -> None:
        """Everything that can happen now has happened."""
        for _ in range(5):
            await asyncio.sleep(0)

    def running(self, tenant: str) -> int:
        """How many of the tenant's operations are under way."""
        return len(self._ends.get(tenant, []))


@asynccontextmanager
async def world(*, at_once: int = 4) -> AsyncIterator[World]:
    made = World(at_once=at_once)
    yield made
    for task in made.tasks:
        task.cancel()
    await asyncio.gather(*made.tasks, return_exceptions=True)
    if made.admission._waking is not None:
        made.admission._waking.cancel()


async def test_a_tenant_alone_has_all_places() -> None:
    async with world() as here:
        await here.ask("a", 6)
        assert here.running("a") == 4
        await here.end("a", after=0.01)
        assert here.running("a") == 4
        assert len(here.begun) == 5


async def _flooded(here: World, *, with_orders: int = 0) -> None:
    """`b` has asked once; `a` floods, also with orders that are placed together."""
    await here.ask("b")
    await here.end("b", after=0.01)
    await here.ask("a", 20)
    await here.ask("a", with_orders, together=True)
    for _ in range(7):
        while not here.running("a"):
            here.seconds += 0.01
            here.admission._wake()
            await here.settle()
        await here.end("a", after=0.01)
    here.seconds += 0.02
    here.admission._wake()
    await here.settle()


async def test_who_floods_runs_one_operation_at_a_time_while_others_are_there() -> None:
    async with world() as here:
        await _flooded(here)
        assert here.running("a") == 1


async def test_another_tenant_starts_at_once_and_the_flood_waits_for_it() -> None:
    async with world() as here:
        await _flooded(here)
        await here.ask("b")
        assert here.running("b") == 1
        await here.end("a", after=0.01)
        here.seconds += 0.02
        here.admission._wake()
        await here.settle()
        assert here.running("a") == 0
        await here.end("b", after=0.01)
        assert (here.running("a"), here.running("b")) == (1, 0)


async def test_who_floods_rests_as_long_as_its_operation_took() -> None:
    async with world() as here:
        await _flooded(here)
        await here.end("a", after=0.02)
        assert here.running("a") == 0
        here.seconds += 0.01
        await here.ask("a")
        assert here.running("a") == 0
        here.seconds += 0.02
        here.admission._wake()
        await here.settle()
        assert here.running("a") == 1


async def test_even_a_flood_goes_on_within_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.admission, "PATIENCE_SECONDS", 0.001)
    async with world() as here:
        await _flooded(here)
        await here.ask("b")
        await here.end("a", after=0.0001)
        assert here.running("a") == 0
        here.seconds += 0.01
        async with asyncio.timeout(5):
            while not here.running("a"):  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert (here.running("a"), here.running("b")) == (1, 1)


async def test_two_that_ask_alike_are_served_alike() -> None:
    async with world(at_once=2) as here:
        await here.ask("a", 10)
        await here.ask("b", 10)
        for _ in range(8):
            busy = "a" if here.running("a") >= here.running("b") else "b"
            await here.end(busy, after=0.01)
        assert abs(here.begun.count("a") - here.begun.count("b")) <= 2


async def test_a_slow_operation_of_others_keeps_nobody_from_its_first() -> None:
    async with world(at_once=4) as here:
        await here.ask("a", 4)
        await here.ask("b")
        assert here.running("b") == 1


async def test_a_full_queue_refuses_and_no_place_is_lost() -> None:
    async with world(at_once=1) as here:
        await here.ask("a", LONGEST_QUEUE + 1)
        with pytest.raises(QueueFull):
            async with here.admission.turn("a"):
                pass
        await here.ask("b")
        assert here.running("b") == 1


async def test_who_goes_away_while_waiting_frees_its_place() -> None:
    async with world(at_once=1) as here:
        await here.ask("a", 3)
        here.tasks[1].cancel()
        await here.settle()
        await here.end("a", after=0.01)
        assert here.running("a") == 1
        await here.end("a", after=0.01)
        assert (here.running("a"), len(here.begun)) == (0, 2)


async def test_a_flood_is_forgotten_when_the_others_are_gone() -> None:
    async with world() as here:
        await _flooded(here)
        here.seconds += MEMORY_SECONDS + 1
        await here.ask("a")
        await here.end("a")
        assert here.running("a") == 4


async def test_a_larger_plan_has_a_larger_share() -> None:
    assert share_of(Spender("1", "user:1")) == 1.0
    assert share_of(Spender("1", "user:1", "large")) == 10.0
    async with world() as here:
        await here.ask("b")
        await here.end("b", after=0.01)
        # Nine tenths of the use, and ten elevenths of the share.
        await here.ask("a", 4, weight=10.0)
        assert here.running("a") == 4
    assert PATIENCE_SECONDS < 1


async def test_what_is_done_together_takes_one_place() -> None:
    async with world(at_once=2) as here:
        await here.ask("a", 10, together=True)
        assert here.running("a") == 10
        await here.ask("a", 3)
        assert here.running("a") == 11


async def test_a_turn_is_shared_by_so_many_and_no_more() -> None:
    async with world(at_once=1) as here:
        await here.ask("a", TOGETHER + 2, together=True)
        assert here.running("a") == TOGETHER
        await here.end("a", after=0.01)
        assert here.running("a") == TOGETHER


async def test_what_is_done_together_costs_the_time_it_takes_not_that_of_each() -> None:
    async with world() as here:
        await here.ask("a", 10, together=True)
        here.seconds += 0.5
        for _ in range(10):
            await here.end("a")
        assert here.admission._tenants["a"].used == pytest.approx(0.5, rel=0.1)


async def test_orders_of_who_floods_come_in_as_one_turn_in_time() -> None:
    async with world() as here:
        await _flooded(here, with_orders=40)
        # Those that came before them first, one at a time.
        while len(here.begun) < 1 + 20:
            await _turn_ends(here)
            assert here.running("a") <= 1
        await _turn_ends(here)
        assert here.running("a") == TOGETHER_OF_HEAVY
        await here.ask("a", together=True)
        assert here.running("a") == TOGETHER_OF_HEAVY
        while here.running("a"):
            await here.end("a", after=0.001)
        here.seconds += TOGETHER_OF_HEAVY * 0.001 / 2
        here.admission._wake()
        await here.settle()
        assert here.running("a") == 0


async def test_whoever_goes_away_leaves_a_shared_turn_to_the_others() -> None:
    async with world(at_once=1) as here:
        await here.ask("a")
        await here.ask("a", 3, together=True)
        await here.end("a", after=0.01)
        assert here.running("a") == 3
        here.tasks[1].cancel()
        await here.settle()
        await here.ask("a")
        assert len(here.begun) == 4
        here.tasks[2].cancel()
        here.tasks[3].cancel()
        await here.settle()
        assert len(here.begun) == 5


async def _turn_ends(here: World) -> None:
    """The one that runs ends, and its tenant has rested."""
    await here.end("a", after=0.01)
    here.seconds += 0.011
    here.admission._wake()
    await here.settle()
