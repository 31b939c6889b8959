"""Cells that a spreadsheet program would run as a formula are written with an apostrophe before
them, as such programs do themselves, and read back without it."""

import re

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?", re.ASCII)
_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")


def guarded(text: str) -> str:
    """The text as it is written into an exported file."""
    return f"'{text}" if _could_run(text) else text


def unguarded(text: str) -> str:
    """The text that a file means; exactly what was guarded comes back."""
    return text[1:] if text.startswith("'") and _could_run(text[1:]) else text


def _could_run(text: str) -> bool:
    # Apostrophes before it were written by somebody: one more keeps them.
    return text.lstrip("'").startswith(_BEGINNINGS) and _NUMBER.fullmatch(text) is None
