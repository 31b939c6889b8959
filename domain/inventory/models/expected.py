"""Tables of supply that is to come: bought, sent by a location, made, or otherwise told of."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Computed, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory.models.stock import QUANTITY
from tenancy.base import Base, TenantOwned, reference


class ExpectedSupply(TenantOwned, Base):
    """A quantity of an item that is to come to a location, for an owner, on a day.

    `open` is what has not come yet; `pegged` what of it is promised to waiting order lines: the
    sum of their pegs, as `reserved` is the sum of reservations. After a supply shrank it may be
    less than what is pegged, until the promises are looked through."""

    __tablename__ = "expected_supply"
    __table_args__ = (
        Index(
            "ix_expected_supply_open",
            "tenant_id",
            "item_id",
            "expected_on",
            postgresql_where=text("status = 'open'"),
        ),
        Index(
            "uq_expected_supply_reference",
            "tenant_id",
            "kind",
            "external_reference",
            unique=True,
            postgresql_where=text("external_reference IS NOT NULL"),
        ),
        Index(
            "ix_expected_supply_day",
            "tenant_id",
            "expected_on",
            postgresql_where=text("status = 'open'"),
        ),
        reference("item_id", "item"),
        reference("location_id", "location"),
        reference("owner_id", "legal_entity"),
        reference("supplier_id", "party"),
        Index(
            "uq_expected_supply_transfer_line",
            "tenant_id",
            "transfer_line_id",
            unique=True,
            postgresql_where=text("transfer_line_id IS NOT NULL"),
        ),
        reference("transfer_line_id", "transfer_line"),
        CheckConstraint("transfer_line_id IS NULL OR kind = 'transfer'", name="transfer"),
        Index(
            "ix_expected_supply_purchase_line",
            "tenant_id",
            "purchase_line_id",
            postgresql_where=text("purchase_line_id IS NOT NULL"),
        ),
        reference("purchase_line_id", "purchase_order_line"),
        reference("ship_notice_line_id", "ship_notice_line"),
        CheckConstraint("purchase_line_id IS NULL OR kind = 'purchase'", name="purchase"),
        CheckConstraint("kind IN ('purchase', 'transfer', 'production', 'other')", name="kind"),
        CheckConstraint("status IN ('open', 'received', 'cancelled')", name="status"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("received >= 0 AND pegged >= 0", name="not_negative"),
    )
    item_id: Mapped[int]
    location_id: Mapped[int]
    owner_id: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    received: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    pegged: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    open: Mapped[Decimal] = mapped_column(
        QUANTITY,
        Computed(
            "CASE WHEN status = 'open' THEN greatest(quantity - received, 0) ELSE 0 END",
            persisted=True,
        ),
    )
    expected_on: Mapped[date]
    confirmed_on: Mapped[date | None]
    supplier_id: Mapped[int | None]
    # The line of a transfer under way that it comes with; what of it is to come follows the line.
    transfer_line_id: Mapped[int | None]
    # The line of a purchase order of which it is a part, and the notice that it was sent with.
    purchase_line_id: Mapped[int | None]
    ship_notice_line_id: Mapped[int | None]
    external_reference: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="open")
    # The last day on which it was told to be late.
    overdue_told_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class ExpectedSupplyReceipt(TenantOwned, Base):
    """What of a supply came with which receipt."""

    __tablename__ = "expected_supply_receipt"
    __table_args__ = (
        Index(None, "tenant_id", "supply_id"),
        reference("supply_id", "expected_supply"),
        reference("document_id", "stock_document"),
        CheckConstraint("quantity > 0", name="quantity"),
    )
    supply_id: Mapped[int]
    document_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    created_at: Mapped[datetime]
