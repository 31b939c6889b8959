"""The unit of work: one request or one task is one transaction.

Rows, audit, events, outbox and the idempotency record are committed together or not at all,
and nothing but this module commits."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.kernel.activity import running
from domain.kernel.events import Event
from domain.kernel.inserting import insert_ids, insert_rows
from domain.kernel.models import AuditEntry, EventRecord, Outbox
from domain.kernel.reading import Reader
from tenancy.principals import Principal
from tenancy.transaction import scoped_transaction


@dataclass(frozen=True, slots=True)
class Actor:
    """On whose behalf something is done, in which request, as part of which trace."""

    principal: Principal
    request_id: str | None = None
    trace_context: str | None = None


class Work(Reader):
    """One transaction of one principal, at one moment.

    `now` is passed in (aware, UTC): the domain reads no clock. Where several requests share a
    transaction, each part of it is done `on_behalf_of` its own."""

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
        self._actor: Actor | None = None
        self._events: list[tuple[Event, Actor]] = []
        self._audit: list[dict[str, Any]] = []

    @property
    def actor(self) -> Actor:
        """On whose behalf the work is done now."""
        if self._actor is not None:
            return self._actor
        activity = running()
        trace_context = None if activity is None else activity.trace_context
        return Actor(self.principal, self.request_id, trace_context)

    @contextmanager
    def on_behalf_of(self, actor: Actor | None) -> Iterator[None]:
        """What is recorded and audited within is the actor's (None: whoever it was before). It
        has the same eyes as the work's principal: the database's scope stays as it is."""
        before = self._actor
        self._actor = actor or before
        try:
            yield
        finally:
            self._actor = before

    def record(self, *events: Event) -> None:
        """Tell what happened. Written to the event log and the outbox at the end of the work."""
        actor = self.actor
        self._events.extend((event, actor) for event in events)

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
        actor = self.actor
        self._audit.append(
            {
                "occurred_at": self.now,
                "actor_kind": actor.principal.kind.value,
                "actor_id": actor.principal.id,
                "actor": actor.principal.name,
                "action": action,
                "subject": subject,
                "subject_id": subject_id,
                "before": before,
                "after": after,
                "reason": reason,
                "request_id": actor.request_id,
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
            await insert_rows(self, AuditEntry, self._audit)
            self._audit = []
        if self._events:
            await self._write_events()

    async def _write_events(self) -> None:
        ids = await insert_ids(self, EventRecord, [self._event_row(*each) for each in self._events])
        await insert_rows(
            self,
            Outbox,
            [
                {
                    "event_id": event_id,
                    "aggregate": event.aggregate,
                    "aggregate_id": event.aggregate_id,
                    "due_at": self.now,
                }
                for event_id, (event, _) in zip(ids, self._events, strict=True)
            ],
        )
        self._events = []

    def _event_row(self, event: Event, actor: Actor) -> dict[str, Any]:
        return {
            "type": event.type,
            "aggregate": event.aggregate,
            "aggregate_id": event.aggregate_id,
            "payload": event.payload(),
            "occurred_at": self.now,
            "actor": actor.principal.name,
            "request_id": actor.request_id,
            "trace_context": actor.trace_context,
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
