"""What is remembered for a few seconds, and asked for once by all who want it at once."""

import asyncio
from datetime import UTC, datetime, timedelta

from tenancy.short_memory import ShortMemory

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Source:
    """Answers when it is let, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.may_answer = asyncio.Event()
        self.answer: int | None = None

    async def load(self) -> int | None:
        """How often it was asked by now, unless told otherwise."""
        self.asked += 1
        mine = self.asked
        await self.may_answer.wait()
        return mine if self.answer is None else self.answer


Tasks = list["asyncio.Task[int | None]"]


async def _many(memory: ShortMemory[int | None], source: Source) -> Tasks:
    tasks = [asyncio.create_task(memory.recall("k", NOW, source.load)) for _ in range(20)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_those_who_ask_at_once_share_one_answer() -> None:
    memory, source = ShortMemory[int | None](timedelta(seconds=5)), Source()
    tasks = await _many(memory, source)
    source.may_answer.set()
    assert await asyncio.gather(*tasks) == [1] * 20
    assert await memory.recall("k", NOW + timedelta(seconds=4), source.load) == 1
    assert await memory.recall("k", NOW + timedelta(seconds=5), source.load) == 2


async def test_one_who_goes_away_does_not_take_the_answer_along() -> None:
    memory, source = ShortMemory[int | None](timedelta(seconds=5)), Source()
    first, *others = await _many(memory, source)
    first.cancel()
    source.may_answer.set()
    assert await asyncio.gather(*others) == [1] * 19


async def test_a_failure_is_everybodys_and_is_not_kept() -> None:
    memory = ShortMemory[int](timedelta(seconds=5))

    async def fails() -> int:
        raise OSError

    async def answers() -> int:
        return 7

    failed = await asyncio.gather(
        *(memory.recall("k", NOW, fails) for _ in range(3)), return_exceptions=True
    )
    assert [type(each) for each in failed] == [OSError] * 3
    assert await memory.recall("k", NOW, answers) == 7


async def test_what_was_under_way_when_it_forgot_is_not_kept() -> None:
    memory, source = ShortMemory[int | None](timedelta(seconds=5)), Source()
    tasks = await _many(memory, source)
    memory.forget()
    later = asyncio.create_task(memory.recall("k", NOW, source.load))
    await asyncio.sleep(0)
    source.may_answer.set()
    assert await asyncio.gather(*tasks) == [1] * 20
    assert await later == 2
    assert await memory.recall("k", NOW, source.load) == 2


async def test_what_is_absent_is_asked_for_again() -> None:
    memory = ShortMemory[int | None](timedelta(seconds=5))
    asked: list[int] = []

    async def nothing() -> int | None:
        asked.append(1)
        return None

    for _ in range(2):
        assert await memory.recall("k", NOW, nothing) is None
    assert len(asked) == 2
