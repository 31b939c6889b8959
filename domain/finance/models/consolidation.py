"""Tables of groups of entities and of what is entered by hand into their consolidation."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class ConsolidationGroup(TenantOwned, Base):
    """Entities that report as one, in one currency: a parent and what it holds, directly or by way
    of others. Chart and fiscal calendar are the parent's."""

    __tablename__ = "consolidation_group"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        reference("parent_id", "legal_entity"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    )
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class GroupHolding(TenantOwned, Base):
    """How much of an entity another one of the group holds from a day on, in percent; none at all:
    it is held no more."""

    __tablename__ = "group_holding"
    __table_args__ = (
        UniqueConstraint("tenant_id", "group_id", "owner_id", "entity_id", "effective_from"),
        reference("group_id", "consolidation_group", ondelete="CASCADE"),
        reference("owner_id", "legal_entity"),
        reference("entity_id", "legal_entity"),
        CheckConstraint("owner_id <> entity_id", name="two_entities"),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
    )
    group_id: Mapped[int]
    owner_id: Mapped[int]
    entity_id: Mapped[int]
    percent: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    effective_from: Mapped[date]
    created_at: Mapped[datetime]


class AffiliateAccount(TenantOwned, Base):
    """What stands on an entity's account (of a party, if one is named) is with another entity of
    the group: it is eliminated as what `kind` says.

    Trade between entities needs none of it: its accounts are known."""

    __tablename__ = "affiliate_account"
    __table_args__ = (
        Index(
            "uq_affiliate_account_of",
            "tenant_id",
            "group_id",
            "account_id",
            "party_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        reference("group_id", "consolidation_group", ondelete="CASCADE"),
        reference("account_id", "account"),
        reference("party_id", "party"),
        reference("affiliate_id", "legal_entity"),
        CheckConstraint("kind IN ('balance', 'trade', 'dividend', 'investment')", name="kind"),
    )
    group_id: Mapped[int]
    account_id: Mapped[int]
    party_id: Mapped[int | None]
    affiliate_id: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class GroupAdjustment(TenantOwned, Base):
    """Something that is entered into the consolidation alone, from a day on, in the group's
    currency. Never changed; taken back by another one that says so."""

    __tablename__ = "group_adjustment"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("tenant_id", "reverses_id"),
        Index(None, "tenant_id", "group_id", "id"),
        reference("group_id", "consolidation_group"),
        reference("reverses_id", "group_adjustment"),
    )
    number: Mapped[str] = mapped_column(Text)
    group_id: Mapped[int]
    posted_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    reverses_id: Mapped[int | None]
    entered_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class GroupAdjustmentLine(TenantOwned, Base):
    """A debit (positive) or credit on a line of the consolidated trial balance, named by `account`
    as there; `entity_id` says whose net assets it changes (none: the parent's)."""

    __tablename__ = "group_adjustment_line"
    __table_args__ = (
        Index(None, "tenant_id", "adjustment_id"),
        reference("adjustment_id", "group_adjustment"),
        reference("entity_id", "legal_entity"),
        CheckConstraint("amount_minor <> 0", name="not_zero"),
    )
    adjustment_id: Mapped[int]
    account: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int]
    entity_id: Mapped[int | None]
