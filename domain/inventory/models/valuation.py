"""Tables of what stock cost: layers that came, issues that went, and what was corrected since.

All amounts are minor units of the owner's books, all quantities base units. Within an owner's item
the rows stand in one order: by `valued_on`, then `position`."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Computed, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory.models.stock import QUANTITY
from tenancy.base import Base, TenantOwned, reference

METHODS = ("average", "fifo", "standard")


class CostLayer(TenantOwned, Base):
    """Goods that came into an owner's stock by one document.

    `value_minor` is what the stock's value rose by when it was booked, `cost_minor` what the goods
    cost by now, with freight, duty and corrected invoices. Of a pending layer the cost is not known
    yet; a consigned one is a third party's until the goods leave, at `unit_price`. One that is gone
    came back and into no stock: `leg` is where in the books its cost went. None of the three has a
    value. `value_left_minor` is kept under FIFO alone; other methods pool what is left."""

    __tablename__ = "cost_layer"
    __table_args__ = (
        Index("ix_cost_layer_order", "tenant_id", "owner_id", "item_id", "valued_on", "position"),
        Index(
            "ix_cost_layer_open",
            "tenant_id",
            "owner_id",
            "item_id",
            "valued_on",
            "position",
            postgresql_where="is_open",
        ),
        Index(None, "tenant_id", "source_kind", "source_id"),
        Index(None, "tenant_id", "owner_id", "booked_on"),
        reference("owner_id", "legal_entity"),
        reference("item_id", "item"),
        reference("party_id", "party"),
        reference("issue_id", "cost_issue", use_alter=True),
        CheckConstraint("standing IN ('valued', 'pending', 'consigned', 'gone')", name="standing"),
        CheckConstraint("quantity > 0 AND quantity_left BETWEEN 0 AND quantity", name="quantity"),
        CheckConstraint(
            "standing = 'valued' OR (value_minor = 0 AND value_left_minor = 0)", name="no_value"
        ),
        CheckConstraint("(standing = 'consigned') = (party_id IS NOT NULL)", name="consigned"),
        CheckConstraint(
            "(standing = 'gone') = (leg IS NOT NULL)"
            " AND (standing <> 'gone' OR (quantity_left = 0 AND issue_id IS NOT NULL))",
            name="gone",
        ),
    )
    owner_id: Mapped[int]
    item_id: Mapped[int]
    position: Mapped[int]
    standing: Mapped[str] = mapped_column(Text, server_default="valued")
    source_kind: Mapped[str] = mapped_column(Text)
    source_id: Mapped[int]
    valued_on: Mapped[date]
    booked_on: Mapped[date]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    quantity_left: Mapped[Decimal] = mapped_column(QUANTITY)
    is_open: Mapped[bool] = mapped_column(Computed("quantity_left > 0", persisted=True))
    value_minor: Mapped[int]
    cost_minor: Mapped[int]
    value_left_minor: Mapped[int]
    # Of the cost, what another entity of the house earned on it.
    profit_minor: Mapped[int] = mapped_column(server_default="0")
    # Whose the goods are, and what one base unit costs (major units) when they become ours.
    party_id: Mapped[int | None]
    unit_price: Mapped[Decimal | None] = mapped_column(QUANTITY)
    # Goods that came back: the issue by which they had left.
    issue_id: Mapped[int | None]
    leg: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class CostIssue(TenantOwned, Base):
    """Goods that left an owner's stock by one document, and what they cost.

    `value_minor` is what was booked, `cost_minor` what they cost by now; `contra` is the leg of
    the books that it went to. What left before its cost was known went at the last cost, and is
    `uncovered` until that is known."""

    __tablename__ = "cost_issue"
    __table_args__ = (
        Index("ix_cost_issue_order", "tenant_id", "owner_id", "item_id", "valued_on", "position"),
        Index(None, "tenant_id", "source_kind", "source_id"),
        Index(None, "tenant_id", "owner_id", "booked_on"),
        reference("owner_id", "legal_entity"),
        reference("item_id", "item"),
        CheckConstraint("quantity > 0 AND uncovered BETWEEN 0 AND quantity", name="quantity"),
        CheckConstraint("returned BETWEEN 0 AND quantity", name="returned"),
    )
    owner_id: Mapped[int]
    item_id: Mapped[int]
    position: Mapped[int]
    source_kind: Mapped[str] = mapped_column(Text)
    source_id: Mapped[int]
    contra: Mapped[str] = mapped_column(Text)
    # Whose layers it took first, where it was to take those of one document.
    of_kind: Mapped[str | None] = mapped_column(Text)
    of_id: Mapped[int | None]
    valued_on: Mapped[date]
    booked_on: Mapped[date]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    value_minor: Mapped[int]
    cost_minor: Mapped[int]
    uncovered: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    uncovered_minor: Mapped[int] = mapped_column(server_default="0")
    returned: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    returned_minor: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime]


class CostTaking(TenantOwned, Base):
    """How much of which layer an issue took, and what that cost: its own cost under FIFO, a share
    of the issue's by quantity under the other methods."""

    __tablename__ = "cost_taking"
    __table_args__ = (
        Index(None, "tenant_id", "issue_id"),
        Index(None, "tenant_id", "layer_id"),
        reference("issue_id", "cost_issue"),
        reference("layer_id", "cost_layer"),
        CheckConstraint("quantity > 0", name="quantity"),
    )
    issue_id: Mapped[int]
    layer_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    value_minor: Mapped[int]


