"""How an entity's fiscal years are cut, and how far they are made."""

from dataclasses import asdict
from datetime import date

from sqlalchemy import delete, exists, select, update

from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.ledger.books import calendar_of, lock_books, open_years, opened_book
from domain.ledger.fiscal_calendar import CALENDARS, LAST, NEAREST, Calendar
from domain.ledger.models import EntityBook, FiscalPeriod, Journal
from domain.ledger.outcomes import BooksInUse


@operation("ledger.manage")
async def set_fiscal_calendar(work: Work, *, entity_id: int, calendar: Calendar) -> None:
    """Cut the entity's fiscal years anew, while nothing is posted in its books and no period is
    closed: by months, by quarters of 4-4-5 weeks (or 4-5-4, 5-4-4), or by thirteen times four
    weeks. The years that there were are made again. Raises InvalidInput, NotFound, BooksInUse."""
    text.choice(calendar.kind, CALENDARS, path=("calendar",))
    text.choice(calendar.year_end, (LAST, NEAREST), path=("yearEnd",))
    if not 1 <= calendar.start_month <= 12:
        raise InvalidInput("Must be 1 to 12.", path=("startMonth",))
    if not 1 <= calendar.year_end_weekday <= 7:
        raise InvalidInput("Must be 1 (Monday) to 7.", path=("yearEndWeekday",))
    await opened_book(work, entity_id)
    (book,) = await lock_books(work, [entity_id])
    before = calendar_of(book)
    if before == calendar:
        return
    await _require_unused(work, entity_id)
    made = await work.values(
        delete(FiscalPeriod)
        .where(FiscalPeriod.tenant_id == work.tenant_id, FiscalPeriod.entity_id == entity_id)
        .returning(FiscalPeriod.starts_on)
    )
    await work.execute(
        update(EntityBook)
        .where(EntityBook.tenant_id == work.tenant_id, EntityBook.id == book.id)
        .values(
            calendar=calendar.kind,
            start_month=calendar.start_month,
            year_end_weekday=calendar.year_end_weekday,
            year_end=calendar.year_end,
            version=EntityBook.version + 1,
        )
    )
    await open_years(work, entity_id, *(made or [work.now.date()]))
    work.audit(
        "set_fiscal_calendar",
        subject="legal_entity",
        subject_id=entity_id,
        before=asdict(before),
        after=asdict(calendar),
    )


@operation("ledger.manage")
async def make_fiscal_years(work: Work, *, entity_id: int, until: date) -> None:
    """Make the fiscal years from those that there are (or today's) to the day's. Raises NotFound,
    InvalidInput for a day that is too far away."""
    await opened_book(work, entity_id)
    await open_years(work, entity_id, work.now.date(), until)
    work.audit(
        "make_fiscal_years",
        subject="legal_entity",
        subject_id=entity_id,
        after={"until": until},
    )


@operation("ledger.manage")
async def set_manual_journal_limit(work: Work, *, entity_id: int, limit_minor: int | None) -> None:
    """Journals written by hand need somebody's yes above this amount (minor units of the entity's
    currency; None: never). Raises NotFound, InvalidInput."""
    if limit_minor is not None and limit_minor < 0:
        raise InvalidInput("Must not be negative.", path=("limit",))
    await opened_book(work, entity_id)
    (book,) = await lock_books(work, [entity_id])
    await work.execute(
        update(EntityBook)
        .where(EntityBook.tenant_id == work.tenant_id, EntityBook.id == book.id)
        .values(manual_limit_minor=limit_minor, version=EntityBook.version + 1)
    )
    work.audit(
        "set_manual_journal_limit",
        subject="legal_entity",
        subject_id=entity_id,
        before={"limit_minor": book.manual_limit_minor},
        after={"limit_minor": limit_minor},
    )


async def _require_unused(work: Work, entity_id: int) -> None:
    posted = exists().where(Journal.tenant_id == work.tenant_id, Journal.entity_id == entity_id)
    closed = exists().where(
        FiscalPeriod.tenant_id == work.tenant_id,
        FiscalPeriod.entity_id == entity_id,
        FiscalPeriod.status != "open",
    )
    if await work.value(select(posted | closed)):
        message = "The books are in use; their fiscal years stay as they are."
        raise BooksInUse(message, entity_id=entity_id)
