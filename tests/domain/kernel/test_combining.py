"""Combining callers into batches: at once when idle, together when not, each with its own fate."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from domain.kernel.combining import Closed, Combiner, QueueFull


class Desk:
    """Notes its batches; serves one when told to, fails one that holds what is poison."""

    def __init__(self, *, at_most: int = 64, longest_queue: int = 1000) -> None:
        self.batches: list[list[str]] = []
        self.go = asyncio.Event()
        self.committed = asyncio.Event()
        self.committed.set()
        self.final = False
        self.combiner: Combiner[str, str] = Combiner(
            self.serve,
            is_final=lambda _: self.final,
            at_most=at_most,
            longest_queue=longest_queue,
        )

    async def serve(
        self, asks: Sequence[str], ending: Callable[[], None]
    ) -> Sequence[str | Exception]:
        """Each is told its own name. It is committed once `committed` is set."""
        self.batches.append(list(asks))
        await self.go.wait()
        ending()
        await self.committed.wait()
        if "poison" in asks:
            raise RuntimeError("poison")
        return [KeyError(a) if a.startswith("no") else f"{a} done" for a in asks]

    def ask(self, name: str, *, lane: str = "lane", key: str | None = None) -> asyncio.Task[str]:
        """Ask in a task of its own."""
        return asyncio.create_task(self.combiner.tell(lane, name, key=key))


async def _turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_the_first_goes_at_once_and_those_who_come_meanwhile_go_together() -> None:
    desk = Desk(at_most=3)
    first = desk.ask("a")
    await _turns()
    assert desk.batches == [["a"]]
    others = [desk.ask(name) for name in "bcdef"]
    await _turns()
    desk.go.set()
    assert await asyncio.gather(first, *others) == [f"{name} done" for name in "abcdef"]
    assert desk.batches == [["a"], ["b", "c", "d"], ["e", "f"]]


async def test_the_next_batch_begins_while_the_one_before_is_committed() -> None:
    desk = Desk()
    desk.committed.clear()
    first = desk.ask("a")
    await _turns()
    second = [desk.ask(name) for name in "bc"]
    await _turns()
    desk.go.set()
    await _turns()
    assert desk.batches == [["a"], ["b", "c"]]
    late = desk.ask("d")
    await _turns()
    assert desk.batches == [["a"], ["b", "c"]]
    assert not first.done()
    desk.committed.set()
    told = await asyncio.gather(first, *second, late)
    assert told == ["a done", "b done", "c done", "d done"]
    assert desk.batches == [["a"], ["b", "c"], ["d"]]


async def test_a_refusal_is_told_to_its_own_caller_only() -> None:
    desk = Desk()
    desk.go.set()
    told = await asyncio.gather(*map(desk.ask, ("a", "no", "b")), return_exceptions=True)
    assert [type(each) for each in told] == [str, KeyError, str]


async def test_who_breaks_a_batch_fails_alone() -> None:
    desk = Desk()
    desk.go.set()
    names = ["a", "b", "poison", "d", "e"]
    told = await asyncio.gather(*map(desk.ask, names), return_exceptions=True)
    assert [each if isinstance(each, str) else type(each) for each in told] == [
        "a done",
        "b done",
        RuntimeError,
        "d done",
        "e done",
    ]


async def test_what_may_have_been_done_is_not_tried_again() -> None:
    desk = Desk()
    desk.final = True
    desk.go.set()
    told = await asyncio.gather(*map(desk.ask, ("a", "poison")), return_exceptions=True)
    assert [type(each) for each in told] in ([str, RuntimeError], [RuntimeError, RuntimeError])
    assert sum(len(batch) for batch in desk.batches) == 2


async def test_two_with_one_key_are_never_done_together() -> None:
    desk = Desk()
    tasks = [desk.ask("first")]
    await _turns()
    tasks += [desk.ask("a", key="k"), desk.ask("b", key="k"), desk.ask("c")]
    await _turns()
    desk.go.set()
    await asyncio.gather(*tasks)
    assert desk.batches == [["first"], ["a", "c"], ["b"]]


async def test_lanes_do_not_wait_for_one_another() -> None:
    desk = Desk()
    tasks = [desk.ask("a", lane="one"), desk.ask("b", lane="other")]
    await _turns()
    assert desk.batches == [["a"], ["b"]]
    desk.go.set()
    await asyncio.gather(*tasks)


async def test_who_went_away_before_its_turn_takes_no_part_and_hurts_nobody() -> None:
    desk = Desk()
    running, waiting, other = desk.ask("a"), desk.ask("b"), desk.ask("c")
    await _turns()
    late = desk.ask("d")
    await _turns()
    running.cancel()
    late.cancel()
    desk.go.set()
    assert await asyncio.gather(waiting, other) == ["b done", "c done"]
    await desk.combiner.close()
    assert sorted(name for batch in desk.batches for name in batch) == ["a", "b", "c"]


async def test_a_full_queue_refuses_and_is_open_again_afterwards() -> None:
    desk = Desk(longest_queue=2)
    tasks = [desk.ask("a"), desk.ask("b")]
    await _turns()
    with pytest.raises(QueueFull):
        await desk.combiner.tell("lane", "c")
    desk.go.set()
    await asyncio.gather(*tasks)
    assert await desk.combiner.tell("lane", "d") == "d done"


async def test_closing_serves_all_who_wait_and_takes_nobody_more() -> None:
    desk = Desk(at_most=1)
    tasks = [desk.ask(name) for name in "abc"]
    await _turns()
    closing = asyncio.create_task(desk.combiner.close())
    await _turns()
    with pytest.raises(Closed):
        await desk.combiner.tell("lane", "d")
    desk.go.set()
    await closing
    assert await asyncio.gather(*tasks) == ["a done", "b done", "c done"]


async def test_who_is_cancelled_in_the_midst_of_halves_leaves_nobody_waiting() -> None:
    served: list[int] = []

    async def serve(asks: Sequence[str], _: Callable[[], None]) -> Sequence[str | Exception]:
        served.append(len(asks))
        if len(asks) == 4:
            raise RuntimeError("try again in halves")
        return await asyncio.Event().wait() and asks

    combiner: Combiner[str, str] = Combiner(serve, is_final=lambda _: False)
    told = [asyncio.create_task(combiner.tell("lane", name)) for name in "abcde"]
    for _ in range(2):
        await _turns(10)
        (running,) = combiner._running
        running.cancel()
    done = await asyncio.wait_for(asyncio.gather(*told, return_exceptions=True), timeout=5)
    assert [type(each) for each in done] == [asyncio.CancelledError] * 5
    assert served == [1, 4, 2]
