"""Tables of items, their units and identifiers."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class Item(TenantOwned, Base):
    """A thing that is bought, stocked and sold; every quantity of it is kept in its base unit."""

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("tenant_id", "sku"),
        CheckConstraint("tracking IN ('none', 'lot', 'serial')", name="tracking"),
        CheckConstraint("status IN ('active', 'draft', 'discontinued')", name="status"),
    )
    sku: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    base_unit: Mapped[str] = mapped_column(Text)
    tracking: Mapped[str] = mapped_column(Text, server_default="none")
    tax_code: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="active")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class ItemUnit(TenantOwned, Base):
    """A unit the item is ordered, bought or shipped in: numerator/denominator base units each.

    The base unit itself stands here too, as 1/1, so that every conversion is one join."""

    __tablename__ = "item_unit"
    __table_args__ = (
        UniqueConstraint("tenant_id", "item_id", "unit"),
        reference("item_id", "item", ondelete="CASCADE"),
        CheckConstraint("numerator > 0 AND denominator > 0", name="positive"),
    )
    item_id: Mapped[int]
    unit: Mapped[str] = mapped_column(Text)
    numerator: Mapped[Decimal] = mapped_column(Numeric(24, 6))
    denominator: Mapped[Decimal] = mapped_column(Numeric(24, 6), server_default="1")


class ItemIdentifier(TenantOwned, Base):
    """A code of an item: GTIN, a supplier's or customer's code, or a channel's own code.

    With a unit, the code names the item in that unit (the GTIN of the case)."""

    __tablename__ = "item_identifier"
    __table_args__ = (
        Index(
            "uq_item_identifier_value",
            "tenant_id",
            "scheme",
            "channel_id",
            "party_id",
            "value",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index(None, "tenant_id", "item_id"),
        reference("item_id", "item", ondelete="CASCADE"),
        reference("channel_id", "channel", use_alter=True),
        reference("party_id", "party"),
        CheckConstraint("scheme IN ('gtin', 'supplier', 'customer', 'channel')", name="scheme"),
        CheckConstraint("(scheme = 'channel') = (channel_id IS NOT NULL)", name="channel"),
        CheckConstraint(
            "(scheme IN ('supplier', 'customer')) = (party_id IS NOT NULL)", name="party"
        ),
    )
    item_id: Mapped[int]
    scheme: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Text)
    channel_id: Mapped[int | None]
    party_id: Mapped[int | None]
    unit: Mapped[str | None] = mapped_column(Text)
