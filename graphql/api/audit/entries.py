"""The audit log: who changed what, for whom, why and through which document."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, ClassVar

import strawberry

from api.audit.records import kind_of_subject, subject_of_id
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.from_rows import FromRow, WorkedOut
from api.ids import global_id, split_id
from api.inputs import given
from api.nodes import Node, load_any, refetched_by
from domain.governance.queries import audit as queries
from domain.kernel import json
from domain.kernel.errors import InvalidInput, NotPermitted
from domain.kernel.reading import Reader


@strawberry.type(description="One field that a write changed.")
class AuditedChange:
    field: str = strawberry.field(description="The field, as the domain calls it.")
    before: str | None = strawberry.field(description="What it was, as JSON; null: nothing.")
    after: str | None = strawberry.field(description="What it is then, as JSON; null: nothing.")


@strawberry.type(description="Who did something, or for whom it was done.")
class AuditedParty:
    kind: str | None = strawberry.field(
        description="The kind: user, api_key, system, party or location; null: not known."
    )
    id: strawberry.ID | None = strawberry.field(
        description="The global id of the user, key, party or location, where it has one."
    )
    name: str | None = strawberry.field(description="What it was called then.")


@strawberry.type(description="The place of an entry in the chain over the audit log.")
class AuditSeal:
    position: int = strawberry.field(description="Its place, counted from 1.")
    hash: str = strawberry.field(
        description="SHA-256 over the hash before it and all that the entry says, in hexadecimal."
    )


@strawberry.type(description="One write, as it was noted in the transaction that made it.")
class AuditEntry(FromRow, Node):
    occurred_at: datetime = strawberry.field(description="When.")
    action: str = strawberry.field(description="What was done: the operation's name.")
    subject: str = strawberry.field(description="The kind of record, such as price_list.")
    actor: AuditedParty = strawberry.field(description="Who did it.")
    on_behalf_of: AuditedParty | None = strawberry.field(
        description="For whom, if not for themselves: a partner's party or location, who asked "
        "for what was approved, or who caused what a worker did."
    )
    document: str | None = strawberry.field(
        description="Through what it came: graphql:Name#hash of the text, intake:id, "
        "import:kind:file, change_request:id, event:type or task:name."
    )
    reason: str | None = strawberry.field(description="Why, in the words of who did it.")
    request_id: str | None = strawberry.field(description="The request it was part of.")
    changes: list[AuditedChange] = strawberry.field(
        description="What the write changed, field by field, in the order of their names."
    )
    seal: AuditSeal | None = strawberry.field(
        description="Its place in the chain; null until the next round of sealing."
    )
    record_id: strawberry.ID | None = strawberry.field(
        description="The global id of the record, where it can be asked for by one."
    )

    WORKED_OUT: ClassVar[WorkedOut] = {
        "id": lambda row: global_id("AuditEntry", row.id),
        "actor": lambda row: _party(row.actor_kind, row.actor_id, row.actor),
        "on_behalf_of": lambda row: _behalf(row),
        "changes": lambda row: _changes(row.before or {}, row.after or {}),
        "seal": lambda row: _seal(row),
        "record_id": lambda row: _record_id(row.subject, row.subject_id),
    }

    @strawberry.field(description="The record as it is now, where the caller may see it.")
    async def record(self, info: Info) -> Node | None:
        if self.record_id is None:
            return None
        return await info.context.load(load_any_record, self.record_id)


def _party(kind: str | None, row_id: int | None, name: str | None) -> AuditedParty:
    return AuditedParty(kind=kind, id=_record_id(kind, row_id), name=name)


def _behalf(row: Any) -> AuditedParty | None:
    if row.behalf_kind is None and row.behalf_of is None:
        return None
    return _party(row.behalf_kind, row.behalf_id, row.behalf_of)


def _record_id(subject: str | None, row_id: int | None) -> strawberry.ID | None:
    kind = None if subject is None else kind_of_subject(subject)
    return None if kind is None or not row_id else global_id(kind, row_id)


def _seal(row: Any) -> AuditSeal | None:
    return None if row.hash is None else AuditSeal(position=row.position, hash=row.hash.hex())


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[AuditedChange]:
    return [
        AuditedChange(field=name, before=_text(before, name), after=_text(after, name))
        for name in sorted({*before, *after})
    ]


def _text(values: dict[str, Any], name: str) -> str | None:
    return None if values.get(name) is None else json.dump(values[name])


async def load_any_record(reader: Reader, ids: Sequence[str]) -> list[Any]:
    """A batch for loaders: records of any kinds; None for what the caller may not see."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for value in ids:
        by_kind[split_id(value)[0]].append(value)
    found: dict[str, Any] = {}
    for of_kind in by_kind.values():
        with suppress(NotPermitted):
            found |= zip(of_kind, await load_any(reader, of_kind), strict=True)
    return [found.get(value) for value in ids]


