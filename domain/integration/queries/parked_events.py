"""Reads: events that no attempt could handle."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.engine import Row

from domain.kernel.models import EventRecord, Outbox
from domain.kernel.paging import Ordering, Page, PageRequest, count_rows, fetch_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

PARKED_OLDEST_FIRST = Ordering((EventRecord.id,))
_PARKED: tuple[Any, ...] = (
    EventRecord.id,
    EventRecord.type,
    EventRecord.aggregate,
    EventRecord.aggregate_id,
    EventRecord.occurred_at,
    Outbox.attempts,
    Outbox.last_error,
    Outbox.parked_at,
)


@query("webhooks.read")
async def parked_events(
    reader: Reader, *, ordering: Ordering = PARKED_OLDEST_FIRST, request: PageRequest
) -> Page:
    """A page of the events that no attempt could handle, oldest first, each with its last error."""
    return await fetch_page(reader, _parked(reader), ordering=ordering, request=request)


@query("webhooks.read")
async def parked_events_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Parked events by their ids; what is not parked (any more) is left out."""
    rows = await reader.rows(_parked(reader).where(EventRecord.id.in_(ids)))
    return {row.id: row for row in rows}


@query("webhooks.read")
async def parked_event_count(reader: Reader) -> int:
    """How many events are parked."""
    return await count_rows(reader, _parked(reader))


def _parked(reader: Reader) -> Select[Any]:
    return (
        select(*_PARKED)
        .join(
            EventRecord,
            and_(EventRecord.tenant_id == Outbox.tenant_id, EventRecord.id == Outbox.event_id),
        )
        .where(Outbox.tenant_id == reader.tenant_id, Outbox.parked_at.is_not(None))
    )
