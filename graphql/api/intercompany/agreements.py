"""Trade agreements between legal entities on the API."""

from collections.abc import Sequence
from datetime import date
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
from api.ledger.accounts import Account, load_accounts
from api.nodes import Node, refetched_by
from api.pricing.price_lists import PriceList, load_price_lists
from domain.intercompany.queries import agreements as queries
from domain.kernel.reading import Reader

KIND = "TradeAgreement"


@strawberry.enum(description="How a transfer price comes about.")
class TransferPriceMethod(Enum):
    COST_PLUS = strawberry.enum_value(
        "cost_plus", description="What the goods cost the supplier, plus a percentage."
    )
    LIST_MINUS = strawberry.enum_value(
        "list_minus", description="The price of a list, less a percentage."
    )
    FIXED = strawberry.enum_value(
        "fixed", description="A price for each item; items without one are not traded."
    )


@strawberry.enum(description="A party to a trade agreement.")
class TradeSide(Enum):
    SUPPLIER = strawberry.enum_value("supplier", description="The entity that sells.")
    BUYER = strawberry.enum_value("buyer", description="The entity that buys.")


@strawberry.enum(description="What is done with goods that came back.")
class TradeDisposition(Enum):
    RESTOCK = strawberry.enum_value("restock", description="They can be sold again.")
    REFURBISH = strawberry.enum_value("refurbish", description="They are made good first.")
    QUARANTINE = strawberry.enum_value("quarantine", description="They wait to be looked at.")
    SCRAP = strawberry.enum_value("scrap", description="They are thrown away.")
    RETURN_TO_SUPPLIER = strawberry.enum_value(
        "return_to_supplier", description="They go to who made them."
    )
    MISSING = strawberry.enum_value("missing", description="They never arrived.")


@strawberry.type(description="What a disposition by the buyer is for the supplier.")
class DispositionMapping:
    disposition: TradeDisposition = strawberry.field(description="What the buyer does.")
    becomes: TradeDisposition | None = strawberry.field(
        description="What it is for the supplier, which takes the goods back; null: the buyer "
        "keeps them."
    )


@strawberry.type(description="What one base unit of an item costs under an agreement.")
class TradeAgreementPrice:
    unit_price: Decimal = strawberry.field(
        description="In major units of the agreement's currency."
    )
    item_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)


