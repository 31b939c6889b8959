"""Tables of taxes: codes, their components' rates by date, and which code holds where."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference

RATE = Numeric(9, 6)


class TaxCode(TenantOwned, Base):
    """A treatment: taxed by its components, exempt, or owed by the buyer (reverse charge).

    `is_inclusive`: prices have the tax in them."""

    __tablename__ = "tax_code"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("kind IN ('standard', 'exempt', 'reverse_charge')", name="kind"),
    )
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, server_default="standard")
    is_inclusive: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class TaxRate(TenantOwned, Base):
    """What a component of a code takes from a day on, in percent; 0 ends it.

    `is_compound`: it is taken of the price with the taxes of the other components."""

    __tablename__ = "tax_rate"
    __table_args__ = (
        UniqueConstraint("tenant_id", "tax_code_id", "component", "valid_from"),
        reference("tax_code_id", "tax_code", ondelete="CASCADE"),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
    )
    tax_code_id: Mapped[int]
    component: Mapped[str] = mapped_column(Text)
    percent: Mapped[Decimal] = mapped_column(RATE)
    is_compound: Mapped[bool] = mapped_column(server_default=text("false"))
    valid_from: Mapped[date]


class TaxRule(TenantOwned, Base):
    """Which code an entity's sales to a place have; what is empty holds for any, and the closest
    fit counts."""

    __tablename__ = "tax_rule"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entity_id", "country", "region", "item_group"),
        reference("entity_id", "legal_entity"),
        reference("tax_code_id", "tax_code"),
    )
    entity_id: Mapped[int]
    country: Mapped[str] = mapped_column(Text, server_default="")
    region: Mapped[str] = mapped_column(Text, server_default="")
    item_group: Mapped[str] = mapped_column(Text, server_default="")
    tax_code_id: Mapped[int]
