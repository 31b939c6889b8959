"""Tables of trade between entities: agreements, mirrored trades, what they posted and owe."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference

QUANTITY = Numeric(24, 6)
PERCENT = Numeric(9, 4)


class TradeAgreement(TenantOwned, Base):
    """A version of what a supplying and a buying entity agreed: it holds from the first day to
    the last (no last day: until the next version). Its terms are never changed."""

    __tablename__ = "trade_agreement"
    __table_args__ = (
        UniqueConstraint("tenant_id", "supplier_id", "buyer_id", "version"),
        reference("supplier_id", "legal_entity"),
        reference("buyer_id", "legal_entity"),
        reference("price_list_id", "price_list"),
        reference("revenue_account_id", "account"),
        reference("cost_account_id", "account"),
        CheckConstraint("supplier_id <> buyer_id", name="two_entities"),
        CheckConstraint("method IN ('cost_plus', 'list_minus', 'fixed')", name="method"),
        CheckConstraint("transit_owner IN ('supplier', 'buyer')", name="transit_owner"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from - 1", name="days"),
        CheckConstraint("percent >= 0 AND fallback_percent >= 0 AND tax_percent >= 0", name="sign"),
    )
    supplier_id: Mapped[int]
    buyer_id: Mapped[int]
    version: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    percent: Mapped[Decimal] = mapped_column(PERCENT)
    # On the cost of what has neither a price of its own nor one in the list.
    fallback_percent: Mapped[Decimal] = mapped_column(PERCENT)
    price_list_id: Mapped[int | None]
    tax_code: Mapped[str | None] = mapped_column(Text)
    tax_percent: Mapped[Decimal] = mapped_column(PERCENT)
    # Of the supplier's chart; without them its posting rules choose.
    revenue_account_id: Mapped[int | None]
    cost_account_id: Mapped[int | None]
    lead_days: Mapped[int]
    rank: Mapped[int]
    # Who owns goods while they are on their way from the one's location to the other's.
    transit_owner: Mapped[str] = mapped_column(Text)
    settlement_days: Mapped[int]
    # What the buyer does with a returned piece, and what that is for the supplier (null: nothing).
    dispositions: Mapped[dict[str, str | None]] = mapped_column(JSONB)
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    created_at: Mapped[datetime]


class TradeAgreementPrice(TenantOwned, Base):
    """What one base unit of an item costs under an agreement, whatever its method says."""

    __tablename__ = "trade_agreement_price"
    __table_args__ = (
        UniqueConstraint("tenant_id", "agreement_id", "item_id"),
        reference("agreement_id", "trade_agreement", ondelete="CASCADE"),
        reference("item_id", "item"),
        CheckConstraint("unit_price >= 0", name="not_negative"),
    )
    agreement_id: Mapped[int]
    item_id: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(QUANTITY)


class IntercompanyTrade(TenantOwned, Base):
    """What a supplier sells to a buyer for one order, or by one transfer, under the version of the
    agreement that held then. One row is both the sale and the purchase: they cannot differ."""

    __tablename__ = "intercompany_trade"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("tenant_id", "order_id", "agreement_id"),
        UniqueConstraint("tenant_id", "transfer_id", "agreement_id"),
        Index(None, "tenant_id", "supplier_id", "id"),
        Index(None, "tenant_id", "buyer_id", "id"),
        reference("agreement_id", "trade_agreement"),
        reference("supplier_id", "legal_entity"),
        reference("buyer_id", "legal_entity"),
        reference("order_id", "sales_order"),
        reference("transfer_id", "transfer_order"),
        CheckConstraint("num_nonnulls(order_id, transfer_id) = 1", name="one_cause"),
    )
    number: Mapped[str] = mapped_column(Text)
    agreement_id: Mapped[int]
    supplier_id: Mapped[int]
    buyer_id: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    order_id: Mapped[int | None]
    transfer_id: Mapped[int | None]
    created_at: Mapped[datetime]


class IntercompanyTradeLine(TenantOwned, Base):
    """A quantity of an item that is traded: the supplier's sales line and the buyer's purchase
    line. Quantities in base units, the price in major units for one of them; without a price the
    goods' own cost says it, plus `percent`.

    `leg` counts from the owner of the stock: 1 is the owner's sale."""

    __tablename__ = "intercompany_trade_line"
    __table_args__ = (
        UniqueConstraint("tenant_id", "allocation_id", "leg"),
        UniqueConstraint("tenant_id", "transfer_line_id", "leg"),
        Index(None, "tenant_id", "trade_id", "id"),
        Index(None, "tenant_id", "order_line_id"),
        reference("trade_id", "intercompany_trade"),
        reference("order_line_id", "sales_order_line"),
        reference("allocation_id", "allocation"),
        reference("transfer_line_id", "transfer_line"),
        reference("item_id", "item"),
        CheckConstraint("num_nonnulls(allocation_id, transfer_line_id) = 1", name="one_cause"),
        CheckConstraint("basis IN ('cost_plus', 'list_minus', 'fixed', 'corrected')", name="basis"),
        CheckConstraint(
            "quantity >= 0 AND shipped >= 0 AND cancelled >= 0 AND returned >= 0 AND kept >= 0",
            name="not_negative",
        ),
        CheckConstraint("shipped + cancelled <= quantity", name="not_exceeded"),
        CheckConstraint("returned + kept <= shipped", name="not_more_back"),
    )
    trade_id: Mapped[int]
    leg: Mapped[int]
    order_line_id: Mapped[int | None]
    allocation_id: Mapped[int | None]
    transfer_line_id: Mapped[int | None]
    item_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    shipped: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    cancelled: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    returned: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    # Of what the customer sent back: it stays with the buyer.
    kept: Mapped[Decimal] = mapped_column(QUANTITY, server_default="0")
    basis: Mapped[str] = mapped_column(Text)
    percent: Mapped[Decimal] = mapped_column(PERCENT)
    unit_price: Mapped[Decimal | None] = mapped_column(QUANTITY)


