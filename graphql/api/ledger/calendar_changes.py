"""How an entity's books are kept is changed, on the API."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.ids import row_id_of
from api.ledger.calendars import CalendarKind, YearEnd
from api.user_errors import UserError
from api.writing import perform
from domain.kernel.money import to_minor
from domain.kernel.work import Work
from domain.ledger.facts import base_currency
from domain.ledger.fiscal_calendar import Calendar
from domain.ledger.operations import calendars as operations


@strawberry.input(description="How a legal entity's fiscal years are to be cut.")
class SetFiscalCalendarInput:
    entity_id: strawberry.ID = strawberry.field(description="The legal entity.")
    calendar: CalendarKind = strawberry.field(description="Into what.")
    start_month: int = strawberry.field(
        default=1, description="The month after the closing month, 1 to 12."
    )
    year_end_weekday: int = strawberry.field(
        default=6, description="The weekday that years of weeks end on, 1 (Monday) to 7."
    )
    year_end: YearEnd = strawberry.field(
        default=YearEnd.LAST, description="On which of these weekdays."
    )


@strawberry.input(description="Up to when fiscal years are made.")
class MakeFiscalYearsInput:
    entity_id: strawberry.ID = strawberry.field(description="The legal entity.")
    until: date = strawberry.field(description="A day of the last year to be made.")


@strawberry.input(description="From which amount on journals written by hand need a yes.")
class SetManualJournalLimitInput:
    entity_id: strawberry.ID = strawberry.field(description="The legal entity.")
    limit: Decimal | None = strawberry.field(
        description="In major units of the entity's currency; null: they never do."
    )


@strawberry.type(description="What setFiscalCalendar did.")
class SetFiscalCalendarPayload:
    entity: LegalEntity | None = strawberry.field(description="The legal entity.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type(description="What makeFiscalYears did.")
class MakeFiscalYearsPayload:
    entity: LegalEntity | None = strawberry.field(description="The legal entity.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was made.")


@strawberry.type(description="What setManualJournalLimit did.")
class SetManualJournalLimitPayload:
    entity: LegalEntity | None = strawberry.field(description="The legal entity.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class FiscalCalendarMutation:
    @strawberry.mutation(
        description="Cut a legal entity's fiscal years anew, while nothing is posted in its books. "
        "Needs ledger.manage."
    )
    async def set_fiscal_calendar(
        self,
        info: Info,
        input: Annotated[SetFiscalCalendarInput, strawberry.argument(description="How.")],
    ) -> SetFiscalCalendarPayload:
        entity_id = row_id_of(input.entity_id, "LegalEntity", path=("entityId",))
        calendar = Calendar(
            kind=str(input.calendar.value),
            start_month=input.start_month,
            year_end_weekday=input.year_end_weekday,
            year_end=str(input.year_end.value),
        )

        async def change(work: Work) -> dict[str, Any]:
            await operations.set_fiscal_calendar(work, entity_id=entity_id, calendar=calendar)
            return {"id": entity_id}

        done = await perform(info, change, input=input)
        entity = await info.context.load_done(load_legal_entities, done["id"])
        return SetFiscalCalendarPayload(entity=entity, user_errors=done.user_errors)

    @strawberry.mutation(
        description="Make a legal entity's fiscal years up to a day's. Those that journals need "
        "are made by themselves. Needs ledger.manage."
    )
    async def make_fiscal_years(
        self,
        info: Info,
        input: Annotated[MakeFiscalYearsInput, strawberry.argument(description="Up to when.")],
    ) -> MakeFiscalYearsPayload:
        entity_id = row_id_of(input.entity_id, "LegalEntity", path=("entityId",))

        async def make(work: Work) -> dict[str, Any]:
            await operations.make_fiscal_years(work, entity_id=entity_id, until=input.until)
            return {"id": entity_id}

        done = await perform(info, make, input=input)
        entity = await info.context.load_done(load_legal_entities, done["id"])
        return MakeFiscalYearsPayload(entity=entity, user_errors=done.user_errors)

    @strawberry.mutation(
        description="Set from which amount on a journal written by hand needs somebody's yes. "
        "Needs ledger.manage."
    )
    async def set_manual_journal_limit(
        self,
        info: Info,
        input: Annotated[SetManualJournalLimitInput, strawberry.argument(description="Limit.")],
    ) -> SetManualJournalLimitPayload:
        entity_id = row_id_of(input.entity_id, "LegalEntity", path=("entityId",))

        async def change(work: Work) -> dict[str, Any]:
            currency = await base_currency(work, entity_id)
            limit = None if input.limit is None else to_minor(input.limit, currency)
            await operations.set_manual_journal_limit(work, entity_id=entity_id, limit_minor=limit)
            return {"id": entity_id}

        done = await perform(info, change, input=input)
        entity = await info.context.load_done(load_legal_entities, done["id"])
        return SetManualJournalLimitPayload(entity=entity, user_errors=done.user_errors)
