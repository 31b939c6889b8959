"""Counters by which the database itself refuses that more comes back, or is credited, than was
delivered. The order's lock guards them."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference

QUANTITY = Numeric(24, 6)


class OrderLineReturn(TenantOwned, Base):
    """What of an order's line was shipped and billed, and what of that came back, was credited and
    was disposed of. Quantities in base units, money in minor units."""

    __tablename__ = "order_line_return"
    __table_args__ = (
        Index("uq_order_line_return_line", "tenant_id", "order_line_id", unique=True),
        Index(None, "tenant_id", "order_id"),
        reference("order_id", "sales_order"),
        reference("order_line_id", "sales_order_line"),
        CheckConstraint("claimed BETWEEN 0 AND shipped", name="claimed"),
        CheckConstraint("credited BETWEEN 0 AND claimed", name="credited"),
        CheckConstraint(
            "credited_net_minor BETWEEN 0 AND greatest(billed_net_minor, 0)", name="credited_net"
        ),
        CheckConstraint(
            "credited_tax_minor BETWEEN 0 AND greatest(billed_tax_minor, 0)", name="credited_tax"
        ),
        CheckConstraint("disposed BETWEEN 0 AND claimed", name="disposed"),
    )
    order_id: Mapped[int]
    order_line_id: Mapped[int]
    shipped: Mapped[Decimal] = mapped_column(QUANTITY)
    billed_net_minor: Mapped[int]
    billed_tax_minor: Mapped[int]
    # What returns ask for: of what they gave up nothing stays here.
    claimed: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    credited: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    credited_net_minor: Mapped[int] = mapped_column(server_default="0")
    credited_tax_minor: Mapped[int] = mapped_column(server_default="0")
    disposed: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")


class OrderReturn(TenantOwned, Base):
    """What of an order was billed in all, and credited in all: minor units of its currency."""

    __tablename__ = "order_return"
    __table_args__ = (
        Index("uq_order_return_order", "tenant_id", "order_id", unique=True),
        reference("order_id", "sales_order"),
        CheckConstraint("credited_minor BETWEEN 0 AND billed_minor", name="credited"),
        CheckConstraint("refunded_minor BETWEEN 0 AND credited_minor", name="refunded"),
        CheckConstraint(
            "credited_shipping_minor BETWEEN 0 AND greatest(shipping_minor, 0)", name="shipping"
        ),
    )
    order_id: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    billed_minor: Mapped[int]
    shipping_minor: Mapped[int]
    credited_minor: Mapped[int] = mapped_column(server_default="0")
    credited_shipping_minor: Mapped[int] = mapped_column(server_default="0")
    refunded_minor: Mapped[int] = mapped_column(server_default="0")
