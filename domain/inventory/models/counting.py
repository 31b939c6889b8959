"""Tables of counting: what was found on the shelf, or told by a warehouse, against the books."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory.models.stock import QUANTITY
from tenancy.base import Base, TenantOwned, reference


class StockTolerance(TenantOwned, Base):
    """How far stock may be corrected without anybody's approval: at one location, or (without a
    location) anywhere that has none of its own. A difference must keep every limit that is given.

    Quantities are in base units, percent is of what was expected, the value in minor units of
    the owner's currency."""

    __tablename__ = "stock_tolerance"
    __table_args__ = (
        Index(
            "uq_stock_tolerance_location",
            "tenant_id",
            "location_id",
            unique=True,
            postgresql_where="location_id IS NOT NULL",
        ),
        Index(
            "uq_stock_tolerance_standard",
            "tenant_id",
            unique=True,
            postgresql_where="location_id IS NULL",
        ),
        reference("location_id", "location"),
        CheckConstraint(
            "num_nonnulls(quantity, percent, value_minor) > 0 "
            "AND least(quantity, percent, value_minor) >= 0",
            name="limits",
        ),
    )
    location_id: Mapped[int | None]
    quantity: Mapped[Decimal | None] = mapped_column(QUANTITY)
    percent: Mapped[Decimal | None] = mapped_column(Numeric(9, 4))
    value_minor: Mapped[int | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class StockCount(TenantOwned, Base):
    """A count by hand, or a snapshot that a warehouse told as of a moment.

    `raw` is what was told, as it was told; the same content for the same place is taken once."""

    __tablename__ = "stock_count"
    __table_args__ = (
        Index("uq_stock_count_number", "tenant_id", "number", unique=True),
        Index(
            "uq_stock_count_content",
            "tenant_id",
            "location_id",
            "owner_id",
            "content_hash",
            unique=True,
            postgresql_where="content_hash IS NOT NULL",
        ),
        Index(None, "tenant_id", "location_id", "status"),
        reference("location_id", "location"),
        reference("owner_id", "legal_entity"),
        reference("channel_id", "channel"),
        reference("document_id", "stock_document"),
        CheckConstraint("kind IN ('count', 'snapshot')", name="kind"),
        CheckConstraint(
            "status IN ('open', 'waiting', 'booked', 'exception', 'rejected', 'ignored', "
            "'cancelled')",
            name="status",
        ),
        CheckConstraint("(kind = 'snapshot') = (as_of IS NOT NULL)", name="as_of"),
        CheckConstraint("(kind = 'snapshot') = (content_hash IS NOT NULL)", name="content"),
    )
    number: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    location_id: Mapped[int]
    owner_id: Mapped[int]
    status: Mapped[str] = mapped_column(Text, server_default="open")
    reason: Mapped[str] = mapped_column(Text)
    # A count whose counters are not shown what is expected.
    is_blind: Mapped[bool] = mapped_column(server_default="false")
    # A snapshot that names everything there is: what it leaves out is not there.
    is_whole: Mapped[bool] = mapped_column(server_default="false")
    as_of: Mapped[datetime | None]
    # Through which the snapshot came, and whose codes it uses.
    channel_id: Mapped[int | None]
    external_reference: Mapped[str | None] = mapped_column(Text)
    content_hash: Mapped[str | None] = mapped_column(Text)
    raw: Mapped[list[Any] | None] = mapped_column(JSONB)
    note: Mapped[str | None] = mapped_column(Text)
    document_id: Mapped[int | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text)
    closed_at: Mapped[datetime | None]


class StockCountLine(TenantOwned, Base):
    """One balance that was counted, or one row that was told; quantities in base units.

    Movements are numbered in their order: what a balance held at `position` is the sum of those
    up to it. `difference` is what was found less what the books held then, with later corrections
    of the books counted in; sales after it are not touched."""

    __tablename__ = "stock_count_line"
    __table_args__ = (
        Index("uq_stock_count_line_number", "tenant_id", "count_id", "line_number", unique=True),
        Index(None, "tenant_id", "balance_id", "observed_at", postgresql_where="booked"),
        reference("count_id", "stock_count"),
        reference("location_id", "location"),
        reference("item_id", "item"),
        reference("balance_id", "stock_balance"),
        CheckConstraint(
            "verdict IN ('open', 'even', 'within', 'above', 'oversold', 'unknown', 'superseded', "
            "'pieces')",
            name="verdict",
        ),
        CheckConstraint(
            "counted >= 0 AND counted_quality_control >= 0 AND counted_damaged >= 0", name="counted"
        ),
        CheckConstraint("balance_id IS NOT NULL OR verdict = 'unknown'", name="known"),
    )
    count_id: Mapped[int]
    location_id: Mapped[int]
    line_number: Mapped[int]
    # Where in the sender's document, and the item as it calls it.
    path: Mapped[str | None] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(Text)
    item_id: Mapped[int | None]
    balance_id: Mapped[int | None]
    expected: Mapped[Decimal | None] = mapped_column(QUANTITY)
    expected_position: Mapped[int | None]
    counted: Mapped[Decimal | None] = mapped_column(QUANTITY)
    counted_quality_control: Mapped[Decimal | None] = mapped_column(QUANTITY)
    counted_damaged: Mapped[Decimal | None] = mapped_column(QUANTITY)
    # What was told is what may be sold, not all that is there.
    counts_available: Mapped[bool] = mapped_column(server_default="false")
    counted_by: Mapped[str | None] = mapped_column(Text)
    observed_at: Mapped[datetime | None]
    position: Mapped[int | None]
    difference: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    difference_quality_control: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    difference_damaged: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    value_minor: Mapped[int] = mapped_column(server_default="0")
    # The pieces that were named; which of those in the books were not, and which were not in them.
    serials: Mapped[list[Any] | None] = mapped_column(JSONB)
    serial_position: Mapped[int | None]
    missing_serials: Mapped[list[Any] | None] = mapped_column(JSONB)
    found_serials: Mapped[list[Any] | None] = mapped_column(JSONB)
    # The balance's last movement when the line was decided about.
    judged_position: Mapped[int | None]
    verdict: Mapped[str] = mapped_column(Text, server_default="open")
    problem: Mapped[str | None] = mapped_column(Text)
    booked: Mapped[bool] = mapped_column(server_default="false")


class RequestedAdjustment(TenantOwned, Base):
    """A correction by hand that is above tolerance and waits for approval; the lines are with
    the request."""

    __tablename__ = "requested_adjustment"
    __table_args__ = (
        reference("location_id", "location"),
        reference("owner_id", "legal_entity"),
        reference("document_id", "stock_document"),
        CheckConstraint("status IN ('waiting', 'booked', 'dropped')", name="status"),
    )
    location_id: Mapped[int]
    owner_id: Mapped[int]
    status: Mapped[str] = mapped_column(Text, server_default="waiting")
    reason: Mapped[str] = mapped_column(Text)
    lines: Mapped[list[Any]] = mapped_column(JSONB)
    document_id: Mapped[int | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text)
