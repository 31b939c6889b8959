"""Tables of transfers: goods that go from one location to another, and are on their way between."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory.models.stock import QUANTITY
from tenancy.base import Base, TenantOwned, reference


class TransferOrder(TenantOwned, Base):
    """Goods of one owner that go from one location to another, through the owner's location of
    goods in transit."""

    __tablename__ = "transfer_order"
    __table_args__ = (
        Index("uq_transfer_order_number", "tenant_id", "number", unique=True),
        Index(None, "tenant_id", "destination_id", "status"),
        reference("source_id", "location"),
        reference("destination_id", "location"),
        reference("transit_id", "location"),
        reference("owner_id", "legal_entity"),
        reference("buyer_id", "legal_entity"),
        CheckConstraint("source_id <> destination_id", name="two_places"),
        CheckConstraint(
            "(buyer_id IS NULL) = (passes_at IS NULL) AND passes_at IN ('shipment', 'receipt')",
            name="passing",
        ),
        CheckConstraint(
            "status IN ('draft', 'released', 'shipped', 'partly_received', 'received', "
            "'cancelled')",
            name="status",
        ),
    )
    number: Mapped[str] = mapped_column(Text)
    source_id: Mapped[int]
    destination_id: Mapped[int]
    transit_id: Mapped[int]
    owner_id: Mapped[int]
    # Whose the goods become under a trade agreement, and at which end of the way; None: nobody's.
    buyer_id: Mapped[int | None]
    passes_at: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="draft")
    reason: Mapped[str] = mapped_column(Text)
    external_reference: Mapped[str | None] = mapped_column(Text)
    expected_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text)
    shipped_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class TransferLine(TenantOwned, Base):
    """A quantity of one balance that is to go; quantities in base units.

    What was shipped has arrived (fit or damaged), is missing, or is on its way still."""

    __tablename__ = "transfer_line"
    __table_args__ = (
        Index("uq_transfer_line_number", "tenant_id", "transfer_id", "line_number", unique=True),
        Index(
            "ix_transfer_line_in_transit",
            "tenant_id",
            "item_id",
            "destination_id",
            postgresql_where="in_transit > 0",
        ),
        reference("transfer_id", "transfer_order"),
        reference("item_id", "item"),
        reference("balance_id", "stock_balance"),
        reference("source_id", "location"),
        reference("destination_id", "location"),
        CheckConstraint("quantity > 0 AND shipped >= 0 AND shipped <= quantity", name="shipped"),
        CheckConstraint(
            "received >= 0 AND damaged >= 0 AND damaged <= received AND over_received >= 0 "
            "AND missing >= 0 AND in_transit >= 0",
            name="not_negative",
        ),
        CheckConstraint(
            "shipped = received - over_received + missing + in_transit", name="accounted_for"
        ),
    )
    transfer_id: Mapped[int]
    line_number: Mapped[int]
    item_id: Mapped[int]
    balance_id: Mapped[int]
    source_id: Mapped[int]
    destination_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    shipped: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    received: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    damaged: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    over_received: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    missing: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    in_transit: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
