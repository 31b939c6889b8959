"""Finds a place in JSON text: its path, line and column, and numbers or depth beyond the limits."""

import re
from dataclasses import dataclass

from domain.intake.formats.excerpts import excerpt

MAX_DEPTH = 64
MAX_NUMBER_CHARACTERS = 80

_TOKEN = re.compile(
    r'"(?P<string>(?:[^"\\]++|\\.)*+)(?:"|\\?\Z)'
    r"|(?P<open>[\[{])|(?P<close>[\]}])|(?P<comma>,)"
    r"|(?P<number>-?[0-9][0-9.eE+-]*+)|(?P<constant>NaN|-?Infinity)",
    re.DOTALL,
)


@dataclass(slots=True)
class _Frame:
    is_object: bool
    key: str = ""
    index: int = 0
    expects_key: bool = True

    def step(self) -> str:
        return f".{self.key}" if self.is_object else f"[{self.index}]"


def path_at(text: str, position: int) -> str:
    """The path of the value being read at `position` (0-based), such as "orders[0].total_price"."""
    frames: list[_Frame] = []
    for match in _TOKEN.finditer(text):
        if match.start() >= position:
            break
        _advance(frames, match)
    named = (frame.step() for frame in frames if not frame.is_object or frame.key)
    return "".join(named).removeprefix(".")


def line_and_column(text: str, position: int) -> tuple[int, int]:
    """The line and column (both from 1) of a 0-based position."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def first_excess(text: str) -> tuple[str, int] | None:
    """The first thing beyond our limits, as (code, position): depth, length of a number, NaN."""
    depth = 0
    for match in _TOKEN.finditer(text):
        group = match.lastgroup
        if group == "open":
            depth += 1
        elif group == "close":
            depth -= 1
        code = _excess(group, match, depth)
        if code is not None:
            return code, match.start()
    return None


def _excess(group: str | None, match: re.Match[str], depth: int) -> str | None:
    if depth > MAX_DEPTH:
        return "json_too_deep"
    if group == "constant":
        return "number_not_finite"
    if group == "number" and match.end() - match.start() > MAX_NUMBER_CHARACTERS:
        return "number_too_long"
    return None


def _advance(frames: list[_Frame], match: re.Match[str]) -> None:
    group = match.lastgroup
    if group == "open":
        frames.append(_Frame(is_object=match["open"] == "{"))
    elif not frames:
        return
    elif group == "close":
        frames.pop()
    elif group == "comma":
        frames[-1].index += 1
        frames[-1].expects_key = True
    elif group == "string" and frames[-1].is_object and frames[-1].expects_key:
        frames[-1].key = excerpt(match["string"], 40)
        frames[-1].expects_key = False
