"""The unit of work: one request or one task is one transaction.

Rows, audit, events, outbox and the idempotency record are committed together or not at all,
and nothing but this module commits."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.kernel.activity import document_of, running
from domain.kernel.events import Event
from domain.kernel.inserting import insert_ids, insert_rows
from domain.kernel.models import AuditEntry, EventRecord, Outbox
from domain.kernel.reading import Parameters, Reader, Result, Statement
from domain.kernel.value_objects import value_object
from tenancy.principals import Principal
from tenancy.transaction import (
    enter_scope,
    leave_partner_scope,
    return_to_partner_scope,
    scoped_transaction,
)


@value_object()
class Behalf:
    """For whom an actor acts, as far as it is known: a user, an API key, a partner's party or
    location; `name` as it was called then."""

    kind: str | None = None
    id: int | None = None
    name: str | None = None


@value_object()
class Actor:
    """Who does something, in which request, as part of which trace; through which document
    (`graphql:PlaceOrder`), and for whom if not for itself."""

    principal: Principal
    request_id: str | None = None
    trace_context: str | None = None
    document: str | None = None
    behalf: Behalf | None = None


_NOBODY = Behalf()


def behalf_of(principal: Principal) -> Behalf | None:
    """Whom a user's key, or a partner's user or key, acts for; None: the caller acts for itself."""
    if principal.user_id is not None:
        return Behalf("user", principal.user_id)
    if principal.party_id is not None:
        return Behalf("party", principal.party_id)
    if principal.location_id is not None:
        return Behalf("location", principal.location_id)
    return None


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
        self._document: str | None = None
        self._behalf: Behalf | None = None
        self._events: list[tuple[Event, Actor, bool]] = []
        self._unheard: frozenset[str] = frozenset()
        self._audit: list[dict[str, Any]] = []
        # Whose eyes the work has, and whose the database has been told last.
        self._sees_as_partner = self._shown_as_partner = principal.is_partner

    @property
    def actor(self) -> Actor:
        """On whose behalf the work is done now."""
        if self._actor is not None:
            return self._actor
        activity = running()
        return Actor(
            self.principal,
            self.request_id,
            None if activity is None else activity.trace_context,
            self._document or document_of(activity),
            self._behalf or behalf_of(self.principal),
        )

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

    @contextmanager
    def through(
        self, document: str | None = None, *, behalf: Behalf | None = None
    ) -> Iterator[None]:
        """What is audited within came through this document and is done for `behalf`; what is
        not said stays as it was."""
        before = self._document, self._behalf
        self._document, self._behalf = document or self._document, behalf or self._behalf
        try:
            yield
        finally:
            self._document, self._behalf = before

    async def see_as_house(self) -> None:
        """From here on the work of a partner has the whole tenant's eyes.

        Called when what the partner asked about was found with its own: what follows from its act
        (stock, costs, the books, other orders that wait) is the house's, and never shown to it."""
        self._sees_as_partner = False
        if self._shown_as_partner:
            await leave_partner_scope(self.connection)
            self._shown_as_partner = False

    @asynccontextmanager
    async def house(self) -> AsyncIterator[Reader]:
        """Within, the work has the whole tenant's eyes; afterwards those that it had before."""
        if not self._sees_as_partner:
            yield self
            return
        await self.see_as_house()
        try:
            yield self
        finally:
            # The database is told with the next statement, which often is the house's again.
            self._sees_as_partner = True

    @asynccontextmanager
    async def as_party(self, party_id: int) -> AsyncIterator[None]:
        """Within, work of the house sees what that party would, and no more."""
        assert not self.principal.is_partner, "a partner has its own eyes"
        await enter_scope(self.connection, replace(self.principal, party_id=party_id))
        try:
            yield
        finally:
            await leave_partner_scope(self.connection)

    async def _run(self, statement: Statement, parameters: Parameters) -> Result:
        if self._sees_as_partner and not self._shown_as_partner:
            await return_to_partner_scope(self.connection, self.principal)
            self._shown_as_partner = True
        return await super()._run(statement, parameters)

    def record(self, *events: Event) -> None:
        """Tell what happened. Written to the event log and the outbox at the end of the work."""
        actor = self.actor
        self._events.extend((event, actor, event.type in self._unheard) for event in events)

    @contextmanager
    def unheard(self, types: frozenset[str]) -> Iterator[None]:
        """Events of these types that are recorded within are logged and sent to nobody: for work
        on very many records whose events no handler and no subscriber asks for."""
        before = self._unheard
        self._unheard = types
        try:
            yield
        finally:
            self._unheard = before

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
        behalf = actor.behalf or _NOBODY
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
                "behalf_kind": behalf.kind,
                "behalf_id": behalf.id,
                "behalf_of": behalf.name,
                "document": actor.document,
            }
        )

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """A savepoint: what fails inside leaves no trace, neither rows nor events nor audit."""
        events, audit = len(self._events), len(self._audit)
        eyes = self._sees_as_partner, self._shown_as_partner
        try:
            async with self.connection.begin_nested():
                yield
        except BaseException:
            del self._events[events:], self._audit[audit:]
            # The settings went back with the savepoint.
            self._sees_as_partner, self._shown_as_partner = eyes
            raise

    async def flush(self) -> None:
        """Write the noted audit entries and events: one statement for each table.

        A partner's act is told of things that the partner does not see."""
        if self._audit or self._events:
            await self.see_as_house()
        if self._audit:
            await insert_rows(self, AuditEntry, self._audit)
            self._audit = []
        if self._events:
            await self._write_events()

    async def _write_events(self) -> None:
        told = [self._event_row(event, actor) for event, actor, _ in self._events]
        ids = await insert_ids(self, EventRecord, told)
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
                for event_id, (event, _, is_unheard) in zip(ids, self._events, strict=True)
                if not is_unheard
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
