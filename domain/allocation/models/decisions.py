"""Tables of allocation: policies, what was allocated, and why."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, Numeric, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference

QUANTITY = Numeric(24, 6)


class AllocationPolicy(TenantOwned, Base):
    """A version of a policy: which locations serve, in which order, and whether to split.

    For one channel, or for all when the channel is absent. Immutable once active."""

    __tablename__ = "allocation_policy"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code", "version"),
        reference("channel_id", "channel"),
        CheckConstraint("status IN ('draft', 'active', 'retired')", name="status"),
    )
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    channel_id: Mapped[int | None]
    split_allowed: Mapped[bool]
    status: Mapped[str] = mapped_column(Text, server_default="draft")
    effective_from: Mapped[datetime]
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


class Allocation(TenantOwned, Base):
    """Stock of one balance that serves one order line, from reservation to shipment.

    `quantity` is what is still to ship of it; `shipped` what has left."""

    __tablename__ = "allocation"
    __table_args__ = (
        Index(None, "tenant_id", "order_id"),
        Index(None, "tenant_id", "order_line_id"),
        reference("order_id", "sales_order"),
        reference("order_line_id", "sales_order_line"),
        reference("balance_id", "stock_balance"),
        reference("reservation_id", "stock_reservation"),
        reference("location_id", "location"),
        CheckConstraint("status IN ('open', 'released', 'shipped', 'cancelled')", name="status"),
        CheckConstraint("quantity >= 0 AND shipped >= 0", name="not_negative"),
    )
    order_id: Mapped[int]
    order_line_id: Mapped[int]
    location_id: Mapped[int]
    owner_id: Mapped[int]
    balance_id: Mapped[int]
    reservation_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    shipped: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    status: Mapped[str] = mapped_column(Text, server_default="open")
    created_at: Mapped[datetime]


class AllocationDecision(TenantOwned, Base):
    """Why a line went where it went: every candidate location with its rank, what it had,
    what it gave, and the rule that chose or refused it."""

    __tablename__ = "allocation_decision"
    __table_args__ = (
        Index(None, "tenant_id", "order_line_id", "id"),
        reference("order_id", "sales_order"),
        reference("order_line_id", "sales_order_line"),
        reference("policy_id", "allocation_policy"),
    )
    order_id: Mapped[int]
    order_line_id: Mapped[int]
    policy_id: Mapped[int | None]
    trigger: Mapped[str] = mapped_column(Text)
    requested: Mapped[Decimal] = mapped_column(QUANTITY)
    allocated: Mapped[Decimal] = mapped_column(QUANTITY)
    candidates: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    decided_at: Mapped[datetime]
