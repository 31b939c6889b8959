"""Making and ending trade agreements on the API."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.intercompany.agreements import (
    KIND,
    TradeAgreement,
    TradeDisposition,
    TradeSide,
    TransferPriceMethod,
    load_agreements,
)
from api.user_errors import UserError
from api.writing import perform
from domain.intercompany.operations.agreements import agree_trade, end_trade_agreement
from domain.kernel.work import Work


@strawberry.input(description="What one base unit of an item costs.")
class TradeAgreementPriceInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    unit_price: Decimal = strawberry.field(
        description="In major units of the agreement's currency; at most 6 decimals."
    )


@strawberry.input(description="What a disposition by the buyer is for the supplier.")
class DispositionMappingInput:
    disposition: TradeDisposition = strawberry.field(description="What the buyer does.")
    becomes: TradeDisposition | None = strawberry.field(
        default=None, description="What it is for the supplier; null: the buyer keeps the goods."
    )


@strawberry.input(description="How the supplier sells to the buyer.")
class TradeTermsInput:
    currency: str = strawberry.field(description="In which the buyer owes (ISO 4217).")
    method: TransferPriceMethod = strawberry.field(
        default=TransferPriceMethod.COST_PLUS, description="How prices come about."
    )
    percent: Decimal = strawberry.field(
        default=Decimal(0), description="On the cost, or off the list price."
    )
    fallback_percent: Decimal = strawberry.field(
        default=Decimal(0), description="On the cost of an item without the price asked for."
    )
    price_list_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose prices hold; for LIST_MINUS alone."
    )
    tax_code: str | None = strawberry.field(default=None, description="The code of the tax.")
    tax_percent: Decimal = strawberry.field(
        default=Decimal(0), description="The tax, in percent of the net price."
    )
    revenue_account_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Of the supplier's accounts the one that its sales go to; its posting rules "
        "choose if left out.",
    )
    cost_account_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Of the supplier's accounts the one that the goods' cost goes to; its posting "
        "rules choose if left out.",
    )
    lead_days: int = strawberry.field(
        default=0, description="So much later goods bought this way leave; 0 to 365."
    )
    rank: int = strawberry.field(
        default=0, description="Of ways of the same length, the lower sum is used."
    )
    transit_owner: TradeSide = strawberry.field(
        default=TradeSide.SUPPLIER, description="Whose goods on their way are."
    )
    settlement_days: int = strawberry.field(
        default=30, description="After so many days a debt is due; 0 to 365."
    )
    dispositions: list[DispositionMappingInput] = strawberry.field(
        default_factory=list,
        description="Where returned goods go otherwise than is usual: what can be sold again "
        "goes back, what is spoilt or lost stays with the buyer.",
    )
    prices: list[TradeAgreementPriceInput] = strawberry.field(
        default_factory=list,
        description="Items with a price of their own, whatever the method; at most 1,000.",
    )


@strawberry.input(description="A new version of how one legal entity sells to another.")
class AgreeTradeInput:
    supplier_id: strawberry.ID = strawberry.field(description="The entity that sells.")
    buyer_id: strawberry.ID = strawberry.field(description="The entity that buys.")
    terms: TradeTermsInput = strawberry.field(description="How.")
    effective_from: date | None = strawberry.field(
        default=None, description="The first day it holds; today in UTC if left out."
    )


@strawberry.type(description="What agreeTrade did.")
class AgreeTradePayload:
    trade_agreement: TradeAgreement | None = strawberry.field(description="The new version.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was agreed.")


@strawberry.input(description="The last version between two entities, and its last day.")
class EndTradeAgreementInput:
    id: strawberry.ID = strawberry.field(description="The version.")
    ends_on: date = strawberry.field(description="The last day it holds.")


@strawberry.type(description="What endTradeAgreement did.")
class EndTradeAgreementPayload:
    trade_agreement: TradeAgreement | None = strawberry.field(
        description="The version as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class TradeAgreementMutation:
    @strawberry.mutation(
        description="Agree on how one legal entity sells to another from a day on; the version "
        "before it ends then. Needs intercompany.manage."
    )
    async def agree_trade(
        self,
        info: Info,
        input: Annotated[AgreeTradeInput, strawberry.argument(description="Who, and how.")],
    ) -> AgreeTradePayload:
        info.context.require("intercompany.manage")
        supplier_id = row_id_of(input.supplier_id, "LegalEntity", path=("supplierId",))
        buyer_id = row_id_of(input.buyer_id, "LegalEntity", path=("buyerId",))
        terms = terms_of(input.terms)

        async def agree(work: Work) -> dict[str, Any]:
            return {
                "id": await agree_trade(
                    work,
                    supplier_id=supplier_id,
                    buyer_id=buyer_id,
                    effective_from=input.effective_from,
                    prices=prices_of(input.terms.prices),
                    **terms,
                )
            }

        done = await perform(info, agree, input=input)
        made = await info.context.load_done(load_agreements, done["id"])
        return AgreeTradePayload(trade_agreement=made, user_errors=done.user_errors)

    @strawberry.mutation(
        description="Let the last version between two entities hold until a day. What was "
        "allocated before is still traded under it. Needs intercompany.manage."
    )
    async def end_trade_agreement(
        self,
        info: Info,
        input: Annotated[EndTradeAgreementInput, strawberry.argument(description="Which.")],
    ) -> EndTradeAgreementPayload:
        agreement_id = row_id_of(input.id, KIND)

        async def end(work: Work) -> dict[str, Any]:
            await end_trade_agreement(work, agreement_id=agreement_id, ends_on=input.ends_on)
            return {"id": agreement_id}

        done = await perform(info, end, input=input)
        ended = await info.context.load_done(load_agreements, done["id"])
        return EndTradeAgreementPayload(trade_agreement=ended, user_errors=done.user_errors)


def terms_of(terms: TradeTermsInput) -> dict[str, Any]:
    """The terms in the domain's words, without the prices of items."""
    plain = (
        *("currency", "percent", "fallback_percent", "tax_code", "tax_percent", "lead_days"),
        *("rank", "settlement_days"),
    )
    path = ("terms", "priceListId")
    accounts = {
        "revenue_account_id": optional_row_id(
            terms.revenue_account_id, "Account", path=("terms", "revenueAccountId")
        ),
        "cost_account_id": optional_row_id(
            terms.cost_account_id, "Account", path=("terms", "costAccountId")
        ),
    }
    return accounts | {
        **{name: getattr(terms, name) for name in plain},
        "method": terms.method.value,
        "transit_owner": terms.transit_owner.value,
        "price_list_id": optional_row_id(terms.price_list_id, "PriceList", path=path),
        "dispositions": {
            each.disposition.value: None if each.becomes is None else each.becomes.value
            for each in terms.dispositions
        },
    }


def prices_of(prices: Sequence[TradeAgreementPriceInput]) -> dict[int, Decimal]:
    """The prices by the items' row ids."""
    return {
        row_id_of(each.item_id, "Item", path=("terms", "prices", place, "itemId")): each.unit_price
        for place, each in enumerate(prices)
    }
