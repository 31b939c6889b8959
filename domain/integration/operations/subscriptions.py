"""Webhook subscriptions are made, changed, paused and ended."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, update

from domain.integration.events import WebhookSubscriptionCreated, WebhookSubscriptionDeleted
from domain.integration.models import WebhookDelivery, WebhookSubscription
from domain.integration.policy import secret_from
from domain.integration.subscribers import (
    change_subscription,
    lock_subscription,
    sound_event_types,
    sound_name,
    sound_url,
)
from domain.kernel.permissions import operation
from domain.kernel.work import Work

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class IssuedSecret:
    """A subscription's id and its new secret. The secret is shown this once."""

    subscription_id: int
    secret: str = field(repr=False)


@operation("webhooks.manage")
async def create_webhook_subscription(
    work: Work, *, name: str, url: str, event_types: list[str], allow_private: bool = False
) -> IssuedSecret:
    """Subscribe an address to event types ("order.shipped", "order.*", "*").

    `allow_private` is the installation's choice, not the caller's. Raises InvalidInput."""
    values: dict[str, Any] = {
        "name": sound_name(name),
        "url": sound_url(url, allow_private=allow_private),
        "event_types": sound_event_types(event_types),
    }
    secret = secret_from(secrets.token_bytes(SECRET_BYTES))
    subscription_id = await work.value(
        insert(WebhookSubscription)
        .values(tenant_id=work.tenant_id, secret=secret, created_at=work.now, **values)
        .returning(WebhookSubscription.id)
    )
    work.record(
        WebhookSubscriptionCreated(
            aggregate_id=subscription_id,
            url=values["url"],
            event_types=tuple(values["event_types"]),
        )
    )
    work.audit(
        "create_webhook_subscription",
        subject="webhook_subscription",
        subject_id=subscription_id,
        after=values,
    )
    return IssuedSecret(subscription_id, secret)


@operation("webhooks.manage")
async def update_webhook_subscription(
    work: Work,
    *,
    subscription_id: int,
    name: str | None = None,
    url: str | None = None,
    event_types: list[str] | None = None,
    allow_private: bool = False,
) -> None:
    """Change what is given; what waits goes to the new URL. Raises InvalidInput, NotFound."""
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = sound_name(name)
    if url is not None:
        values["url"] = sound_url(url, allow_private=allow_private)
    if event_types is not None:
        values["event_types"] = sound_event_types(event_types)
    row = await lock_subscription(work, subscription_id)
    await change_subscription(work, row, values, action="update_webhook_subscription")


@operation("webhooks.manage")
async def pause_webhook_subscription(work: Work, *, subscription_id: int) -> None:
    """Send nothing for now and note no new events; what waits is kept. Raises NotFound."""
    row = await lock_subscription(work, subscription_id)
    await change_subscription(work, row, {"status": "paused"}, action="pause_webhook_subscription")


@operation("webhooks.manage")
async def resume_webhook_subscription(work: Work, *, subscription_id: int) -> None:
    """Send again, first what waited. Events of the pause can be replayed. Raises NotFound."""
    row = await lock_subscription(work, subscription_id)
    await change_subscription(work, row, {"status": "active"}, action="resume_webhook_subscription")


@operation("webhooks.manage")
async def rotate_webhook_secret(work: Work, *, subscription_id: int) -> IssuedSecret:
    """A new secret, in force at once: what the subscriber refuses meanwhile is retried and then
    signed with the new one. Raises NotFound."""
    row = await lock_subscription(work, subscription_id)
    secret = secret_from(secrets.token_bytes(SECRET_BYTES))
    await change_subscription(work, row, {"secret": secret}, action="rotate_webhook_secret")
    return IssuedSecret(subscription_id, secret)


@operation("webhooks.manage")
async def delete_webhook_subscription(work: Work, *, subscription_id: int) -> None:
    """End the subscription; what waits is never sent, its history stays. Raises NotFound."""
    row = await lock_subscription(work, subscription_id)
    await work.execute(
        update(WebhookSubscription)
        .where(WebhookSubscription.tenant_id == work.tenant_id, WebhookSubscription.id == row.id)
        .values(status="deleted", secret="")
    )
    await work.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.tenant_id == work.tenant_id,
            WebhookDelivery.subscription_id == row.id,
            WebhookDelivery.status == "due",
        )
        .values(status="dead")
    )
    work.record(WebhookSubscriptionDeleted(aggregate_id=row.id))
    work.audit(
        "delete_webhook_subscription",
        subject="webhook_subscription",
        subject_id=row.id,
        before={"status": row.status},
        after={"status": "deleted"},
    )
