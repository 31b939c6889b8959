"""Tables of items, their units and identifiers."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class Item(TenantOwned, Base):
    """A thing that is bought, stocked and sold; every quantity of it is kept in its base unit.

    Of a kind `kit` there is no stock: what its components can make is what there is of it. An item
    of kind `stock` may have components too: it is assembled from them beforehand."""

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("tenant_id", "sku"),
        CheckConstraint("tracking IN ('none', 'lot', 'serial')", name="tracking"),
        CheckConstraint("status IN ('active', 'draft', 'discontinued')", name="status"),
        CheckConstraint("kind IN ('stock', 'kit')", name="kind"),
    )
    sku: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    base_unit: Mapped[str] = mapped_column(Text)
    tracking: Mapped[str] = mapped_column(Text, server_default="none")
    kind: Mapped[str] = mapped_column(Text, server_default="stock")
    tax_code: Mapped[str | None] = mapped_column(Text)
    item_group: Mapped[str | None] = mapped_column(Text)
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


class KitComponent(TenantOwned, Base):
    """How many base units of an item one base unit of a kit is made of."""

    __tablename__ = "kit_component"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kit_item_id", "component_item_id"),
        Index(None, "tenant_id", "component_item_id"),
        reference("kit_item_id", "item", ondelete="CASCADE"),
        reference("component_item_id", "item"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("kit_item_id <> component_item_id", name="not_of_itself"),
    )
    kit_item_id: Mapped[int]
    component_item_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(Numeric(24, 6))


class SupplierItem(TenantOwned, Base):
    """From whom an item can be bought, how long that takes, and in which quantities.

    `lead_days` are calendar days from the order to the goods at our dock; orders can be given on
    the days of the buying calendar only (any day without one). Quantities are base units."""

    __tablename__ = "supplier_item"
    __table_args__ = (
        UniqueConstraint("tenant_id", "item_id", "supplier_id"),
        Index(None, "tenant_id", "supplier_id"),
        reference("item_id", "item", ondelete="CASCADE"),
        reference("supplier_id", "party"),
        reference("calendar_id", "working_calendar"),
        CheckConstraint("lead_days BETWEEN 0 AND 1000", name="lead_days"),
        CheckConstraint("minimum_quantity >= 0 AND pack_size > 0", name="quantities"),
        CheckConstraint("status IN ('active', 'closed')", name="status"),
    )
    item_id: Mapped[int]
    supplier_id: Mapped[int]
    lead_days: Mapped[int]
    minimum_quantity: Mapped[Decimal] = mapped_column(Numeric(24, 6), server_default="0")
    pack_size: Mapped[Decimal] = mapped_column(Numeric(24, 6), server_default="1")
    calendar_id: Mapped[int | None]
    status: Mapped[str] = mapped_column(Text, server_default="active")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
