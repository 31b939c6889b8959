"""Prices on the API: listed, quoted, and set many at a time."""

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.bulk import ErrorPolicy, RowOutcome, domain_policy, row_outcomes
from api.catalog.items import Item, load_items
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import optional_row_id, row_id_of
from api.pricing.price_lists import PriceList, load_price_lists
from api.user_errors import UserError
from api.writing import perform
from domain.kernel.bulk import require_bulk_size
from domain.kernel.quantity import plain
from domain.kernel.work import Work
from domain.pricing import queries
from domain.pricing.operations import prices as operations
from domain.pricing.price_finding import PriceRequest
from domain.pricing.price_writing import WantedPrice


@strawberry.type(description="What one unit of an item costs from a quantity on.")
class Price:
    unit: str = strawberry.field(description="The item's unit, such as case.")
    minimum_quantity: Decimal = strawberry.field(description="From so many units on.")
    unit_price: Decimal = strawberry.field(description="Per unit, in major units; exact.")
    currency: str = strawberry.field(description="The list's currency (ISO 4217).")
    item_id: strawberry.Private[int]
    price_list_id: strawberry.Private[int]

    @strawberry.field(description="The item.")
    async def item(self, info: Info) -> Item | None:
        return await info.context.load(load_items, self.item_id)

    @strawberry.field(description="The list it stands on.")
    async def price_list(self, info: Info) -> PriceList | None:
        return await info.context.load(load_price_lists, self.price_list_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "Price":
        """From a row of the domain's queries."""
        return cls(
            unit=row.unit,
            minimum_quantity=plain(row.minimum_quantity),
            unit_price=plain(row.unit_price),
            currency=row.currency,
            item_id=row.item_id,
            price_list_id=row.price_list_id,
        )


@strawberry.input(description="Which prices to list; conditions are joined by and.")
class PriceFilter:
    price_list_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this price list."
    )
    item_id: strawberry.ID | None = strawberry.field(default=None, description="Of this item.")


@strawberry.input(description="A quantity of an item that is to be priced.")
class QuoteLineInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    unit: str = strawberry.field(description="A unit of it, in any spelling.")
    quantity: Decimal = strawberry.field(default=Decimal(1), description="How many units.")


@strawberry.input(description="What an order would cost.")
class QuoteInput:
    lines: list[QuoteLineInput] = strawberry.field(description="1 to 1,000 lines.")
    currency: str = strawberry.field(description="ISO 4217.")
    channel_id: strawberry.ID | None = strawberry.field(default=None, description="On it.")
    party_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="For this customer; a customer asks for itself, or for one below it.",
    )
    on: date | None = strawberry.field(default=None, description="The day; today in UTC if absent.")


@strawberry.type
class PriceQuery:
    @strawberry.field(description="Prices, by item and quantity. Needs pricing.read.")
    async def prices(
        self,
        info: Info,
        filter: Annotated[
            PriceFilter | None, strawberry.argument(description="Which ones; all if absent.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Price]:
        reader = await info.context.reader()
        given_ = filter or PriceFilter()
        where = queries.PriceFilter(
            price_list_id=optional_row_id(
                given_.price_list_id, "PriceList", path=("filter", "priceListId")
            ),
            item_id=optional_row_id(given_.item_id, "Item", path=("filter", "itemId")),
        )
        page = await queries.prices(reader, where=where, request=wanted(first, after, last, before))
        return connection(page, Price.of, count=lambda: queries.price_count(reader, where=where))

    @strawberry.field(
        description="The price of one unit for each line, null where no list has one; "
        "as an order of that day would be priced. Needs pricing.read."
    )
    async def quote_prices(
        self,
        info: Info,
        input: Annotated[QuoteInput, strawberry.argument(description="What, for whom, when.")],
    ) -> list[Decimal | None]:
        require_bulk_size(len(input.lines), path=("lines",))
        return await queries.quoted_prices(
            await info.context.reader(),
            requests=[_request(place, line) for place, line in enumerate(input.lines)],
            currency=input.currency,
            channel_id=optional_row_id(input.channel_id, "Channel", path=("channelId",)),
            party_id=optional_row_id(input.party_id, "Party", path=("partyId",)),
            on=input.on or info.context.now.date(),
        )


def _request(place: int, line: QuoteLineInput) -> PriceRequest:
    item_id = row_id_of(line.item_id, "Item", path=("lines", place, "itemId"))
    return PriceRequest(item_id, line.unit, line.quantity)


@strawberry.input(description="What one unit of an item shall cost from a quantity on.")
class PriceInput:
    item_id: strawberry.ID = strawberry.field(description="The item.")
    unit: str = strawberry.field(description="A unit of it, in any spelling.")
    minimum_quantity: Decimal = strawberry.field(
        default=Decimal(1), description="From so many units on."
    )
    unit_price: Decimal | None = strawberry.field(
        description="Per unit, in major units, at most 6 decimals; null takes the price away."
    )


@strawberry.input(description="Prices of one list.")
class SetPricesInput:
    price_list_id: strawberry.ID = strawberry.field(description="The price list.")
    prices: list[PriceInput] = strawberry.field(description="1 to 1,000 prices.")
    error_policy: ErrorPolicy = strawberry.field(
        default=ErrorPolicy.REJECT_ALL, description="What a failed row means for the others."
    )


@strawberry.type(description="What setPrices did.")
class SetPricesPayload:
    price_list: PriceList | None = strawberry.field(description="The list as it is now.")
    changed: int = strawberry.field(description="How many prices are other than before.")
    rows: list[RowOutcome] = strawberry.field(description="What became of each row.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done at all.")


@strawberry.type
class PriceMutation:
    @strawberry.mutation(
        description="Set or take away up to 1,000 prices of a list. Needs pricing.manage."
    )
    async def set_prices(
        self,
        info: Info,
        input: Annotated[SetPricesInput, strawberry.argument(description="The prices.")],
    ) -> SetPricesPayload:
        price_list_id = row_id_of(input.price_list_id, "PriceList", path=("priceListId",))
        wanted_prices = [_wanted(place, price) for place, price in enumerate(input.prices)]

        async def write(work: Work) -> dict[str, Any]:
            result = await operations.set_prices(
                work,
                price_list_id=price_list_id,
                prices=wanted_prices,
                error_policy=domain_policy(input.error_policy),
            )
            failures = [asdict(failure) for failure in result.failures]
            return {"id": price_list_id, "changed": result.changed, "failures": failures}

        done = await perform(info, write, input=input)
        return SetPricesPayload(
            price_list=await info.context.load_done(load_price_lists, done["id"]),
            changed=done["changed"] or 0,
            rows=row_outcomes(len(input.prices), done["failures"] or [], input.error_policy),
            user_errors=done.user_errors,
        )


def _wanted(place: int, price: PriceInput) -> WantedPrice:
    return WantedPrice(
        item_id=row_id_of(price.item_id, "Item", path=("prices", place, "itemId")),
        unit=price.unit,
        minimum_quantity=price.minimum_quantity,
        unit_price=price.unit_price,
    )
