"""Tables of the kernel: events, outbox, audit, idempotency, document numbers."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class EventRecord(TenantOwned, Base):
    """Every event, append-only: what subscriptions resume from and webhooks replay."""

    __tablename__ = "event"
    __table_args__ = (
        Index(None, "tenant_id", "aggregate", "aggregate_id", "id"),
        Index(None, "tenant_id", "type", "id"),
        Index(None, "tenant_id", "occurred_at"),
    )
    type: Mapped[str] = mapped_column(Text)
    aggregate: Mapped[str] = mapped_column(Text)
    aggregate_id: Mapped[int]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    occurred_at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)
    # W3C traceparent of what recorded it: its handlers continue that trace.
    trace_context: Mapped[str | None] = mapped_column(Text)


class Outbox(TenantOwned, Base):
    """Events not yet handled. The relay marks `sent_at`; the handler deletes the row in its own
    transaction; what stayed too long is sent again."""

    __tablename__ = "outbox"
    __table_args__ = (
        reference("event_id", "event"),
        Index(None, "tenant_id", "aggregate", "aggregate_id", "event_id"),
        Index(None, "tenant_id", "due_at"),
    )
    event_id: Mapped[int]
    aggregate: Mapped[str] = mapped_column(Text)
    aggregate_id: Mapped[int]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[str | None] = mapped_column(Text)
    parked_at: Mapped[datetime | None]


class AuditEntry(TenantOwned, Base):
    """Who did what to which record, what it was before and after, and why."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "tenant_id", "subject", "subject_id", "id"),
        Index(None, "tenant_id", "actor_kind", "actor_id", "id"),
        Index(None, "tenant_id", "action", "id"),
        Index(None, "tenant_id", "document", "id"),
        Index(None, "tenant_id", "occurred_at", postgresql_using="brin"),
    )
    occurred_at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int]
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[int]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    reason: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)
    # For whom, where the actor acted for another: a partner's party or location, or who caused it.
    behalf_kind: Mapped[str | None] = mapped_column(Text)
    behalf_id: Mapped[int | None]
    behalf_of: Mapped[str | None] = mapped_column(Text)
    # Through what: `graphql:PlaceOrder`, `event:order.placed`, `task:expire_stock_holds`.
    document: Mapped[str | None] = mapped_column(Text)


class AuditSeal(TenantOwned, Base):
    """A link of the chain over the audit log, append-only: the hash covers the one before it and
    all that the entry says."""

    __tablename__ = "audit_seal"
    __table_args__ = (
        UniqueConstraint("tenant_id", "position"),
        UniqueConstraint("tenant_id", "audit_entry_id"),
    )
    position: Mapped[int]
    audit_entry_id: Mapped[int]
    hash: Mapped[bytes]
    sealed_at: Mapped[datetime]


class GovernanceSetting(TenantOwned, Base):
    """Whether a kind of configuration changes only by change request, and which local variants
    of the tenant's standard may be. Without a row: open, and all may."""

    __tablename__ = "governance_setting"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind"),
        CheckConstraint("mode IN ('open', 'governed')", name="mode"),
    )
    kind: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text)
    channel_variants: Mapped[bool]
    entity_variants: Mapped[bool]
    changed_at: Mapped[datetime]


class IdempotencyRecord(TenantOwned, Base):
    """The answer that was given to a key, kept in the transaction that gave it."""

    __tablename__ = "idempotency_record"
    __table_args__ = (
        UniqueConstraint("tenant_id", "actor", "key"),
        Index(None, "tenant_id", "created_at"),
    )
    actor: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    operation: Mapped[str] = mapped_column(Text)
    input_hash: Mapped[str] = mapped_column(Text)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime]


class DocumentCounter(TenantOwned, Base):
    """The last number given to a kind of document of a tenant."""

    __tablename__ = "document_counter"
    __table_args__ = (UniqueConstraint("tenant_id", "kind"),)
    kind: Mapped[str] = mapped_column(Text)
    last: Mapped[int]
    # What was drawn since the month began is the difference to it.
    counted_from: Mapped[int] = mapped_column(server_default="0")
    # The highest number that may be drawn before `ceiling_until`.
    ceiling: Mapped[int | None]
    ceiling_until: Mapped[datetime | None]
