"""Tables of policies: versions, what they said when they took effect, and what lanes cost."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, Numeric, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class AllocationPolicy(TenantOwned, Base):
    """A version of a policy: where orders are served from, in which order and how far.

    For one channel, for one entity, or the tenant's standard when both are absent. It is in
    effect from `effective_from` until `effective_to` once it is active, and cannot change then.
    `definition` is the draft's; without one it is the ranked locations below. What an active
    policy says stands in `allocation_policy_content` under the same `content_hash`."""

    __tablename__ = "allocation_policy"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code", "version"),
        reference("channel_id", "channel"),
        reference("entity_id", "legal_entity"),
        CheckConstraint("status IN ('draft', 'active', 'retired')", name="status"),
        CheckConstraint("channel_id IS NULL OR entity_id IS NULL", name="one_scope"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="period"),
    )
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    channel_id: Mapped[int | None]
    entity_id: Mapped[int | None]
    split_allowed: Mapped[bool]
    status: Mapped[str] = mapped_column(Text, server_default="draft")
    effective_from: Mapped[datetime]
    effective_to: Mapped[datetime | None]
    definition: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    content_hash: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class AllocationPolicyLocation(TenantOwned, Base):
    """A location that a policy may use; the lower rank is asked first."""

    __tablename__ = "allocation_policy_location"
    __table_args__ = (
        UniqueConstraint("tenant_id", "policy_id", "location_id"),
        reference("policy_id", "allocation_policy"),
        reference("location_id", "location"),
    )
    policy_id: Mapped[int]
    location_id: Mapped[int]
    rank: Mapped[int]


class AllocationPolicyContent(TenantOwned, Base):
    """What a policy says, as it was when it was activated.

    The application may only add rows: an active policy cannot be changed, whoever tries."""

    __tablename__ = "allocation_policy_content"
    __table_args__ = (
        UniqueConstraint("tenant_id", "policy_id"),
        reference("policy_id", "allocation_policy"),
    )
    policy_id: Mapped[int]
    content_hash: Mapped[str] = mapped_column(Text)
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    activated_at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(Text)


class LaneCost(TenantOwned, Base):
    """What it costs to ship from a location to a country or region of it; anywhere without one.

    Minor units of the tenant's choice of currency, the same for all lanes: they are compared."""

    __tablename__ = "lane_cost"
    __table_args__ = (
        Index(
            "uq_lane_cost_lane",
            "tenant_id",
            "location_id",
            "country",
            "region",
            "service_level",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        reference("location_id", "location"),
        CheckConstraint("per_order_minor >= 0 AND per_unit_minor >= 0", name="not_negative"),
        CheckConstraint("region IS NULL OR country IS NOT NULL", name="region_of_country"),
    )
    location_id: Mapped[int]
    country: Mapped[str | None] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    service_level: Mapped[str | None] = mapped_column(Text)
    per_order_minor: Mapped[int]
    per_unit_minor: Mapped[Decimal] = mapped_column(Numeric(24, 6))