@strawberry.type(
    description="A version of how one legal entity sells to another. Its terms never change: a "
    "new version follows it. What is allocated keeps the version that held then."
)
class TradeAgreement(Node):
    version: int = strawberry.field(description="Counts the versions between the two entities.")
    currency: str = strawberry.field(description="In which the buyer owes (ISO 4217).")
    method: TransferPriceMethod = strawberry.field(description="How prices come about.")
    percent: Decimal = strawberry.field(description="On the cost, or off the list price.")
    fallback_percent: Decimal = strawberry.field(
        description="On the cost of an item that has no price that the method asks for."
    )
    tax_code: str | None = strawberry.field(description="The code of the tax on it.")
    tax_percent: Decimal = strawberry.field(description="The tax, in percent of the net price.")
    lead_days: int = strawberry.field(description="So much later goods bought this way leave.")
    rank: int = strawberry.field(
        description="Of ways of the same length between two entities, the lower sum is used."
    )
    transit_owner: TradeSide = strawberry.field(description="Whose goods on their way are.")
    settlement_days: int = strawberry.field(description="After so many days a debt is due.")
    dispositions: list[DispositionMapping] = strawberry.field(
        description="How far goods that a customer returns go back."
    )
    effective_from: date = strawberry.field(description="The first day it holds.")
    effective_to: date | None = strawberry.field(description="The last day; null: no end yet.")
    row_id: strawberry.Private[int]
    supplier_id: strawberry.Private[int]
    buyer_id: strawberry.Private[int]
    price_list_id: strawberry.Private[int | None]
    revenue_account_id: strawberry.Private[int | None]
    cost_account_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: Row[Any]) -> "TradeAgreement":
        """From a row of the domain's queries."""
        plain = (
            *("version", "currency", "percent", "fallback_percent", "tax_code", "tax_percent"),
            *("lead_days", "rank", "settlement_days", "effective_from", "effective_to"),
            *("supplier_id", "buyer_id", "price_list_id"),
            *("revenue_account_id", "cost_account_id"),
        )
        return cls(
            id=global_id(KIND, row.id),
            row_id=row.id,
            method=TransferPriceMethod(row.method),
            transit_owner=TradeSide(row.transit_owner),
            dispositions=[
                DispositionMapping(
                    disposition=TradeDisposition(name),
                    becomes=None if becomes is None else TradeDisposition(becomes),
                )
                for name, becomes in sorted(row.dispositions.items())
            ],
            **{name: getattr(row, name) for name in plain},
        )

    @strawberry.field(description="The entity that sells.")
    async def supplier(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.supplier_id)

    @strawberry.field(description="The entity that buys.")
    async def buyer(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.buyer_id)

    @strawberry.field(description="The list whose prices hold, where the method asks for one.")
    async def price_list(self, info: Info) -> PriceList | None:
        if self.price_list_id is None:
            return None
        return await info.context.load(load_price_lists, self.price_list_id)

    @strawberry.field(
        description="Of the supplier's accounts the one that its sales go to; null: its posting "
        "rules choose. Null without ledger.read."
    )
    async def revenue_account(self, info: Info) -> Account | None:
        return await _account(info, self.revenue_account_id)

    @strawberry.field(
        description="Of the supplier's accounts the one that the goods' cost goes to; null: its "
        "posting rules choose. Null without ledger.read."
    )
    async def cost_account(self, info: Info) -> Account | None:
        return await _account(info, self.cost_account_id)

    @strawberry.field(description="Items with a price of their own, at most 1,000.")
    async def prices(self, info: Info) -> list[TradeAgreementPrice]:
        return await info.context.load(load_prices, self.row_id)


async def _account(info: Info, account_id: int | None) -> Account | None:
    if account_id is None or not info.context.principal.may("ledger.read"):
        return None
    return await info.context.load(load_accounts, account_id)


async def load_agreements(reader: Reader, ids: Sequence[int]) -> list[TradeAgreement | None]:
    """A batch for loaders: the agreements of these row ids, in order."""
    rows = await queries.trade_agreements_of_ids(reader, ids=ids)
    return [TradeAgreement.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_prices(reader: Reader, ids: Sequence[int]) -> list[list[TradeAgreementPrice]]:
    """A batch for loaders: the prices of each agreement."""
    found = await queries.prices_of_agreements(reader, agreement_ids=ids)
    return [
        [TradeAgreementPrice(unit_price=row.unit_price, item_id=row.item_id) for row in found[n]]
        for n in ids
    ]


refetched_by(KIND, load_agreements)


@strawberry.input(description="Which trade agreements; what is left out does not narrow.")
class TradeAgreementFilter:
    supplier_id: strawberry.ID | None = strawberry.field(default=None, description="Who sells.")
    buyer_id: strawberry.ID | None = strawberry.field(default=None, description="Who buys.")
    effective_on: date | None = strawberry.field(default=None, description="That hold on this day.")


@strawberry.type
class TradeAgreementQuery:
    @strawberry.field(
        description="Versions of trade agreements, the latest first. Needs intercompany.read."
    )
    async def trade_agreements(
        self,
        info: Info,
        filter: Annotated[
            TradeAgreementFilter | None, strawberry.argument(description="Only these.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[TradeAgreement]:
        asked = filter or TradeAgreementFilter()
        path = ("filter", "supplierId"), ("filter", "buyerId")
        listing = await queries.trade_agreements(
            await info.context.reader(),
            where=queries.AgreementFilter(
                supplier_id=optional_row_id(asked.supplier_id, "LegalEntity", path=path[0]),
                buyer_id=optional_row_id(asked.buyer_id, "LegalEntity", path=path[1]),
                effective_on=asked.effective_on,
            ),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, TradeAgreement.of, count=listing.count)