async def load_audit_entries(reader: Reader, ids: Sequence[int]) -> list[AuditEntry | None]:
    """A batch for loaders: the entries of these row ids, in order."""
    rows = await queries.audit_entries_of_ids(reader, ids=ids)
    return [AuditEntry.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("AuditEntry", load_audit_entries)


@strawberry.input(description="Which entries; conditions are joined by and.")
class AuditFilter:
    record_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this record, by its global id."
    )
    subject: str | None = strawberry.field(
        default=None, description="Of this kind of record, such as price_list."
    )
    actor_id: strawberry.ID | None = strawberry.field(
        default=None, description="By this user or API key."
    )
    action: str | None = strawberry.field(
        default=None, description="Of this operation, such as update_price_list."
    )
    document: str | None = strawberry.field(
        default=None, description="Through a document that begins so, such as graphql:PlaceOrder."
    )
    request_id: str | None = strawberry.field(default=None, description="Of this request.")
    since: datetime | None = strawberry.field(default=None, description="At or after this moment.")
    until: datetime | None = strawberry.field(default=None, description="Before this moment.")


@strawberry.type(description="How far the audit log is sealed.")
class AuditChain:
    position: int = strawberry.field(description="How many entries the chain has.")
    head: str | None = strawberry.field(
        description="The hash of the last link, in hexadecimal. Keep it elsewhere: from it can be "
        "proved later that nothing before it was touched."
    )
    sealed_at: datetime | None = strawberry.field(description="When it was sealed.")
    waiting: int = strawberry.field(description="How many entries the next round will seal.")


@strawberry.type
class AuditQuery:
    @strawberry.field(description="The audit log, newest first. Needs audit.read.")
    async def audit_entries(
        self,
        info: Info,
        filter: Annotated[
            AuditFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AuditEntry]:
        listing = await queries.audit_entries(
            await info.context.reader(),
            where=_where(filter or AuditFilter()),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, AuditEntry.of, count=listing.count)

    @strawberry.field(
        description="How far the audit log is sealed, and its head. Needs audit.read."
    )
    async def audit_chain(self, info: Info) -> AuditChain:
        chain = await queries.audit_chain(await info.context.reader())
        return AuditChain(
            position=chain.position,
            head=None if chain.head is None else chain.head.hex(),
            sealed_at=chain.sealed_at,
            waiting=chain.waiting,
        )

    @strawberry.field(
        description="The hash at a place of the chain, in hexadecimal: if it is the one that was "
        "kept elsewhere, all before it is as it was. Needs audit.read."
    )
    async def audit_hash(
        self,
        info: Info,
        position: Annotated[int, strawberry.argument(description="A place, counted from 1.")],
    ) -> str | None:
        found = await queries.seal_at(await info.context.reader(), position=position)
        return None if found is None else found.hex()


def _where(filter: AuditFilter) -> queries.AuditFilter:
    fields = given(filter, "action", "document", "request_id", "since", "until", "subject")
    if filter.record_id is not None:
        subject, row_id = subject_of_id(filter.record_id, path=("filter", "recordId"))
        if filter.subject not in (None, subject):
            raise InvalidInput("Is of another kind.", path=("filter", "subject"))
        fields |= {"subject": subject, "subject_id": row_id}
    if filter.actor_id is not None:
        kind, row_id = subject_of_id(filter.actor_id, path=("filter", "actorId"))
        fields |= {"actor_kind": kind, "actor_id": row_id}
    return queries.AuditFilter(**fields)
