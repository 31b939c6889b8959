"""How long is kept what was sent to subscribers."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, text, update

from domain.integration.models import WebhookDelivery, WebhookReplay, WebhookSubscription
from domain.kernel.work import Work

DELIVERIES_KEPT = timedelta(days=30)
PURGE_BATCH = 1_000


async def purge_webhook_deliveries(
    work: Work, *, before: datetime, limit: int = PURGE_BATCH
) -> int:
    """Delete at most `limit` deliveries that were settled before a moment, with their attempts;
    returns how many. What is due stays, however old. The events themselves stay in the log.

    Replays that ended before it go too, and secrets whose overlap is over."""
    d = WebhookDelivery
    ids = await work.values(
        select(d.id)
        .where(
            d.tenant_id == work.tenant_id,
            d.status.in_(["delivered", "dead"]),
            d.due_at < before,
        )
        .order_by(d.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if ids:
        # Attempts can only be added to, but for this one door.
        await work.execute(
            text("SELECT purge_webhook_attempts(:deliveries)"), {"deliveries": list(ids)}
        )
        await work.execute(delete(d).where(d.tenant_id == work.tenant_id, d.id.in_(ids)))
    if len(ids) < limit:
        await _purge_beside(work, before)
    return len(ids)


async def _purge_beside(work: Work, before: datetime) -> None:
    await work.execute(
        delete(WebhookReplay).where(
            WebhookReplay.tenant_id == work.tenant_id, WebhookReplay.ended_at < before
        )
    )
    await work.execute(
        update(WebhookSubscription)
        .where(
            WebhookSubscription.tenant_id == work.tenant_id,
            WebhookSubscription.previous_secret_until < work.now,
        )
        .values(previous_secret=None, previous_secret_until=None)
    )
