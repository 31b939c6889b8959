"""Webhook subscriptions are made, changed, paused and ended."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from domain.integration.addresses import OPEN_INTERNET, Reach
from domain.integration.events import (
    WebhookSubscriptionCreated,
    WebhookSubscriptionDeleted,
    WebhookTested,
)
from domain.integration.models import WebhookDelivery, WebhookSubscription
from domain.integration.noting import note_event_again
from domain.integration.policy import secret_from
from domain.integration.subscribers import (
    change_subscription,
    lock_subscription,
    owner_of,
    refuse_unseen,
    sound_event_types,
    sound_name,
    sound_query,
    sound_url,
)
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.permissions import operation
from domain.kernel.sealing import Keyring
from domain.kernel.work import Work

SECRET_BYTES = 32
OVERLAP, LONGEST_OVERLAP = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class IssuedSecret:
    """A subscription's id and its new secret. The secret is shown this once."""

    subscription_id: int
    secret: str = field(repr=False)


@operation("webhooks.manage")
async def create_webhook_subscription(
    work: Work,
    *,
    name: str,
    url: str,
    event_types: list[str],
    keys: Keyring,
    query: str | None = None,
    reach: Reach = OPEN_INTERNET,
) -> IssuedSecret:
    """Subscribe an address to event types ("order.shipped", "order.*", "*"). Whoever makes it
    owns it: events that the owner may not see are not told, and `query`, which chooses the
    payload, runs with the owner's rights.

    `keys` and `reach` are the installation's, not the caller's: the secret is kept sealed.
    Raises InvalidInput, NotPermitted for event types that the caller may not see."""
    values: dict[str, Any] = {
        "name": sound_name(name),
        "url": sound_url(url, reach=reach),
        "event_types": sound_event_types(event_types),
        "query": sound_query(query),
    }
    refuse_unseen(work.actor.principal, values["event_types"])
    secret = secret_from(secrets.token_bytes(SECRET_BYTES))
    sealed = keys.seal(secret, tenant_id=work.tenant_id)
    own = {"secret": sealed, "created_at": work.now, **owner_of(work)}
    subscription_id = await work.value(
        insert(WebhookSubscription)
        .values(tenant_id=work.tenant_id, **own, **values)
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
    query: str | None = None,
    reach: Reach = OPEN_INTERNET,
) -> None:
    """Change what is given; what waits goes to the new URL. An empty `query` brings the standard
    message back. Whoever changes more than the name owns the subscription from then on: nobody
    shall get by another's rights what is not theirs to see.

    Raises InvalidInput, NotFound, NotPermitted for event types that the caller may not see."""
    values: dict[str, Any] = {}
    if url is not None:
        values["url"] = sound_url(url, reach=reach)
    if event_types is not None:
        values["event_types"] = sound_event_types(event_types)
    if query is not None:
        values["query"] = sound_query(query)
    row = await lock_subscription(work, subscription_id)
    if any(getattr(row, field) != value for field, value in values.items()):
        refuse_unseen(work.actor.principal, values.get("event_types", row.event_types))
        values |= owner_of(work)
    if name is not None:
        values["name"] = sound_name(name)
    await change_subscription(work, row, values, action="update_webhook_subscription")


@operation("webhooks.manage")
async def pause_webhook_subscription(work: Work, *, subscription_id: int) -> None:
    """Send nothing for now and note no new events; what waits is kept. Raises NotFound."""
    row = await lock_subscription(work, subscription_id)
    await change_subscription(work, row, {"status": "paused"}, action="pause_webhook_subscription")


@operation("webhooks.manage")
async def resume_webhook_subscription(work: Work, *, subscription_id: int) -> None:
    """Send again, paused or disabled before, first what waited. Events of the pause can be
    replayed. Raises NotFound."""
    row = await lock_subscription(work, subscription_id)
    fresh = {"failures": 0, "failing_since": None, "resume_at": None, "disabled_reason": None}
    values = {"status": "active", **fresh}
    await change_subscription(work, row, values, action="resume_webhook_subscription")


@operation("webhooks.manage")
async def send_test_webhook(
    work: Work, *, subscription_id: int, event_id: int | None = None
) -> None:
    """Have one message sent to an active subscription: that of a past event, which becomes due
    anew, or of a test. Its delivery shows what came of it. Raises NotFound, InvalidState."""
    row = await lock_subscription(work, subscription_id)
    if row.status != "active":
        message = "Nothing is sent to this subscription now: resume it first."
        raise InvalidState(message, path=("id",), state=row.status, allowed=["resume"])
    if event_id is None:
        note = "This is a test."
        work.record(WebhookTested(aggregate_id=row.id, note=note))
    else:
        await note_event_again(work, subscription_id=row.id, event_id=event_id)
    work.audit("send_test_webhook", subject="webhook_subscription", subject_id=subscription_id)


@operation("webhooks.manage")
async def rotate_webhook_secret(
    work: Work, *, subscription_id: int, keys: Keyring, overlap: timedelta = OVERLAP
) -> IssuedSecret:
    """A new secret, in force at once. For the overlap (none to 7 days) messages are signed with
    the old one too, so that the subscriber changes over in its own time; the one before the old
    one ends now. Raises NotFound, InvalidInput."""
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        message = f"Old and new go together for at most {LONGEST_OVERLAP.days} days."
        raise InvalidInput(message, path=("overlap_hours",))
    row = await lock_subscription(work, subscription_id)
    secret = secret_from(secrets.token_bytes(SECRET_BYTES))
    values = {
        "secret": keys.seal(secret, tenant_id=work.tenant_id),
        "previous_secret": row.secret if overlap else None,
        "previous_secret_until": work.now + overlap if overlap else None,
    }
    await change_subscription(work, row, values, action="rotate_webhook_secret")
    return IssuedSecret(subscription_id, secret)


@operation("webhooks.manage")
async def delete_webhook_subscription(work: Work, *, subscription_id: int) -> None:
    """End the subscription; what waits is never sent, its history stays. Raises NotFound."""
    row = await lock_subscription(work, subscription_id)
    await work.execute(
        update(WebhookSubscription)
        .where(WebhookSubscription.tenant_id == work.tenant_id, WebhookSubscription.id == row.id)
        .values(status="deleted", secret="", previous_secret=None, previous_secret_until=None)
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
