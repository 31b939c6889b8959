"""Tables of intake: the raw message as it came, and what was read out of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class IntakeMessage(TenantOwned, Base):
    """A document as it arrived. Kept before anything else is tried, so nothing is dropped."""

    __tablename__ = "intake_message"
    __table_args__ = (
        Index(None, "tenant_id", "channel_id", "id"),
        Index(None, "tenant_id", "channel_id", "content_hash"),
        Index("ix_intake_message_outcome", "tenant_id", "outcome", "id"),
        Index(
            "uq_intake_message_delivery",
            "tenant_id",
            "channel_id",
            "delivery_id",
            "content_hash",
            unique=True,
            postgresql_where=text("delivery_id IS NOT NULL"),
        ),
        reference("channel_id", "channel"),
        reference("duplicate_of_id", "intake_message"),
        CheckConstraint(
            "outcome IN ('received', 'accepted', 'exception', 'duplicate', 'rejected')",
            name="outcome",
        ),
    )
    channel_id: Mapped[int]
    received_at: Mapped[datetime]
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    content_hash: Mapped[str] = mapped_column(Text)
    filename: Mapped[str | None] = mapped_column(Text)
    content_type: Mapped[str | None] = mapped_column(Text)
    topic: Mapped[str | None] = mapped_column(Text)
    delivery_id: Mapped[str | None] = mapped_column(Text)
    format: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text, server_default="received")
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    acknowledgement: Mapped[str | None] = mapped_column(Text)
    duplicate_of_id: Mapped[int | None]
    processed_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")


class IntakeDocument(TenantOwned, Base):
    """One order (or return, or invoice of a supplier) read out of a message: booked as such, or
    waiting with its problems."""

    __tablename__ = "intake_document"
    __table_args__ = (
        Index(None, "tenant_id", "message_id"),
        Index(None, "tenant_id", "order_id"),
        Index(None, "tenant_id", "external_id"),
        Index(None, "tenant_id", "supplier_invoice_id"),
        reference("message_id", "intake_message"),
        reference("order_id", "sales_order"),
        reference("supplier_invoice_id", "supplier_invoice"),
        CheckConstraint(
            "outcome IN ('accepted', 'amended', 'exception', 'duplicate', 'rejected', "
            "'superseded')",
            name="outcome",
        ),
    )
    message_id: Mapped[int]
    position: Mapped[int]
    external_id: Mapped[str | None] = mapped_column(Text)
    external_number: Mapped[str | None] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(Text)
    order_id: Mapped[int | None]
    supplier_invoice_id: Mapped[int | None]
    outcome: Mapped[str] = mapped_column(Text)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
