"""Tables of soft reservations: stock held for a cart or a quote until a moment."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class StockHold(TenantOwned, Base):
    """What a cart or a quote keeps for itself until `expires_at`; its stock stands in soft
    reservations. It ends when it expires, is released, or gives way to an order."""

    __tablename__ = "stock_hold"
    __table_args__ = (
        Index(None, "tenant_id", "expires_at", postgresql_where="status = 'open'"),
        Index(None, "tenant_id", "holder"),
        reference("channel_id", "channel"),
        reference("party_id", "party"),
        CheckConstraint("kind IN ('cart', 'quote')", name="kind"),
        CheckConstraint("status IN ('open', 'released', 'expired', 'placed')", name="status"),
    )
    kind: Mapped[str] = mapped_column(Text)
    holder: Mapped[str] = mapped_column(Text)
    channel_id: Mapped[int]
    party_id: Mapped[int | None]
    expires_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(Text, server_default="open")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
