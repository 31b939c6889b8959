"""Events of the log, noted for subscribers once more."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.integration.deliveries import Told, delivery_row
from domain.integration.event_types import sees
from domain.integration.models import WebhookDelivery
from domain.integration.policy import matches
from domain.kernel.errors import NotFound
from domain.kernel.models import EventRecord
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from tenancy.models import Tenant

_TOLD: tuple[Any, ...] = (
    EventRecord.id.label("event_id"),
    EventRecord.type,
    EventRecord.aggregate,
    EventRecord.aggregate_id,
    EventRecord.payload,
    EventRecord.occurred_at,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Who is told again, by subscription the patterns of types that it asked for; of those types
    perhaps only some; perhaps only what was not delivered and is not waiting."""

    patterns: Mapping[int, Collection[str]]
    types: Collection[str] | None = None
    undelivered_only: bool = False

    def pairs(self, events: Sequence[Told]) -> list[tuple[int, Told]]:
        """Each subscription with each event that it is to be told."""
        chosen = [t for t in events if self.types is None or matches(self.types, t.type)]
        return [
            (subscription_id, told)
            for told in chosen
            for subscription_id, patterns in self.patterns.items()
            if matches(patterns, told.type)
        ]


async def told_events(reader: Reader, *conditions: Any, limit: int) -> list[Told]:
    """Events of the tenant's log on these conditions, oldest first."""
    rows = await reader.rows(
        select(*_TOLD)
        .where(EventRecord.tenant_id == reader.tenant_id, *conditions)
        .order_by(EventRecord.id)
        .limit(limit)
    )
    return [Told(**row._mapping) for row in rows]


async def note_again(work: Work, events: Sequence[Told], wanted: Wanted) -> int:
    """Make a delivery of each event due for whoever is to be told it, one that was there or a
    new one; returns how many. Subscribers know repetitions by the message's id."""
    pairs = wanted.pairs(events)
    if wanted.undelivered_only and pairs:
        settled = await _settled(work, pairs)
        pairs = [pair for pair in pairs if (pair[0], pair[1].event_id) not in settled]
    if pairs:
        await _make_due(work, pairs)
    return len(pairs)


async def note_event_again(work: Work, *, subscription_id: int, event_id: int) -> None:
    """Make the delivery of one event to one subscription due, of whatever type. Raises
    NotFound for an event that is not the tenant's."""
    found = await told_events(work, EventRecord.id == event_id, limit=1)
    if not found or (work.principal.is_partner and not sees(work.principal, found[0].type)):
        raise NotFound("Event")
    await _make_due(work, [(subscription_id, found[0])])


async def _make_due(work: Work, pairs: Sequence[tuple[int, Told]]) -> None:
    slug = await work.value(select(Tenant.slug).where(Tenant.id == work.tenant_id))
    await work.execute(
        insert(WebhookDelivery).on_conflict_do_update(
            index_elements=["tenant_id", "subscription_id", "event_id"],
            set_={"status": "due", "attempts": 0, "due_at": work.now, "delivered_at": None},
        ),
        [delivery_row(work, subscription_id, told, slug) for subscription_id, told in pairs],
    )


async def _settled(work: Work, pairs: Sequence[tuple[int, Told]]) -> set[tuple[int, int]]:
    d = WebhookDelivery
    rows = await work.rows(
        select(d.subscription_id, d.event_id).where(
            d.tenant_id == work.tenant_id,
            d.subscription_id.in_({subscription_id for subscription_id, _ in pairs}),
            d.event_id.in_({told.event_id for _, told in pairs}),
            d.status != "dead",
        )
    )
    return {(row.subscription_id, row.event_id) for row in rows}
