"""Attempts are counted within their window."""

from datetime import datetime, timedelta

from tenancy import throttling
from tenancy.throttling import Limit, ProcessThrottle

LIMIT = Limit(2, timedelta(minutes=1))


async def test_the_limit_holds_within_the_window_and_not_beyond(now: datetime) -> None:
    throttle = ProcessThrottle()
    assert [await throttle.take("a", LIMIT, now) for _ in range(2)] == [None, None]
    later = now + timedelta(seconds=20)
    assert await throttle.take("a", LIMIT, later) == timedelta(seconds=40)
    assert await throttle.take("b", LIMIT, later) is None
    end = now + LIMIT.window
    assert [await throttle.take("a", LIMIT, end) for _ in range(2)] == [None, None]
    assert await throttle.take("a", LIMIT, end) == LIMIT.window


async def test_clearing_begins_anew(now: datetime) -> None:
    throttle = ProcessThrottle()
    for _ in range(2):
        await throttle.take("a", LIMIT, now)
    await throttle.clear("a")
    await throttle.clear("never seen")
    assert await throttle.take("a", LIMIT, now) is None


async def test_the_memory_is_bounded(now: datetime) -> None:
    throttle = ProcessThrottle()
    for number in range(throttling.MOST_KEYS + 10):
        await throttle.take(str(number), LIMIT, now)
    assert len(throttle._windows) == throttling.MOST_KEYS
