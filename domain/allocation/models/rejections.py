"""Tables of what locations would not do."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.allocation.models.decisions import QUANTITY
from tenancy.base import Base, TenantOwned, reference


class AllocationRejection(TenantOwned, Base):
    """A location rejected what was allocated there; until `expires_at`, or until a person clears
    it, nothing for this line is taken from there."""

    __tablename__ = "allocation_rejection"
    __table_args__ = (
        Index(None, "tenant_id", "order_line_id"),
        Index(
            "ix_allocation_rejection_due",
            "tenant_id",
            "expires_at",
            postgresql_where=text("woken_at IS NULL AND cleared_at IS NULL"),
        ),
        reference("order_id", "sales_order"),
        reference("order_line_id", "sales_order_line"),
        reference("location_id", "location"),
        reference("fulfilment_order_id", "fulfilment_order"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("reason IN ('no_stock', 'damaged', 'capacity', 'closed')", name="reason"),
    )
    order_id: Mapped[int]
    order_line_id: Mapped[int]
    location_id: Mapped[int]
    fulfilment_order_id: Mapped[int | None]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    reason: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    rejected_at: Mapped[datetime]
    rejected_by: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
    # When the line had its turn again because the time was over.
    woken_at: Mapped[datetime | None]
