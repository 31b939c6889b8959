"""Every event goes to the webhook subscribers that asked for its type; replays go on."""

from domain.integration.deliveries import Told, queue_deliveries
from domain.integration.replaying import go_on_replaying
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


@on("integration.webhook_replay_progressed")
async def go_on_with_replay(work: Work, event: Delivered) -> None:
    """Note the next part; it records the event by which the one after it has its turn."""
    await go_on_replaying(work, replay_id=event.aggregate_id)
