"""Webhook deliveries, noted with the event that they tell."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, or_, select

from domain.integration.event_types import TOLD_TO_PARTNERS, permission_of
from domain.integration.events import WebhookTested
from domain.integration.models import WebhookDelivery, WebhookSubscription
from domain.integration.policy import matches
from domain.integration.telling import told_data
from domain.kernel.event_log import is_visible
from domain.kernel.work import Work
from tenancy.models import ApiKey, RolePermission, Tenant, UserRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event as subscribers are told it."""

    event_id: int
    type: str
    aggregate: str
    aggregate_id: int
    payload: Mapping[str, Any]
    occurred_at: datetime

    def body(self, tenant_slug: str) -> dict[str, Any]:
        """The message. Its id is the same for every subscriber, attempt and replay."""
        return {
            "id": message_id(self.event_id),
            "type": self.type,
            "occurred_at": self.occurred_at.isoformat(),
            "tenant": tenant_slug,
            "data": told_data(self.aggregate, self.aggregate_id, self.payload),
        }


def message_id(event_id: int) -> str:
    """What subscribers de-duplicate by: the webhook-id header."""
    return f"evt_{event_id}"


async def queue_deliveries(work: Work, told: Told) -> None:
    """Note one delivery, due now, for each active subscription to the event's type whose owner
    may see such events, a partner's only of what is its own. The event of a test is for the
    subscription that is tested alone."""
    s = WebhookSubscription
    wanted = select(s.id, s.event_types, s.party_id, Tenant.slug).join(
        Tenant, Tenant.id == s.tenant_id
    )
    wanted = wanted.where(s.tenant_id == work.tenant_id, s.status == "active")
    needed = permission_of(told.type)
    is_test = told.type == WebhookTested.type
    if is_test:
        wanted = wanted.where(s.id == told.aggregate_id)
    elif needed is not None:
        wanted = wanted.where(_owner_may(needed))
    found = [
        row
        for row in await work.rows(wanted.order_by(s.id))
        if is_test or matches(row.event_types, told.type)
    ]
    parties = {row.party_id for row in found} - {None}
    seeing = await _parties_that_see(work, told, parties)
    rows = [
        delivery_row(work, row.id, told, row.slug)
        for row in found
        if row.party_id is None or row.party_id in seeing
    ]
    if rows:
        await work.execute(insert(WebhookDelivery), rows)


async def _parties_that_see(work: Work, told: Told, party_ids: Collection[int]) -> set[int]:
    """Those of the parties whose own the event is, as row security has it."""
    if told.type not in TOLD_TO_PARTNERS:
        return set()
    seeing = set()
    for party_id in sorted(party_ids):
        async with work.as_party(party_id):
            if await is_visible(work, event_id=told.event_id):
                seeing.add(party_id)
    return seeing


def _owner_may(permission: str) -> Any:
    """The condition that the owner of a subscription holds the permission now."""
    s = WebhookSubscription
    of_user = select(UserRole.role_id).where(
        UserRole.tenant_id == s.tenant_id, UserRole.user_id == s.owner_id, s.owner_kind == "user"
    )
    of_key = select(ApiKey.role_id).where(
        ApiKey.tenant_id == s.tenant_id, ApiKey.id == s.owner_id, s.owner_kind == "api_key"
    )
    holds = select(RolePermission.id).where(
        RolePermission.tenant_id == s.tenant_id,
        RolePermission.permission == permission,
        RolePermission.role_id.in_(of_user.union_all(of_key)),
    )
    return or_(s.owner_kind == "system", holds.exists())


def delivery_row(work: Work, subscription_id: int, told: Told, slug: str) -> dict[str, Any]:
    """The values of a delivery that is due now."""
    return {
        "tenant_id": work.tenant_id,
        "subscription_id": subscription_id,
        "event_id": told.event_id,
        "aggregate": told.aggregate,
        "aggregate_id": told.aggregate_id,
        "due_at": work.now,
        "body": told.body(slug),
    }


def wanted_types(patterns: Sequence[str], column: Any) -> Any:
    """The condition that `column` holds a type that a subscription to `patterns` wants."""
    return or_(
        column.in_([p for p in patterns if not p.endswith("*")]),
        *(func.starts_with(column, p[:-1]) for p in patterns if p.endswith("*")),
    )
