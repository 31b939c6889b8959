"""The unit of work: one request or one task is one transaction.

Rows, audit, events, outbox and the idempotency record are committed together or not at all,
and nothing but this module commits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.kernel.activity import running
from domain.kernel.events import Event
from domain.kernel.models import AuditEntry, EventRecord, Outbox
from domain.kernel.reading import Reader
from tenancy.principals import Principal
from tenancy.transaction import scoped_transaction


class Work(Reader):
    """One transaction of one principal, at one moment.

    `now` is passed in (aware, UTC): the domain reads no clock."""

    def __init__(
        self,
        connection: AsyncConnection,
        principal: Principal,
        *,
        now: datetime,
        request_id: str | None = None,
    ) -> None:
        super().__init__(connection, principal)
        self.now = now
        self.request_id = request_id
        # With the trace that each continues.
        self._events: list[tuple[Event, str | None]] = []
        self._audit: list[dict[str, Any]] = []

    def record(self, *events: Event) -> None:
        """Tell what happened. Written to the event log and the outbox at the end of the work."""
        activity = running()
        trace_context = None if activity is None else activity.trace_context
        self._events.extend((event, trace_context) for event in events)

    def audit(
        self,
        action: str,
        *,
        subject: str,
        subject_id: int,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        reason: str | None = None,
    ) -> None:
        """Note who changed what. Written at the end of the work.

        `action` is the operation's name, `subject` the record's kind, before and after its
        changed fields."""
        self._audit.append(
            {
                "tenant_id": self.tenant_id,
                "occurred_at": self.now,
                "actor_kind": self.principal.kind.value,
                "actor_id": self.principal.id,
                "actor": self.principal.name,
                "action": action,
                "subject": subject,
                "subject_id": subject_id,
                "before": before,
                "after": after,
                "reason": reason,
                "request_id": self.request_id,
            }
        )

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """A savepoint: what fails inside leaves no trace, neither rows nor events nor audit."""
        events, audit = len(self._events), len(self._audit)
        try:
            async with self.connection.begin_nested():
                yield
        except BaseException:
            del self._events[events:], self._audit[audit:]
            raise

    async def flush(self) -> None:
        """Write the noted audit entries and events: one statement for each table."""
        if self._audit:
            await self.execute(insert(AuditEntry), self._audit)
            self._audit = []
        if self._events:
            await self._write_events()

    async def _write_events(self) -> None:
        ids = await self.values(
            insert(EventRecord).returning(EventRecord.id, sort_by_parameter_order=True),
            [self._event_row(event, trace) for event, trace in self._events],
        )
        await self.execute(
            insert(Outbox),
            [
                {
                    "tenant_id": self.tenant_id,
                    "event_id": event_id,
                    "aggregate": event.aggregate,
                    "aggregate_id": event.aggregate_id,
                    "due_at": self.now,
                }
                for event_id, (event, _) in zip(ids, self._events, strict=True)
            ],
        )
        self._events = []

    def _event_row(self, event: Event, trace_context: str | None) -> dict[str, Any]:
        return {
            "tenant_id": self.tenant_id,
            "type": event.type,
            "aggregate": event.aggregate,
            "aggregate_id": event.aggregate_id,
            "payload": event.payload(),
            "occurred_at": self.now,
            "actor": self.principal.name,
            "request_id": self.request_id,
            "trace_context": trace_context,
        }


@asynccontextmanager
async def unit_of_work(
    engine: AsyncEngine, principal: Principal, *, now: datetime, request_id: str | None = None
) -> AsyncIterator[Work]:
    """One transaction: committed when the block ends, rolled back when it raises."""
    async with scoped_transaction(engine, principal) as connection:
        work = Work(connection, principal, now=now, request_id=request_id)
        yield work
        await work.flush()
