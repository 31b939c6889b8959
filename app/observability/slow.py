"""Operations that took too long, with their slowest statements and the plan of the slowest read.

The plan is asked for afterwards, in a read-only transaction in the caller's own scope: it is what
that caller's row security makes of the statement. Nothing is executed again."""

import asyncio
import logging
import re
import time

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.observability.redaction import without_values
from domain.kernel.activity import Activity, Statement
from tenancy.principals import Principal
from tenancy.transaction import scoped_transaction

logger = logging.getLogger("crossdock.slow")

LONGEST_STATEMENT = 600
# A flood of slow operations must not become a flood of plans.
PLAN_EVERY_SECONDS = 1.0
LINES_A_SECOND = 5
SAME_PLAN_EVERY_SECONDS = 300.0
MOST_REMEMBERED = 500
PLAN_LIMIT_MS = 1_000
# Not a subscription, which lasts, nor a call, which is as slow as the subscriber.
_OURS = {"graphql", "event", "http"}
# A read, and not one that hides a write.
_READ = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
_WRITE = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE)\b(?!\s+OF\b)", re.IGNORECASE)


class SlowOperations:
    """Writes a line for each operation, handling or request that took longer than `limit_ms`."""

    def __init__(self, engine: AsyncEngine, *, limit_ms: int) -> None:
        self._engine = engine
        self._limit_ms = limit_ms
        self._planned_at = -PLAN_EVERY_SECONDS
        self._planned: dict[int, float] = {}
        self._explaining: set[asyncio.Task[None]] = set()
        self._second, self._lines, self._untold = 0, 0, 0

    def begun(self, activity: Activity) -> None:
        """Nothing yet."""

    def ran(self, activity: Activity, statement: Statement, error: BaseException | None) -> None:
        """Nothing: the activity remembers its slowest itself."""

    def ended(self, activity: Activity) -> None:
        """Write of it if it was slow; a part of an operation is told with the whole."""
        if activity.seconds * 1000 < self._limit_ms or activity.parent is not None:
            return
        if activity.kind not in _OURS:
            return
        if not self._has_room():
            self._untold += 1
            return
        read = self._worth_a_plan(activity)
        if read is None:
            self._tell(activity, None)
            return
        explaining = asyncio.get_running_loop().create_task(self._tell_with_plan(activity, read))
        self._explaining.add(explaining)
        explaining.add_done_callback(self._explaining.discard)

    async def drain(self) -> None:
        """Wait for the plans that are being asked for."""
        await asyncio.gather(*self._explaining, return_exceptions=True)

    def _has_room(self) -> bool:
        """A machine that is slow altogether shall not be slowed further by saying so."""
        second = int(time.monotonic())
        self._lines = self._lines + 1 if second == self._second else 1
        self._second = second
        return self._lines <= LINES_A_SECOND

    def _worth_a_plan(self, activity: Activity) -> Statement | None:
        slowest = next((s for s in activity.slowest if has_plan(s.text)), None)
        now = time.monotonic()
        if (
            slowest is None
            or activity.principal is None
            or now - self._planned_at < PLAN_EVERY_SECONDS
            or now - self._planned.get(hash(slowest.text), -1e9) < SAME_PLAN_EVERY_SECONDS
        ):
            return None
        if len(self._planned) >= MOST_REMEMBERED:
            self._planned.clear()
        self._planned_at = self._planned[hash(slowest.text)] = now
        return slowest

    async def _tell_with_plan(self, activity: Activity, read: Statement) -> None:
        plan: list[str] | None = None
        assert activity.principal is not None
        try:
            async with asyncio.timeout(2 * PLAN_LIMIT_MS / 1000):
                plan = await explain(self._engine, activity.principal, read)
        except (SQLAlchemyError, OSError, TimeoutError):
            pass
        finally:
            self._tell(activity, plan)

    def _tell(self, activity: Activity, plan: list[str] | None) -> None:
        fields = {
            "kind": activity.kind,
            "outcome": activity.outcome,
            "duration_ms": round(activity.seconds * 1000),
            "limit_ms": self._limit_ms,
            "statements": activity.statements,
            "slowest": [
                {"ms": round(s.seconds * 1000, 1), "sql": shortened(s.text)}
                for s in activity.slowest
            ],
        }
        if plan is not None:
            fields["plan"] = plan
        if self._untold:
            fields["untold"], self._untold = self._untold, 0
        # The task that writes may be another than the one that was slow.
        more = {"fields": fields, "activity": activity}
        logger.warning("%s was slow", activity.name, extra=more)


async def explain(engine: AsyncEngine, principal: Principal, read: Statement) -> list[str]:
    """The plan of a read as the database would make it now, without the values in it."""
    assert is_read(read.text)
    async with scoped_transaction(engine, principal, read_only=True) as connection:
        await connection.execute(text(f"SET LOCAL statement_timeout = {PLAN_LIMIT_MS}"))
        rows = await connection.exec_driver_sql(f"EXPLAIN {read.text}", read.values or None)
        return [without_values(line) for (line,) in rows.all()]


def has_plan(statement: str) -> bool:
    """Whether the statement reads tables: what sets a transaction's scope has no plan to see."""
    return " FROM " in " ".join(statement.split()) and is_read(statement)


def is_read(statement: str) -> bool:
    """Whether the statement reads and does nothing else."""
    bare = without_values(statement)
    locking = re.sub(r"\bFOR (NO KEY )?UPDATE\b", "", bare, flags=re.IGNORECASE)
    return bool(_READ.match(bare)) and _WRITE.search(locking) is None


def shortened(statement: str) -> str:
    """A statement on one line, without its constants, cut where it gets long."""
    line = " ".join(without_values(statement).split())
    return line if len(line) <= LONGEST_STATEMENT else line[:LONGEST_STATEMENT] + "…"
