"""Tables of how customers and suppliers are billed and paid, and of what an entity does unless
somebody has terms of his own."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference

PERCENT = Numeric(5, 2)
INVOICED_AT = "invoice_at IN ('shipment', 'delivery', 'period')"
INVOICED_EVERY = "invoice_every IN ('day', 'week', 'month')"


class PaymentTerm(TenantOwned, Base):
    """When an invoice is to be paid: so many days after it, or after the end of its month."""

    __tablename__ = "payment_term"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("days BETWEEN 0 AND 365", name="days"),
    )
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    days: Mapped[int]
    end_of_month: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class PartyFinance(TenantOwned, Base):
    """How a party is billed and paid; what is absent is its parent's, and at last the entity's.

    The tolerances are those of a supplier's invoices: how much more than received, in percent, and
    how far above the order's price, in percent of it or as an amount of the line."""

    __tablename__ = "party_finance"
    __table_args__ = (
        UniqueConstraint("tenant_id", "party_id"),
        reference("party_id", "party"),
        reference("customer_term_id", "payment_term"),
        reference("supplier_term_id", "payment_term"),
        reference("tax_code_id", "tax_code"),
        CheckConstraint(INVOICED_AT, name="invoice_at"),
        CheckConstraint(INVOICED_EVERY, name="invoice_every"),
        CheckConstraint(
            "quantity_percent BETWEEN 0 AND 100 AND price_percent BETWEEN 0 AND 100 "
            "AND price_minor >= 0",
            name="tolerances",
        ),
    )
    party_id: Mapped[int]
    invoice_at: Mapped[str | None] = mapped_column(Text)
    invoice_every: Mapped[str | None] = mapped_column(Text)
    customer_term_id: Mapped[int | None]
    supplier_term_id: Mapped[int | None]
    tax_code_id: Mapped[int | None]
    tax_number: Mapped[str | None] = mapped_column(Text)
    quantity_percent: Mapped[Decimal | None] = mapped_column(PERCENT)
    price_percent: Mapped[Decimal | None] = mapped_column(PERCENT)
    price_minor: Mapped[int | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class EntityFinance(TenantOwned, Base):
    """What an entity does where a party has no terms of its own, and how it rounds taxes."""

    __tablename__ = "entity_finance"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entity_id"),
        reference("entity_id", "legal_entity"),
        reference("customer_term_id", "payment_term"),
        reference("supplier_term_id", "payment_term"),
        CheckConstraint(INVOICED_AT, name="invoice_at"),
        CheckConstraint(INVOICED_EVERY, name="invoice_every"),
        CheckConstraint("tax_rounding IN ('document', 'line')", name="tax_rounding"),
    )
    entity_id: Mapped[int]
    invoice_at: Mapped[str] = mapped_column(Text, server_default="shipment")
    invoice_every: Mapped[str] = mapped_column(Text, server_default="month")
    customer_term_id: Mapped[int | None]
    supplier_term_id: Mapped[int | None]
    tax_rounding: Mapped[str] = mapped_column(Text, server_default="document")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
