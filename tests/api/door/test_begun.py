"""A coroutine begun at once behaves as if it were awaited."""

import asyncio

import pytest

from api.door.begun import Begun


async def test_what_waits_for_nothing_is_done() -> None:
    async def ready() -> str:
        return "ready"

    begun = Begun(ready())
    assert begun.is_done
    assert await begun == "ready"


async def test_what_waits_goes_on_when_awaited() -> None:
    arrived: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    seen: list[str] = []

    async def later() -> str:
        seen.append("begun")
        await asyncio.sleep(0)
        seen.append(await arrived)
        return "later"

    begun = Begun(later())
    assert not begun.is_done
    assert seen == ["begun"]
    asyncio.get_running_loop().call_soon(arrived.set_result, "arrived")
    assert await begun == "later"
    assert seen == ["begun", "arrived"]


async def test_a_timeout_reaches_it() -> None:
    async def never() -> None:
        await asyncio.get_running_loop().create_future()

    begun = Begun(never())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await begun


async def test_its_failure_is_told() -> None:
    async def failing() -> None:
        await asyncio.sleep(0)
        raise ValueError("failed")

    begun = Begun(failing())
    with pytest.raises(ValueError, match="failed"):
        await begun
