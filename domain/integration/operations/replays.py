"""Webhooks are sent again."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from domain.integration.deliveries import Told, delivery_row, wanted_types
from domain.integration.events import WebhooksReplayed
from domain.integration.models import WebhookDelivery
from domain.integration.subscribers import lock_subscription
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.models import EventRecord
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from tenancy.models import Tenant

MOST_REPLAYED = 5_000


@operation("webhooks.manage")
async def replay_webhooks(
    work: Work, *, subscription_id: int, occurred_from: datetime, occurred_until: datetime
) -> int:
    """Send again, or for the first time, every event of the subscription's types in a time range
    (from inclusive, until exclusive); returns how many. The subscriber knows repetitions by id.

    At most 5,000 at once. Raises NotFound, InvalidInput."""
    if occurred_from >= occurred_until:
        raise InvalidInput("The range ends before it begins.", path=("occurred_until",))
    subscription = await lock_subscription(work, subscription_id)
    events = await _events(work, subscription.event_types, occurred_from, occurred_until)
    if len(events) > MOST_REPLAYED:
        message = f"The range holds more than {MOST_REPLAYED} events; choose a shorter one."
        raise InvalidInput(message, path=("occurred_until",))
    if events:
        slug = await work.value(select(Tenant.slug).where(Tenant.id == work.tenant_id))
        statement = insert(WebhookDelivery)
        await work.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "subscription_id", "event_id"],
                set_={"status": "due", "attempts": 0, "due_at": work.now, "delivered_at": None},
            ),
            [delivery_row(work, subscription_id, told, slug) for told in events],
        )
    _note(work, subscription_id, len(events), "replay_webhooks")
    return len(events)


async def _events(
    work: Work, patterns: list[str], occurred_from: datetime, occurred_until: datetime
) -> list[Told]:
    rows = await work.rows(
        select(
            EventRecord.id.label("event_id"),
            EventRecord.type,
            EventRecord.aggregate,
            EventRecord.aggregate_id,
            EventRecord.payload,
            EventRecord.occurred_at,
        )
        .where(
            EventRecord.tenant_id == work.tenant_id,
            EventRecord.occurred_at >= occurred_from,
            EventRecord.occurred_at < occurred_until,
            wanted_types(patterns, EventRecord.type),
        )
        .order_by(EventRecord.id)
        .limit(MOST_REPLAYED + 1)
    )
    return [Told(**row._mapping) for row in rows]


@operation("webhooks.manage")
async def redeliver_webhook(work: Work, *, delivery_id: int) -> None:
    """Send one delivery again, with all its attempts before it. Raises NotFound."""
    d = WebhookDelivery
    found = await work.row(
        select(d.subscription_id).where(d.tenant_id == work.tenant_id, d.id == delivery_id)
    )
    if found is None:
        raise NotFound("webhook delivery")
    await lock_subscription(work, found.subscription_id)
    await work.execute(
        update(d)
        .where(d.tenant_id == work.tenant_id, d.id == delivery_id)
        .values(status="due", attempts=0, due_at=work.now, delivered_at=None)
    )
    _note(work, found.subscription_id, 1, "redeliver_webhook")


def _note(work: Work, subscription_id: int, deliveries: int, action: str) -> None:
    work.record(WebhooksReplayed(aggregate_id=subscription_id, deliveries=deliveries))
    work.audit(
        action,
        subject="webhook_subscription",
        subject_id=subscription_id,
        after={"deliveries": deliveries},
    )
