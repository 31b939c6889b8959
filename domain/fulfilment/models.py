"""Tables of fulfilment: the work at one location, cartons, shipments."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference

QUANTITY = Numeric(24, 6)


class FulfilmentOrder(TenantOwned, Base):
    """What one location has to do for one order."""

    __tablename__ = "fulfilment_order"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index(None, "tenant_id", "order_id"),
        Index(None, "tenant_id", "location_id", "status", "id"),
        reference("order_id", "sales_order"),
        reference("location_id", "location"),
        reference("party_id", "party"),
        CheckConstraint(
            "status IN ('released', 'picking', 'picked', 'packed', 'partially_shipped', "
            "'shipped', 'cancelled')",
            name="status",
        ),
        CheckConstraint("acceptance IN ('requested', 'accepted')", name="acceptance"),
        CheckConstraint(
            "cancellation IN ('requested', 'accepted', 'refused')", name="cancellation"
        ),
    )
    number: Mapped[str] = mapped_column(Text)
    order_id: Mapped[int]
    location_id: Mapped[int]
    party_id: Mapped[int | None]
    status: Mapped[str] = mapped_column(Text, server_default="released")
    # Where the location is asked: whether it takes the work on, and whether it lets go of it.
    acceptance: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    cancellation: Mapped[str | None] = mapped_column(Text)
    cancellation_reason: Mapped[str | None] = mapped_column(Text)
    released_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default="1")


class FulfilmentLine(TenantOwned, Base):
    """One allocation to be picked, packed and shipped; quantities in the item's base unit."""

    __tablename__ = "fulfilment_line"
    __table_args__ = (
        Index(None, "tenant_id", "fulfilment_order_id"),
        Index(None, "tenant_id", "allocation_id"),
        reference("fulfilment_order_id", "fulfilment_order"),
        reference("order_line_id", "sales_order_line"),
        reference("allocation_id", "allocation"),
        reference("item_id", "item"),
        CheckConstraint(
            "shipped >= 0 AND shipped <= packed AND packed <= picked AND picked <= quantity",
            name="in_order",
        ),
    )
    fulfilment_order_id: Mapped[int]
    order_line_id: Mapped[int]
    allocation_id: Mapped[int]
    item_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    picked: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    packed: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    shipped: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")


class PickedSerial(TenantOwned, Base):
    """A piece that was picked for a fulfilment line; with the shipment by which it left."""

    __tablename__ = "picked_serial"
    __table_args__ = (
        Index(None, "tenant_id", "fulfilment_line_id"),
        Index(
            "uq_picked_serial_at_work",
            "tenant_id",
            "serial_id",
            unique=True,
            postgresql_where="shipment_id IS NULL",
        ),
        reference("fulfilment_line_id", "fulfilment_line"),
        reference("serial_id", "serial_number"),
        reference("shipment_id", "shipment"),
    )
    fulfilment_line_id: Mapped[int]
    serial_id: Mapped[int]
    shipment_id: Mapped[int | None]


class Carton(TenantOwned, Base):
    """A package of a fulfilment order, with its SSCC (GS1)."""

    __tablename__ = "carton"
    __table_args__ = (
        UniqueConstraint("tenant_id", "sscc"),
        Index(None, "tenant_id", "fulfilment_order_id"),
        reference("fulfilment_order_id", "fulfilment_order"),
        reference("shipment_id", "shipment", use_alter=True),
    )
    fulfilment_order_id: Mapped[int]
    shipment_id: Mapped[int | None]
    sscc: Mapped[str] = mapped_column(Text)
    packed_at: Mapped[datetime]


class CartonLine(TenantOwned, Base):
    """What lies in a carton."""

    __tablename__ = "carton_line"
    __table_args__ = (
        Index(None, "tenant_id", "carton_id"),
        reference("carton_id", "carton"),
        reference("fulfilment_line_id", "fulfilment_line"),
        CheckConstraint("quantity > 0", name="quantity"),
    )
    carton_id: Mapped[int]
    fulfilment_line_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)


class Shipment(TenantOwned, Base):
    """Goods that left a location for one order."""

    __tablename__ = "shipment"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index(None, "tenant_id", "order_id"),
        Index(None, "tenant_id", "fulfilment_order_id"),
        Index(
            "ix_shipment_unbilled",
            "tenant_id",
            "party_id",
            postgresql_where=text("invoice_id IS NULL"),
        ),
        reference("order_id", "sales_order"),
        reference("fulfilment_order_id", "fulfilment_order"),
        reference("location_id", "location"),
        reference("party_id", "party"),
        reference("invoice_id", "invoice", use_alter=True),
    )
    number: Mapped[str] = mapped_column(Text)
    order_id: Mapped[int]
    fulfilment_order_id: Mapped[int]
    location_id: Mapped[int]
    party_id: Mapped[int | None]
    carrier: Mapped[str | None] = mapped_column(Text)
    tracking_number: Mapped[str | None] = mapped_column(Text)
    shipped_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    # What the order's customer owes for it in all, and what of that is the order's carriage.
    shipping_minor: Mapped[int] = mapped_column(server_default="0")
    owed_minor: Mapped[int] = mapped_column(server_default="0")
    # By which it was billed.
    invoice_id: Mapped[int | None]


class ShipmentLine(TenantOwned, Base):
    """What of which order line left, what it was sold for and what it cost, in minor units."""

    __tablename__ = "shipment_line"
    __table_args__ = (
        Index(None, "tenant_id", "shipment_id"),
        Index(None, "tenant_id", "order_line_id"),
        reference("shipment_id", "shipment"),
        reference("order_line_id", "sales_order_line"),
        reference("fulfilment_line_id", "fulfilment_line"),
        reference("item_id", "item"),
        CheckConstraint("quantity > 0", name="quantity"),
    )
    shipment_id: Mapped[int]
    order_line_id: Mapped[int]
    fulfilment_line_id: Mapped[int]
    item_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    revenue_minor: Mapped[int]
    tax_minor: Mapped[int]
    cost_minor: Mapped[int]


class RushServiceLevel(TenantOwned, Base):
    """A service level by which nothing leaves before somebody has approved it."""

    __tablename__ = "rush_service_level"
    __table_args__ = (UniqueConstraint("tenant_id", "service_level"),)
    service_level: Mapped[str] = mapped_column(Text)
