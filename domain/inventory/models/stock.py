"""Tables of stock: balances, the append-only movement ledger, reservations, cost."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Computed, Index, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference

QUANTITY = Numeric(24, 6)


class StockBalance(TenantOwned, Base):
    """How much of an item lies at a location, for an owner, in a condition, of a lot.

    It is the sum of its movements, state by state. The CHECKs make overselling impossible:
    what is reserved, held or damaged can never exceed what is there."""

    __tablename__ = "stock_balance"
    __table_args__ = (
        Index(
            "uq_stock_balance_place",
            "tenant_id",
            "item_id",
            "location_id",
            "owner_id",
            "condition",
            "lot",
            unique=True,
        ),
        reference("item_id", "item"),
        reference("location_id", "location"),
        reference("owner_id", "legal_entity"),
        CheckConstraint(
            "reserved >= 0 AND quality_control >= 0 AND damaged >= 0 AND safety_stock >= 0",
            name="not_negative",
        ),
        CheckConstraint("on_hand >= reserved + quality_control + damaged", name="no_oversell"),
    )
    item_id: Mapped[int]
    location_id: Mapped[int]
    owner_id: Mapped[int]
    condition: Mapped[str] = mapped_column(Text, server_default="new")
    lot: Mapped[str] = mapped_column(Text, server_default="")
    on_hand: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    reserved: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    quality_control: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    damaged: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    safety_stock: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    available: Mapped[Decimal] = mapped_column(
        QUANTITY,
        Computed(
            "greatest(on_hand - reserved - quality_control - damaged - safety_stock, 0)",
            persisted=True,
        ),
    )
    version: Mapped[int] = mapped_column(server_default="1")


class StockMovement(TenantOwned, Base):
    """One change of one balance, with why and through which document. Never changed, never deleted.

    The four quantities are what it adds to each state of the balance."""

    __tablename__ = "stock_movement"
    __table_args__ = (
        Index(None, "tenant_id", "balance_id", "id"),
        Index(None, "tenant_id", "reference_kind", "reference_id"),
        reference("balance_id", "stock_balance"),
        CheckConstraint(
            "kind IN ('receipt', 'issue', 'transfer_out', 'transfer_in', 'adjustment', 'count', "
            "'state_change', 'reservation', 'release', 'kit_assembly', 'return')",
            name="kind",
        ),
    )
    balance_id: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    on_hand: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    reserved: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    quality_control: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    damaged: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    reason: Mapped[str] = mapped_column(Text)
    reference_kind: Mapped[str] = mapped_column(Text)
    reference_id: Mapped[int]
    unit_cost: Mapped[Decimal | None] = mapped_column(Numeric(24, 6))
    actor: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime]


class StockReservation(TenantOwned, Base):
    """Stock of one balance that is promised: to an order line or to a line of a transfer (hard),
    or to a hold of a cart or quote until a moment (soft)."""

    __tablename__ = "stock_reservation"
    __table_args__ = (
        Index(None, "tenant_id", "balance_id", postgresql_where="status = 'open'"),
        Index(None, "tenant_id", "order_line_id"),
        Index(None, "tenant_id", "hold_id", postgresql_where="hold_id IS NOT NULL"),
        Index(
            "ix_stock_reservation_due",
            "tenant_id",
            "expires_at",
            postgresql_where="status = 'open' AND kind = 'soft'",
        ),
        Index(
            "ix_stock_reservation_pool",
            "tenant_id",
            "pool_id",
            postgresql_where="pool_id IS NOT NULL AND status = 'open'",
        ),
        reference("balance_id", "stock_balance"),
        reference("pool_id", "stock_pool", use_alter=True),
        reference("order_line_id", "sales_order_line", use_alter=True),
        reference("hold_id", "stock_hold"),
        CheckConstraint("quantity >= 0", name="quantity"),
        CheckConstraint("status IN ('open', 'consumed', 'released')", name="status"),
        CheckConstraint("kind IN ('hard', 'soft')", name="kind"),
        Index(
            None, "tenant_id", "transfer_line_id", postgresql_where="transfer_line_id IS NOT NULL"
        ),
        reference("transfer_line_id", "transfer_line", use_alter=True),
        CheckConstraint(
            "CASE kind WHEN 'hard' THEN 1 ELSE 0 END "
            "= num_nonnulls(order_line_id, transfer_line_id)",
            name="of_line",
        ),
        CheckConstraint(
            "(kind = 'soft') = (hold_id IS NOT NULL) "
            "AND (kind = 'soft') = (expires_at IS NOT NULL)",
            name="of_hold",
        ),
    )
    balance_id: Mapped[int]
    order_line_id: Mapped[int | None]
    transfer_line_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(Text, server_default="hard")
    hold_id: Mapped[int | None]
    # The protected pool that a hold keeps it from; of orders their allocations say it.
    pool_id: Mapped[int | None]
    expires_at: Mapped[datetime | None]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    status: Mapped[str] = mapped_column(Text, server_default="open")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ItemCost(TenantOwned, Base):
    """What an entity owns of an item and what that is worth, in minor units of its books.

    Beside it lies what has no value: `pending` goods whose cost is not booked yet, and `consigned`
    ones that are a third party's. Where pending goods may leave at the last cost, what left of them
    makes the quantity negative. `position` counts what happened to it."""

    __tablename__ = "item_cost"
    __table_args__ = (
        Index("uq_item_cost_owner", "tenant_id", "owner_id", "item_id", unique=True),
        reference("item_id", "item"),
        reference("owner_id", "legal_entity"),
        CheckConstraint("quantity >= -pending", name="quantity"),
        CheckConstraint("quantity <> 0 OR value_minor = 0", name="closes_to_zero"),
        CheckConstraint("pending >= 0 AND consigned >= 0", name="without_value"),
        CheckConstraint("method IN ('average', 'fifo', 'standard')", name="method"),
        CheckConstraint("written_down_minor >= 0", name="written_down"),
    )
    owner_id: Mapped[int]
    item_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    value_minor: Mapped[int] = mapped_column(server_default="0")
    method: Mapped[str] = mapped_column(Text, server_default="average")
    # From here on the method holds; what was before is not valued anew by it.
    method_position: Mapped[int] = mapped_column(server_default="0")
    # Of one base unit: the standard in major units, the last one that came in minor units.
    standard_cost: Mapped[Decimal | None] = mapped_column(QUANTITY)
    last_unit_minor: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    pending: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    consigned: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    # What the stock still there was written down by.
    written_down_minor: Mapped[int] = mapped_column(server_default="0")
    position: Mapped[int] = mapped_column(server_default="0")
    last_on: Mapped[date | None]


class StockDocument(TenantOwned, Base):
    """The document behind a movement made by hand: a receipt, an adjustment, an assembly."""

    __tablename__ = "stock_document"
    __table_args__ = (
        Index("uq_stock_document_number", "tenant_id", "number", unique=True),
        reference("location_id", "location"),
        reference("owner_id", "legal_entity"),
        CheckConstraint("kind IN ('receipt', 'adjustment', 'kit_assembly')", name="kind"),
    )
    number: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    location_id: Mapped[int]
    owner_id: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    external_reference: Mapped[str | None] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime]
