"""Tables of what a return earns its sender: money, or other goods."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference

QUANTITY = Numeric(24, 6)


class ReturnCredit(TenantOwned, Base):
    """Money granted for goods of one order: minor units of the order's currency.

    The total is net, tax and shipping less the fee. `refunds`: it is paid out; else it stands to
    the customer's credit. Finance writes the credit note and pays."""

    __tablename__ = "return_credit"
    __table_args__ = (
        Index("uq_return_credit_number", "tenant_id", "number", unique=True),
        Index(None, "tenant_id", "return_id"),
        Index(None, "tenant_id", "order_id"),
        reference("return_id", "return_request"),
        reference("order_id", "sales_order"),
        reference("entity_id", "legal_entity"),
        reference("party_id", "party"),
        CheckConstraint("status IN ('granted', 'settled')", name="status"),
        CheckConstraint(
            "net_minor >= 0 AND tax_minor >= 0 AND shipping_minor >= 0 AND fee_minor >= 0 "
            "AND fee_minor <= net_minor + tax_minor + shipping_minor",
            name="amounts",
        ),
    )
    number: Mapped[str] = mapped_column(Text)
    return_id: Mapped[int]
    order_id: Mapped[int]
    entity_id: Mapped[int]
    party_id: Mapped[int | None]
    currency: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="granted")
    refunds: Mapped[bool]
    # The channel has paid it already: nothing is paid out here.
    paid_by_channel: Mapped[bool] = mapped_column(server_default="false")
    net_minor: Mapped[int]
    tax_minor: Mapped[int]
    shipping_minor: Mapped[int]
    fee_minor: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    granted_at: Mapped[datetime]
    granted_by: Mapped[str] = mapped_column(Text)
    settled_at: Mapped[datetime | None]


class ReturnCreditLine(TenantOwned, Base):
    """What of an order's line is credited, in base units and minor units."""

    __tablename__ = "return_credit_line"
    __table_args__ = (
        Index(None, "tenant_id", "credit_id"),
        Index(None, "tenant_id", "order_line_id"),
        reference("return_id", "return_request"),
        reference("credit_id", "return_credit"),
        reference("line_id", "return_line"),
        reference("order_line_id", "sales_order_line"),
        CheckConstraint("quantity > 0 AND net_minor >= 0 AND tax_minor >= 0", name="amounts"),
    )
    return_id: Mapped[int]
    credit_id: Mapped[int]
    line_id: Mapped[int]
    order_line_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    net_minor: Mapped[int]
    tax_minor: Mapped[int]
    fee_minor: Mapped[int]


class ReturnReplacement(TenantOwned, Base):
    """Other goods for a return: the same again (replacement), or others at a price (exchange)."""

    __tablename__ = "return_replacement"
    __table_args__ = (
        Index(None, "tenant_id", "return_id"),
        Index(None, "tenant_id", "status"),
        reference("return_id", "return_request"),
        reference("order_id", "sales_order"),
        CheckConstraint("kind IN ('exchange', 'replacement')", name="kind"),
        CheckConstraint("status IN ('requested', 'due', 'ordered', 'cancelled')", name="status"),
        CheckConstraint("(status = 'ordered') = (order_id IS NOT NULL)", name="ordered"),
    )
    return_id: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="requested")
    order_id: Mapped[int | None]
    version: Mapped[int] = mapped_column(server_default="1")
    requested_at: Mapped[datetime]
    ordered_at: Mapped[datetime | None]


class ReturnReplacementLine(TenantOwned, Base):
    """What is wanted instead, in base units. Without a price it is at the customer's."""

    __tablename__ = "return_replacement_line"
    __table_args__ = (
        Index(None, "tenant_id", "replacement_id"),
        reference("return_id", "return_request"),
        reference("replacement_id", "return_replacement"),
        reference("item_id", "item"),
        CheckConstraint("quantity > 0 AND unit_price >= 0", name="amounts"),
    )
    return_id: Mapped[int]
    replacement_id: Mapped[int]
    item_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    unit_price: Mapped[Decimal | None] = mapped_column(QUANTITY)
