"""Tables of purchase orders, and of what suppliers answer and send.

What of an order is to come on which day is expected supply (`expected_supply.purchase_line_id`):
one truth, for promises as for the order. Quantities are base units of the item."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ARRAY, CheckConstraint, Index, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference

QUANTITY = Numeric(24, 6)
PERCENT = Numeric(5, 2)


class PurchaseOrder(TenantOwned, Base):
    """What an entity buys of a supplier, to come to one location.

    The supplier sees it from `sent_at` on, and should answer by `answer_by`. `over_percent` and
    `under_percent` say how much more may be received, and how much less counts as all."""

    __tablename__ = "purchase_order"
    __table_args__ = (
        Index("uq_purchase_order_number", "tenant_id", "number", unique=True),
        Index(None, "tenant_id", "supplier_id", "status"),
        reference("supplier_id", "party"),
        reference("entity_id", "legal_entity"),
        reference("location_id", "location"),
        CheckConstraint(
            "status IN ('draft', 'sent', 'partly_confirmed', 'confirmed', 'shipped', "
            "'partly_received', 'received', 'closed', 'cancelled')",
            name="status",
        ),
        CheckConstraint(
            "over_percent BETWEEN 0 AND 100 AND under_percent BETWEEN 0 AND 100",
            name="tolerances",
        ),
    )
    number: Mapped[str] = mapped_column(Text)
    supplier_id: Mapped[int]
    entity_id: Mapped[int]
    location_id: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="draft")
    external_reference: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    over_percent: Mapped[Decimal] = mapped_column(PERCENT, server_default="0")
    under_percent: Mapped[Decimal] = mapped_column(PERCENT, server_default="0")
    answer_by: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    # The supplier is asked to let the order go; it has confirmed already.
    cancellation_asked_at: Mapped[datetime | None]
    cancellation_reason: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text)


class PurchaseOrderLine(TenantOwned, Base):
    """A quantity of an item at a price for its unit, wanted on a day.

    What was ordered is received, given up (`cancelled`), or to come still. `first_confirmed_on` is
    the day that the supplier first promised for the last of it; ratings hold it to that."""

    __tablename__ = "purchase_order_line"
    __table_args__ = (
        Index("uq_purchase_order_line_number", "tenant_id", "order_id", "line_number", unique=True),
        Index(None, "tenant_id", "item_id"),
        reference("order_id", "purchase_order"),
        reference("item_id", "item"),
        CheckConstraint("quantity > 0 AND quantity_ordered > 0", name="quantity"),
        CheckConstraint("unit_price >= 0", name="unit_price"),
        CheckConstraint(
            "received >= 0 AND damaged >= 0 AND damaged <= received AND cancelled >= 0 "
            "AND cancelled <= quantity AND shipped >= 0",
            name="not_negative",
        ),
        CheckConstraint("over_allowed >= 0", name="over_allowed"),
    )
    order_id: Mapped[int]
    line_number: Mapped[int]
    item_id: Mapped[int]
    supplier_code: Mapped[str | None] = mapped_column(Text)
    quantity_ordered: Mapped[Decimal] = mapped_column(QUANTITY)
    unit: Mapped[str] = mapped_column(Text)
    # Kept here: a supplier may not find the item in its own catalogue.
    base_unit: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    unit_price: Mapped[Decimal] = mapped_column(QUANTITY)
    wanted_on: Mapped[date]
    first_answered_at: Mapped[datetime | None]
    first_confirmed_on: Mapped[date | None]
    confirmed_on: Mapped[date | None]
    confirmed: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    shipped: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    received: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    damaged: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    cancelled: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    # How much more than ordered and tolerated was approved to come.
    over_allowed: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    # The day on which the last of what was to come was received.
    completed_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(server_default="1")


class PurchaseConfirmation(TenantOwned, Base):
    """What a supplier answered to an order, the n-th time."""

    __tablename__ = "purchase_confirmation"
    __table_args__ = (
        Index("uq_purchase_confirmation_number", "tenant_id", "order_id", "number", unique=True),
        reference("order_id", "purchase_order"),
    )
    order_id: Mapped[int]
    number: Mapped[int]
    external_reference: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    told_at: Mapped[datetime]
    told_by: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(Text)
    decision_reason: Mapped[str | None] = mapped_column(Text)


class PurchaseConfirmationLine(TenantOwned, Base):
    """A part of an order's line that the supplier would deliver on a day, at a price.

    What is as the order wants it is accepted at once; what differs is a proposal until the buyer
    has decided. Without a day the part is what the supplier will not deliver."""

    __tablename__ = "purchase_confirmation_line"
    __table_args__ = (
        Index(None, "tenant_id", "confirmation_id"),
        Index(None, "tenant_id", "line_id", "status"),
        reference("order_id", "purchase_order"),
        reference("confirmation_id", "purchase_confirmation"),
        reference("line_id", "purchase_order_line"),
        CheckConstraint(
            "status IN ('accepted', 'proposed', 'refused', 'superseded')", name="status"
        ),
        CheckConstraint("quantity > 0 AND unit_price >= 0", name="quantity"),
    )
    order_id: Mapped[int]
    confirmation_id: Mapped[int]
    line_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    delivers_on: Mapped[date | None]
    unit_price: Mapped[Decimal] = mapped_column(QUANTITY)
    status: Mapped[str] = mapped_column(Text)


class ShipNotice(TenantOwned, Base):
    """What a supplier says it has sent (ASN), under the supplier's own number."""

    __tablename__ = "ship_notice"
    __table_args__ = (
        Index("uq_ship_notice_number", "tenant_id", "order_id", "number", unique=True),
        reference("order_id", "purchase_order"),
        CheckConstraint("status IN ('on_its_way', 'received')", name="status"),
    )
    order_id: Mapped[int]
    number: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="on_its_way")
    carrier: Mapped[str | None] = mapped_column(Text)
    tracking_number: Mapped[str | None] = mapped_column(Text)
    expected_on: Mapped[date]
    shipped_at: Mapped[datetime]
    shipped_by: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime | None]


