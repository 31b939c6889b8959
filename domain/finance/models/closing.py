"""Tables of the closing of periods."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class ClosingOwner(TenantOwned, Base):
    """Who answers for a check at the closing of an entity's periods."""

    __tablename__ = "closing_owner"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entity_id", "check_name"),
        reference("entity_id", "legal_entity"),
        reference("user_id", "user_account"),
    )
    entity_id: Mapped[int]
    check_name: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int]


class ClosingSignature(TenantOwned, Base):
    """Somebody stands for it that a check stays open at the closing of a period: for as many
    findings as there were. More of them need another signature."""

    __tablename__ = "closing_signature"
    __table_args__ = (
        UniqueConstraint("tenant_id", "period_id", "check_name"),
        reference("period_id", "fiscal_period"),
    )
    period_id: Mapped[int]
    check_name: Mapped[str] = mapped_column(Text)
    findings: Mapped[int]
    note: Mapped[str] = mapped_column(Text)
    signed_by: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime]


class PeriodReopening(TenantOwned, Base):
    """The wish to open a closed period again, which somebody else has to agree to."""

    __tablename__ = "period_reopening"
    __table_args__ = (
        Index(
            "uq_period_reopening_waiting",
            "tenant_id",
            "period_id",
            unique=True,
            postgresql_where=text("status = 'waiting'"),
        ),
        reference("period_id", "fiscal_period"),
        CheckConstraint("status IN ('waiting', 'opened', 'dropped')", name="status"),
    )
    period_id: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="waiting")
    asked_by: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
