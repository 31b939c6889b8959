"""Tables of the books: accounts, posting rules, journals and their lines."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Computed, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class Account(TenantOwned, Base):
    """An account of one entity's chart."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entity_id", "code"),
        reference("entity_id", "legal_entity"),
        CheckConstraint(
            "kind IN ('asset', 'liability', 'equity', 'income', 'expense')", name="kind"
        ),
    )
    entity_id: Mapped[int]
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)


class PostingRule(TenantOwned, Base):
    """At a milestone, which account of the entity a leg of the posting goes to."""

    __tablename__ = "posting_rule"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entity_id", "milestone", "leg"),
        reference("entity_id", "legal_entity"),
        reference("account_id", "account"),
    )
    entity_id: Mapped[int]
    milestone: Mapped[str] = mapped_column(Text)
    leg: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int]


class Journal(TenantOwned, Base):
    """A balanced, immutable entry in an entity's books. Only the database's own function writes
    it, and that refuses what does not balance; it is corrected by a reversal."""

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("tenant_id", "entity_id", "milestone", "source_kind", "source_id"),
        Index(None, "tenant_id", "source_kind", "source_id"),
        Index(None, "tenant_id", "order_id"),
        Index(None, "tenant_id", "entity_id", "id"),
        reference("entity_id", "legal_entity"),
        reference("reverses_id", "journal"),
    )
    number: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[int]
    milestone: Mapped[str] = mapped_column(Text)
    source_kind: Mapped[str] = mapped_column(Text)
    source_id: Mapped[int]
    posted_on: Mapped[date]
    posted_at: Mapped[datetime]
    description: Mapped[str] = mapped_column(Text)
    trace: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # Row security keeps JSON conditions off any index; a column of its own may use one.
    order_id: Mapped[int | None] = mapped_column(
        Computed("(trace->>'order_id')::bigint", persisted=True)
    )
    reverses_id: Mapped[int | None]


class JournalLine(TenantOwned, Base):
    """One leg: a debit is positive, a credit negative, in minor units of `currency`."""

    __tablename__ = "journal_line"
    __table_args__ = (
        Index(None, "tenant_id", "journal_id"),
        Index(None, "tenant_id", "account_id", "id"),
        reference("journal_id", "journal"),
        reference("account_id", "account"),
        CheckConstraint("amount_minor <> 0", name="not_zero"),
    )
    journal_id: Mapped[int]
    account_id: Mapped[int]
    leg: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
