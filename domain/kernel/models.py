"""Tables of the kernel: events, outbox, audit, idempotency, document numbers."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class EventRecord(TenantOwned, Base):
    """Every event, append-only: what subscriptions resume from and webhooks replay."""

    __tablename__ = "event"
    __table_args__ = (Index(None, "tenant_id", "aggregate", "aggregate_id", "id"),)
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
    __table_args__ = (Index(None, "tenant_id", "subject", "subject_id", "id"),)
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
