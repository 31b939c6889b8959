"""Tables of allocation runs, and of the rule by which backorders queue."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.allocation.models.decisions import QUANTITY
from tenancy.base import Base, TenantOwned, reference


class BackorderPriority(TenantOwned, Base):
    """By which keys a tenant's backorders queue; without a row the oldest line comes first."""

    __tablename__ = "backorder_priority"
    __table_args__ = (Index("uq_backorder_priority_tenant", "tenant_id", unique=True),)
    keys: Mapped[list[Any]] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(server_default="1")
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(Text)


class AllocationRun(TenantOwned, Base):
    """A plan of who gets what of scarce items, made from how things stood at `based_on`.

    `scope` and `rules` are what was asked; `figures` what the plan comes to. While it is applied,
    `lines_applied` and `lines_stale` (less was there than planned) count up to `lines_changed`."""

    __tablename__ = "allocation_run"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index(None, "tenant_id", "status", "id"),
        CheckConstraint("method IN ('priority', 'fair_share', 'minimum_cost')", name="method"),
        CheckConstraint(
            "status IN ('planning', 'planned', 'applying', 'applied', 'cancelled', 'failed')",
            name="status",
        ),
        CheckConstraint("lines_applied + lines_stale <= lines_changed", name="progress"),
    )
    number: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    scope: Mapped[dict[str, Any]] = mapped_column(JSONB)
    rules: Mapped[dict[str, Any]] = mapped_column(JSONB)
    may_take_from_open: Mapped[bool]
    status: Mapped[str] = mapped_column(Text, server_default="planning")
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    lines_changed: Mapped[int] = mapped_column(server_default="0")
    lines_applied: Mapped[int] = mapped_column(server_default="0")
    lines_stale: Mapped[int] = mapped_column(server_default="0")
    failure: Mapped[str | None] = mapped_column(Text)
    based_on: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(Text)
    planned_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")


class AllocationRunLine(TenantOwned, Base):
    """What the plan has for one order line, in base units, and what became of it.

    `position` is its place in the queue. It has `held` and waits for the rest of `demanded`; the
    plan gives it `given` in all. `takes` has balance, location and quantity of each part;
    `because` names the key that decided its place. Lines are applied in `part`s."""

    __tablename__ = "allocation_run_line"
    __table_args__ = (
        UniqueConstraint("tenant_id", "run_id", "order_line_id"),
        UniqueConstraint("tenant_id", "run_id", "position"),
        Index(
            "ix_allocation_run_line_part",
            "tenant_id",
            "run_id",
            "part",
            postgresql_where=text("status = 'planned'"),
        ),
        reference("run_id", "allocation_run"),
        reference("order_id", "sales_order"),
        reference("order_line_id", "sales_order_line"),
        reference("item_id", "item"),
        CheckConstraint("given >= 0 AND given <= demanded", name="given"),
        CheckConstraint("held >= 0 AND held <= demanded", name="held"),
        CheckConstraint("status IN ('planned', 'applied', 'stale', 'unchanged')", name="status"),
    )
    run_id: Mapped[int]
    position: Mapped[int]
    part: Mapped[int]
    order_id: Mapped[int]
    order_line_id: Mapped[int]
    item_id: Mapped[int]
    demanded: Mapped[Decimal] = mapped_column(QUANTITY)
    held: Mapped[Decimal] = mapped_column(QUANTITY)
    given: Mapped[Decimal] = mapped_column(QUANTITY)
    takes: Mapped[list[Any]] = mapped_column(JSONB)
    because: Mapped[dict[str, Any]] = mapped_column(JSONB)
    is_late: Mapped[bool]
    # The order ships complete: of its lines all are applied as planned, or none.
    is_whole: Mapped[bool]
    status: Mapped[str] = mapped_column(Text, server_default="planned")
    applied: Mapped[Decimal | None] = mapped_column(QUANTITY)
    applied_at: Mapped[datetime | None]
