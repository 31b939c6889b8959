"""What this process is doing right now, for those who watch: logs, metrics and traces.

A context variable carries it through tasks and down to the database. Nothing here knows who
watches; where nobody does, an activity costs two clock readings."""

import re
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from domain.kernel.value_objects import value_object
from tenancy.principals import Principal

SLOWEST_KEPT = 3


@value_object()
class Statement:
    """A statement that ran: its text with placeholders, and for how long. `values` are for its
    plan only; nobody shows them."""

    text: str
    seconds: float
    values: Any = field(repr=False)


@dataclass(slots=True, eq=False)
class Activity:
    """One operation of the API, one mutation in it, one handling of an event, one delivery.

    What it is not told it takes from the activity that it is part of."""

    kind: str
    name: str
    tenant_id: int | None = None
    request_id: str | None = None
    event_id: int | None = None
    principal: Principal | None = field(default=None, repr=False)
    # What asked for it, for the audit log, where its kind and name do not say.
    document: str | None = None
    # W3C traceparent: at first of what caused it, then its own, for what it causes in turn.
    trace_context: str | None = None
    outcome: str = "ok"
    seconds: float = 0.0
    statements: int = 0
    slowest: list[Statement] = field(default_factory=list, repr=False)
    parent: "Activity | None" = field(default=None, repr=False)
    # The tracer's own.
    span: Any = field(default=None, repr=False)

    def within(self, parent: "Activity | None") -> None:
        """Take over what the surrounding activity knows."""
        if parent is not None:
            self.parent = parent
            self.tenant_id = self.tenant_id if self.tenant_id is not None else parent.tenant_id
            self.request_id = self.request_id or parent.request_id
            self.document = self.document or document_of(parent)
            self.event_id = self.event_id or parent.event_id
            self.principal = self.principal or parent.principal
            self.trace_context = self.trace_context or parent.trace_context

    def ran(self, statement: Statement) -> None:
        """Count a statement, here and in everything that this is part of."""
        self.statements += 1
        slowest = self.slowest
        if len(slowest) < SLOWEST_KEPT or statement.seconds > slowest[-1].seconds:
            slowest.append(statement)
            slowest.sort(key=_seconds, reverse=True)
            del slowest[SLOWEST_KEPT:]
        if self.parent is not None:
            self.parent.ran(statement)


class Watcher(Protocol):
    """Is told of every activity. Called in the midst of requests: quick, and raises nothing."""

    def begun(self, activity: Activity) -> None:
        """The activity begins."""

    def ran(self, activity: Activity, statement: Statement, error: BaseException | None) -> None:
        """A statement of the activity has just ended."""

    def ended(self, activity: Activity) -> None:
        """The activity has ended; its outcome and duration are known."""


_running: ContextVar[Activity | None] = ContextVar("activity", default=None)
_watchers: tuple[Watcher, ...] = ()


_TRACE_CONTEXT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def plain_trace_context(header: str | None) -> str | None:
    """The W3C traceparent that a caller sent, if it is one."""
    return header if header is not None and _TRACE_CONTEXT.fullmatch(header) else None


def _seconds(statement: Statement) -> float:
    return statement.seconds


def running() -> Activity | None:
    """The innermost activity under way in this task."""
    return _running.get()


def document_of(activity: Activity | None) -> str | None:
    """Through what an activity came: its outermost one's kind and name, `event:order.placed`."""
    if activity is None:
        return None
    return activity.document or f"{activity.kind}:{activity.name}"


def watched_by() -> tuple[Watcher, ...]:
    """Who watches this process."""
    return _watchers


def watch_with(*watchers: Watcher) -> None:
    """Say who watches this process from now on, in place of those who did."""
    global _watchers
    _watchers = watchers


class doing:
    """Carry out the block as this activity. An exception makes its outcome "failed"."""

    __slots__ = ("_activity", "_before", "_started")

    def __init__(self, activity: Activity) -> None:
        self._activity = activity

    def __enter__(self) -> Activity:
        activity = self._activity
        self._before = _running.get()
        activity.within(self._before)
        _running.set(activity)
        for watcher in _watchers:
            watcher.begun(activity)
        self._started = time.perf_counter()
        return activity

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        activity = self._activity
        if kind is not None and activity.outcome == "ok":
            activity.outcome = "failed"
        activity.seconds = time.perf_counter() - self._started
        # Not by a token: a stream may be closed by another task than began it.
        _running.set(self._before)
        for watcher in _watchers:
            watcher.ended(activity)


def note_statement(text: str, values: Any, seconds: float, error: BaseException | None) -> None:
    """Tell the activity under way, and those who watch, of a statement that ran."""
    activity = _running.get()
    if activity is None:
        return
    statement = Statement(text, seconds, values)
    activity.ran(statement)
    for watcher in _watchers:
        watcher.ran(activity, statement, error)
