"""Fiscal periods: which day falls where, and what is closed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.kernel.errors import NotFound
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.ledger.books import lock_books, open_books, open_years
from domain.ledger.fiscal_calendar import DAY
from domain.ledger.models import FiscalPeriod
from domain.ledger.outcomes import PeriodClosed, PeriodOrder
from domain.ledger.policy import HARD_CLOSED, OPEN, RANKS, blocking_period


async def period_on(reader: Reader, entity_id: int, day: date) -> Row[Any] | None:
    """The entity's period that the day falls in: the columns of fiscal_period."""
    return await reader.row(
        select(*FiscalPeriod.__table__.c).where(
            FiscalPeriod.tenant_id == reader.tenant_id,
            FiscalPeriod.entity_id == entity_id,
            FiscalPeriod.starts_on <= day,
            FiscalPeriod.ends_on >= day,
        )
    )


async def require_open_day(
    reader: Reader, entity_id: int, day: date, *, closing: bool = False
) -> None:
    """Raise PeriodClosed when the entity's books take nothing on the day any more; the closing's
    own work (`closing`) is taken while they are soft closed."""
    period = await period_on(reader, entity_id, day)
    if period is None or period.status == OPEN or (closing and period.status != HARD_CLOSED):
        return
    raise PeriodClosed("The books are closed on that day.", entity_id=entity_id, on=day)


async def ready_period(work: Work, entity_id: int, day: date) -> Row[Any]:
    """The period that a day falls in; the entity's books are opened and its fiscal years made up
    to there where that is needed. Raises InvalidInput for a day that is too far away."""
    period = await period_on(work, entity_id, day)
    if period is None:
        await open_books(work, [entity_id])
        await open_years(work, entity_id, day)
        period = await period_on(work, entity_id, day)
    assert period is not None
    return period


async def set_period_status(work: Work, period_id: int, status: str) -> Row[Any]:
    """Open, soft close or hard close a period; the row as it was before.

    The entity's books are locked: nobody posts meanwhile. Periods close one after the other, and
    an open one always follows. Raises NotFound, and PeriodOrder with the period in the way."""
    assert status in RANKS
    periods = await _locked_periods(work, period_id)
    wanted = next(period for period in periods if period.id == period_id)
    blocking = blocking_period(periods, wanted, status)
    if blocking is not None:
        raise PeriodOrder(
            "Periods close one after the other, and open again the last one first.",
            entity_id=blocking.entity_id,
            period_id=blocking.id,
            fiscal_year=blocking.fiscal_year,
            number=blocking.number,
        )
    if status != OPEN and periods[-1].id == period_id:
        await open_years(work, wanted.entity_id, wanted.ends_on + DAY)
    await work.execute(
        update(FiscalPeriod)
        .where(FiscalPeriod.tenant_id == work.tenant_id, FiscalPeriod.id == period_id)
        .values(status=status, version=FiscalPeriod.version + 1)
    )
    return wanted


async def periods_of_ids(reader: Reader, ids: Sequence[int]) -> Mapping[int, Row[Any]]:
    """The periods with these ids; an id of no row of the tenant is left out."""
    rows = await reader.rows(
        select(*FiscalPeriod.__table__.c).where(
            FiscalPeriod.tenant_id == reader.tenant_id, FiscalPeriod.id.in_(ids)
        )
    )
    return {row.id: row for row in rows}


async def _locked_periods(work: Work, period_id: int) -> Sequence[Row[Any]]:
    """All periods of the period's entity, in order, under the lock of its books."""
    known = await periods_of_ids(work, [period_id])
    if period_id not in known:
        raise NotFound("fiscal period")
    entity_id = known[period_id].entity_id
    await lock_books(work, [entity_id])
    return await work.rows(
        select(*FiscalPeriod.__table__.c)
        .where(FiscalPeriod.tenant_id == work.tenant_id, FiscalPeriod.entity_id == entity_id)
        .order_by(FiscalPeriod.starts_on)
    )
