"""Exchange rates to a group's currency: on days, and on average over periods."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.engine import Row

from domain.kernel.reading import Reader
from domain.ledger.fiscal_calendar import Period
from domain.ledger.models import ExchangeRate, LedgerSetting
from domain.ledger.outcomes import ExchangeRateMissing
from domain.ledger.rates import AVERAGE, SPOT, GivenRate, Pair, crossed_rate

DAY = timedelta(days=1)
_ONE = Decimal(1)


class RateBook:
    """Rates of a group as they were given up to a day; see `policies.translation.Rates`.

    The average of a period is the one that was given for it; else the mean of the rates of its
    days, as far as it has run and from the first day on which there is one."""

    def __init__(
        self, currency: str, *, as_of: date, periods: Sequence[Period], given: Iterable[Row[Any]]
    ) -> None:
        self._currency, self.as_of = currency, as_of
        self.periods = sorted(periods, key=lambda each: each.starts_on)
        self.starts = [each.starts_on for each in self.periods]
        self.third: str | None = None
        self.rates: dict[str, dict[Pair, list[GivenRate]]] = {
            SPOT: defaultdict(list),
            AVERAGE: defaultdict(list),
        }
        for row in given:
            self.third = row.third
            rate = GivenRate(row.valid_on, row.rate)
            self.rates[row.kind][row.from_currency, row.to_currency].append(rate)
        self._spot: dict[tuple[str, date], Decimal | None] = {}
        self._averages: dict[tuple[str, date], Decimal] = {}

    @property
    def currency(self) -> str:
        """The group's."""
        return self._currency

    def on(self, currency: str, day: date) -> Decimal:
        """What one major unit was worth on a day. Raises ExchangeRateMissing."""
        rate = self._found(currency, day)
        if rate is None:
            raise self._missing(currency, day)
        return rate

    def average(self, currency: str, day: date) -> Decimal:
        """What it was worth on average in the period that the day falls in. Raises
        ExchangeRateMissing."""
        if currency == self._currency:
            return _ONE
        place = bisect_right(self.starts, day) - 1
        assert place >= 0, day
        period = self.periods[place]
        key = (currency, period.starts_on)
        if key not in self._averages:
            self._averages[key] = self._average(currency, period)
        return self._averages[key]

    def mean(self, currency: str, since: date, until: date) -> Decimal:
        """What it was worth on average over all these days, each at its period's average. Raises
        ExchangeRateMissing."""
        if currency == self._currency:
            return _ONE
        total, days = Decimal(0), 0
        for period in self.periods:
            first, last = max(since, period.starts_on), min(until, period.ends_on)
            if first <= last:
                run = (last - first).days + 1
                total, days = total + run * self.average(currency, first), days + run
        return total / days

    def _average(self, currency: str, period: Period) -> Decimal:
        told = {
            pair: rates[-1]
            for pair, known in self.rates[AVERAGE].items()
            if (rates := [r for r in known if period.starts_on <= r.valid_on <= period.ends_on])
        }
        given = crossed_rate(told, (currency, self._currency), through=self.third)
        if given is not None:
            return given
        until = min(period.ends_on, self.as_of)
        days = (
            period.starts_on + DAY * each for each in range((until - period.starts_on).days + 1)
        )
        found = [rate for day in days if (rate := self._found(currency, day)) is not None]
        if not found:
            raise self._missing(currency, until)
        return sum(found, Decimal(0)) / len(found)

    def _found(self, currency: str, day: date) -> Decimal | None:
        if currency == self._currency:
            return _ONE
        key = (currency, day)
        if key not in self._spot:
            standing = {
                pair: known[place - 1]
                for pair in self._leading_from(currency)
                if (known := self.rates[SPOT].get(pair))
                and (place := bisect_right(known, day, key=lambda each: each.valid_on))
            }
            pair = (currency, self._currency)
            self._spot[key] = crossed_rate(standing, pair, through=self.third)
        return self._spot[key]

    def _leading_from(self, currency: str) -> Iterable[Pair]:
        """The pairs by which a rate can lead from a currency to the group's: a group of many
        currencies has many others."""
        ends = {currency, self._currency} | ({self.third} if self.third else set())
        return permutations(sorted(ends), 2)

    def _missing(self, currency: str, day: date) -> ExchangeRateMissing:
        return ExchangeRateMissing(
            f"No exchange rate leads from {currency} to {self._currency} on {day}.",
            from_currency=currency,
            to_currency=self._currency,
            on=day,
        )


async def read_rates(
    reader: Reader, currencies: Iterable[str], *, until: date
) -> Sequence[Row[Any]]:
    """All rates given up to a day between these currencies and the tenant's third one (`third`),
    by day. One statement."""
    third = (
        select(LedgerSetting.triangulation_currency)
        .where(LedgerSetting.tenant_id == reader.tenant_id)
        .scalar_subquery()
    )
    wanted = sorted(set(currencies))
    columns = ("from_currency", "to_currency", "kind", "valid_on", "rate")
    return await reader.rows(
        select(*(getattr(ExchangeRate, name) for name in columns), third.label("third"))
        .where(
            ExchangeRate.tenant_id == reader.tenant_id,
            or_(ExchangeRate.from_currency.in_(wanted), ExchangeRate.from_currency == third),
            or_(ExchangeRate.to_currency.in_(wanted), ExchangeRate.to_currency == third),
            ExchangeRate.valid_on <= until,
        )
        .order_by(ExchangeRate.valid_on)
    )


def currencies_of(*of: Mapping[Any, str] | Iterable[str]) -> set[str]:
    """All currencies that are named."""
    found: set[str] = set()
    for each in of:
        found |= set(each.values() if isinstance(each, Mapping) else each)
    return found
