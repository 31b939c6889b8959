"""Tables of onboarding: sign-ups, invitations, letters, the sandbox, tours, deletion."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import domain.onboarding.job_models as job_models
from tenancy.base import Base, TenantOwned, reference

__all__ = [
    "Invitation",
    "Letter",
    "Sandbox",
    "SignUp",
    "TenantDeletion",
    "Tour",
    "job_models",
]


class SignUp(TenantOwned, Base):
    """A company that asked to come on, in tenant 0. It becomes a tenant when its address is
    verified, and is thrown away when it is not."""

    __tablename__ = "sign_up"
    __table_args__ = (Index(None, "tenant_id", "expires_at"),)
    email: Mapped[str] = mapped_column(Text)
    company: Mapped[str] = mapped_column(Text)
    wanted_slug: Mapped[str] = mapped_column(Text)
    display_name: Mapped[str] = mapped_column(Text)
    # Gone as soon as the tenant has it.
    password_hash: Mapped[str | None] = mapped_column(Text)
    nonce: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]


class Invitation(TenantOwned, Base):
    """A user who has been asked by mail to choose a password."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("status IN ('sent', 'accepted', 'withdrawn')", name="status"),
        reference("user_id", "user_account", ondelete="CASCADE"),
        Index(None, "tenant_id", "user_id"),
    )
    user_id: Mapped[int]
    email: Mapped[str] = mapped_column(Text)
    nonce: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    invited_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Letter(TenantOwned, Base):
    """A mail to be sent. What signs in is not in it: the sender works it out of the nonce."""

    __tablename__ = "letter"
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'sent', 'failed')", name="status"),
        Index(None, "tenant_id", "status", "due_at"),
    )
    purpose: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[int]
    nonce: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    status: Mapped[str] = mapped_column(Text, server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Sandbox(TenantOwned, Base):
    """A tenant's sandbox: a tenant of its own, and how far it has been copied."""

    __tablename__ = "sandbox"
    __table_args__ = (
        UniqueConstraint("tenant_id"),
        CheckConstraint(
            "status IN ('clearing', 'copying', 'ready', 'removing', 'removed')", name="status"
        ),
    )
    sandbox_tenant_id: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(Text)
    # The table that is being copied, and the id up to which it is.
    step: Mapped[str | None] = mapped_column(Text)
    after_id: Mapped[int] = mapped_column(server_default="0")
    copied: Mapped[int] = mapped_column(server_default="0")
    asked_by_id: Mapped[int]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    refreshed_at: Mapped[datetime | None]


class Tour(TenantOwned, Base):
    """An order that was taken through a sandbox step by step."""

    __tablename__ = "tour"
    __table_args__ = (CheckConstraint("status IN ('running', 'done', 'failed')", name="status"),)
    status: Mapped[str] = mapped_column(Text)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    # What later steps need to know of earlier ones: ids by name.
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    problem: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class TenantDeletion(TenantOwned, Base):
    """The wish to take a tenant away, with everything it has."""

    __tablename__ = "tenant_deletion"
    __table_args__ = (
        UniqueConstraint("tenant_id"),
        CheckConstraint("status IN ('asked', 'confirmed', 'withdrawn')", name="status"),
    )
    status: Mapped[str] = mapped_column(Text)
    nonce: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    erase_from: Mapped[datetime | None]
