"""Every event goes to the webhook subscribers that asked for its type."""

from domain.integration.deliveries import Told, queue_deliveries
from domain.kernel.work import Work
from workers.registry import EVERY_TYPE, Delivered, on


@on(EVERY_TYPE)
async def tell_webhook_subscribers(work: Work, event: Delivered) -> None:
    """Note one delivery for each active subscription to the event's type."""
    await queue_deliveries(
        work,
        Told(
            event_id=event.id,
            type=event.type,
            aggregate=event.aggregate,
            aggregate_id=event.aggregate_id,
            payload=event.payload,
            occurred_at=event.occurred_at,
        ),
    )
