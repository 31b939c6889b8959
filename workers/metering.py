"""Metrics of the workers: handlers by event type, webhooks by outcome."""

from prometheus_client import Counter, Histogram

HANDLED = Counter(
    "crossdock_events_handled_total", "Events handled, by type and outcome.", ("type", "outcome")
)
HANDLING_SECONDS = Histogram(
    "crossdock_event_handling_seconds",
    "How long the handlers of an event took together.",
    ("type",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
)
PARKED = Counter(
    "crossdock_events_parked_total", "Events given up after their last attempt.", ("type",)
)
RELAYED = Counter("crossdock_events_relayed_total", "Events handed from the outbox to the broker.")
DELIVERIES = Counter(
    "crossdock_webhook_calls_total",
    "Calls to subscribers by outcome: delivered, refused (by their status) or failed.",
    ("outcome",),
)
CALL_SECONDS = Histogram(
    "crossdock_webhook_call_seconds",
    "How long calls to subscribers took.",
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def outcome_of_call(status: int | None) -> str:
    """What a call is counted as, by the subscriber's HTTP status."""
    if status is None:
        return "failed"
    return "delivered" if 200 <= status < 300 else "refused"
