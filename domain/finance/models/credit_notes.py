"""Tables of credit notes. Amounts are minor units; `base` ones of the entity's books."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Computed, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference

QUANTITY = Numeric(24, 6)


class CreditNote(TenantOwned, Base):
    """What a customer is given back of invoices; `open_minor` is what it has settled nothing with.

    `source_kind` and `source_id` say for what (a return): for each there is one, however often it
    is told."""

    __tablename__ = "credit_note"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entity_id", "number"),
        Index(None, "tenant_id", "party_id", "id"),
        Index(None, "tenant_id", "order_id"),
        Index(
            "uq_credit_note_source",
            "tenant_id",
            "source_kind",
            "source_id",
            unique=True,
            postgresql_where=text("source_id IS NOT NULL"),
        ),
        reference("entity_id", "legal_entity"),
        reference("party_id", "party"),
        reference("order_id", "sales_order"),
        CheckConstraint("total_minor > 0", name="total"),
        CheckConstraint("applied_minor BETWEEN 0 AND total_minor", name="applied"),
    )
    number: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[int]
    party_id: Mapped[int | None]
    order_id: Mapped[int | None]
    source_kind: Mapped[str] = mapped_column(Text)
    source_id: Mapped[int | None]
    currency: Mapped[str] = mapped_column(Text)
    credited_on: Mapped[date]
    created_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    net_minor: Mapped[int]
    shipping_minor: Mapped[int]
    # What the customer is charged for sending goods back, or else keeps us: taken off.
    fee_minor: Mapped[int] = mapped_column(server_default="0")
    tax_minor: Mapped[int]
    total_minor: Mapped[int]
    applied_minor: Mapped[int] = mapped_column(server_default="0")
    open_minor: Mapped[int] = mapped_column(Computed("total_minor - applied_minor", persisted=True))
    base_minor: Mapped[int]
    base_open_minor: Mapped[int]


class CreditNoteLine(TenantOwned, Base):
    """What is given back of one line of an invoice."""

    __tablename__ = "credit_note_line"
    __table_args__ = (
        UniqueConstraint("tenant_id", "credit_note_id", "line_number"),
        Index(None, "tenant_id", "invoice_line_id"),
        reference("credit_note_id", "credit_note"),
        reference("invoice_line_id", "invoice_line"),
        CheckConstraint("quantity >= 0 AND net_minor >= 0 AND tax_minor >= 0", name="not_negative"),
    )
    credit_note_id: Mapped[int]
    line_number: Mapped[int]
    invoice_line_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    net_minor: Mapped[int]
    tax_minor: Mapped[int]
