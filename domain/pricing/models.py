"""Tables of price lists."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class PriceList(TenantOwned, Base):
    """Prices in one currency, for everyone, for a channel, or for a customer, between two days.

    The narrowest list wins: customer before channel before everyone, then the higher rank."""

    __tablename__ = "price_list"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        reference("channel_id", "channel"),
        reference("party_id", "party"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="validity"),
    )
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    channel_id: Mapped[int | None]
    party_id: Mapped[int | None]
    rank: Mapped[int] = mapped_column(server_default="0")
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class Price(TenantOwned, Base):
    """What one unit of an item costs from a quantity on."""

    __tablename__ = "price"
    __table_args__ = (
        UniqueConstraint("tenant_id", "price_list_id", "item_id", "unit", "minimum_quantity"),
        reference("price_list_id", "price_list", ondelete="CASCADE"),
        reference("item_id", "item"),
        CheckConstraint("unit_price >= 0", name="not_negative"),
        CheckConstraint("minimum_quantity > 0", name="minimum_quantity"),
    )
    price_list_id: Mapped[int]
    item_id: Mapped[int]
    unit: Mapped[str] = mapped_column(Text)
    minimum_quantity: Mapped[Decimal] = mapped_column(Numeric(24, 6), server_default="1")
    unit_price: Mapped[Decimal] = mapped_column(Numeric(24, 6))


class PriceOverrideLimit(TenantOwned, Base):
    """How far an order line's price may be from the list's before somebody has to approve it, in
    percent of the list's; of one channel, or of all others when the channel is absent."""

    __tablename__ = "price_override_limit"
    __table_args__ = (
        UniqueConstraint("tenant_id", "channel_id", postgresql_nulls_not_distinct=True),
        reference("channel_id", "channel"),
        CheckConstraint("percent >= 0", name="percent"),
    )
    channel_id: Mapped[int | None]
    percent: Mapped[Decimal] = mapped_column(Numeric(9, 4))
