"""How much processor time processes have used, children that have ended included."""

import os
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_TICK = os.sysconf("SC_CLK_TCK")


def seconds_of(pid: int) -> float:
    """Seconds of a process and everything that it started."""
    own, children = _fields(pid)
    return own + children + sum(seconds_of(child) for child in _children(pid))


def sessions_of(postmaster: int, database: str) -> float:
    """Seconds of the server's sessions in one database, of those that still run. What the server
    tidies up in the background, in whatever database, is left out."""
    return sum(
        sum(_fields(child))
        for child in _children(postmaster)
        if f" {database} " in (title := _title(child)) and "autovacuum" not in title
    )


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _fields(pid: int) -> tuple[float, float]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0, 0.0
    utime, stime, cutime, cstime = map(int, text.rsplit(")", 1)[1].split()[11:15])
    return (utime + stime) / _TICK, (cutime + cstime) / _TICK


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


async def postmaster_of(engine: AsyncEngine) -> int:
    """The process id of the PostgreSQL server behind an engine: the parent of its connection's."""
    async with engine.connect() as connection:
        pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        return _parent(int(pid))


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
