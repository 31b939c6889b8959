"""Tables of what customers want to send back, and of what they were allowed to send."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference

QUANTITY = Numeric(24, 6)


class ReturnRequest(TenantOwned, Base):
    """Goods that a party wants to send back, or that came by themselves: of one order, of several
    or of none. `location_id` is where they are to come."""

    __tablename__ = "return_request"
    __table_args__ = (
        Index("uq_return_request_number", "tenant_id", "number", unique=True),
        Index(
            "uq_return_request_external",
            "tenant_id",
            "channel_id",
            "external_id",
            unique=True,
            postgresql_where="external_id IS NOT NULL",
        ),
        Index(None, "tenant_id", "party_id", "id"),
        Index(None, "tenant_id", "status", "id"),
        reference("party_id", "party"),
        reference("entity_id", "legal_entity"),
        reference("channel_id", "channel"),
        reference("location_id", "location"),
        reference("policy_id", "return_policy"),
        reference("intake_message_id", "intake_message"),
        CheckConstraint(
            "status IN ('waiting', 'approved', 'refused', 'cancelled', 'receiving', 'closed')",
            name="status",
        ),
        CheckConstraint("source IN ('customer', 'agent', 'channel', 'warehouse')", name="source"),
        CheckConstraint(
            "resolution IN ('credit', 'refund', 'exchange', 'replacement')", name="resolution"
        ),
        CheckConstraint("replaces IN ('advance', 'after_receipt')", name="replaces"),
    )
    number: Mapped[str] = mapped_column(Text)
    party_id: Mapped[int | None]
    entity_id: Mapped[int]
    channel_id: Mapped[int | None]
    location_id: Mapped[int | None]
    policy_id: Mapped[int | None]
    currency: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    resolution: Mapped[str] = mapped_column(Text)
    # Whether the other goods leave at once, or when those that come back are here.
    replaces: Mapped[str | None] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(Text)
    intake_message_id: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(Text)
    ship_from: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(server_default="1")
    requested_at: Mapped[datetime]
    requested_by: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(Text)


class ReturnLine(TenantOwned, Base):
    """A quantity of an item of a return, in base units, with what the policy said of it and why.

    `given_up` of it will not come any more; of what came, `accepted` was found at inspection."""

    __tablename__ = "return_line"
    __table_args__ = (
        Index("uq_return_line_number", "tenant_id", "return_id", "line_number", unique=True),
        Index(None, "tenant_id", "order_line_id"),
        Index(None, "tenant_id", "order_id"),
        Index(None, "tenant_id", "item_id"),
        reference("return_id", "return_request"),
        reference("order_id", "sales_order"),
        reference("order_line_id", "sales_order_line"),
        reference("item_id", "item"),
        reference("reason_id", "return_reason"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint(
            "status IN ('waiting', 'authorized', 'kept', 'refused', 'cancelled')", name="status"
        ),
        CheckConstraint("kind IN ('announced', 'unannounced', 'wrong_item')", name="kind"),
        CheckConstraint(
            "received >= 0 AND accepted >= 0 AND accepted <= received AND disposed >= 0 "
            "AND disposed <= received AND credited >= 0 AND credited <= quantity "
            "AND replaced >= 0 AND replaced <= quantity AND given_up >= 0 "
            "AND received + given_up <= quantity",
            name="in_order",
        ),
        CheckConstraint(
            "fee_percent BETWEEN 0 AND 100 AND fee_minor >= 0 AND fee_taken_minor >= 0", name="fee"
        ),
    )
    return_id: Mapped[int]
    line_number: Mapped[int]
    kind: Mapped[str] = mapped_column(Text, server_default="announced")
    order_id: Mapped[int | None]
    order_line_id: Mapped[int | None]
    item_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    reason_id: Mapped[int | None]
    condition: Mapped[str | None] = mapped_column(Text)
    delivered_on: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    rule: Mapped[str | None] = mapped_column(Text)
    explanation: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    fee_percent: Mapped[Decimal] = mapped_column(Numeric(7, 4), server_default="0")
    fee_minor: Mapped[int] = mapped_column(server_default="0")
    fee_taken_minor: Mapped[int] = mapped_column(server_default="0")
    refunds_shipping: Mapped[bool] = mapped_column(server_default=text("false"))
    received: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    accepted: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    disposed: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    credited: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    replaced: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    given_up: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    version: Mapped[int] = mapped_column(server_default="1")


class ReturnAuthorization(TenantOwned, Base):
    """That goods may be sent to a location until a day, with what a label needs to say (RMA)."""

    __tablename__ = "return_authorization"
    __table_args__ = (
        Index("uq_return_authorization_number", "tenant_id", "number", unique=True),
        Index("uq_return_authorization_barcode", "tenant_id", "barcode", unique=True),
        Index(None, "tenant_id", "return_id"),
        Index(
            "ix_return_authorization_due",
            "tenant_id",
            "expires_on",
            postgresql_where="status = 'open'",
        ),
        reference("return_id", "return_request"),
        reference("location_id", "location"),
        CheckConstraint("status IN ('open', 'received', 'expired', 'cancelled')", name="status"),
    )
    number: Mapped[str] = mapped_column(Text)
    return_id: Mapped[int]
    location_id: Mapped[int]
    status: Mapped[str] = mapped_column(Text, server_default="open")
    barcode: Mapped[str] = mapped_column(Text)
    carrier: Mapped[str | None] = mapped_column(Text)
    service: Mapped[str | None] = mapped_column(Text)
    ship_from: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    ship_to: Mapped[dict[str, Any]] = mapped_column(JSONB)
    expires_on: Mapped[date]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
