"""The event log, read onwards from a place in it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, all_, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, Text

from domain.kernel.errors import NotPermitted
from domain.kernel.models import EventRecord
from domain.kernel.reading import Reader

# How many ids back a late event is looked for when a stream is taken up again.
LARGEST_LOOK_BACK = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent:
    """An event as it was kept; `payload` in JSON's own types."""

    id: int
    type: str
    aggregate: str
    aggregate_id: int
    payload: dict[str, Any]
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """Which events are wanted: of one kind of aggregate, perhaps of one of them, of some types;
    or of any kind (None) but for types of areas that are `hidden`, named by their first word.

    `among` selects the ids of the aggregates that the reader may see; row security narrows it in
    the reader's own scope. A partner says that, or which types: not all are for partners."""

    aggregate: str | None
    aggregate_id: int | None = None
    types: Collection[str] | None = None
    among: Select[Any] | None = None
    hidden: Collection[str] = ()

    def wakes(self, aggregate: str, aggregate_id: int) -> bool:
        """Whether news of that aggregate concern this interest."""
        if self.aggregate is None:
            return True
        return aggregate == self.aggregate and self.aggregate_id in (None, aggregate_id)


async def events_after(
    reader: Reader,
    interest: Interest,
    *,
    after_id: int,
    leave_out: Collection[int] = (),
    limit: int = 100,
) -> Sequence[LoggedEvent]:
    """The next events of the reader's tenant after an event id, in the order of their ids.

    Row security leaves a partner its own. Raises NotPermitted for a partner that says neither
    `interest.among` nor of which types."""
    if reader.principal.is_partner and interest.among is None and interest.types is None:
        raise NotPermitted("events.read")
    rows = await reader.rows(
        select(
            EventRecord.id,
            EventRecord.type,
            EventRecord.aggregate,
            EventRecord.aggregate_id,
            EventRecord.payload,
            EventRecord.occurred_at,
        )
        .where(
            EventRecord.tenant_id == reader.tenant_id,
            EventRecord.id > after_id,
            EventRecord.id != all_(literal(list(leave_out), ARRAY(BigInteger))),
            *_wanted(interest),
        )
        .order_by(EventRecord.id)
        .limit(limit)
    )
    return [LoggedEvent(**row._mapping) for row in rows]


def _wanted(interest: Interest) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if interest.aggregate is not None:
        wanted.append(EventRecord.aggregate == interest.aggregate)
    if interest.aggregate_id is not None:
        wanted.append(EventRecord.aggregate_id == interest.aggregate_id)
    if interest.types is not None:
        wanted.append(EventRecord.type == any_(literal(list(interest.types), ARRAY(Text))))
    if interest.among is not None:
        wanted.append(EventRecord.aggregate_id.in_(interest.among))
    if interest.hidden:
        area = func.split_part(EventRecord.type, ".", 1)
        wanted.append(area.not_in(sorted(interest.hidden)))
    return wanted


async def is_visible(reader: Reader, *, event_id: int) -> bool:
    """Whether there is that event in the reader's scope."""
    one = select(EventRecord.id).where(
        EventRecord.tenant_id == reader.tenant_id, EventRecord.id == event_id
    )
    return await reader.value(one) is not None


async def last_event_id(reader: Reader) -> int:
    """The tenant's newest event id, 0 without events."""
    newest = select(func.max(EventRecord.id)).where(EventRecord.tenant_id == reader.tenant_id)
    return int(await reader.value(newest) or 0)


async def place_before(reader: Reader, *, event_id: int, by: timedelta) -> int:
    """An event id to read on from, so that nothing is missed that was committed after `event_id`
    although its own id is lower and it happened at most `by` before."""
    happened = (
        select(EventRecord.occurred_at)
        .where(EventRecord.tenant_id == reader.tenant_id, EventRecord.id == event_id)
        .scalar_subquery()
    )
    first = await reader.value(
        select(func.min(EventRecord.id)).where(
            EventRecord.tenant_id == reader.tenant_id,
            EventRecord.id <= event_id,
            EventRecord.id > event_id - LARGEST_LOOK_BACK,
            EventRecord.occurred_at >= happened - by,
        )
    )
    return event_id if first is None else int(first) - 1