class ShipNoticeLine(TenantOwned, Base):
    """A quantity of an order's line in a notice: its lot, days, pieces, and the logistic unit."""

    __tablename__ = "ship_notice_line"
    __table_args__ = (
        Index(None, "tenant_id", "notice_id"),
        Index(None, "tenant_id", "line_id"),
        reference("order_id", "purchase_order"),
        reference("notice_id", "ship_notice"),
        reference("line_id", "purchase_order_line"),
        CheckConstraint("quantity > 0 AND received >= 0", name="quantity"),
    )
    order_id: Mapped[int]
    notice_id: Mapped[int]
    line_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    received: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    lot: Mapped[str] = mapped_column(Text, server_default="")
    manufactured_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    sscc: Mapped[str | None] = mapped_column(Text)
    serials: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")


class PurchaseReceipt(TenantOwned, Base):
    """Goods of an order that came, with the stock document that took them in."""

    __tablename__ = "purchase_receipt"
    __table_args__ = (
        Index(None, "tenant_id", "order_id"),
        reference("order_id", "purchase_order"),
        reference("notice_id", "ship_notice"),
        reference("document_id", "stock_document"),
    )
    order_id: Mapped[int]
    notice_id: Mapped[int | None]
    document_id: Mapped[int]
    document_number: Mapped[str] = mapped_column(Text)
    received_on: Mapped[date]
    received_at: Mapped[datetime]
    received_by: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)


class PurchaseReceiptLine(TenantOwned, Base):
    """What came of an order's line, and what of it was damaged."""

    __tablename__ = "purchase_receipt_line"
    __table_args__ = (
        Index(None, "tenant_id", "receipt_id"),
        Index(None, "tenant_id", "line_id"),
        reference("order_id", "purchase_order"),
        reference("receipt_id", "purchase_receipt"),
        reference("line_id", "purchase_order_line"),
        CheckConstraint("quantity > 0 AND damaged BETWEEN 0 AND quantity", name="quantity"),
    )
    order_id: Mapped[int]
    receipt_id: Mapped[int]
    line_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    damaged: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    received_on: Mapped[date]
