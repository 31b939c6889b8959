"""Numbers without gaps, periods that close in order, and what becomes of closed days."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from domain.kernel.work import Work
from domain.ledger.books import lock_books
from domain.ledger.entries import Day, Leg
from domain.ledger.fiscal_calendar import Calendar
from domain.ledger.models import FiscalPeriod, Journal
from domain.ledger.operations.calendars import make_fiscal_years, set_fiscal_calendar
from domain.ledger.outcomes import BooksInUse, PeriodClosed, PeriodOrder
from domain.ledger.periods import period_on, ready_period, require_open_day, set_period_status
from domain.ledger.policy import HARD_CLOSED, OPEN, SOFT_CLOSED
from domain.ledger.posting import post
from tests.factories.books import POSTED_ON, entity_of, new_entry
from tests.factories.tenants import TenantUnderTest

JANUARY, FEBRUARY, MARCH = date(2026, 1, 15), date(2026, 2, 15), date(2026, 3, 15)


async def _close(work: Work, entity_id: int, *days: date, status: str = HARD_CLOSED) -> None:
    for day in days:
        period = await ready_period(work, entity_id, day)
        await set_period_status(work, period.id, status)


async def _journals(tenant: TenantUnderTest, entity_id: int) -> list[tuple[object, ...]]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(Journal.fiscal_year, Journal.sequence, Journal.posted_on, Journal.occurred_on)
            .where(Journal.tenant_id == tenant.id, Journal.entity_id == entity_id)
            .order_by(Journal.fiscal_year, Journal.sequence)
        )
    return [tuple(row) for row in rows]


async def test_numbers_have_no_gaps_however_many_post_and_fail(tenant: TenantUnderTest) -> None:
    entities = [await entity_of(tenant) for _ in range(2)]

    async def post_one(number: int) -> None:
        years = (date(2025, 12, 31), date(2026, 1, 1))
        async with tenant.work() as work:
            await post(
                work,
                [
                    new_entry(entity_id, number, posted_on=years[number % 2])
                    for entity_id in entities[:: 1 if number % 3 else -1]
                ],
            )
            if number % 4 == 0:
                raise ValueError("given up after posting")

    await asyncio.gather(*(post_one(n) for n in range(24)), return_exceptions=True)
    for entity_id in entities:
        numbered = [(year, place) for year, place, _, _ in await _journals(tenant, entity_id)]
        assert Counter(year for year, _ in numbered) == {2025: 6, 2026: 12}
        assert numbered == [*((2025, n + 1) for n in range(6)), *((2026, n + 1) for n in range(12))]


async def test_what_happens_on_a_closed_day_counts_for_the_first_open_one(
    tenant: TenantUnderTest,
) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        await _close(work, entity_id, JANUARY, FEBRUARY)
        await _close(work, entity_id, MARCH, status=SOFT_CLOSED)
        await post(work, [new_entry(entity_id, 1, posted_on=JANUARY)])
        await post(work, [new_entry(entity_id, 2, posted_on=MARCH)])
        await post(work, [new_entry(entity_id, 3, posted_on=MARCH, day=Day.CLOSING)])
    assert await _journals(tenant, entity_id) == [
        (2026, 1, date(2026, 4, 1), JANUARY),
        (2026, 2, date(2026, 4, 1), MARCH),
        (2026, 3, MARCH, None),
    ]


async def test_a_chosen_day_that_is_closed_is_refused(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        await _close(work, entity_id, JANUARY)
        await _close(work, entity_id, FEBRUARY, status=SOFT_CLOSED)
    for on, day in ((JANUARY, Day.GIVEN), (JANUARY, Day.CLOSING), (FEBRUARY, Day.GIVEN)):
        with pytest.raises(PeriodClosed) as refused:
            async with tenant.work() as work:
                await post(work, [new_entry(entity_id, posted_on=on, day=day)])
        assert refused.value.fields == {"entity_id": entity_id, "on": on}
        with pytest.raises(PeriodClosed):
            async with tenant.work() as work:
                await require_open_day(work, entity_id, on, closing=day is Day.CLOSING)
    async with tenant.work() as work:
        await require_open_day(work, entity_id, FEBRUARY, closing=True)
        await require_open_day(work, entity_id, MARCH)
    assert await _journals(tenant, entity_id) == []


async def test_periods_close_one_after_the_other(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        january = await ready_period(work, entity_id, JANUARY)
        february = await ready_period(work, entity_id, FEBRUARY)
    for period_id, status, blocking in (
        (february.id, SOFT_CLOSED, january.id),
        (february.id, HARD_CLOSED, january.id),
    ):
        with pytest.raises(PeriodOrder) as refused:
            async with tenant.work() as work:
                await set_period_status(work, period_id, status)
        assert refused.value.fields["period_id"] == blocking
    async with tenant.work() as work:
        await _close(work, entity_id, JANUARY, FEBRUARY)
    with pytest.raises(PeriodOrder) as refused:
        async with tenant.work() as work:
            await set_period_status(work, january.id, OPEN)
    assert refused.value.fields["period_id"] == february.id
    async with tenant.work() as work:
        await set_period_status(work, february.id, OPEN)
        await set_period_status(work, january.id, SOFT_CLOSED)


async def test_a_closed_year_is_followed_by_an_open_one(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    months = [date(2026, month, 1) for month in range(1, 13)]
    async with tenant.work() as work:
        await _close(work, entity_id, *months)
        await post(work, [new_entry(entity_id)])
    assert await _journals(tenant, entity_id) == [(2027, 1, date(2027, 1, 1), POSTED_ON)]


async def test_nothing_is_posted_into_a_period_while_it_closes(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        january = await ready_period(work, entity_id, JANUARY)
    closed = asyncio.Event()

    async def close() -> None:
        async with tenant.work() as work:
            await lock_books(work, [entity_id])
            closed.set()
            await set_period_status(work, january.id, HARD_CLOSED)

    async def post_one(number: int) -> None:
        await closed.wait()
        async with tenant.work() as work:
            await post(work, [new_entry(entity_id, number, posted_on=JANUARY)])

    async with tenant.work() as work:
        await post(work, [new_entry(entity_id, 99, posted_on=JANUARY)])
    await asyncio.gather(close(), *(post_one(number) for number in range(6)))
    days = [day for _, _, day, _ in await _journals(tenant, entity_id)]
    assert days == [JANUARY, *[date(2026, 2, 1)] * 6]


async def test_the_calendar_is_chosen_before_anything_is_posted(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    weeks = Calendar(kind="weeks_445", start_month=10)
    async with tenant.work() as work:
        await ready_period(work, entity_id, POSTED_ON)
        await set_fiscal_calendar(work, entity_id=entity_id, calendar=weeks)
        await make_fiscal_years(work, entity_id=entity_id, until=date(2028, 1, 1))
        await post(work, [new_entry(entity_id)])
        period = await period_on(work, entity_id, POSTED_ON)
        years = await work.values(
            select(FiscalPeriod.fiscal_year)
            .where(FiscalPeriod.tenant_id == tenant.id, FiscalPeriod.entity_id == entity_id)
            .distinct()
            .order_by(FiscalPeriod.fiscal_year)
        )
    assert period is not None
    assert (period.fiscal_year, period.number) == (2026, 6)
    assert (period.starts_on, period.ends_on) == (date(2026, 2, 22), date(2026, 3, 28))
    assert list(years) == [2026, 2027, 2028]
    with pytest.raises(BooksInUse):
        async with tenant.work() as work:
            await set_fiscal_calendar(work, entity_id=entity_id, calendar=Calendar())


async def test_base_amounts_balance_too(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    entry = replace(
        new_entry(entity_id),
        legs=(Leg("inventory", 100, base_amount_minor=90), ("goods_received", -100)),
    )
    with pytest.raises(IntegrityError, match="does not balance"):
        async with tenant.work() as work:
            await post(work, [entry])
