"""Tables of channels."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class Channel(TenantOwned, Base):
    """A way orders come in: a storefront, a marketplace, an EDI partner, the portal.

    `source` is who signs and shapes the documents; `on_unknown_*` is the intake rule."""

    __tablename__ = "channel"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        reference("entity_id", "legal_entity"),
        reference("default_party_id", "party"),
        CheckConstraint("kind IN ('storefront', 'marketplace', 'edi', 'portal')", name="kind"),
        CheckConstraint(
            "source IN ('shopify', 'woocommerce', 'magento', 'amazon', 'walmart', 'mirakl', 'x12', "
            "'generic')",
            name="source",
        ),
        CheckConstraint("on_unknown_item IN ('exception', 'create_draft')", name="unknown_item"),
        CheckConstraint("on_unknown_party IN ('exception', 'create_draft')", name="unknown_party"),
        CheckConstraint("price_source IN ('document', 'price_list')", name="price_source"),
        CheckConstraint("status IN ('active', 'closed')", name="status"),
        CheckConstraint(
            "availability_shown IN ('exact', 'levels', 'hidden')", name="availability_shown"
        ),
        CheckConstraint("availability_cap > 0 AND low_below >= 0", name="availability_bounds"),
    )
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    default_party_id: Mapped[int | None]
    on_unknown_item: Mapped[str] = mapped_column(Text, server_default="exception")
    on_unknown_party: Mapped[str] = mapped_column(Text, server_default="exception")
    price_source: Mapped[str] = mapped_column(Text, server_default="document")
    split_allowed: Mapped[bool] = mapped_column(server_default=text("true"))
    signing_secret: Mapped[str | None] = mapped_column(Text)
    # What a partner that buys through it is told of what is there: quantities, at most the cap;
    # or levels, low below so many base units.
    availability_shown: Mapped[str] = mapped_column(Text, server_default="exact")
    availability_cap: Mapped[Decimal | None] = mapped_column(Numeric(24, 6))
    low_below: Mapped[Decimal] = mapped_column(Numeric(24, 6), server_default="10")
    status: Mapped[str] = mapped_column(Text, server_default="active")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class Assortment(TenantOwned, Base):
    """That a channel, or a customer with those below it, is offered some items only."""

    __tablename__ = "assortment"
    __table_args__ = (
        UniqueConstraint("tenant_id", "channel_id"),
        UniqueConstraint("tenant_id", "party_id"),
        reference("channel_id", "channel"),
        reference("party_id", "party"),
        CheckConstraint("(channel_id IS NULL) <> (party_id IS NULL)", name="whose"),
    )
    channel_id: Mapped[int | None]
    party_id: Mapped[int | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class AssortmentItem(TenantOwned, Base):
    """An item that is offered."""

    __tablename__ = "assortment_item"
    __table_args__ = (
        UniqueConstraint("tenant_id", "assortment_id", "item_id"),
        Index(None, "tenant_id", "item_id"),
        reference("assortment_id", "assortment", ondelete="CASCADE"),
        reference("item_id", "item", ondelete="CASCADE"),
    )
    assortment_id: Mapped[int]
    item_id: Mapped[int]
