"""Tables of what is settled about returns beforehand: why goods come back, and what is let."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class ReturnReason(TenantOwned, Base):
    """Why goods come back, who answers for it, and whose fault it says it is."""

    __tablename__ = "return_reason"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        reference("owner_id", "user_account"),
        CheckConstraint("fault IN ('customer', 'seller', 'carrier', 'unknown')", name="fault"),
        CheckConstraint("status IN ('active', 'retired')", name="status"),
    )
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    fault: Mapped[str] = mapped_column(Text, server_default="unknown")
    owner_id: Mapped[int | None]
    # The words that marketplaces use for it.
    told_as: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    status: Mapped[str] = mapped_column(Text, server_default="active")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class ReturnPolicy(TenantOwned, Base):
    """A version of what is let: rules in their order, of which the first that holds decides."""

    __tablename__ = "return_policy"
    __table_args__ = (
        UniqueConstraint("tenant_id", "version"),
        Index(
            "uq_return_policy_active",
            "tenant_id",
            unique=True,
            postgresql_where="status = 'active'",
        ),
        CheckConstraint("status IN ('active', 'retired')", name="status"),
    )
    version: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="active")
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None]
