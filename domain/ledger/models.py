"""Tables of the books: accounts, periods, posting rules, rates, journals and their lines."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Computed, Index, Numeric, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class EntityBook(TenantOwned, Base):
    """How an entity keeps its books: by which chart and which fiscal calendar.

    Its row is locked by whatever posts or closes: the entity's journals are written one after the
    other, so their numbers have no gaps and no period closes under them. A fiscal year of weeks
    ends on the weekday (ISO) that is the last of its closing month, or nearest to its end. Manual
    journals above the limit (minor units of the entity's currency) need somebody's yes."""

    __tablename__ = "entity_book"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entity_id"),
        reference("entity_id", "legal_entity"),
        CheckConstraint("template IN ('us_gaap', 'ifrs', 'own')", name="template"),
        CheckConstraint(
            "calendar IN ('months', 'weeks_445', 'weeks_454', 'weeks_544', 'four_weeks')",
            name="calendar",
        ),
        CheckConstraint("start_month BETWEEN 1 AND 12", name="start_month"),
        CheckConstraint("year_end_weekday BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint("year_end IN ('last', 'nearest')", name="year_end"),
    )
    entity_id: Mapped[int]
    template: Mapped[str] = mapped_column(Text, server_default="us_gaap")
    calendar: Mapped[str] = mapped_column(Text, server_default="months")
    start_month: Mapped[int] = mapped_column(server_default="1")
    year_end_weekday: Mapped[int] = mapped_column(server_default="6")
    year_end: Mapped[str] = mapped_column(Text, server_default="last")
    manual_limit_minor: Mapped[int | None]
    version: Mapped[int] = mapped_column(server_default="1")


class LedgerSetting(TenantOwned, Base):
    """The currency through which rates are found that nobody gave."""

    __tablename__ = "ledger_setting"
    __table_args__ = (UniqueConstraint("tenant_id"),)
    triangulation_currency: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(server_default="1")


class Account(TenantOwned, Base):
    """An account of one entity's chart; `role` is what the posting rules know it by."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entity_id", "code"),
        UniqueConstraint("tenant_id", "entity_id", "role"),
        reference("entity_id", "legal_entity"),
        CheckConstraint(
            "kind IN ('asset', 'liability', 'equity', 'income', 'expense')", name="kind"
        ),
        CheckConstraint("status IN ('active', 'closed')", name="status"),
    )
    entity_id: Mapped[int]
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    role: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="active")
    version: Mapped[int] = mapped_column(server_default="1")


class FiscalPeriod(TenantOwned, Base):
    """A stretch of days of an entity's fiscal year, named by the year in which that ends.

    Soft closed, it takes nothing but the closing's own journals; hard closed, nothing."""

    __tablename__ = "fiscal_period"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entity_id", "starts_on"),
        UniqueConstraint("tenant_id", "entity_id", "fiscal_year", "number"),
        reference("entity_id", "legal_entity"),
        CheckConstraint("ends_on >= starts_on", name="days"),
        CheckConstraint("status IN ('open', 'soft_closed', 'hard_closed')", name="status"),
    )
    entity_id: Mapped[int]
    fiscal_year: Mapped[int]
    number: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    status: Mapped[str] = mapped_column(Text, server_default="open")
    version: Mapped[int] = mapped_column(server_default="1")


class JournalCounter(TenantOwned, Base):
    """The last number of an entity's journals in a fiscal year; only the database's own function
    counts."""

    __tablename__ = "journal_counter"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entity_id", "fiscal_year"),
        reference("entity_id", "legal_entity"),
    )
    entity_id: Mapped[int]
    fiscal_year: Mapped[int]
    last: Mapped[int]


class PostingRuleVersion(TenantOwned, Base):
    """What an entity has decided, from a day on, about where legs go: all of its own rules.

    Active ones never change. On a day counts the one that came into effect last."""

    __tablename__ = "posting_rule_version"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entity_id", "number"),
        reference("entity_id", "legal_entity"),
        CheckConstraint("status IN ('draft', 'active', 'withdrawn')", name="status"),
        CheckConstraint("(status = 'draft') = (effective_from IS NULL)", name="effective_from"),
    )
    entity_id: Mapped[int]
    number: Mapped[int]
    status: Mapped[str] = mapped_column(Text, server_default="draft")
    effective_from: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default="1")


class PostingRule(TenantOwned, Base):
    """At a milestone and under conditions (an empty one stands for all), which account of the
    entity a leg goes to, and the project that it is put under.

    A rule without a version is one of those that books once opened with: nothing reads it."""

    __tablename__ = "posting_rule"
    __table_args__ = (
        Index(None, "tenant_id", "version_id", "milestone"),
        Index(None, "tenant_id", "entity_id"),
        reference("entity_id", "legal_entity"),
        reference("account_id", "account"),
        reference("version_id", "posting_rule_version", ondelete="CASCADE"),
        reference("channel_id", "channel"),
        reference("location_id", "location"),
    )
    entity_id: Mapped[int]
    version_id: Mapped[int | None]
    milestone: Mapped[str] = mapped_column(Text)
    leg: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int]
    channel_id: Mapped[int | None]
    location_id: Mapped[int | None]
    item_group: Mapped[str | None] = mapped_column(Text)
    party_group: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[str | None] = mapped_column(Text)
    project: Mapped[str | None] = mapped_column(Text)


