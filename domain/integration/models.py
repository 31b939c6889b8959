"""Tables of webhooks: who wants to be told, what was sent, every attempt."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class WebhookSubscription(TenantOwned, Base):
    """An address that is told of events of the given types. A deleted one stays for its history.
    With a party it is that partner's, and is told of what is the partner's own.

    `query` chooses the payload; it runs with the rights of the owner. While calls fail `failures`
    counts them, and nothing is sent before `resume_at`."""

    __tablename__ = "webhook_subscription"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'paused', 'disabled', 'deleted')", name="status"),
        CheckConstraint("owner_kind IN ('user', 'api_key', 'system')", name="owner_kind"),
        reference("party_id", "party"),
    )
    name: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)
    event_types: Mapped[list[str]] = mapped_column(ARRAY(Text))
    status: Mapped[str] = mapped_column(Text, server_default="active")
    created_at: Mapped[datetime]
    query: Mapped[str | None] = mapped_column(Text)
    owner_kind: Mapped[str] = mapped_column(Text, server_default="system")
    owner_id: Mapped[int] = mapped_column(server_default="0")
    party_id: Mapped[int | None]
    previous_secret: Mapped[str | None] = mapped_column(Text)
    previous_secret_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    failing_since: Mapped[datetime | None]
    resume_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None] = mapped_column(Text)


class WebhookDelivery(TenantOwned, Base):
    """One event for one subscriber, tried until it is taken or given up."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("tenant_id", "subscription_id", "event_id"),
        Index(None, "tenant_id", "status", "due_at"),
        # Finds the earlier deliveries of an aggregate that a later one has to wait for.
        Index(
            "ix_webhook_delivery_waiting",
            "tenant_id",
            "subscription_id",
            "aggregate",
            "aggregate_id",
            "event_id",
            postgresql_where=text("status = 'due'"),
        ),
        # Finds what of one subscription is due, whatever waits for the others.
        Index(
            "ix_webhook_delivery_due",
            "tenant_id",
            "subscription_id",
            "due_at",
            "event_id",
            postgresql_where=text("status = 'due'"),
        ),
        reference("subscription_id", "webhook_subscription"),
        reference("event_id", "event"),
        CheckConstraint("status IN ('due', 'delivered', 'dead')", name="status"),
    )
    subscription_id: Mapped[int]
    event_id: Mapped[int]
    aggregate: Mapped[str] = mapped_column(Text)
    aggregate_id: Mapped[int]
    status: Mapped[str] = mapped_column(Text, server_default="due")
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    delivered_at: Mapped[datetime | None]


class WebhookAttempt(TenantOwned, Base):
    """One try of one delivery: what was sent where, and what came back."""

    __tablename__ = "webhook_attempt"
    __table_args__ = (
        Index(None, "tenant_id", "delivery_id", "id"),
        reference("delivery_id", "webhook_delivery"),
    )
    delivery_id: Mapped[int]
    attempted_at: Mapped[datetime]
    response_status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(Text)
    duration_ms: Mapped[int]
    address: Mapped[str | None] = mapped_column(Text)
    request_headers: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    request_body: Mapped[str | None] = mapped_column(Text)
    response_headers: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    response_body: Mapped[str | None] = mapped_column(Text)


class WebhookReplay(TenantOwned, Base):
    """Events of a range that are sent again, noted part by part by the worker.

    `done_through` is the last event that was looked at."""

    __tablename__ = "webhook_replay"
    __table_args__ = (CheckConstraint("status IN ('running', 'done', 'cancelled')", name="status"),)
    subscription_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    event_types: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    occurred_from: Mapped[datetime | None]
    occurred_until: Mapped[datetime | None]
    first_event_id: Mapped[int | None]
    last_event_id: Mapped[int | None]
    undelivered_only: Mapped[bool]
    status: Mapped[str] = mapped_column(Text)
    done_through: Mapped[int]
    events_total: Mapped[int]
    events_done: Mapped[int]
    deliveries: Mapped[int]
    asked_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
