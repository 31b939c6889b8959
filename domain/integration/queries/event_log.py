"""Reads: the log of events, and the types that there are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, any_, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Row
from sqlalchemy.types import Text

from domain.integration.event_types import (
    SEE_EVENTS,
    EventType,
    event_catalogue,
    hidden_areas,
    known_event_types,
    permission_of,
    seen_by_partner,
    sees,
)
from domain.integration.policy import matches, unknown_patterns
from domain.kernel.errors import InvalidInput, NotPermitted
from domain.kernel.event_log import Interest
from domain.kernel.models import EventRecord
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from tenancy.principals import Principal

NEWEST_FIRST = Ordering((EventRecord.id,), descending=True)
_EVENT: tuple[Any, ...] = (
    EventRecord.id,
    EventRecord.type,
    EventRecord.aggregate,
    EventRecord.aggregate_id,
    EventRecord.payload,
    EventRecord.occurred_at,
    EventRecord.actor,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events; what is None does not narrow. From inclusive, until exclusive."""

    types: Collection[str] | None = None
    aggregate: str | None = None
    aggregate_id: int | None = None
    occurred_from: datetime | None = None
    occurred_until: datetime | None = None


@query("events.read")
async def event_types(reader: Reader) -> list[EventType]:
    """The product's event types that the reader may see, in alphabetical order."""
    caller = reader.principal
    return [
        each
        for each in event_catalogue().values()
        if caller.may(each.permission) and sees(caller, each.event_type)
    ]


@query("events.read")
async def events(
    reader: Reader,
    *,
    where: EventFilter,
    ordering: Ordering = NEWEST_FIRST,
    request: PageRequest,
) -> Listing:
    """A page of the events that the reader may see, newest first: rows of id, type, aggregate,
    aggregate_id, payload, occurred_at, actor.

    A partner sees its own. Raises NotPermitted for a type that is asked for by name and not the
    reader's to see; InvalidInput on a foreign cursor."""
    require_types(reader.principal, where.types or ())
    return await list_page(reader, _chosen(reader, where), ordering=ordering, request=request)


@query("events.read")
async def events_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Events by their ids; one that is not the tenant's, or not the reader's to see, misses."""
    rows = await reader.rows(
        select(*_EVENT).where(EventRecord.tenant_id == reader.tenant_id, EventRecord.id.in_(ids))
    )
    return {row.id: row for row in rows if sees(reader.principal, row.type)}


@query("events.read")
async def newest_events(reader: Reader, *, types: Collection[str]) -> Sequence[Row[Any]]:
    """The newest event of each of these types that ever happened: rows of id and type."""
    each = func.unnest(literal(list(types), ARRAY(Text))).column_valued("type")
    # For each type the last entry of the index: the log itself may be long.
    newest = (
        select(EventRecord.id)
        .where(EventRecord.tenant_id == reader.tenant_id, EventRecord.type == each)
        .order_by(EventRecord.id.desc())
        .limit(1)
        .lateral()
    )
    return await reader.rows(select(newest.c.id, each).join(newest, true()))


@query("events.read")
async def interest_in(
    reader: Reader,
    *,
    types: Collection[str] | None = None,
    subject: tuple[str | None, int | None] = (None, None),
) -> Interest:
    """What a listener wants that follows events of these types ("order.*" too), or all that it
    may see; of every aggregate, or of one by its kind and id. Raises InvalidInput for a type that
    there is none of, NotPermitted for types that are not the reader's to see."""
    of_partner = seen_by_partner(reader.principal)
    if types is None and of_partner is not None:
        return Interest(aggregate=subject[0], aggregate_id=subject[1], types=of_partner)
    if types is None:
        hidden = hidden_areas(reader.principal.may)
        return Interest(aggregate=subject[0], aggregate_id=subject[1], hidden=hidden)
    known = known_event_types()
    unknown = unknown_patterns(types, known)
    if unknown:
        raise InvalidInput(f"There is no event type {unknown[0][:100]}.", path=("types",))
    wanted = {each for each in known if matches(types, each)}
    seen = {each for each in wanted if sees(reader.principal, each)}
    require_types(reader.principal, sorted(wanted) if not seen else ())
    return Interest(aggregate=subject[0], aggregate_id=subject[1], types=sorted(seen))


def refuse_partner(principal: Principal) -> None:
    """Raise NotPermitted for a partner: this is about the whole log."""
    if principal.is_partner:
        raise NotPermitted("events.read")


def require_types(principal: Principal, types: Collection[str]) -> None:
    """Raise NotPermitted for the first type whose area the principal may not read."""
    for event_type in types:
        if not sees(principal, event_type):
            raise NotPermitted(permission_of(event_type) or SEE_EVENTS)


def _chosen(reader: Reader, where: EventFilter) -> Select[Any]:
    statement = select(*_EVENT).where(EventRecord.tenant_id == reader.tenant_id)
    hidden = hidden_areas(reader.principal.may)
    seen = seen_by_partner(reader.principal) if where.types is None else list(where.types)
    if seen is not None:
        wanted = literal(seen, ARRAY(Text))
        statement = statement.where(EventRecord.type == any_(wanted))
    elif hidden:
        area = func.split_part(EventRecord.type, ".", 1)
        statement = statement.where(area.not_in(sorted(hidden)))
    if where.aggregate is not None:
        statement = statement.where(EventRecord.aggregate == where.aggregate)
    if where.aggregate_id is not None:
        statement = statement.where(EventRecord.aggregate_id == where.aggregate_id)
    if where.occurred_from is not None:
        statement = statement.where(EventRecord.occurred_at >= where.occurred_from)
    if where.occurred_until is not None:
        statement = statement.where(EventRecord.occurred_at < where.occurred_until)
    return statement
