"""Tables of webhooks: who wants to be told, what was sent, every attempt."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class WebhookSubscription(TenantOwned, Base):
    """An address that is told of events of the given types. A deleted one stays for its history."""

    __tablename__ = "webhook_subscription"
    __table_args__ = (CheckConstraint("status IN ('active', 'paused', 'deleted')", name="status"),)
    name: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)
    event_types: Mapped[list[str]] = mapped_column(ARRAY(Text))
    status: Mapped[str] = mapped_column(Text, server_default="active")
    created_at: Mapped[datetime]


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
    """One try of one delivery, with what came back."""

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
