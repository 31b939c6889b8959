"""Tables of what was allocated, and why."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference

QUANTITY = Numeric(24, 6)


class Allocation(TenantOwned, Base):
    """Stock of one balance that serves one order line, from reservation to shipment.

    `quantity` is what is still to ship of it; `shipped` what has left. What came from a protected
    pool says which."""

    __tablename__ = "allocation"
    __table_args__ = (
        Index(None, "tenant_id", "order_id"),
        Index(None, "tenant_id", "order_line_id"),
        Index(None, "tenant_id", "location_id", "created_at"),
        reference("order_id", "sales_order"),
        reference("order_line_id", "sales_order_line"),
        reference("balance_id", "stock_balance"),
        reference("reservation_id", "stock_reservation"),
        reference("location_id", "location"),
        reference("pool_id", "stock_pool"),
        Index(
            "ix_allocation_pool",
            "tenant_id",
            "pool_id",
            postgresql_where=text("pool_id IS NOT NULL"),
        ),
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
    pool_id: Mapped[int | None]
    # The stock is another entity's: it is bought under trade agreements when it leaves.
    is_traded: Mapped[bool] = mapped_column(server_default=text("false"))
    # How many days later it leaves for that.
    lead_days: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime]


class AllocationDecision(TenantOwned, Base):
    """Why a line went where it went. It is written with every order, so it is kept short.

    `candidates` has a list for each location: location id, rank, what it had, what it gave, the
    rule that chose or refused it, and its criterion values. `because` says which strategies gave,
    which were skipped by which condition, which criteria counted and which constraints were
    dropped; it is absent where the tenant has no policy of its own."""

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
    candidates: Mapped[list[Any]] = mapped_column(JSONB)
    because: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    decided_at: Mapped[datetime]
