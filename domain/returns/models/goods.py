"""Tables of goods that came back: what came, what was found, and what was done with it."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference

QUANTITY = Numeric(24, 6)


class ReturnReceipt(TenantOwned, Base):
    """Goods of a return that came to a location, announced there or not."""

    __tablename__ = "return_receipt"
    __table_args__ = (
        Index("uq_return_receipt_number", "tenant_id", "number", unique=True),
        Index(None, "tenant_id", "return_id"),
        Index(None, "tenant_id", "location_id", "status", "id"),
        reference("return_id", "return_request"),
        reference("authorization_id", "return_authorization"),
        reference("location_id", "location"),
        CheckConstraint("status IN ('waiting', 'inspected', 'disposed')", name="status"),
    )
    number: Mapped[str] = mapped_column(Text)
    return_id: Mapped[int]
    authorization_id: Mapped[int | None]
    location_id: Mapped[int]
    status: Mapped[str] = mapped_column(Text, server_default="waiting")
    carrier: Mapped[str | None] = mapped_column(Text)
    tracking_number: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime]
    received_by: Mapped[str] = mapped_column(Text)


class ReturnUnit(TenantOwned, Base):
    """Returned goods that wait at a location: outside of stock until they are disposed of.

    An inspection that finds pieces in different states splits them."""

    __tablename__ = "return_unit"
    __table_args__ = (
        Index(None, "tenant_id", "return_id"),
        Index(None, "tenant_id", "receipt_id"),
        Index(None, "tenant_id", "line_id"),
        Index(None, "tenant_id", "location_id", "status", "id"),
        Index(
            "uq_return_unit_serial",
            "tenant_id",
            "item_id",
            "serial",
            unique=True,
            postgresql_where="serial IS NOT NULL AND status <> 'disposed'",
        ),
        reference("return_id", "return_request"),
        reference("receipt_id", "return_receipt"),
        reference("line_id", "return_line"),
        reference("item_id", "item"),
        reference("location_id", "location"),
        reference("owner_id", "legal_entity"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("status IN ('waiting', 'inspected', 'disposed')", name="status"),
        CheckConstraint("(status = 'waiting') = (condition IS NULL)", name="inspected"),
        CheckConstraint("serial IS NULL OR quantity = 1", name="one_piece"),
    )
    return_id: Mapped[int]
    receipt_id: Mapped[int]
    line_id: Mapped[int]
    item_id: Mapped[int]
    location_id: Mapped[int]
    owner_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    lot: Mapped[str] = mapped_column(Text, server_default="")
    serial: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="waiting")
    condition: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class ReturnInspection(TenantOwned, Base):
    """What was found of a unit: its condition, with notes and where the photos are."""

    __tablename__ = "return_inspection"
    __table_args__ = (
        Index(None, "tenant_id", "unit_id"),
        reference("unit_id", "return_unit"),
        CheckConstraint(
            "condition IN ('new', 'opened', 'used', 'damaged', 'missing')", name="condition"
        ),
    )
    unit_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    condition: Mapped[str] = mapped_column(Text)
    notes: Mapped[str | None] = mapped_column(Text)
    photos: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    inspected_at: Mapped[datetime]
    inspected_by: Mapped[str] = mapped_column(Text)


class ReturnDisposition(TenantOwned, Base):
    """What was done with a unit, once and for all; cost in minor units of the owner's currency."""

    __tablename__ = "return_disposition"
    __table_args__ = (
        Index("uq_return_disposition_unit", "tenant_id", "unit_id", unique=True),
        reference("unit_id", "return_unit"),
        reference("balance_id", "stock_balance"),
        CheckConstraint(
            "kind IN ('restock', 'refurbish', 'quarantine', 'scrap', 'return_to_supplier', "
            "'missing')",
            name="kind",
        ),
        CheckConstraint(
            "(balance_id IS NOT NULL) = (kind IN ('restock', 'refurbish', 'quarantine'))",
            name="into_stock",
        ),
    )
    unit_id: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    balance_id: Mapped[int | None]
    cost_minor: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    disposed_at: Mapped[datetime]
    disposed_by: Mapped[str] = mapped_column(Text)
