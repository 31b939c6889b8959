"""Tables of what tells pieces of an item apart: lots and serial numbers."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class Lot(TenantOwned, Base):
    """Pieces of an item that were made together; balances name it by its code.

    It may be sold while it is released and `expires_on`, its last good day, is not over."""

    __tablename__ = "lot"
    __table_args__ = (
        UniqueConstraint("tenant_id", "item_id", "code"),
        reference("item_id", "item"),
        CheckConstraint("status IN ('released', 'quarantined', 'recalled')", name="status"),
        CheckConstraint("expires_on >= manufactured_on", name="lifetime"),
        CheckConstraint("code <> ''", name="code"),
    )
    item_id: Mapped[int]
    code: Mapped[str] = mapped_column(Text)
    manufactured_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(Text, server_default="released")
    status_reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class SerialNumber(TenantOwned, Base):
    """One piece of an item. While it is in stock it lies in one balance, in one of its states;
    once gone, `balance_id` is where it lay last. On its way it lies with goods in transit, and
    `transfer_line_id` says with which line of a transfer it left."""

    __tablename__ = "serial_number"
    __table_args__ = (
        UniqueConstraint("tenant_id", "item_id", "code"),
        Index(None, "tenant_id", "balance_id", "state"),
        reference("item_id", "item"),
        reference("balance_id", "stock_balance"),
        CheckConstraint(
            "state IN ('available', 'quality_control', 'damaged', 'in_transit', 'shipped', "
            "'removed', 'in_kit')",
            name="state",
        ),
        CheckConstraint("code <> ''", name="code"),
        Index(
            "ix_serial_number_transfer_line",
            "tenant_id",
            "transfer_line_id",
            postgresql_where="transfer_line_id IS NOT NULL",
        ),
        reference("transfer_line_id", "transfer_line"),
        CheckConstraint(
            "(state = 'in_transit') = (transfer_line_id IS NOT NULL)", name="on_its_way"
        ),
    )
    item_id: Mapped[int]
    code: Mapped[str] = mapped_column(Text)
    balance_id: Mapped[int]
    transfer_line_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(Text, server_default="available")
    created_at: Mapped[datetime]


class SerialMovement(TenantOwned, Base):
    """One thing that happened to a piece, with why and through which document. Never changed."""

    __tablename__ = "serial_movement"
    __table_args__ = (
        Index(None, "tenant_id", "serial_id", "id"),
        reference("serial_id", "serial_number"),
        reference("balance_id", "stock_balance"),
    )
    serial_id: Mapped[int]
    balance_id: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    reference_kind: Mapped[str] = mapped_column(Text)
    reference_id: Mapped[int]
    actor: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime]