class CostChange(TenantOwned, Base):
    """One change of value without goods that move: of a layer, of an issue, or of the stock.

    `stock_minor` is what the stock's value changed by, `leg` where the other side of it went in
    the books, `cause` the document behind it. Never changed, never deleted. One that changes the
    stock itself stands among layers and issues, at its `position`."""

    __tablename__ = "cost_change"
    __table_args__ = (
        Index("ix_cost_change_order", "tenant_id", "owner_id", "item_id", "valued_on", "position"),
        Index(None, "tenant_id", "cause_kind", "cause_id"),
        Index(None, "tenant_id", "owner_id", "booked_on"),
        Index(None, "tenant_id", "layer_id", postgresql_where="layer_id IS NOT NULL"),
        Index(None, "tenant_id", "issue_id", postgresql_where="issue_id IS NOT NULL"),
        reference("owner_id", "legal_entity"),
        reference("item_id", "item"),
        reference("layer_id", "cost_layer"),
        reference("issue_id", "cost_issue"),
        CheckConstraint("kind IN ('layer', 'issue', 'stock')", name="kind"),
        CheckConstraint("(kind = 'issue') = (issue_id IS NOT NULL)", name="issue"),
    )
    owner_id: Mapped[int]
    item_id: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    layer_id: Mapped[int | None]
    issue_id: Mapped[int | None]
    cause_kind: Mapped[str] = mapped_column(Text)
    cause_id: Mapped[int]
    valued_on: Mapped[date]
    position: Mapped[int]
    booked_on: Mapped[date]
    stock_minor: Mapped[int]
    leg: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class CostingMethod(TenantOwned, Base):
    """By which method an entity values its stock from a day on: of an item group, or (without one)
    of all that have none of their own."""

    __tablename__ = "costing_method"
    __table_args__ = (
        Index(
            "uq_costing_method_from",
            "tenant_id",
            "entity_id",
            "item_group",
            "effective_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        reference("entity_id", "legal_entity"),
        CheckConstraint("method IN ('average', 'fifo', 'standard')", name="method"),
    )
    entity_id: Mapped[int]
    item_group: Mapped[str | None] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    effective_from: Mapped[date]
    created_at: Mapped[datetime]


class CostingRule(TenantOwned, Base):
    """What an entity lets happen to the value of its stock: whether goods whose cost is not booked
    yet may leave at the last cost, and above which amount a change of value needs a yes."""

    __tablename__ = "costing_rule"
    __table_args__ = (
        Index("uq_costing_rule_entity", "tenant_id", "entity_id", unique=True),
        reference("entity_id", "legal_entity"),
        CheckConstraint("negative_stock IN ('refuse', 'last_cost')", name="negative_stock"),
        CheckConstraint("approval_above_minor >= 0", name="approval_above"),
    )
    entity_id: Mapped[int]
    negative_stock: Mapped[str] = mapped_column(Text, server_default="refuse")
    approval_above_minor: Mapped[int | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
