"""How entities keep their books: calendars, periods, rates, rules, what was written by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from domain.kernel.grouping import grouped
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader
from domain.ledger.models import (
    EntityBook,
    ExchangeRate,
    FiscalPeriod,
    LedgerSetting,
    ManualJournal,
    PostingRule,
    PostingRuleVersion,
    Revaluation,
)

LATEST_RATES = Ordering((ExchangeRate.valid_on, ExchangeRate.id), descending=True)
PERIODS_BY_DAY = Ordering((FiscalPeriod.starts_on, FiscalPeriod.id))
_OF_IDS = {
    "fiscal_period": FiscalPeriod,
    "exchange_rate": ExchangeRate,
    "posting_rule_version": PostingRuleVersion,
    "manual_journal": ManualJournal,
    "revaluation": Revaluation,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RateFilter:
    """Which rates; what is None does not narrow."""

    from_currency: str | None = None
    to_currency: str | None = None
    kind: str | None = None
    up_to: date | None = None


@query("ledger.read")
async def rows_of_ids(reader: Reader, *, kind: str, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The rows with these ids of a kind (fiscal_period, exchange_rate, posting_rule_version,
    manual_journal, revaluation); an id of no row of the tenant is left out."""
    model: Any = _OF_IDS[kind]
    rows = await reader.rows(_all(reader, model).where(model.id.in_(ids)))
    return {row.id: row for row in rows}


@query("ledger.read")
async def books_of_entities(reader: Reader, *, entity_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """How each entity keeps its books; one without books yet is left out."""
    rows = await reader.rows(_all(reader, EntityBook).where(EntityBook.entity_id.in_(entity_ids)))
    return {row.entity_id: row for row in rows}


@query("ledger.read")
async def triangulation_currency(reader: Reader) -> str | None:
    """The currency through which rates are found that nobody gave."""
    currency: str | None = await reader.value(
        select(LedgerSetting.triangulation_currency).where(
            LedgerSetting.tenant_id == reader.tenant_id
        )
    )
    return currency


@query("ledger.read")
async def fiscal_periods(
    reader: Reader,
    *,
    entity_id: int | None = None,
    fiscal_year: int | None = None,
    status: str | None = None,
    request: PageRequest,
) -> Listing:
    """A page of fiscal periods (of an entity), by day."""
    statement = _all(reader, FiscalPeriod)
    if entity_id is not None:
        statement = statement.where(FiscalPeriod.entity_id == entity_id)
    if fiscal_year is not None:
        statement = statement.where(FiscalPeriod.fiscal_year == fiscal_year)
    if status is not None:
        statement = statement.where(FiscalPeriod.status == status)
    return await list_page(reader, statement, ordering=PERIODS_BY_DAY, request=request)


@query("ledger.read")
async def exchange_rates(reader: Reader, *, where: RateFilter, request: PageRequest) -> Listing:
    """A page of the rates that were given, the latest day first."""
    statement = _all(reader, ExchangeRate)
    for name in ("from_currency", "to_currency", "kind"):
        if getattr(where, name) is not None:
            statement = statement.where(getattr(ExchangeRate, name) == getattr(where, name))
    if where.up_to is not None:
        statement = statement.where(ExchangeRate.valid_on <= where.up_to)
    return await list_page(reader, statement, ordering=LATEST_RATES, request=request)


@query("ledger.read")
async def posting_rule_versions(
    reader: Reader, *, entity_id: int | None = None, request: PageRequest
) -> Listing:
    """A page of the versions of entities' own posting rules, the latest first."""
    return await _latest(reader, PostingRuleVersion, entity_id, request)


@query("ledger.read")
async def manual_journals(
    reader: Reader, *, entity_id: int | None = None, request: PageRequest
) -> Listing:
    """A page of the journals that people wrote, the latest first."""
    return await _latest(reader, ManualJournal, entity_id, request)


@query("ledger.read")
async def revaluations(
    reader: Reader, *, entity_id: int | None = None, request: PageRequest
) -> Listing:
    """A page of the revaluations of entities' foreign balances, the latest first."""
    return await _latest(reader, Revaluation, entity_id, request)


@query("ledger.read")
async def rules_of_versions(
    reader: Reader, *, version_ids: Sequence[int]
) -> dict[int, list[Row[Any]]]:
    """The rules of each version, in order."""
    rows = await reader.rows(
        _all(reader, PostingRule)
        .where(PostingRule.version_id.in_(version_ids))
        .order_by(PostingRule.id)
    )
    return grouped(version_ids, rows, key="version_id")


async def _latest(
    reader: Reader, model: Any, entity_id: int | None, request: PageRequest
) -> Listing:
    statement = _all(reader, model)
    if entity_id is not None:
        statement = statement.where(model.entity_id == entity_id)
    latest = Ordering((model.id,), descending=True)
    return await list_page(reader, statement, ordering=latest, request=request)


def _all(reader: Reader, model: Any) -> Select[Any]:
    return select(*model.__table__.c).where(model.tenant_id == reader.tenant_id)