class ExchangeRate(TenantOwned, Base):
    """How much of `to_currency` one of `from_currency` is worth from a day on (spot), or was on
    average in the period that ends on that day."""

    __tablename__ = "exchange_rate"
    __table_args__ = (
        UniqueConstraint("tenant_id", "from_currency", "to_currency", "kind", "valid_on"),
        CheckConstraint("rate > 0", name="rate"),
        CheckConstraint("kind IN ('spot', 'average')", name="kind"),
        CheckConstraint("from_currency <> to_currency", name="two_currencies"),
    )
    from_currency: Mapped[str] = mapped_column(Text)
    to_currency: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, server_default="spot")
    valid_on: Mapped[date]
    rate: Mapped[Decimal] = mapped_column(Numeric(24, 12))
    source: Mapped[str | None] = mapped_column(Text)


class ManualJournal(TenantOwned, Base):
    """A journal that somebody wrote; above the entity's limit it waits for somebody's yes.

    Each of `lines` is {account_id, amount_minor, and dimensions}."""

    __tablename__ = "manual_journal"
    __table_args__ = (
        reference("entity_id", "legal_entity"),
        reference("journal_id", "journal"),
        CheckConstraint("status IN ('waiting', 'posted', 'dropped')", name="status"),
        CheckConstraint("(status = 'posted') = (journal_id IS NOT NULL)", name="posted"),
        Index(None, "tenant_id", "entity_id", "id"),
    )
    entity_id: Mapped[int]
    posted_on: Mapped[date]
    currency: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    status: Mapped[str] = mapped_column(Text)
    journal_id: Mapped[int | None]
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default="1")


class Revaluation(TenantOwned, Base):
    """Open foreign balances of an entity put at the rates of a day, and taken back on the next."""

    __tablename__ = "revaluation"
    __table_args__ = (
        Index(None, "tenant_id", "entity_id", "as_of"),
        reference("entity_id", "legal_entity"),
        reference("journal_id", "journal"),
        reference("reversal_id", "journal"),
    )
    entity_id: Mapped[int]
    as_of: Mapped[date]
    journal_id: Mapped[int | None]
    reversal_id: Mapped[int | None]
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Journal(TenantOwned, Base):
    """A balanced, immutable entry in an entity's books. Only the database's own function writes
    and numbers it, and that refuses what does not balance; it is corrected by a reversal.

    `occurred_on` is the day on which it happened, where that was closed and it counts later.
    Journals of before numbers were the entity's own have numbers of the whole tenant."""

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entity_id", "fiscal_year", "sequence"),
        UniqueConstraint("tenant_id", "entity_id", "milestone", "source_kind", "source_id"),
        Index(None, "tenant_id", "number"),
        Index(None, "tenant_id", "source_kind", "source_id"),
        Index(None, "tenant_id", "order_id"),
        Index(None, "tenant_id", "entity_id", "id"),
        reference("entity_id", "legal_entity"),
        reference("reverses_id", "journal"),
    )
    number: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[int]
    fiscal_year: Mapped[int]
    sequence: Mapped[int]
    milestone: Mapped[str] = mapped_column(Text)
    source_kind: Mapped[str] = mapped_column(Text)
    source_id: Mapped[int]
    posted_on: Mapped[date]
    occurred_on: Mapped[date | None]
    posted_at: Mapped[datetime]
    description: Mapped[str] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(Text)
    trace: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # Row security keeps JSON conditions off any index; a column of its own may use one.
    order_id: Mapped[int | None] = mapped_column(
        Computed("(trace->>'order_id')::bigint", persisted=True)
    )
    reverses_id: Mapped[int | None]


class JournalLine(TenantOwned, Base):
    """One leg: a debit is positive, a credit negative, in minor units of `currency`, and in the
    entity's own (base). A difference between currencies has an amount in base alone.

    `posted_on` is the journal's: reports need not look there."""

    __tablename__ = "journal_line"
    __table_args__ = (
        Index(None, "tenant_id", "journal_id"),
        Index(None, "tenant_id", "account_id", "posted_on", "id"),
        reference("journal_id", "journal"),
        reference("account_id", "account"),
        reference("channel_id", "channel"),
        reference("location_id", "location"),
        reference("party_id", "party"),
        CheckConstraint("amount_minor <> 0 OR base_amount_minor <> 0", name="not_zero"),
    )
    journal_id: Mapped[int]
    account_id: Mapped[int]
    posted_on: Mapped[date]
    leg: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    base_amount_minor: Mapped[int]
    channel_id: Mapped[int | None]
    location_id: Mapped[int | None]
    item_group: Mapped[str | None] = mapped_column(Text)
    party_id: Mapped[int | None]
    project: Mapped[str | None] = mapped_column(Text)
