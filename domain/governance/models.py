"""Tables of change requests, versions, process owners and custom fields."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Index, Numeric, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class ProcessOwner(TenantOwned, Base):
    """Who answers for a process, and is asked when its configuration is to change."""

    __tablename__ = "process_owner"
    __table_args__ = (
        UniqueConstraint("tenant_id", "process"),
        reference("user_id", "user_account"),
    )
    process: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int]
    named_at: Mapped[datetime]


class ChangeRequest(TenantOwned, Base):
    """A change of configuration that somebody wants: what is to be (`proposal`), and what stood
    in the same places when it was drafted (`base`). Without an object it makes a new one.

    `due_at` is the moment from which on the clock carries it out, once it is approved."""

    __tablename__ = "change_request"
    __table_args__ = (
        Index(None, "tenant_id", "kind", "object_key", "id"),
        Index(
            "ix_change_request_due",
            "tenant_id",
            "due_at",
            postgresql_where="status = 'approved'",
        ),
        CheckConstraint(
            "status IN ('draft', 'waiting', 'approved', 'effective', 'rejected', 'withdrawn', "
            "'expired', 'stale', 'failed')",
            name="status",
        ),
        CheckConstraint("(status = 'approved') <= (due_at IS NOT NULL)", name="due"),
    )
    kind: Mapped[str] = mapped_column(Text)
    object_key: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    proposal: Mapped[dict[str, Any]] = mapped_column(JSONB)
    base: Mapped[dict[str, Any]] = mapped_column(JSONB)
    effective_from: Mapped[datetime | None]
    rolls_back_to: Mapped[int | None]
    status: Mapped[str] = mapped_column(Text)
    requester_kind: Mapped[str] = mapped_column(Text)
    requester_id: Mapped[int]
    requested_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(server_default="1")


class ConfigurationVersion(TenantOwned, Base):
    """What a change request made of an object, and what stood there before, append-only.

    Versions of an object count from 1; 0 is how it was before its first change request."""

    __tablename__ = "configuration_version"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "object_key", "version"),
        UniqueConstraint("tenant_id", "change_request_id"),
        reference("change_request_id", "change_request"),
    )
    kind: Mapped[str] = mapped_column(Text)
    object_key: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    change_request_id: Mapped[int]
    made_by: Mapped[str] = mapped_column(Text)
    effective_at: Mapped[datetime]


class CustomField(TenantOwned, Base):
    """A field that the tenant gives to one kind of its objects, and what its values may be."""

    __tablename__ = "custom_field"
    __table_args__ = (
        UniqueConstraint("tenant_id", "subject", "code"),
        reference("owner_id", "user_account"),
        CheckConstraint(
            "subject IN ('item', 'party', 'location', 'legal_entity', 'channel', 'order')",
            name="subject",
        ),
        CheckConstraint(
            "type IN ('text', 'whole_number', 'decimal', 'boolean', 'date', 'choice', 'reference')",
            name="type",
        ),
        CheckConstraint("status IN ('active', 'retired')", name="status"),
        CheckConstraint("(type = 'reference') = (reference_to IS NOT NULL)", name="reference"),
        CheckConstraint("(type = 'choice') = (cardinality(choices) > 0)", name="choices"),
    )
    subject: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    choices: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reference_to: Mapped[str | None] = mapped_column(Text)
    lowest: Mapped[Decimal | None] = mapped_column(Numeric(24, 6))
    highest: Mapped[Decimal | None] = mapped_column(Numeric(24, 6))
    longest: Mapped[int | None]
    pattern: Mapped[str | None] = mapped_column(Text)
    owner_id: Mapped[int | None]
    status: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class CustomFieldValue(TenantOwned, Base):
    """What an object has in a custom field: text and choices as text; all else as a whole number
    that sorts as the value does (a decimal in millionths, a date in days, a row's id), since only
    such an index serves a condition under row security."""

    __tablename__ = "custom_field_value"
    __table_args__ = (
        UniqueConstraint("tenant_id", "subject_id", "field_id"),
        reference("field_id", "custom_field"),
        CheckConstraint("num_nonnulls(text_value, number_value) = 1", name="one_value"),
        Index(
            "ix_custom_field_value_text_value",
            "tenant_id",
            "field_id",
            "text_value",
            "subject_id",
            postgresql_where="text_value IS NOT NULL",
        ),
        Index(
            "ix_custom_field_value_number_value",
            "tenant_id",
            "field_id",
            "number_value",
            "subject_id",
            postgresql_where="number_value IS NOT NULL",
        ),
    )
    field_id: Mapped[int]
    subject_id: Mapped[int]
    text_value: Mapped[str | None] = mapped_column(Text)
    number_value: Mapped[int | None]
