"""Tables of approvals: policies, what is asked for, its steps, what was decided, and who stands in
for whom."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class ApprovalPolicy(TenantOwned, Base):
    """A version of what a tenant asks for before things of one subject happen. It is in effect
    from `effective_from` until `effective_to` once it is active, and cannot change then: what it
    says then stands in `approval_policy_content`. `rules` are the draft's."""

    __tablename__ = "approval_policy"
    __table_args__ = (
        UniqueConstraint("tenant_id", "subject", "version"),
        CheckConstraint("status IN ('draft', 'active', 'retired')", name="status"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="period"),
    )
    subject: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    status: Mapped[str] = mapped_column(Text, server_default="draft")
    effective_from: Mapped[datetime]
    effective_to: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text)


class ApprovalPolicyContent(TenantOwned, Base):
    """What a policy says, as it was when it was activated.

    The application may only add rows: an active policy cannot be changed, whoever tries."""

    __tablename__ = "approval_policy_content"
    __table_args__ = (
        UniqueConstraint("tenant_id", "policy_id"),
        reference("policy_id", "approval_policy"),
    )
    policy_id: Mapped[int]
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    activated_at: Mapped[datetime]
    activated_by: Mapped[str] = mapped_column(Text)


class ApprovalDelegation(TenantOwned, Base):
    """One person decides for another between two moments; about these subjects, or all when there
    is none."""

    __tablename__ = "approval_delegation"
    __table_args__ = (
        reference("from_user_id", "user_account"),
        reference("to_user_id", "user_account"),
        Index(None, "tenant_id", "to_user_id", "ends_at"),
        Index(None, "tenant_id", "from_user_id", "ends_at"),
        CheckConstraint("from_user_id <> to_user_id", name="another"),
        CheckConstraint("ends_at > starts_at", name="period"),
    )
    from_user_id: Mapped[int]
    to_user_id: Mapped[int]
    subjects: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text)
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(Text)


class ApprovalRequest(TenantOwned, Base):
    """Something that waits for somebody else's yes. `location_id` is set where it concerns one
    location alone: a partner that runs the location sees it. `policy_id` and `rule` are what its
    steps come from; absent where no rule applied."""

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
        reference("policy_id", "approval_policy"),
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
    policy_id: Mapped[int | None]
    rule: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class ApprovalStep(TenantOwned, Base):
    """One of the steps of a request, taken in their order: `needed` people have to say yes, of
    those that are named for it; where none is named, anybody with the subject's permission."""

    __tablename__ = "approval_step"
    __table_args__ = (
        UniqueConstraint("tenant_id", "request_id", "position"),
        UniqueConstraint("tenant_id", "id", "request_id"),
        reference("request_id", "approval_request"),
        Index(
            "ix_approval_step_due",
            "tenant_id",
            "escalates_at",
            postgresql_where=text("status = 'waiting' AND escalated_at IS NULL"),
        ),
        CheckConstraint("needed > 0", name="needed"),
        CheckConstraint(
            "status IN ('pending', 'waiting', 'passed', 'rejected', 'dropped')", name="status"
        ),
    )
    request_id: Mapped[int]
    position: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    needed: Mapped[int]
    status: Mapped[str] = mapped_column(Text)
    escalates_after_minutes: Mapped[int | None]
    began_at: Mapped[datetime | None]
    escalates_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class ApprovalStepApprover(TenantOwned, Base):
    """A role or a person that a step names; `by_escalation`: once it has escalated only."""

    __tablename__ = "approval_step_approver"
    __table_args__ = (
        Index(None, "tenant_id", "step_id"),
        reference("step_id", "approval_step"),
        reference("role_id", "role"),
        reference("user_id", "user_account"),
        CheckConstraint("num_nonnulls(role_id, user_id) = 1", name="one"),
    )
    step_id: Mapped[int]
    role_id: Mapped[int | None]
    user_id: Mapped[int | None]
    by_escalation: Mapped[bool]


class ApprovalDecision(TenantOwned, Base):
    """What one person said about a request, in one's own right or for whoever they stand in for
    (`for_kind`, `for_id`). Neither can be who asked: the CHECKs read the requester from the
    request itself, through the reference."""

    __tablename__ = "approval_decision"
    __table_args__ = (
        UniqueConstraint("tenant_id", "request_id", "decider_kind", "decider_id"),
        UniqueConstraint("tenant_id", "request_id", "for_kind", "for_id"),
        ForeignKeyConstraint(
            ["tenant_id", "step_id", "request_id"],
            ["approval_step.tenant_id", "approval_step.id", "approval_step.request_id"],
        ),
        reference("delegation_id", "approval_delegation"),
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
        CheckConstraint(
            "(for_kind, for_id) <> (requester_kind, requester_id)", name="not_for_requester"
        ),
        CheckConstraint(
            "(delegation_id IS NULL) = ((for_kind, for_id) = (decider_kind, decider_id))",
            name="delegated",
        ),
    )
    request_id: Mapped[int]
    step_id: Mapped[int]
    requester_kind: Mapped[str] = mapped_column(Text)
    requester_id: Mapped[int]
    decider_kind: Mapped[str] = mapped_column(Text)
    decider_id: Mapped[int]
    decided_by: Mapped[str] = mapped_column(Text)
    for_kind: Mapped[str] = mapped_column(Text)
    for_id: Mapped[int]
    for_name: Mapped[str | None] = mapped_column(Text)
    delegation_id: Mapped[int | None]
    verdict: Mapped[str] = mapped_column(Text)
    comment: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime]
