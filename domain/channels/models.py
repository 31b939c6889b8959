"""Tables of channels."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Text, UniqueConstraint, text
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
            "source IN ('shopify', 'woocommerce', 'amazon', 'x12', 'generic')", name="source"
        ),
        CheckConstraint("on_unknown_item IN ('exception', 'create_draft')", name="unknown_item"),
        CheckConstraint("on_unknown_party IN ('exception', 'create_draft')", name="unknown_party"),
        CheckConstraint("price_source IN ('document', 'price_list')", name="price_source"),
        CheckConstraint("status IN ('active', 'closed')", name="status"),
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
    status: Mapped[str] = mapped_column(Text, server_default="active")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
