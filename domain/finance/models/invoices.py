"""Tables of invoices to customers. Amounts are minor units; `base` ones of the entity's books."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Computed, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference

QUANTITY = Numeric(24, 6)
RATE = Numeric(9, 6)


class Invoice(TenantOwned, Base):
    """What a customer owes for goods that left, of one order or of a period's.

    `open_minor` is what is neither paid, credited nor written off."""

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entity_id", "number"),
        Index(None, "tenant_id", "party_id", "id"),
        Index(None, "tenant_id", "order_id"),
        Index(
            "ix_invoice_open",
            "tenant_id",
            "party_id",
            "due_on",
            postgresql_where=text("open_minor <> 0"),
        ),
        reference("entity_id", "legal_entity"),
        reference("party_id", "party"),
        reference("order_id", "sales_order"),
        CheckConstraint(
            "paid_minor >= 0 AND credited_minor >= 0 AND written_off_minor >= 0 "
            "AND paid_minor + credited_minor + written_off_minor <= greatest(total_minor, 0)",
            name="settled",
        ),
    )
    number: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[int]
    party_id: Mapped[int | None]
    order_id: Mapped[int | None]
    currency: Mapped[str] = mapped_column(Text)
    invoiced_on: Mapped[date]
    due_on: Mapped[date]
    created_at: Mapped[datetime]
    # Without tax, and without what is charged for shipping.
    net_minor: Mapped[int]
    shipping_minor: Mapped[int]
    tax_minor: Mapped[int]
    total_minor: Mapped[int]
    paid_minor: Mapped[int] = mapped_column(server_default="0")
    credited_minor: Mapped[int] = mapped_column(server_default="0")
    written_off_minor: Mapped[int] = mapped_column(server_default="0")
    open_minor: Mapped[int] = mapped_column(
        Computed("total_minor - paid_minor - credited_minor - written_off_minor", persisted=True)
    )
    base_minor: Mapped[int]
    base_open_minor: Mapped[int]


class InvoiceLine(TenantOwned, Base):
    """What a line of a shipment is billed at, or what a shipment's carriage is.

    What was credited of it never exceeds it."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        UniqueConstraint("tenant_id", "invoice_id", "line_number"),
        Index(
            "uq_invoice_line_shipped",
            "tenant_id",
            "shipment_line_id",
            unique=True,
            postgresql_where=text("shipment_line_id IS NOT NULL"),
        ),
        Index(None, "tenant_id", "order_line_id"),
        reference("invoice_id", "invoice"),
        reference("shipment_id", "shipment"),
        reference("order_id", "sales_order"),
        reference("order_line_id", "sales_order_line"),
        reference("shipment_line_id", "shipment_line"),
        reference("item_id", "item"),
        reference("tax_code_id", "tax_code"),
        CheckConstraint("kind IN ('goods', 'shipping')", name="kind"),
        CheckConstraint(
            "credited_net_minor BETWEEN 0 AND greatest(net_minor, 0) "
            "AND credited_tax_minor BETWEEN 0 AND greatest(tax_minor, 0) "
            "AND credited_quantity BETWEEN 0 AND quantity",
            name="credited",
        ),
    )
    invoice_id: Mapped[int]
    line_number: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    shipment_id: Mapped[int]
    order_id: Mapped[int]
    order_line_id: Mapped[int | None]
    shipment_line_id: Mapped[int | None]
    item_id: Mapped[int | None]
    # As the order's line says it, or the shipment's number for its carriage.
    description: Mapped[str | None] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    net_minor: Mapped[int]
    tax_minor: Mapped[int]
    tax_code_id: Mapped[int | None]
    credited_quantity: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    credited_net_minor: Mapped[int] = mapped_column(server_default="0")
    credited_tax_minor: Mapped[int] = mapped_column(server_default="0")


class TaxAmount(TenantOwned, Base):
    """What a component of a tax comes to in an invoice; without a code: as a channel gave it."""

    __tablename__ = "tax_amount"
    __table_args__ = (
        Index(None, "tenant_id", "invoice_id"),
        reference("invoice_id", "invoice"),
        reference("tax_code_id", "tax_code"),
    )
    invoice_id: Mapped[int]
    tax_code_id: Mapped[int | None]
    component: Mapped[str] = mapped_column(Text)
    percent: Mapped[Decimal | None] = mapped_column(RATE)
    taxable_minor: Mapped[int]
    tax_minor: Mapped[int]
