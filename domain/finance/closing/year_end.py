"""At the end of a fiscal year its result goes to retained earnings."""

from typing import Any

from sqlalchemy import BigInteger, func, or_, select
from sqlalchemy.engine import Row

from domain.finance.models import PeriodReopening
from domain.kernel.work import Work
from domain.ledger.entries import Day, Entry, Leg
from domain.ledger.models import Account, FiscalPeriod, JournalLine
from domain.ledger.posting import post


async def ends_a_year(work: Work, period: Row[Any]) -> bool:
    """Whether the period (a row of fiscal_period) is the last of its fiscal year."""
    last = await work.value(
        select(func.max(FiscalPeriod.number)).where(
            FiscalPeriod.tenant_id == work.tenant_id,
            FiscalPeriod.entity_id == period.entity_id,
            FiscalPeriod.fiscal_year == period.fiscal_year,
        )
    )
    return bool(last == period.number)


async def carry_result(work: Work, period: Row[Any], currency: str) -> int | None:
    """Take what stands on the accounts of income and expense at the period's end to retained
    earnings, currency by currency and in the books' own; the journal's id, None if nothing does.

    A year that was opened again carries what has changed since. The period is soft closed."""
    results = await _results(work, period)
    if not results:
        return None
    legs = []
    for row in results:
        legs += [
            Leg("result", -row.amount, None, -row.base, row.account_id, row.currency),
            Leg("retained_earnings", row.amount, None, row.base, None, row.currency),
        ]
    kind, source_id = await _source(work, period)
    entry = Entry(
        entity_id=period.entity_id,
        milestone="year_end",
        source_kind=kind,
        source_id=source_id,
        currency=currency,
        legs=tuple(legs),
        posted_on=period.ends_on,
        description=f"Result of {period.fiscal_year}",
        day=Day.CLOSING,
    )
    posted = await post(work, [entry])
    return posted[0] if posted else None


async def _results(work: Work, period: Row[Any]) -> list[Row[Any]]:
    amount = func.sum(JournalLine.amount_minor).cast(BigInteger)
    base = func.sum(JournalLine.base_amount_minor).cast(BigInteger)
    return list(
        await work.rows(
            select(
                JournalLine.account_id,
                JournalLine.currency,
                amount.label("amount"),
                base.label("base"),
            )
            .join(
                Account,
                (Account.tenant_id == JournalLine.tenant_id)
                & (Account.id == JournalLine.account_id),
            )
            .where(
                JournalLine.tenant_id == work.tenant_id,
                Account.tenant_id == work.tenant_id,
                Account.entity_id == period.entity_id,
                Account.kind.in_(("income", "expense")),
                JournalLine.posted_on <= period.ends_on,
            )
            .group_by(JournalLine.account_id, JournalLine.currency)
            .having(or_(amount != 0, base != 0))
            .order_by(JournalLine.account_id, JournalLine.currency)
        )
    )


async def _source(work: Work, period: Row[Any]) -> tuple[str, int]:
    """What the journal is of: the period, or the last time that it was opened again."""
    reopened = await work.value(
        select(func.max(PeriodReopening.id)).where(
            PeriodReopening.tenant_id == work.tenant_id,
            PeriodReopening.period_id == period.id,
            PeriodReopening.status == "opened",
        )
    )
    return ("fiscal_period", period.id) if reopened is None else ("period_reopening", reopened)
