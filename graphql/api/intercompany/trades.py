"""Trades between legal entities on the API: the sale of the one and the purchase of the other."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.catalog.items import Item, load_items
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.ids import global_id, optional_row_id
from api.intercompany.agreements import TradeAgreement, load_agreements
from api.inventory.transfers import TransferOrder, load_transfers
from api.ledger.journals import Journal, load_journals
from api.nodes import Node, refetched_by
from api.orders.orders import Order, load_orders
from api.scalars import Money, Quantity, money, quantity
from domain.intercompany.queries import debts as debt_queries
from domain.intercompany.queries import trades as queries
from domain.kernel.reading import Reader


@strawberry.enum(description="What a transfer price rests on.")
class TransferPriceBasis(Enum):
    COST_PLUS = strawberry.enum_value(
        "cost_plus", description="What the goods cost the supplier, plus a percentage."
    )
    LIST_MINUS = strawberry.enum_value(
        "list_minus", description="The price of a list, less a percentage."
    )
    FIXED = strawberry.enum_value("fixed", description="The item's own price.")
    CORRECTED = strawberry.enum_value("corrected", description="It was corrected by hand.")


@strawberry.enum(description="What made one legal entity owe another more, or less.")
class IntercompanyEntryKind(Enum):
    SHIPMENT = strawberry.enum_value("shipment", description="Goods left for a customer.")
    TRANSFER = strawberry.enum_value("transfer", description="Goods of a transfer passed.")
    CORRECTION = strawberry.enum_value("correction", description="A price was corrected.")
    RETURN = strawberry.enum_value("return", description="Goods came back.")
    NETTING = strawberry.enum_value("netting", description="Debts were set off.")
    PAYMENT = strawberry.enum_value("payment", description="A debt was paid.")


@strawberry.type(
    description="What made one legal entity owe another more or less, as it stands in both books."
)
class IntercompanyEntry(Node):
    kind: IntercompanyEntryKind = strawberry.field(description="What happened.")
    amount: Money = strawberry.field(
        description="By how much the debtor owes more, with the tax; below zero: less."
    )
    tax: Money = strawberry.field(description="What of it is tax.")
    creditor_amount: Money = strawberry.field(description="What it is in the creditor's books.")
    debtor_amount: Money = strawberry.field(description="What it is in the debtor's books.")
    occurred_on: date = strawberry.field(description="On which day.")
    due_on: date | None = strawberry.field(description="When it is due.")
    creditor_id: strawberry.Private[int]
    debtor_id: strawberry.Private[int]
    creditor_journal_id: strawberry.Private[int | None]
    debtor_journal_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "IntercompanyEntry":
        """From a row of the domain's queries."""
        plain = (
            *("occurred_on", "due_on", "creditor_id", "debtor_id"),
            *("creditor_journal_id", "debtor_journal_id"),
        )
        return cls(
            id=global_id("IntercompanyEntry", row.id),
            kind=IntercompanyEntryKind(row.kind),
            amount=money(row.amount_minor, row.currency),
            tax=money(row.tax_minor, row.currency),
            creditor_amount=money(row.creditor_base_minor, row.creditor_currency),
            debtor_amount=money(row.debtor_base_minor, row.debtor_currency),
            **{name: getattr(row, name) for name in plain},
        )

    @strawberry.field(description="To whom it is owed.")
    async def creditor(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.creditor_id)

    @strawberry.field(description="Who owes it.")
    async def debtor(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.debtor_id)

    @strawberry.field(description="The journal in the creditor's books. Needs ledger.read.")
    async def creditor_journal(self, info: Info) -> Journal | None:
        if self.creditor_journal_id is None:
            return None
        return await info.context.load(load_journals, self.creditor_journal_id)

    @strawberry.field(description="The journal in the debtor's books. Needs ledger.read.")
    async def debtor_journal(self, info: Info) -> Journal | None:
        if self.debtor_journal_id is None:
            return None
        return await info.context.load(load_journals, self.debtor_journal_id)


