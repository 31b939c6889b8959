"""How long to wait before the next try."""

from datetime import timedelta

FIRST_RETRY = timedelta(seconds=0.5)
LONGEST_RETRY = timedelta(seconds=60)


def doubled(first: timedelta, times: int, longest: timedelta) -> timedelta:
    """`first`, doubled `times` times, but never more than `longest`."""
    factor: int = 2 ** min(max(times, 0), 20)
    return min(first * factor, longest)
