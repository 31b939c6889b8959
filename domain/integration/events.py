"""What happened to webhook subscriptions."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSubscriptionCreated(Event):
    """Somebody subscribed an address."""

    type = "integration.webhook_subscription_created"
    aggregate = "webhook_subscription"
    url: str
    event_types: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSubscriptionChanged(Event):
    """Fields of a subscription changed; pausing and resuming change its status."""

    type = "integration.webhook_subscription_changed"
    aggregate = "webhook_subscription"
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSubscriptionDeleted(Event):
    """A subscription ended."""

    type = "integration.webhook_subscription_deleted"
    aggregate = "webhook_subscription"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhooksReplayed(Event):
    """Deliveries of a subscription became due again, or due for the first time."""

    type = "integration.webhooks_replayed"
    aggregate = "webhook_subscription"
    deliveries: int
