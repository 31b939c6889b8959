"""Exchange rates on the API."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id, row_id_of
from api.nodes import Node, refetched_by
from api.user_errors import UserError
from api.writing import perform
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.ledger.operations import rates as operations
from domain.ledger.queries import settings as queries


@strawberry.enum(description="What an exchange rate is of.")
class RateKind(Enum):
    SPOT = strawberry.enum_value("spot", description="It counts from its day on.")
    AVERAGE = strawberry.enum_value(
        "average", description="It is the average of the period that ends on its day."
    )


@strawberry.type(description="What one unit of a currency is worth in another.")
class ExchangeRate(Node):
    from_currency: str = strawberry.field(description="One unit of this currency (ISO 4217).")
    to_currency: str = strawberry.field(description="Is worth so many of this one.")
    rate: Decimal = strawberry.field(description="How many.")
    kind: RateKind = strawberry.field(description="What it is of.")
    valid_on: date = strawberry.field(description="From when on, or up to when on average.")
    source: str | None = strawberry.field(description="Where it comes from.")

    @classmethod
    def of(cls, row: Row[Any]) -> "ExchangeRate":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("ExchangeRate", row.id),
            from_currency=row.from_currency,
            to_currency=row.to_currency,
            rate=plain(row.rate),
            kind=RateKind(row.kind),
            valid_on=row.valid_on,
            source=row.source,
        )


async def load_exchange_rates(reader: Reader, ids: Sequence[int]) -> list[ExchangeRate | None]:
    """A batch for loaders: the rates of these row ids, in order."""
    rows = await queries.rows_of_ids(reader, kind="exchange_rate", ids=ids)
    return [ExchangeRate.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("ExchangeRate", load_exchange_rates)


@strawberry.input(description="Which rates to list; conditions are joined by and.")
class ExchangeRateFilter:
    from_currency: str | None = strawberry.field(default=None, description="From this currency.")
    to_currency: str | None = strawberry.field(default=None, description="To this one.")
    kind: RateKind | None = strawberry.field(default=None, description="Of this kind.")
    up_to: date | None = strawberry.field(default=None, description="Of this day or before.")


@strawberry.type
class ExchangeRateQuery:
    @strawberry.field(
        description="The exchange rates that were given, the latest day first. Needs ledger.read."
    )
    async def exchange_rates(
        self,
        info: Info,
        filter: Annotated[
            ExchangeRateFilter | None, strawberry.argument(description="Which ones.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ExchangeRate]:
        asked = filter or ExchangeRateFilter()
        listing = await queries.exchange_rates(
            await info.context.reader(),
            where=queries.RateFilter(
                from_currency=asked.from_currency,
                to_currency=asked.to_currency,
                kind=None if asked.kind is None else str(asked.kind.value),
                up_to=asked.up_to,
            ),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, ExchangeRate.of, count=listing.count)

    @strawberry.field(
        description="The currency through which rates are found that nobody gave; null: none. "
        "Needs ledger.read."
    )
    async def triangulation_currency(self, info: Info) -> str | None:
        return await queries.triangulation_currency(await info.context.reader())


@strawberry.input(description="A rate.")
class ExchangeRateInput:
    from_currency: str = strawberry.field(description="One unit of this currency (ISO 4217).")
    to_currency: str = strawberry.field(description="Is worth so many of this one.")
    rate: Decimal = strawberry.field(description="How many; at most 12 decimals.")
    valid_on: date = strawberry.field(description="From when on, or up to when on average.")
    kind: RateKind = strawberry.field(default=RateKind.SPOT, description="What it is of.")
    source: str | None = strawberry.field(default=None, description="Where it comes from.")


@strawberry.input(description="Rates, up to 1,000.")
class SetExchangeRatesInput:
    rates: list[ExchangeRateInput] = strawberry.field(
        description="Each takes the place of the one of its pair, kind and day."
    )


@strawberry.input(description="A rate to take away.")
class DeleteExchangeRateInput:
    id: strawberry.ID = strawberry.field(description="The rate.")


@strawberry.input(description="The third currency.")
class SetTriangulationCurrencyInput:
    currency: str | None = strawberry.field(description="ISO 4217; null: none.")


@strawberry.type(description="What setExchangeRates did.")
class SetExchangeRatesPayload:
    exchange_rates: list[ExchangeRate] = strawberry.field(description="The rates, in order.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type(description="What deleteExchangeRate did.")
class DeleteExchangeRatePayload:
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type(description="What setTriangulationCurrency did.")
class SetTriangulationCurrencyPayload:
    currency: str | None = strawberry.field(description="The currency as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class ExchangeRateMutation:
    @strawberry.mutation(
        description="Give exchange rates. What is posted already keeps its amounts. Needs "
        "ledger.manage."
    )
    async def set_exchange_rates(
        self,
        info: Info,
        input: Annotated[SetExchangeRatesInput, strawberry.argument(description="The rates.")],
    ) -> SetExchangeRatesPayload:
        rates = [
            operations.WantedRate(
                from_currency=each.from_currency,
                to_currency=each.to_currency,
                rate=each.rate,
                valid_on=each.valid_on,
                kind=str(each.kind.value),
                source=each.source,
            )
            for each in input.rates
        ]

        async def write(work: Work) -> dict[str, Any]:
            return {"ids": await operations.set_exchange_rates(work, rates=rates)}

        done = await perform(info, write, input=input)
        shown = [
            await info.context.load_done(load_exchange_rates, row_id)
            for row_id in done["ids"] or []
        ]
        return SetExchangeRatesPayload(
            exchange_rates=[rate for rate in shown if rate is not None],
            user_errors=done.user_errors,
        )

    @strawberry.mutation(description="Take an exchange rate away. Needs ledger.manage.")
    async def delete_exchange_rate(
        self,
        info: Info,
        input: Annotated[DeleteExchangeRateInput, strawberry.argument(description="Which.")],
    ) -> DeleteExchangeRatePayload:
        rate_id = row_id_of(input.id, "ExchangeRate")

        async def delete(work: Work) -> dict[str, Any]:
            await operations.delete_exchange_rate(work, rate_id=rate_id)
            return {}

        done = await perform(info, delete, input=input)
        return DeleteExchangeRatePayload(user_errors=done.user_errors)

    @strawberry.mutation(
        description="Set the currency through which rates are found that nobody gave. Needs "
        "ledger.manage."
    )
    async def set_triangulation_currency(
        self,
        info: Info,
        input: Annotated[SetTriangulationCurrencyInput, strawberry.argument(description="Which.")],
    ) -> SetTriangulationCurrencyPayload:
        async def change(work: Work) -> dict[str, Any]:
            await operations.set_triangulation_currency(work, currency=input.currency)
            return {"currency": input.currency}

        done = await perform(info, change, input=input)
        return SetTriangulationCurrencyPayload(
            currency=done["currency"], user_errors=done.user_errors
        )
