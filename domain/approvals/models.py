"""Tables of approvals: what is asked for, and what was decided about it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class ApprovalRequest(TenantOwned, Base):
    """Something that waits for somebody else's yes. `location_id` is set where it concerns one
    location alone: a partner that runs the location sees it."""

    __tablename__ = "approval_request"
    __table_args__ = (
        # What a decision refers to, so that it cannot misquote who asked.
        UniqueConstraint("tenant_id", "id", "requester_kind", "requester_id"),
        Index(
            "uq_approval_request_waiting",
            "tenant_id",
            "subject",
            "subject_id",
            unique=True,
            postgresql_where="status = 'waiting'",
        ),
        Index(None, "tenant_id", "subject", "subject_id"),
        Index(None, "tenant_id", "status", "id"),
        Index(
            "ix_approval_request_due",
            "tenant_id",
            "expires_at",
            postgresql_where="status = 'waiting'",
        ),
        reference("location_id", "location"),
        CheckConstraint(
            "status IN ('waiting', 'approved', 'rejected', 'withdrawn', 'expired')", name="status"
        ),
        CheckConstraint("(status = 'waiting') = (ended_at IS NULL)", name="ended"),
    )
    subject: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[int]
    location_id: Mapped[int | None]
    summary: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(Text)
    requester_kind: Mapped[str] = mapped_column(Text)
    requester_id: Mapped[int]
    requested_by: Mapped[str] = mapped_column(Text)
    requested_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(Text, server_default="waiting")
    ended_at: Mapped[datetime | None]


class ApprovalDecision(TenantOwned, Base):
    """What one person said about a request. Who asked can never be who decides: the CHECK reads
    the requester from the request itself, through the reference."""

    __tablename__ = "approval_decision"
    __table_args__ = (
        UniqueConstraint("tenant_id", "request_id", "decider_kind", "decider_id"),
        ForeignKeyConstraint(
            ["tenant_id", "request_id", "requester_kind", "requester_id"],
            [
                "approval_request.tenant_id",
                "approval_request.id",
                "approval_request.requester_kind",
                "approval_request.requester_id",
            ],
        ),
        CheckConstraint("verdict IN ('approved', 'rejected')", name="verdict"),
        CheckConstraint(
            "(decider_kind, decider_id) <> (requester_kind, requester_id)", name="not_requester"
        ),
    )
    request_id: Mapped[int]
    requester_kind: Mapped[str] = mapped_column(Text)
    requester_id: Mapped[int]
    decider_kind: Mapped[str] = mapped_column(Text)
    decider_id: Mapped[int]
    decided_by: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(Text)
    comment: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime]
