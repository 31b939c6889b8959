"""Tables of documents that change what stock cost or is worth."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory.models.stock import QUANTITY
from tenancy.base import Base, TenantOwned, reference


class LandedCost(TenantOwned, Base):
    """A document of freight, duty and the like, spread over receipts of one entity."""

    __tablename__ = "landed_cost"
    __table_args__ = (
        Index("uq_landed_cost_number", "tenant_id", "number", unique=True),
        Index(None, "tenant_id", "entity_id", "id"),
        reference("entity_id", "legal_entity"),
        reference("party_id", "party"),
        CheckConstraint("status IN ('booked', 'reversed')", name="status"),
        CheckConstraint("(charged_minor IS NULL) = (charged_currency IS NULL)", name="charged"),
    )
    number: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[int]
    party_id: Mapped[int | None]
    status: Mapped[str] = mapped_column(Text, server_default="booked")
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    # What was charged, where that was in another currency.
    charged_minor: Mapped[int | None]
    charged_currency: Mapped[str | None] = mapped_column(Text)
    external_reference: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    booked_on: Mapped[date]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text)
    reversed_at: Mapped[datetime | None]


class LandedCharge(TenantOwned, Base):
    """One charge of a landed cost document, and by what it is spread."""

    __tablename__ = "landed_charge"
    __table_args__ = (
        Index(None, "tenant_id", "landed_cost_id"),
        reference("landed_cost_id", "landed_cost"),
        CheckConstraint(
            "kind IN ('freight', 'duty', 'insurance', 'handling', 'other')", name="kind"
        ),
        CheckConstraint("basis IN ('value', 'weight', 'volume', 'quantity')", name="basis"),
        CheckConstraint("amount_minor > 0", name="amount"),
    )
    landed_cost_id: Mapped[int]
    line_number: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int]


class LandedShare(TenantOwned, Base):
    """What a receipt's layer bears of a landed cost document: of that, what went to stock still
    there; the rest went where the goods had gone."""

    __tablename__ = "landed_share"
    __table_args__ = (
        Index(None, "tenant_id", "landed_cost_id"),
        Index(None, "tenant_id", "layer_id"),
        reference("landed_cost_id", "landed_cost"),
        reference("layer_id", "cost_layer"),
        reference("item_id", "item"),
        CheckConstraint("weight >= 0 AND volume >= 0", name="measures"),
    )
    landed_cost_id: Mapped[int]
    layer_id: Mapped[int]
    item_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    weight: Mapped[Decimal | None] = mapped_column(Numeric(24, 6))
    volume: Mapped[Decimal | None] = mapped_column(Numeric(24, 6))
    amount_minor: Mapped[int]
    stock_minor: Mapped[int]


class StockRevaluation(TenantOwned, Base):
    """A document that changes what stock is worth: a write-down to what it would fetch, one taken
    back, or a revaluation by hand. It waits where it needs somebody's yes."""

    __tablename__ = "stock_revaluation"
    __table_args__ = (
        Index("uq_stock_revaluation_number", "tenant_id", "number", unique=True),
        Index(None, "tenant_id", "entity_id", "id"),
        reference("entity_id", "legal_entity"),
        reference("party_id", "party"),
        CheckConstraint(
            "kind IN ('write_down', 'write_up', 'revaluation', 'method', 'standard', 'pricing')",
            name="kind",
        ),
        CheckConstraint("status IN ('waiting', 'booked', 'dropped')", name="status"),
    )
    number: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[int]
    # The supplier, where the cost of its goods became known.
    party_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="booked")
    reason: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    difference_minor: Mapped[int] = mapped_column(server_default="0")
    booked_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text)


class RevaluationLine(TenantOwned, Base):
    """One item of a revaluation: what a base unit is to be worth (major units), and, once booked,
    how much there was of it and what it was worth before and after."""

    __tablename__ = "revaluation_line"
    __table_args__ = (
        Index(None, "tenant_id", "revaluation_id"),
        reference("revaluation_id", "stock_revaluation"),
        reference("item_id", "item"),
        CheckConstraint("unit_value >= 0", name="unit_value"),
    )
    revaluation_id: Mapped[int]
    item_id: Mapped[int]
    unit_value: Mapped[Decimal | None] = mapped_column(QUANTITY)
    quantity: Mapped[Decimal | None] = mapped_column(QUANTITY)
    before_minor: Mapped[int | None]
    after_minor: Mapped[int | None]
