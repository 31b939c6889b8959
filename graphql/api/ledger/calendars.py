"""Fiscal calendars and periods on the API."""

from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.ids import global_id, optional_row_id, row_id_of
from api.ledger.charts import ChartTemplate
from api.nodes import Node, refetched_by
from api.scalars import Money, money
from domain.kernel.reading import Reader
from domain.ledger.facts import base_currency
from domain.ledger.queries import settings as queries


@strawberry.enum(description="How far a fiscal period is closed.")
class PeriodStatus(Enum):
    OPEN = strawberry.enum_value("open", description="It takes every journal.")
    SOFT_CLOSED = strawberry.enum_value(
        "soft_closed", description="It takes the closing's own journals alone."
    )
    HARD_CLOSED = strawberry.enum_value("hard_closed", description="It takes nothing.")


@strawberry.enum(description="How fiscal years are cut into periods.")
class CalendarKind(Enum):
    MONTHS = strawberry.enum_value("months", description="Twelve months.")
    WEEKS_445 = strawberry.enum_value("weeks_445", description="Quarters of 4, 4 and 5 weeks.")
    WEEKS_454 = strawberry.enum_value("weeks_454", description="Quarters of 4, 5 and 4 weeks.")
    WEEKS_544 = strawberry.enum_value("weeks_544", description="Quarters of 5, 4 and 4 weeks.")
    FOUR_WEEKS = strawberry.enum_value("four_weeks", description="Thirteen times four weeks.")


@strawberry.enum(description="On which of its weekdays a fiscal year of weeks ends.")
class YearEnd(Enum):
    LAST = strawberry.enum_value("last", description="On the last one of the closing month.")
    NEAREST = strawberry.enum_value(
        "nearest", description="On the one nearest to the closing month's end."
    )


@strawberry.type(description="A stretch of days of a legal entity's fiscal year.")
class FiscalPeriod(Node):
    fiscal_year: int = strawberry.field(description="The year in which its fiscal year ends.")
    number: int = strawberry.field(description="Its place in the year, from 1.")
    starts_on: date = strawberry.field(description="Its first day.")
    ends_on: date = strawberry.field(description="Its last day.")
    status: PeriodStatus = strawberry.field(description="How far it is closed.")
    version: int = strawberry.field(description="Rises with each change.")
    entity_id: strawberry.Private[int]

    @strawberry.field(description="The legal entity whose books it is of.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)

    @classmethod
    def of(cls, row: Row[Any]) -> "FiscalPeriod":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("FiscalPeriod", row.id),
            fiscal_year=row.fiscal_year,
            number=row.number,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            status=PeriodStatus(row.status),
            version=row.version,
            entity_id=row.entity_id,
        )


async def load_fiscal_periods(reader: Reader, ids: Sequence[int]) -> list[FiscalPeriod | None]:
    """A batch for loaders: the periods of these row ids, in order."""
    rows = await queries.rows_of_ids(reader, kind="fiscal_period", ids=ids)
    return [FiscalPeriod.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("FiscalPeriod", load_fiscal_periods)


@strawberry.type(description="How a legal entity keeps its books.")
class BookSettings:
    template: ChartTemplate = strawberry.field(description="The template of its chart.")
    calendar: CalendarKind = strawberry.field(description="How its fiscal years are cut.")
    start_month: int = strawberry.field(description="The month after its closing month, 1 to 12.")
    year_end_weekday: int = strawberry.field(
        description="The weekday that years of weeks end on, 1 (Monday) to 7."
    )
    year_end: YearEnd = strawberry.field(description="On which of these weekdays.")
    manual_limit: Money | None = strawberry.field(
        description="Above it a journal written by hand needs somebody's yes; null: never."
    )

    @classmethod
    def of(cls, row: Row[Any], currency: str) -> "BookSettings":
        """From a row of the domain's queries and the entity's currency."""
        limit = row.manual_limit_minor
        return cls(
            template=ChartTemplate(row.template),
            calendar=CalendarKind(row.calendar),
            start_month=row.start_month,
            year_end_weekday=row.year_end_weekday,
            year_end=YearEnd(row.year_end),
            manual_limit=None if limit is None else money(limit, currency),
        )


@strawberry.type
class FiscalPeriodQuery:
    @strawberry.field(
        description="How a legal entity keeps its books; null: it has none yet. Needs ledger.read."
    )
    async def book_settings(
        self,
        info: Info,
        entity_id: Annotated[strawberry.ID, strawberry.argument(description="The legal entity.")],
    ) -> BookSettings | None:
        reader = await info.context.reader()
        row_id = row_id_of(entity_id, "LegalEntity", path=("entityId",))
        found = await queries.books_of_entities(reader, entity_ids=[row_id])
        if row_id not in found:
            return None
        return BookSettings.of(found[row_id], await base_currency(reader, row_id))

    @strawberry.field(
        description="The fiscal periods of legal entities, by day. Needs ledger.read."
    )
    async def fiscal_periods(
        self,
        info: Info,
        entity_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Of this legal entity only.")
        ] = None,
        fiscal_year: Annotated[
            int | None, strawberry.argument(description="Of this fiscal year only.")
        ] = None,
        status: Annotated[
            PeriodStatus | None, strawberry.argument(description="Those closed so far only.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[FiscalPeriod]:
        listing = await queries.fiscal_periods(
            await info.context.reader(),
            entity_id=optional_row_id(entity_id, "LegalEntity", path=("entityId",)),
            fiscal_year=fiscal_year,
            status=None if status is None else str(status.value),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, FiscalPeriod.of, count=listing.count)