@strawberry.type(description="A quantity of an item that is traded: sold and bought in one.")
class IntercompanyTradeLine(Node):
    leg: int = strawberry.field(description="1 is the owner's sale, 2 the sale after it.")
    quantity: Quantity = strawberry.field(description="What was to be traded at first.")
    shipped: Quantity = strawberry.field(description="What was sold.")
    cancelled: Quantity = strawberry.field(description="What is not traded after all.")
    returned: Quantity = strawberry.field(description="What of it came back to the supplier.")
    kept: Quantity = strawberry.field(
        description="What a customer sent back of it and the buyer keeps."
    )
    basis: TransferPriceBasis = strawberry.field(description="What the price rests on.")
    percent: Decimal = strawberry.field(description="On the cost, or off the list price.")
    unit_price: Decimal | None = strawberry.field(
        description="What one base unit costs in the trade's currency; null: the goods' own cost "
        "says it when they leave."
    )
    item_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "IntercompanyTradeLine":
        """From a row of the domain's queries."""
        amounts = ("quantity", "shipped", "cancelled", "returned", "kept")
        return cls(
            id=global_id("IntercompanyTradeLine", row.id),
            leg=row.leg,
            basis=TransferPriceBasis(row.basis),
            percent=row.percent,
            unit_price=row.unit_price,
            item_id=row.item_id,
            **{name: quantity(getattr(row, name), row.base_unit) for name in amounts},
        )

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@strawberry.type(
    description="What one legal entity sells to another for an order, or by a transfer: the sale "
    "and the purchase are the same record."
)
class IntercompanyTrade(Node):
    number: str = strawberry.field(description="Its number, such as SO-3-IC1.")
    currency: str = strawberry.field(description="In which the buyer owes (ISO 4217).")
    created_at: datetime = strawberry.field(description="When it came about.")
    row_id: strawberry.Private[int]
    agreement_id: strawberry.Private[int]
    supplier_id: strawberry.Private[int]
    buyer_id: strawberry.Private[int]
    order_id: strawberry.Private[int | None]
    transfer_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "IntercompanyTrade":
        """From a row of the domain's queries."""
        plain = (
            *("number", "currency", "created_at", "agreement_id", "supplier_id", "buyer_id"),
            *("order_id", "transfer_id"),
        )
        return cls(
            id=global_id("IntercompanyTrade", row.id),
            row_id=row.id,
            **{name: getattr(row, name) for name in plain},
        )

    @strawberry.field(description="The version of the agreement it goes by.")
    async def agreement(self, info: Info) -> TradeAgreement | None:
        return await info.context.load(load_agreements, self.agreement_id)

    @strawberry.field(description="The entity that sells.")
    async def supplier(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.supplier_id)

    @strawberry.field(description="The entity that buys.")
    async def buyer(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.buyer_id)

    @strawberry.field(description="The order it is for; null for a transfer.")
    async def order(self, info: Info) -> Order | None:
        if self.order_id is None:
            return None
        return await info.context.load(load_orders, self.order_id)

    @strawberry.field(description="The transfer it is for; null for an order.")
    async def transfer_order(self, info: Info) -> TransferOrder | None:
        if self.transfer_id is None:
            return None
        return await info.context.load(load_transfers, self.transfer_id)

    @strawberry.field(description="What is traded, line by line.")
    async def lines(self, info: Info) -> list[IntercompanyTradeLine]:
        return await info.context.load(load_lines, self.row_id)

    @strawberry.field(description="What stands in both books, milestone by milestone.")
    async def entries(self, info: Info) -> list[IntercompanyEntry]:
        return await info.context.load(load_entries_of_trades, self.row_id)


async def load_trades(reader: Reader, ids: Sequence[int]) -> list[IntercompanyTrade | None]:
    """A batch for loaders: the trades of these row ids, in order."""
    rows = await queries.intercompany_trades_of_ids(reader, ids=ids)
    return [IntercompanyTrade.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_trade_lines(
    reader: Reader, ids: Sequence[int]
) -> list[IntercompanyTradeLine | None]:
    """A batch for loaders: the trade lines of these row ids, in order."""
    rows = await queries.trade_lines_of_ids(reader, ids=ids)
    return [IntercompanyTradeLine.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_entries(reader: Reader, ids: Sequence[int]) -> list[IntercompanyEntry | None]:
    """A batch for loaders: the entries of these row ids, in order."""
    rows = await debt_queries.entries_of_ids(reader, ids=ids)
    return [IntercompanyEntry.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_lines(reader: Reader, ids: Sequence[int]) -> list[list[IntercompanyTradeLine]]:
    """A batch for loaders: the lines of each trade."""
    found = await queries.lines_of_trades(reader, trade_ids=ids)
    return [[IntercompanyTradeLine.of(row) for row in found[trade_id]] for trade_id in ids]


async def load_entries_of_trades(
    reader: Reader, ids: Sequence[int]
) -> list[list[IntercompanyEntry]]:
    """A batch for loaders: what each trade booked."""
    found = await debt_queries.entries_of_trades(reader, trade_ids=ids)
    return [[IntercompanyEntry.of(row) for row in found[trade_id]] for trade_id in ids]


refetched_by("IntercompanyTrade", load_trades)
refetched_by("IntercompanyTradeLine", load_trade_lines)
refetched_by("IntercompanyEntry", load_entries)


@strawberry.input(description="Which trades; what is left out does not narrow.")
class IntercompanyTradeFilter:
    supplier_id: strawberry.ID | None = strawberry.field(default=None, description="Who sells.")
    buyer_id: strawberry.ID | None = strawberry.field(default=None, description="Who buys.")
    order_id: strawberry.ID | None = strawberry.field(default=None, description="For this order.")
    transfer_order_id: strawberry.ID | None = strawberry.field(
        default=None, description="By this transfer."
    )


def _filter(asked: IntercompanyTradeFilter) -> queries.TradeFilter:
    def row_id(value: str | None, kind: str, name: str) -> int | None:
        return optional_row_id(value, kind, path=("filter", name))

    return queries.TradeFilter(
        supplier_id=row_id(asked.supplier_id, "LegalEntity", "supplierId"),
        buyer_id=row_id(asked.buyer_id, "LegalEntity", "buyerId"),
        order_id=row_id(asked.order_id, "Order", "orderId"),
        transfer_id=row_id(asked.transfer_order_id, "TransferOrder", "transferOrderId"),
    )


@strawberry.type
class IntercompanyTradeQuery:
    @strawberry.field(
        description="Trades between legal entities, the latest first. Needs intercompany.read."
    )
    async def intercompany_trades(
        self,
        info: Info,
        filter: Annotated[
            IntercompanyTradeFilter | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[IntercompanyTrade]:
        listing = await queries.intercompany_trades(
            await info.context.reader(),
            where=_filter(filter or IntercompanyTradeFilter()),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, IntercompanyTrade.of, count=listing.count)
