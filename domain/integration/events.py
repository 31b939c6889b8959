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
class WebhookSubscriptionDisabled(Event):
    """We stopped sending to a subscription: for too long no call was taken, the subscriber is
    gone, or the owner whose rights it has is not let in any more. Resuming takes it up again."""

    type = "integration.webhook_subscription_disabled"
    aggregate = "webhook_subscription"
    url: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTested(Event):
    """Somebody asked to have a message sent, to see whether it arrives. Told to the subscription
    that is tested, whatever types it asked for, and to no other."""

    type = "integration.webhook_tested"
    aggregate = "webhook_subscription"
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhooksReplayed(Event):
    """Deliveries of a subscription became due again, or due for the first time."""

    type = "integration.webhooks_replayed"
    aggregate = "webhook_subscription"
    deliveries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReplayProgressed(Event):
    """A part of a replay was noted; more of it is to come."""

    type = "integration.webhook_replay_progressed"
    aggregate = "webhook_replay"
    events_done: int
    events_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReplayEnded(Event):
    """A replay has noted everything, or was cancelled; `status` says which."""

    type = "integration.webhook_replay_ended"
    aggregate = "webhook_replay"
    status: str
    deliveries: int