class IntercompanyEntry(TenantOwned, Base):
    """What a milestone made one entity owe another, booked in both: by how much the debtor owes
    the creditor more (below zero: less), in the trade's currency and in each one's own.

    Only the database's own function writes it: it refuses an entry whose two journals do not
    say the same."""

    __tablename__ = "intercompany_entry"
    __table_args__ = (
        Index(None, "tenant_id", "creditor_id", "debtor_id", "id"),
        Index(None, "tenant_id", "debtor_id", "id"),
        Index(None, "tenant_id", "trade_id"),
        Index(None, "tenant_id", "source_kind", "source_id"),
        reference("trade_id", "intercompany_trade"),
        reference("settlement_id", "intercompany_settlement"),
        reference("creditor_id", "legal_entity"),
        reference("debtor_id", "legal_entity"),
        reference("creditor_journal_id", "journal"),
        reference("debtor_journal_id", "journal"),
        CheckConstraint("creditor_id <> debtor_id", name="two_entities"),
        CheckConstraint(
            "kind IN ('shipment', 'transfer', 'correction', 'return', 'netting', 'payment')",
            name="kind",
        ),
        CheckConstraint("num_nonnulls(trade_id, settlement_id) = 1", name="one_cause"),
    )
    kind: Mapped[str] = mapped_column(Text)
    trade_id: Mapped[int | None]
    settlement_id: Mapped[int | None]
    creditor_id: Mapped[int]
    debtor_id: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int]
    tax_minor: Mapped[int]
    creditor_base_minor: Mapped[int]
    debtor_base_minor: Mapped[int]
    source_kind: Mapped[str] = mapped_column(Text)
    source_id: Mapped[int]
    occurred_on: Mapped[date]
    due_on: Mapped[date | None]
    creditor_journal_id: Mapped[int | None]
    debtor_journal_id: Mapped[int | None]
    occurred_at: Mapped[datetime]


class IntercompanyEntryLine(TenantOwned, Base):
    """A trade line's part of an entry: quantity (base units; below zero: back), what it is sold
    for in the trade's currency and in each one's own, and what it cost the supplier in its own.
    `profit_minor` is what the group has not earned while the buyer keeps it, in the buyer's."""

    __tablename__ = "intercompany_entry_line"
    __table_args__ = (
        Index(None, "tenant_id", "entry_id"),
        Index(None, "tenant_id", "trade_line_id", "id"),
        reference("entry_id", "intercompany_entry"),
        reference("trade_line_id", "intercompany_trade_line"),
    )
    entry_id: Mapped[int]
    trade_line_id: Mapped[int]
    quantity: Mapped[Decimal] = mapped_column(QUANTITY)
    net_minor: Mapped[int]
    tax_minor: Mapped[int]
    cost_minor: Mapped[int]
    supplier_net_minor: Mapped[int]
    supplier_tax_minor: Mapped[int]
    buyer_net_minor: Mapped[int]
    buyer_tax_minor: Mapped[int]
    profit_minor: Mapped[int] = mapped_column(server_default="0")


class IntercompanyBalance(TenantOwned, Base):
    """What a debtor owes a creditor in a currency: the sum of their entries, written with them."""

    __tablename__ = "intercompany_balance"
    __table_args__ = (
        UniqueConstraint("tenant_id", "creditor_id", "debtor_id", "currency"),
        reference("creditor_id", "legal_entity"),
        reference("debtor_id", "legal_entity"),
    )
    creditor_id: Mapped[int]
    debtor_id: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    amount_minor: Mapped[int] = mapped_column(server_default=text("0"))
    creditor_base_minor: Mapped[int] = mapped_column(server_default=text("0"))
    debtor_base_minor: Mapped[int] = mapped_column(server_default=text("0"))


class IntercompanySettlement(TenantOwned, Base):
    """Debts between entities that were set off, or paid: what happened, on which day."""

    __tablename__ = "intercompany_settlement"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        reference("creditor_id", "legal_entity"),
        reference("debtor_id", "legal_entity"),
        CheckConstraint("kind IN ('netting', 'payment')", name="kind"),
        CheckConstraint(
            "CASE kind WHEN 'payment' THEN 2 ELSE 0 END = num_nonnulls(creditor_id, debtor_id)",
            name="two_sides",
        ),
    )
    number: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    creditor_id: Mapped[int | None]
    debtor_id: Mapped[int | None]
    # Of a payment what was paid; of a netting what was set off in all.
    amount_minor: Mapped[int]
    settled_on: Mapped[date]
    reference: Mapped[str | None] = mapped_column(Text)
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB)
    settled_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
