"""Tables of payments, and of what they settle. Amounts are minor units; `base` ones of the
entity's books."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Computed, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class Payment(TenantOwned, Base):
    """Money that came or went; `open_minor` is what it has settled nothing with.

    Of a receipt `refunded_minor` was paid back, by whichever refunds: never more than came. Of what
    lies with a channel `cleared_minor` was found in its payouts, or is not expected any more."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index(None, "tenant_id", "party_id", "id"),
        Index(None, "tenant_id", "order_id"),
        Index(
            "uq_payment_source",
            "tenant_id",
            "source_kind",
            "source_id",
            unique=True,
            postgresql_where=text("source_id IS NOT NULL"),
        ),
        Index(
            "uq_payment_external",
            "tenant_id",
            "channel_id",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index(
            "ix_payment_uncleared",
            "tenant_id",
            "channel_id",
            "paid_on",
            postgresql_where=text("uncleared_minor > 0"),
        ),
        reference("entity_id", "legal_entity"),
        reference("party_id", "party"),
        reference("channel_id", "channel"),
        reference("order_id", "sales_order"),
        CheckConstraint("kind IN ('receipt', 'refund', 'supplier_payment')", name="kind"),
        CheckConstraint(
            "method IN ('bank', 'card', 'cash', 'channel', 'other', 'credit')", name="method"
        ),
        CheckConstraint("status IN ('booked', 'reversed')", name="status"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("applied_minor BETWEEN 0 AND amount_minor", name="applied"),
        CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="refunded"),
        CheckConstraint(
            "status = 'booked' OR (applied_minor = 0 AND refunded_minor = 0)", name="reversed"
        ),
        CheckConstraint("cleared_minor BETWEEN 0 AND amount_minor", name="cleared"),
        CheckConstraint("status = 'booked' OR cleared_minor = 0", name="reversed_cleared"),
    )
    number: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[int]
    party_id: Mapped[int | None]
    channel_id: Mapped[int | None]
    order_id: Mapped[int | None]
    method: Mapped[str] = mapped_column(Text)
    reference: Mapped[str | None] = mapped_column(Text)
    # What makes the same word of a channel or of another part of ours one payment.
    external_id: Mapped[str | None] = mapped_column(Text)
    source_kind: Mapped[str | None] = mapped_column(Text)
    source_id: Mapped[int | None]
    currency: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int]
    applied_minor: Mapped[int] = mapped_column(server_default="0")
    refunded_minor: Mapped[int] = mapped_column(server_default="0")
    open_minor: Mapped[int] = mapped_column(
        Computed(
            "CASE status WHEN 'booked' THEN amount_minor - applied_minor ELSE 0 END", persisted=True
        )
    )
    base_minor: Mapped[int]
    base_open_minor: Mapped[int]
    cleared_minor: Mapped[int] = mapped_column(server_default="0")
    cleared_base_minor: Mapped[int] = mapped_column(server_default="0")
    # What of it is still expected in a payout of its channel.
    uncleared_minor: Mapped[int] = mapped_column(
        Computed(
            "CASE WHEN status = 'booked' AND method = 'channel' THEN amount_minor - cleared_minor"
            " ELSE 0 END",
            persisted=True,
        )
    )
    paid_on: Mapped[date]
    created_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(Text, server_default="booked")
    reversed_at: Mapped[datetime | None]
    reversal_reason: Mapped[str | None] = mapped_column(Text)


class WriteOff(TenantOwned, Base):
    """What is given up of an invoice, once somebody has approved it."""

    __tablename__ = "write_off"
    __table_args__ = (
        Index(None, "tenant_id", "invoice_id"),
        reference("invoice_id", "invoice"),
        CheckConstraint("status IN ('waiting', 'booked', 'dropped')", name="status"),
        CheckConstraint("amount_minor > 0", name="amount"),
    )
    invoice_id: Mapped[int]
    amount_minor: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="waiting")
    requested_at: Mapped[datetime]


class PaymentAllocation(TenantOwned, Base):
    """What of a payment, a credit note or a write-off settles what of an invoice or a refund.

    It holds until `ended_at`. The base amounts are what each side stood at in the books."""

    __tablename__ = "payment_allocation"
    __table_args__ = (
        Index(None, "tenant_id", "payment_id"),
        Index(None, "tenant_id", "credit_note_id"),
        Index(None, "tenant_id", "invoice_id"),
        Index(None, "tenant_id", "refund_id"),
        Index(None, "tenant_id", "supplier_invoice_id"),
        reference("payment_id", "payment"),
        reference("credit_note_id", "credit_note"),
        reference("write_off_id", "write_off"),
        reference("invoice_id", "invoice"),
        reference("refund_id", "payment"),
        reference("supplier_invoice_id", "supplier_invoice"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("num_nonnulls(payment_id, credit_note_id, write_off_id) = 1", name="from"),
        CheckConstraint("num_nonnulls(invoice_id, refund_id, supplier_invoice_id) = 1", name="to"),
    )
    payment_id: Mapped[int | None]
    credit_note_id: Mapped[int | None]
    write_off_id: Mapped[int | None]
    invoice_id: Mapped[int | None]
    refund_id: Mapped[int | None]
    supplier_invoice_id: Mapped[int | None]
    amount_minor: Mapped[int]
    source_base_minor: Mapped[int]
    target_base_minor: Mapped[int]
    allocated_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RefundPart(TenantOwned, Base):
    """Which receipt a refund pays back, and how much of it."""

    __tablename__ = "refund_part"
    __table_args__ = (
        Index(None, "tenant_id", "refund_id"),
        Index(None, "tenant_id", "receipt_id"),
        reference("refund_id", "payment"),
        reference("receipt_id", "payment"),
        CheckConstraint("amount_minor > 0", name="amount"),
    )
    refund_id: Mapped[int]
    receipt_id: Mapped[int]
    amount_minor: Mapped[int]


class PaymentRun(TenantOwned, Base):
    """What is to be paid to suppliers on a day: proposed, approved, paid."""

    __tablename__ = "payment_run"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index(None, "tenant_id", "entity_id", "id"),
        reference("entity_id", "legal_entity"),
        CheckConstraint(
            "status IN ('proposed', 'waiting', 'approved', 'paid', 'dropped')", name="status"
        ),
    )
    number: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    pay_on: Mapped[date]
    due_until: Mapped[date]
    status: Mapped[str] = mapped_column(Text, server_default="proposed")
    total_minor: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text)
    paid_at: Mapped[datetime | None]


class PaymentRunLine(TenantOwned, Base):
    """A supplier's invoice in a run, and what of it is to be paid; the payment, once it is."""

    __tablename__ = "payment_run_line"
    __table_args__ = (
        UniqueConstraint("tenant_id", "run_id", "supplier_invoice_id"),
        reference("run_id", "payment_run"),
        reference("supplier_invoice_id", "supplier_invoice"),
        reference("payment_id", "payment"),
        CheckConstraint("amount_minor > 0", name="amount"),
    )
    run_id: Mapped[int]
    supplier_invoice_id: Mapped[int]
    amount_minor: Mapped[int]
    payment_id: Mapped[int | None]
