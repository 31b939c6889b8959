"""What a consolidation is of: the group on a day, its entities, and the stretches of its days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity
from domain.finance.consolidation.policies.ownership import Holding, joined_on, shares_on
from domain.finance.consolidation.policies.translation import Span
from domain.finance.models import ConsolidationGroup, GroupHolding
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.reading import Reader
from domain.ledger.fiscal_calendar import DAY, Calendar, Period, periods_of, year_of
from domain.ledger.models import EntityBook, FiscalPeriod

# Between which days books are reported on.
_YEARS = (1950, 2200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A group on a day: its row, what is reported on, the currencies of its entities' books by
    entity, the parent's part (0 to 1) of each, since when each belongs to it (None: ever), and the
    periods of its calendar up to the day.

    `starts` are the first days of stretches in which neither period nor ownership changes."""

    group: Row[Any]
    span: Span
    currencies: Mapping[int, str]
    shares: Mapping[int, Decimal]
    joined: Mapping[int, date | None]
    periods: Sequence[Period]
    starts: Sequence[date]
    holdings: Sequence[Holding]

    @property
    def entity_ids(self) -> list[int]:
        """The parent first, then the others by id."""
        parent = self.group.parent_id
        return [parent, *sorted(each for each in self.shares if each != parent)]

    def minority(self, entity_id: int, day: date) -> Decimal:
        """What of an entity is not the parent's on a day (0 to 1)."""
        held = shares_on(self.group.parent_id, self.holdings, day)
        return 1 - held.get(entity_id, Decimal(0))


async def scope_of(
    reader: Reader, *, group_id: int, as_of: date, from_on: date | None = None
) -> Scope:
    """The group on a day, with the result from a day on (absent: of the fiscal year by then). Three
    statements. Raises NotFound, InvalidInput."""
    _require_day(as_of, "as_of")
    if from_on is not None:
        _require_day(from_on, "from_on")
    group = await _group(reader, group_id)
    holdings = await holdings_of(reader, group_id)
    shares = shares_on(group.parent_id, holdings, as_of)
    calendar = _calendar(group)
    starts_on = from_on or periods_of(calendar, year_of(calendar, as_of))[0].starts_on
    if starts_on > as_of:
        raise InvalidInput("Must not be after the day as of which it is.", path=("from_on",))
    entities = await _entities(reader, sorted(shares))
    first = min([starts_on, *(row.first_on for row in entities if row.first_on is not None)])
    periods = _periods(calendar, first, as_of)
    changes = {each.effective_from for each in holdings}
    days = {periods[0].starts_on, starts_on, *changes, *(each.starts_on for each in periods)}
    return Scope(
        group=group,
        span=Span(starts_on, as_of, starts_on - DAY),
        currencies={row.id: row.currency for row in entities},
        shares=shares,
        joined={each: joined_on(group.parent_id, holdings, each, as_of) for each in shares},
        periods=periods,
        starts=sorted(day for day in days if periods[0].starts_on <= day <= as_of),
        holdings=holdings,
    )


def _require_day(day: date, name: str) -> None:
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise InvalidInput(f"Must be within {_YEARS[0]} and {_YEARS[1]}.", path=(name,))


async def holdings_of(reader: Reader, group_id: int) -> list[Holding]:
    """All that is said of a group's ownership."""
    names = ("owner_id", "entity_id", "percent", "effective_from")
    rows = await reader.rows(
        select(*(getattr(GroupHolding, name) for name in names))
        .where(GroupHolding.tenant_id == reader.tenant_id, GroupHolding.group_id == group_id)
        .order_by(GroupHolding.effective_from, GroupHolding.id)
    )
    return [Holding(**row._asdict()) for row in rows]


async def _group(reader: Reader, group_id: int) -> Row[Any]:
    group, book = ConsolidationGroup, EntityBook
    names = ("calendar", "start_month", "year_end_weekday", "year_end")
    row = await reader.row(
        select(
            *group.__table__.c,
            *(getattr(book, name) for name in names),
            func.coalesce(book.template, "us_gaap").label("template"),
            LegalEntity.fiscal_year_start_month,
        )
        .join(
            LegalEntity,
            (LegalEntity.tenant_id == group.tenant_id) & (LegalEntity.id == group.parent_id),
        )
        .outerjoin(book, (book.tenant_id == group.tenant_id) & (book.entity_id == group.parent_id))
        .where(group.tenant_id == reader.tenant_id, group.id == group_id)
    )
    if row is None:
        raise NotFound("consolidation group")
    return row


def _calendar(group: Row[Any]) -> Calendar:
    if group.calendar is None:
        return Calendar(start_month=group.fiscal_year_start_month)
    return Calendar(
        kind=group.calendar,
        start_month=group.start_month,
        year_end_weekday=group.year_end_weekday,
        year_end=group.year_end,
    )


async def _entities(reader: Reader, entity_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Currency and first fiscal day of each."""
    first = (
        select(func.min(FiscalPeriod.starts_on))
        .where(
            FiscalPeriod.tenant_id == LegalEntity.tenant_id,
            FiscalPeriod.entity_id == LegalEntity.id,
        )
        .scalar_subquery()
    )
    return await reader.rows(
        select(LegalEntity.id, LegalEntity.currency, first.label("first_on")).where(
            LegalEntity.tenant_id == reader.tenant_id, LegalEntity.id.in_(entity_ids)
        )
    )


def _periods(calendar: Calendar, first: date, as_of: date) -> list[Period]:
    years = range(year_of(calendar, first), year_of(calendar, as_of) + 1)
    periods = [period for year in years for period in periods_of(calendar, year)]
    return [each for each in periods if each.ends_on >= first and each.starts_on <= as_of]
