"""An entity's books: opened when they are first needed, by the chart and calendar it chose."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.work import Work
from domain.ledger.charts.templates import lacking
from domain.ledger.fiscal_calendar import Calendar, periods_of, year_of
from domain.ledger.models import Account, EntityBook, FiscalPeriod

# Years are made between the first that there is and the one that is needed; no further than this.
MOST_YEARS = 60


async def open_books(work: Work, entity_ids: Collection[int]) -> None:
    """Give each entity its books, and what they lack of its chart's standard accounts.

    What stands is left as it is; two transactions at once make one set (in one order, so that
    they take turns)."""
    entities = sorted(set(entity_ids))
    if not entities:
        return
    own = select(LegalEntity.tenant_id, LegalEntity.id, LegalEntity.fiscal_year_start_month).where(
        LegalEntity.tenant_id == work.tenant_id, LegalEntity.id.in_(entities)
    )
    await work.execute(
        insert(EntityBook)
        .from_select(["tenant_id", "entity_id", "start_month"], own.order_by(LegalEntity.id))
        .on_conflict_do_nothing()
    )
    accounts = await _lacking_accounts(work, entities)
    if accounts:
        await work.execute(insert(Account).values(accounts).on_conflict_do_nothing())


async def opened_book(work: Work, entity_id: int) -> Row[Any]:
    """The entity's book, opened where it was not; not locked. Raises NotFound."""
    wanted = select(*EntityBook.__table__.c).where(
        EntityBook.tenant_id == work.tenant_id, EntityBook.entity_id == entity_id
    )
    book = await work.row(wanted)
    if book is None:
        await open_books(work, [entity_id])
        book = await work.row(wanted)
    if book is None:
        raise NotFound("legal entity")
    return book


async def lock_books(work: Work, entity_ids: Collection[int]) -> Sequence[Row[Any]]:
    """Lock the books of these entities, in the order of their ids, until the end of the work:
    the last of all locks. For work that posts more than once, or closes; their rows."""
    return await work.rows(
        select(*EntityBook.__table__.c)
        .where(EntityBook.tenant_id == work.tenant_id, EntityBook.entity_id.in_(sorted(entity_ids)))
        .order_by(EntityBook.entity_id)
        .with_for_update(key_share=True)
    )


async def open_years(work: Work, entity_id: int, *days: date) -> None:
    """Make the fiscal years from those that there are to the ones of these days, without a gap.
    Raises NotFound, and InvalidInput for a day that is too far away."""
    books = await lock_books(work, [entity_id])
    if not books:
        raise NotFound("legal entity")
    calendar = calendar_of(books[0])
    bounds = await work.row(
        select(func.min(FiscalPeriod.fiscal_year), func.max(FiscalPeriod.fiscal_year)).where(
            FiscalPeriod.tenant_id == work.tenant_id, FiscalPeriod.entity_id == entity_id
        )
    )
    known = [year for year in bounds or () if year is not None]
    wanted = [*known, *(year_of(calendar, day) for day in days)]
    years = [
        year
        for year in range(min(wanted), max(wanted) + 1)
        if not known or not known[0] <= year <= known[1]
    ]
    if len(years) > MOST_YEARS:
        raise InvalidInput("That day is too far away.", path=("postedOn",))
    await _write_years(work, entity_id, calendar, years)


def calendar_of(book: Row[Any]) -> Calendar:
    """How the years of a book are cut."""
    return Calendar(
        kind=book.calendar,
        start_month=book.start_month,
        year_end_weekday=book.year_end_weekday,
        year_end=book.year_end,
    )


async def _write_years(
    work: Work, entity_id: int, calendar: Calendar, years: Sequence[int]
) -> None:
    rows = [
        {
            "tenant_id": work.tenant_id,
            "entity_id": entity_id,
            "fiscal_year": period.fiscal_year,
            "number": period.number,
            "starts_on": period.starts_on,
            "ends_on": period.ends_on,
        }
        for year in years
        for period in periods_of(calendar, year)
    ]
    if rows:
        await work.execute(insert(FiscalPeriod).values(rows).on_conflict_do_nothing())


async def _lacking_accounts(work: Work, entities: Sequence[int]) -> list[Mapping[str, Any]]:
    rows = await work.rows(
        select(
            EntityBook.entity_id,
            EntityBook.template,
            func.array_agg(Account.code).label("codes"),
            func.array_agg(Account.role).label("roles"),
        )
        .outerjoin(
            Account,
            (Account.tenant_id == EntityBook.tenant_id)
            & (Account.entity_id == EntityBook.entity_id),
        )
        .where(EntityBook.tenant_id == work.tenant_id, EntityBook.entity_id.in_(entities))
        .group_by(EntityBook.entity_id, EntityBook.template)
        .order_by(EntityBook.entity_id)
    )
    return [
        {"tenant_id": work.tenant_id, "entity_id": row.entity_id, **account._asdict()}
        for row in rows
        for account in lacking(row.template, roles=set(row.roles), codes=set(row.codes))
    ]
