"""Tables of promises: the rules they are made by, and the supply they rest on."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class PromiseRule(TenantOwned, Base):
    """How what is available to promise is reckoned: for one channel, or for all without a channel.

    Days are calendar days. Supply that is late by at most `past_due_supply_days` counts as coming
    today, later it counts no more; demand that is late by at most `past_due_demand_days` counts as
    due today. With `buys`, what can still be bought is available without limit once the supplier
    has delivered; `horizon_days` from today on everything is."""

    __tablename__ = "promise_rule"
    __table_args__ = (
        Index(
            "uq_promise_rule_channel",
            "tenant_id",
            "channel_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        reference("channel_id", "channel"),
        CheckConstraint(
            "past_due_supply_days >= 0 AND past_due_demand_days >= 0 AND advance_notice_days >= 0 "
            "AND coalesce(accumulation_days, 0) >= 0 AND coalesce(horizon_days, 0) >= 0",
            name="not_negative",
        ),
    )
    channel_id: Mapped[int | None]
    past_due_supply_days: Mapped[int] = mapped_column(server_default="7")
    past_due_demand_days: Mapped[int] = mapped_column(server_default="365")
    accumulation_days: Mapped[int | None]
    advance_notice_days: Mapped[int] = mapped_column(server_default="0")
    buys: Mapped[bool] = mapped_column(server_default=text("true"))
    horizon_days: Mapped[int | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class PromisePeg(TenantOwned, Base):
    """What a waiting order line rests on: an expected supply, or what is still to be bought.

    What of a line has stock already rests on its allocations."""

    __tablename__ = "promise_peg"
    __table_args__ = (
        Index(None, "tenant_id", "item_id"),
        Index(None, "tenant_id", "order_line_id"),
        Index(None, "tenant_id", "supply_id"),
        reference("order_id", "sales_order"),
        reference("order_line_id", "sales_order_line"),
        reference("party_id", "party"),
        reference("item_id", "item"),
        reference("location_id", "location"),
        reference("supply_id", "expected_supply"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("source IN ('expected', 'to_buy')", name="source"),
        CheckConstraint("(source = 'expected') = (supply_id IS NOT NULL)", name="supply"),
    )
    order_id: Mapped[int]
    order_line_id: Mapped[int]
    party_id: Mapped[int | None]
    item_id: Mapped[int]
    location_id: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    supply_id: Mapped[int | None]
    quantity: Mapped[Decimal] = mapped_column(Numeric(24, 6))
    ships_on: Mapped[date]
    delivers_on: Mapped[date | None]
    created_at: Mapped[datetime]
