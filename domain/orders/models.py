"""Tables of orders."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

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
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference

QUANTITY = Numeric(24, 6)


class SalesOrder(TenantOwned, Base):
    """An order of a customer, from whatever channel. Amounts are minor units of `currency`."""

    __tablename__ = "sales_order"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index(
            "uq_sales_order_external",
            "tenant_id",
            "channel_id",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index(None, "tenant_id", "party_id", "id"),
        Index(None, "tenant_id", "status", "id"),
        Index(
            "ix_sales_order_open",
            "tenant_id",
            "party_id",
            postgresql_where=text("status NOT IN ('shipped', 'cancelled')"),
        ),
        reference("channel_id", "channel"),
        reference("entity_id", "legal_entity"),
        reference("party_id", "party"),
        reference("intake_message_id", "intake_message", use_alter=True),
        CheckConstraint(
            "status IN ('held', 'backordered', 'partially_allocated', 'allocated', "
            "'in_fulfilment', 'partially_shipped', 'shipped', 'cancelled')",
            name="status",
        ),
        CheckConstraint(
            "payment_state IN ('unknown', 'pending', 'authorized', 'paid', 'refunded', 'voided')",
            name="payment_state",
        ),
        CheckConstraint("guarded_holds <@ ARRAY['credit', 'price']", name="guarded_holds"),
    )
    number: Mapped[str] = mapped_column(Text)
    channel_id: Mapped[int]
    entity_id: Mapped[int]
    party_id: Mapped[int | None]
    external_id: Mapped[str | None] = mapped_column(Text)
    external_number: Mapped[str | None] = mapped_column(Text)
    source_version: Mapped[str | None] = mapped_column(Text)
    content_hash: Mapped[str | None] = mapped_column(Text)
    intake_message_id: Mapped[int | None]
    currency: Mapped[str] = mapped_column(Text)
    ordered_at: Mapped[datetime]
    received_at: Mapped[datetime]
    ship_to: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    bill_to: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    subtotal_minor: Mapped[int]
    discount_minor: Mapped[int]
    tax_minor: Mapped[int]
    shipping_minor: Mapped[int]
    total_minor: Mapped[int]
    payment_state: Mapped[str] = mapped_column(Text, server_default="unknown")
    status: Mapped[str] = mapped_column(Text)
    hold_reason: Mapped[str | None] = mapped_column(Text)
    # Holds that only an approval lifts; `hold_reason` is the one that people put on by hand.
    guarded_holds: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    service_level: Mapped[str | None] = mapped_column(Text)
    # The total up to which somebody approved that it goes by a rush service level.
    rush_approved_minor: Mapped[int | None]
    # What was asked for of the whole order; each line has its own.
    wanted_on: Mapped[date | None]
    wanted_ship_on: Mapped[date | None]
    early_delivery_allowed: Mapped[bool] = mapped_column(server_default=text("true"))
    version: Mapped[int] = mapped_column(server_default="1")


class SalesOrderLine(TenantOwned, Base):
    """One line of an order. `quantity` is in the item's base unit; the customer's own quantity
    and unit stand beside it. What is neither allocated, shipped nor cancelled is backordered."""

    __tablename__ = "sales_order_line"
    __table_args__ = (
        UniqueConstraint("tenant_id", "order_id", "line_number"),
        reference("order_id", "sales_order"),
        reference("item_id", "item"),
        reference("party_id", "party"),
        Index(
            "ix_sales_order_line_backorder",
            "tenant_id",
            "item_id",
            "id",
            postgresql_where=text("backordered > 0"),
        ),
        Index(
            "ix_sales_order_line_at_risk",
            "tenant_id",
            "promised_ship_on",
            "id",
            postgresql_where=text("promise_at_risk"),
        ),
        Index(
            "ix_sales_order_line_stopped",
            "tenant_id",
            "id",
            postgresql_where=text("allocation_stopped"),
        ),
        reference("kit_id", "sales_order_kit"),
        CheckConstraint(
            "(kit_id IS NULL) = (per_kit IS NULL) AND (per_kit IS NULL OR per_kit > 0)",
            name="kit",
        ),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("allocated >= 0 AND shipped >= 0 AND cancelled >= 0", name="not_negative"),
        CheckConstraint("allocated + shipped + cancelled <= quantity", name="not_exceeded"),
    )
    order_id: Mapped[int]
    party_id: Mapped[int | None]
    line_number: Mapped[int]
    external_line: Mapped[str | None] = mapped_column(Text)
    external_code: Mapped[str | None] = mapped_column(Text)
    item_id: Mapped[int]
    description: Mapped[str | None] = mapped_column(Text)
    quantity_ordered: Mapped[Decimal] = mapped_column(QUANTITY)
    unit: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    unit_price: Mapped[Decimal] = mapped_column(Numeric(24, 6))
    discount_minor: Mapped[int] = mapped_column(server_default="0")
    tax_minor: Mapped[int] = mapped_column(server_default="0")
    net_minor: Mapped[int]
    # Further from the price list than allowed: more of it needs approval too.
    price_beyond_limit: Mapped[bool] = mapped_column(server_default=text("false"))
    allocated: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    shipped: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    cancelled: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    backordered: Mapped[Decimal] = mapped_column(
        QUANTITY, Computed("quantity - allocated - shipped - cancelled", persisted=True)
    )
    # The day on which the customer wants it there, or wants it to leave.
    wanted_on: Mapped[date | None]
    wanted_ship_on: Mapped[date | None]
    # What the customer was told, and what is to be expected by now.
    promised_ship_on: Mapped[date | None]
    promised_on: Mapped[date | None]
    expected_ship_on: Mapped[date | None]
    expected_on: Mapped[date | None]
    promise_at_risk: Mapped[bool] = mapped_column(
        Computed(
            "promised_ship_on IS NOT NULL AND quantity > shipped + cancelled "
            "AND (expected_ship_on IS NULL OR expected_ship_on > promised_ship_on) "
            "AND coalesce(CASE WHEN wanted_on IS NOT NULL "
            "THEN coalesce(expected_on, expected_ship_on) <= wanted_on "
            "ELSE expected_ship_on <= wanted_ship_on END, false) IS FALSE",
            persisted=True,
        )
    )
    # A component of a kit that was ordered, and how much of it makes one kit.
    kit_id: Mapped[int | None]
    per_kit: Mapped[Decimal | None] = mapped_column(QUANTITY)
    # How often locations rejected it; after too many it waits for a person.
    rejections: Mapped[int] = mapped_column(server_default="0")
    allocation_stopped: Mapped[bool] = mapped_column(server_default=text("false"))


class SalesOrderKit(TenantOwned, Base):
    """A kit as the customer ordered it; its components are lines of the order, which have the
    money and the progress. `line_number` is that of the first of them."""

    __tablename__ = "sales_order_kit"
    __table_args__ = (
        UniqueConstraint("tenant_id", "order_id", "line_number"),
        reference("order_id", "sales_order"),
        reference("party_id", "party"),
        reference("item_id", "item"),
        CheckConstraint("quantity > 0", name="quantity"),
    )
    order_id: Mapped[int]
    party_id: Mapped[int | None]
    line_number: Mapped[int]
    external_line: Mapped[str | None] = mapped_column(Text)
    external_code: Mapped[str | None] = mapped_column(Text)
    item_id: Mapped[int]
    description: Mapped[str | None] = mapped_column(Text)
    quantity_ordered: Mapped[Decimal] = mapped_column(QUANTITY)
    unit: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    unit_price: Mapped[Decimal] = mapped_column(QUANTITY)


class CustomerCredit(TenantOwned, Base):
    """Up to what a customer, with all below it, may owe before its orders are held."""

    __tablename__ = "customer_credit"
    __table_args__ = (
        UniqueConstraint("tenant_id", "party_id"),
        reference("party_id", "party"),
        CheckConstraint("limit_minor >= 0", name="limit"),
    )
    party_id: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    limit_minor: Mapped[int]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
