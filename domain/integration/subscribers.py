"""A webhook subscription: found, locked and changed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.integration.addresses import Reach, fault_of_url
from domain.integration.event_types import (
    SEE_EVENTS,
    known_event_types,
    permission_of,
    sees,
)
from domain.integration.events import WebhookSubscriptionChanged
from domain.integration.models import WebhookSubscription
from domain.integration.policy import matches, unknown_patterns
from domain.kernel.errors import InvalidInput, NotFound, NotPermitted
from domain.kernel.work import Work
from tenancy.principals import Principal

KIND = "webhook subscription"
MOST_PATTERNS = 100
LONGEST_NAME = 200
LONGEST_QUERY = 20_000


async def lock_subscription(work: Work, subscription_id: int) -> Row[Any]:
    """The subscription, locked. Raises NotFound, also for a deleted one."""
    row = await work.row(
        select(*WebhookSubscription.__table__.c)
        .where(
            WebhookSubscription.tenant_id == work.tenant_id,
            WebhookSubscription.id == subscription_id,
            WebhookSubscription.status != "deleted",
        )
        .with_for_update(key_share=True)
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
    """For people and records: no secret, and moments as text."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in fields.items()
        if name not in ("secret", "previous_secret")
    }


def sound_name(name: str) -> str:
    """The name, trimmed. Raises InvalidInput when it is empty or too long."""
    trimmed = name.strip()
    if not 0 < len(trimmed) <= LONGEST_NAME:
        raise InvalidInput(f"A name has 1 to {LONGEST_NAME} characters.", path=("name",))
    return trimmed


def sound_url(url: str, *, reach: Reach) -> str:
    """The URL. Raises InvalidInput when webhooks must not be sent there."""
    fault = fault_of_url(url, reach=reach)
    if fault is not None:
        raise InvalidInput(fault, path=("url",))
    return url


def sound_query(query: str | None) -> str | None:
    """The query that chooses the payload; none if it is empty. Raises InvalidInput when it is too
    long. Whether it can be executed is asked where queries are executed."""
    if query is None or not query.strip():
        return None
    if len(query) > LONGEST_QUERY:
        raise InvalidInput(f"A query has at most {LONGEST_QUERY:,} characters.", path=("query",))
    return query


def owner_of(work: Work) -> dict[str, Any]:
    """Whose rights a subscription has that is made, or led elsewhere, by this work."""
    principal = work.actor.principal
    return {
        "owner_kind": principal.kind.value,
        "owner_id": principal.id,
        "party_id": principal.party_id,
    }


def refuse_unseen(principal: Principal, patterns: Iterable[str]) -> None:
    """Raise NotPermitted for a pattern of which the principal may see no event type."""
    for pattern in patterns:
        types = sorted(t for t in known_event_types() if matches([pattern], t))
        if types and not any(sees(principal, t) for t in types):
            raise NotPermitted(permission_of(types[0]) or SEE_EVENTS)


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
