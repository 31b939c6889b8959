"""Tables of protected pools: stock that is kept for some, and what they drew of it."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.allocation.models.decisions import QUANTITY
from tenancy.base import Base, TenantOwned, reference


class StockPool(TenantOwned, Base):
    """A quantity, or a share of what is there, that only one channel, customer group or contract
    customer (with its children) may use, from `effective_from` until `expires_at`.

    It is of an item, or of each item of a group by itself, of one owner, at one location or over
    all of them. A pool inside another one is a part of it: what it leaves is the parent's. It is
    `expired` when the schedule has told so; by the clock it has ended before."""

    __tablename__ = "stock_pool"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        Index(None, "tenant_id", "item_id"),
        Index(None, "tenant_id", "item_group"),
        Index(None, "tenant_id", "parent_id"),
        Index(None, "tenant_id", "status", "expires_at"),
        reference("item_id", "item"),
        reference("location_id", "location"),
        reference("owner_id", "legal_entity"),
        reference("parent_id", "stock_pool"),
        reference("channel_id", "channel"),
        reference("party_id", "party"),
        CheckConstraint("num_nonnulls(item_id, item_group) = 1", name="one_scope"),
        CheckConstraint(
            "num_nonnulls(channel_id, customer_group, party_id) = 1", name="one_beneficiary"
        ),
        CheckConstraint("num_nonnulls(quantity, share) = 1", name="one_measure"),
        CheckConstraint("item_group IS NULL OR share IS NOT NULL", name="group_by_share"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("share > 0 AND share <= 1", name="share"),
        CheckConstraint("expires_at > effective_from", name="period"),
        CheckConstraint("status IN ('active', 'closed', 'expired')", name="status"),
    )
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    item_id: Mapped[int | None]
    item_group: Mapped[str | None] = mapped_column(Text)
    location_id: Mapped[int | None]
    owner_id: Mapped[int]
    parent_id: Mapped[int | None]
    channel_id: Mapped[int | None]
    customer_group: Mapped[str | None] = mapped_column(Text)
    party_id: Mapped[int | None]
    quantity: Mapped[Decimal | None] = mapped_column(QUANTITY)
    share: Mapped[Decimal | None] = mapped_column(Numeric(7, 6))
    effective_from: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(Text, server_default="active")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class StockPoolItem(TenantOwned, Base):
    """What was drawn of an item from a pool, and what of it has shipped; base units.

    What was drawn and given back does not count."""

    __tablename__ = "stock_pool_item"
    __table_args__ = (
        UniqueConstraint("tenant_id", "pool_id", "item_id"),
        Index(None, "tenant_id", "item_id"),
        reference("pool_id", "stock_pool"),
        reference("item_id", "item"),
        CheckConstraint("shipped >= 0 AND drawn >= shipped", name="not_negative"),
    )
    pool_id: Mapped[int]
    item_id: Mapped[int]
    drawn: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    shipped: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
