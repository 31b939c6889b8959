"""Tables of what channels and payment providers have paid out. Amounts are minor units; `base` ones
of the entity's books."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.finance.settlement.told import KINDS
from tenancy.base import Base, TenantOwned, reference

STATES = ("reading", "incomplete", "announced", "posted", "replaced")
DIFFERENCES = (
    "unknown_order",
    "unpaid_order",
    "unknown_refund",
    "amount_differs",
    "duplicate",
    "missing",
    "chargeback",
    "adjustment",
    "unknown_fee",
    "fee_too_high",
    "reserve",
    "rounding",
)


def one_of(column: str, values: tuple[str, ...]) -> str:
    """The condition that a column has one of these values."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Settlement(TenantOwned, Base):
    """A payout of a channel or payment provider, by the channel's own id of it.

    "incomplete": its lines do not add up to its total yet. A report that corrects a posted one
    makes the next `revision`; once that is posted the one before is "replaced", its journal
    reversed."""

    __tablename__ = "settlement"
    __table_args__ = (
        UniqueConstraint("tenant_id", "channel_id", "external_id", "revision"),
        Index(
            "uq_settlement_standing",
            "tenant_id",
            "channel_id",
            "external_id",
            unique=True,
            postgresql_where=text("status = 'posted'"),
        ),
        Index(None, "tenant_id", "message_id"),
        reference("channel_id", "channel"),
        reference("entity_id", "legal_entity"),
        reference("message_id", "intake_message", use_alter=True),
        CheckConstraint(one_of("status", STATES), name="status"),
        CheckConstraint("payout_state IN ('announced', 'paid', 'failed')", name="payout_state"),
    )
    channel_id: Mapped[int]
    entity_id: Mapped[int]
    external_id: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(server_default="1")
    # The document that it was read from last, and what that is.
    message_id: Mapped[int | None]
    format: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    begins_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    deposited_on: Mapped[date | None]
    # As the report's head says it; None until it is told.
    total_minor: Mapped[int | None]
    payout_state: Mapped[str | None] = mapped_column(Text)
    # Of its lines as a whole report told them; None where they come in several documents.
    digest: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    # What was read so far: how many lines, what they add up to, where reading goes on.
    line_count: Mapped[int] = mapped_column(server_default="0")
    lines_minor: Mapped[int] = mapped_column(server_default="0")
    # What the channel keeps back with it (negative: gives back).
    reserve_minor: Mapped[int] = mapped_column(server_default="0")
    received_at: Mapped[datetime]
    posted_on: Mapped[date | None]


class SettlementLine(TenantOwned, Base):
    """One amount of a payout as the channel tells it: positive is for us."""

    __tablename__ = "settlement_line"
    __table_args__ = (
        UniqueConstraint("tenant_id", "settlement_id", "line_number"),
        Index(
            "uq_settlement_line_external",
            "tenant_id",
            "settlement_id",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index(None, "tenant_id", "order_id"),
        reference("settlement_id", "settlement"),
        reference("order_id", "sales_order"),
        reference("shipment_id", "shipment"),
        CheckConstraint(one_of("kind", KINDS), name="kind"),
    )
    settlement_id: Mapped[int]
    line_number: Mapped[int]
    external_id: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    word: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int]
    posted_on: Mapped[date | None]
    order_reference: Mapped[str | None] = mapped_column(Text)
    merchant_reference: Mapped[str | None] = mapped_column(Text)
    adjustment_reference: Mapped[str | None] = mapped_column(Text)
    shipment_reference: Mapped[str | None] = mapped_column(Text)
    sku: Mapped[str | None] = mapped_column(Text)
    quantity: Mapped[Decimal | None] = mapped_column(Numeric(24, 6))
    # What it was found to be of.
    order_id: Mapped[int | None]
    shipment_id: Mapped[int | None]


class SettlementDifference(TenantOwned, Base):
    """What of a payout, or of what was expected in one, is not explained.

    `amount_minor` is what it is about, as the channel counts: positive is for us. `held_minor` is
    what of it still lies on the clearing account beside the payments that wait (a debit is
    positive); none where it is about what is left of `payment_id`."""

    __tablename__ = "settlement_difference"
    __table_args__ = (
        Index(None, "tenant_id", "channel_id", "status", "id"),
        Index(None, "tenant_id", "settlement_id"),
        Index(
            "ix_settlement_difference_order",
            "tenant_id",
            "order_id",
            postgresql_where=text("held_minor <> 0"),
        ),
        Index(
            "uq_settlement_difference_payment",
            "tenant_id",
            "payment_id",
            unique=True,
            postgresql_where=text("payment_id IS NOT NULL AND status <> 'resolved'"),
        ),
        reference("channel_id", "channel"),
        reference("entity_id", "legal_entity"),
        reference("settlement_id", "settlement"),
        reference("order_id", "sales_order"),
        reference("payment_id", "payment"),
        CheckConstraint(one_of("kind", DIFFERENCES), name="kind"),
        CheckConstraint("status IN ('open', 'waiting', 'asked', 'resolved')", name="status"),
        CheckConstraint("status <> 'resolved' OR held_minor = 0", name="held"),
        CheckConstraint("payment_id IS NULL OR held_minor = 0", name="about_payment"),
        CheckConstraint("(status = 'waiting') = (wait_until IS NOT NULL)", name="waiting"),
    )
    channel_id: Mapped[int]
    entity_id: Mapped[int]
    settlement_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="open")
    currency: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int]
    held_minor: Mapped[int] = mapped_column(server_default="0")
    held_base_minor: Mapped[int] = mapped_column(server_default="0")
    order_id: Mapped[int | None]
    order_reference: Mapped[str | None] = mapped_column(Text)
    payment_id: Mapped[int | None]
    word: Mapped[str | None] = mapped_column(Text)
    raised_on: Mapped[date]
    wait_until: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(Text)
    resolution: Mapped[str | None] = mapped_column(Text)
    resolved_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")


class SettlementMatch(TenantOwned, Base):
    """What of a payment was found in a payout (or of a difference, by hand or later), and what that
    stood at in the books. It holds until `ended_at`."""

    __tablename__ = "settlement_match"
    __table_args__ = (
        Index(None, "tenant_id", "payment_id"),
        Index(None, "tenant_id", "settlement_id"),
        reference("settlement_id", "settlement"),
        reference("payment_id", "payment"),
        reference("difference_id", "settlement_difference"),
        CheckConstraint("amount_minor > 0", name="amount"),
    )
    settlement_id: Mapped[int | None]
    payment_id: Mapped[int]
    difference_id: Mapped[int | None]
    amount_minor: Mapped[int]
    base_minor: Mapped[int]
    matched_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SettlementTerms(TenantOwned, Base):
    """What is expected of a channel's payouts, and how its own table of them is read.

    What was not paid out `wait_days` after it was paid is missed; up to `tolerance_minor` is
    rounding; fees above `most_fee_percent` of what was sold are questioned."""

    __tablename__ = "settlement_terms"
    __table_args__ = (
        UniqueConstraint("tenant_id", "channel_id"),
        reference("channel_id", "channel"),
        CheckConstraint("wait_days BETWEEN 0 AND 365", name="wait_days"),
        CheckConstraint("tolerance_minor BETWEEN 0 AND 1000", name="tolerance"),
        CheckConstraint("most_fee_percent BETWEEN 0 AND 100", name="most_fee_percent"),
    )
    channel_id: Mapped[int]
    wait_days: Mapped[int] = mapped_column(server_default="30")
    tolerance_minor: Mapped[int] = mapped_column(server_default="1")
    most_fee_percent: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    mapping: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
