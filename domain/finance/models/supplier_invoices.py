"""Tables of what suppliers bill. Amounts are minor units; `base` ones of the entity's books."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Computed,
    Index,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference

QUANTITY = Numeric(24, 6)


class SupplierInvoice(TenantOwned, Base):
    """An invoice of a supplier, under the supplier's number: matched with order and receipt, and
    then in the books; or an exception, for `reasons`, until somebody decides.

    A credit note is told above zero and its lines below; in the books (credited) it is a payment
    of method "credit", which settles what it gives back of. `credit_expected_minor` of it is what
    had been expected."""

    __tablename__ = "supplier_invoice"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index(
            "uq_supplier_invoice_external",
            "tenant_id",
            "entity_id",
            "supplier_id",
            "external_number",
            unique=True,
            postgresql_where=text("status <> 'rejected'"),
        ),
        Index(None, "tenant_id", "supplier_id", "id"),
        Index(None, "tenant_id", "status", "id"),
        Index(None, "tenant_id", "purchase_order_id"),
        reference("entity_id", "legal_entity"),
        reference("supplier_id", "party"),
        reference("purchase_order_id", "purchase_order"),
        reference("intake_message_id", "intake_message", use_alter=True),
        reference("corrects_id", "supplier_invoice"),
        Index(None, "tenant_id", "intake_message_id"),
        CheckConstraint(
            "status IN ('exception', 'waiting', 'booked', 'credited', 'rejected')", name="status"
        ),
        CheckConstraint("kind IN ('invoice', 'credit_note')", name="kind"),
        CheckConstraint("(kind = 'credit_note') OR status <> 'credited'", name="credited"),
        CheckConstraint(
            "net_minor >= 0 AND tax_minor >= 0 AND total_minor = net_minor + tax_minor",
            name="total",
        ),
        CheckConstraint(
            "paid_minor BETWEEN 0 AND total_minor AND credit_expected_minor >= 0", name="paid"
        ),
    )
    number: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, server_default="invoice")
    entity_id: Mapped[int]
    supplier_id: Mapped[int]
    purchase_order_id: Mapped[int | None]
    intake_message_id: Mapped[int | None]
    # Of a credit note: the invoice that it gives back of.
    corrects_id: Mapped[int | None]
    external_number: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    invoiced_on: Mapped[date]
    due_on: Mapped[date]
    net_minor: Mapped[int]
    tax_minor: Mapped[int]
    total_minor: Mapped[int]
    tax_code_id: Mapped[int | None]
    status: Mapped[str] = mapped_column(Text)
    # What the order and the receipts do not bear out, and who has accepted it all the same.
    reasons: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    decision: Mapped[str | None] = mapped_column(Text)
    decision_reason: Mapped[str | None] = mapped_column(Text)
    credit_expected_minor: Mapped[int] = mapped_column(server_default="0")
    paid_minor: Mapped[int] = mapped_column(server_default="0")
    open_minor: Mapped[int] = mapped_column(
        Computed(
            "CASE status WHEN 'booked' THEN total_minor - paid_minor ELSE 0 END", persisted=True
        )
    )
    base_minor: Mapped[int] = mapped_column(server_default="0")
    base_open_minor: Mapped[int] = mapped_column(server_default="0")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    booked_at: Mapped[datetime | None]


class SupplierInvoiceLine(TenantOwned, Base):
    """What a supplier bills of one line of an order, or for something else (`description`); below
    zero what it gives back. Of kind "price" it gives back of the price, and no goods.

    `received_minor` is what the goods stood at as received and not invoiced, `variance_minor` how
    much more (or less) is billed."""

    __tablename__ = "supplier_invoice_line"
    __table_args__ = (
        UniqueConstraint("tenant_id", "supplier_invoice_id", "line_number"),
        Index(None, "tenant_id", "purchase_line_id"),
        reference("supplier_invoice_id", "supplier_invoice"),
        reference("purchase_line_id", "purchase_order_line"),
        reference("item_id", "item"),
        reference("account_id", "account"),
        CheckConstraint(
            "kind IN ('goods', 'price', 'landed_cost', 'rounding', 'other')", name="kind"
        ),
        CheckConstraint("quantity <> 0 AND net_minor * sign(quantity) >= 0", name="quantity"),
    )
    supplier_invoice_id: Mapped[int]
    line_number: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    # Where something else than goods is booked.
    account_id: Mapped[int | None]
    purchase_line_id: Mapped[int | None]
    item_id: Mapped[int | None]
    description: Mapped[str | None] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    net_minor: Mapped[int]
    received_minor: Mapped[int] = mapped_column(server_default="0")
    variance_minor: Mapped[int] = mapped_column(server_default="0")
    reasons: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
