"""A webhook subscription: found, locked and changed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.integration.event_types import known_event_types
from domain.integration.events import WebhookSubscriptionChanged
from domain.integration.models import WebhookSubscription
from domain.integration.policy import fault_of_url, unknown_patterns
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.work import Work

KIND = "webhook subscription"
MOST_PATTERNS = 100
LONGEST_NAME = 200


async def lock_subscription(work: Work, subscription_id: int) -> Row[Any]:
    """The subscription, locked. Raises NotFound, also for a deleted one."""
    row = await work.row(
        select(*WebhookSubscription.__table__.c)
        .where(
            WebhookSubscription.tenant_id == work.tenant_id,
            WebhookSubscription.id == subscription_id,
            WebhookSubscription.status != "deleted",
        )
        .with_for_update()
    )
    if row is None:
        raise NotFound(KIND)
    return row


async def change_subscription(
    work: Work, row: Row[Any], values: Mapping[str, Any], *, action: str
) -> None:
    """Write what differs from the locked `row`, with event and audit; nothing if nothing does."""
    before = {name: getattr(row, name) for name in values if getattr(row, name) != values[name]}
    if not before:
        return
    after = {name: values[name] for name in before}
    await work.execute(
        update(WebhookSubscription)
        .where(WebhookSubscription.tenant_id == work.tenant_id, WebhookSubscription.id == row.id)
        .values(**after)
    )
    work.record(WebhookSubscriptionChanged(aggregate_id=row.id, changed=tuple(sorted(before))))
    work.audit(
        action,
        subject="webhook_subscription",
        subject_id=row.id,
        before=_without_secret(before),
        after=_without_secret(after),
    )


def _without_secret(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "secret"}


def sound_name(name: str) -> str:
    """The name, trimmed. Raises InvalidInput when it is empty or too long."""
    trimmed = name.strip()
    if not 0 < len(trimmed) <= LONGEST_NAME:
        raise InvalidInput(f"A name has 1 to {LONGEST_NAME} characters.", path=("name",))
    return trimmed


def sound_url(url: str, *, allow_private: bool) -> str:
    """The URL. Raises InvalidInput when webhooks must not be sent there."""
    fault = fault_of_url(url, allow_private=allow_private)
    if fault is not None:
        raise InvalidInput(fault, path=("url",))
    return url


def sound_event_types(patterns: list[str]) -> list[str]:
    """The patterns, each once. Raises InvalidInput on one that no event type matches."""
    wanted = list(dict.fromkeys(patterns))
    if not 0 < len(wanted) <= MOST_PATTERNS:
        message = f"Name 1 to {MOST_PATTERNS} event types."
        raise InvalidInput(message, path=("event_types",))
    unknown = unknown_patterns(wanted, known_event_types())
    if unknown:
        place = ("event_types", patterns.index(unknown[0]))
        raise InvalidInput("There is no event type of this name.", path=place)
    return wanted
