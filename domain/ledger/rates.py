"""Exchange rates by date: as given, turned around, or through the tenant's third currency."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ARRAY, Date, Text, bindparam, func, select, true

from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader
from domain.ledger.models import ExchangeRate, LedgerSetting
from domain.ledger.outcomes import ExchangeRateMissing

SPOT, AVERAGE = "spot", "average"
Pair = tuple[str, str]


class GivenRate(NamedTuple):
    """A rate as it was given, and from when on."""

    valid_on: date
    rate: Decimal


async def rates_on(
    reader: Reader, pairs: Collection[Pair], *, on: date, kind: str = SPOT
) -> dict[Pair, Decimal]:
    """For each (from, to): how much of `to` one major unit of `from` is worth on a day, by the
    latest rates given up to it. One statement. Raises ExchangeRateMissing."""
    return (await rates_on_days(reader, pairs, days=[on], kind=kind))[on]


async def rates_on_days(
    reader: Reader, pairs: Collection[Pair], *, days: Collection[date], kind: str = SPOT
) -> dict[date, dict[Pair, Decimal]]:
    """The same for each of some days. One statement. Raises ExchangeRateMissing."""
    foreign = sorted({pair for pair in pairs if pair[0] != pair[1]})
    found = {day: {pair: Decimal(1) for pair in pairs} for day in days}
    if not foreign or not days:
        return found
    rows = await reader.rows(
        _GIVEN,
        {
            "tenant": reader.tenant_id,
            "currencies": sorted({currency for pair in foreign for currency in pair}),
            "kind": kind,
            "days": sorted(found),
        },
    )
    given: dict[date, dict[Pair, GivenRate]] = {day: {} for day in days}
    for row in rows:
        given[row.day][row.one, row.other] = GivenRate(row.valid_on, row.rate)
    third = next((row.triangulation_currency for row in rows), None)
    for day in sorted(found):
        found[day] |= {pair: _rate_of(given[day], pair, third, on=day) for pair in foreign}
    return found


def _rate_of(
    given: Mapping[Pair, GivenRate], pair: Pair, third: str | None, *, on: date
) -> Decimal:
    rate = crossed_rate(given, pair, through=third)
    if rate is None:
        one, other = pair
        raise ExchangeRateMissing(
            f"No exchange rate leads from {one} to {other} on {on}.",
            from_currency=one,
            to_currency=other,
            on=on,
        )
    return rate


def crossed_rate(
    given: Mapping[Pair, GivenRate], pair: Pair, *, through: str | None
) -> Decimal | None:
    """The rate of a pair: given or turned around, whichever is newer; else by way of `through`."""
    direct = _either_way(given, pair)
    if direct is not None or through is None:
        return direct
    here, there = _either_way(given, (pair[0], through)), _either_way(given, (through, pair[1]))
    return None if here is None or there is None else here * there


def _either_way(given: Mapping[Pair, GivenRate], pair: Pair) -> Decimal | None:
    if pair[0] == pair[1]:
        return Decimal(1)
    straight, turned = given.get(pair), given.get((pair[1], pair[0]))
    if straight is not None and (turned is None or straight.valid_on >= turned.valid_on):
        return straight.rate
    return None if turned is None else 1 / turned.rate


def _given() -> Prepared:
    tenant = bindparam("tenant", type_=ExchangeRate.tenant_id.type)
    third = (
        select(LedgerSetting.triangulation_currency)
        .where(LedgerSetting.tenant_id == tenant)
        .scalar_subquery()
    )
    every = func.unnest(
        func.array_append(bindparam("currencies", type_=ARRAY(Text)), third, type_=ARRAY(Text))
    )
    these, those = (
        every.table_valued("currency").render_derived(name=name) for name in ("these", "those")
    )
    one, other = these.c.currency, those.c.currency
    days = func.unnest(bindparam("days", type_=ARRAY(Date))).table_valued("day")
    days = days.render_derived(name="days")
    newest = (
        select(ExchangeRate.valid_on, ExchangeRate.rate)
        .where(
            ExchangeRate.tenant_id == tenant,
            ExchangeRate.from_currency == one,
            ExchangeRate.to_currency == other,
            ExchangeRate.kind == bindparam("kind", type_=Text),
            ExchangeRate.valid_on <= days.c.day,
        )
        .order_by(ExchangeRate.valid_on.desc())
        .limit(1)
        .lateral("newest")
    )
    return Prepared(
        select(
            one.label("one"),
            other.label("other"),
            days.c.day,
            newest.c.valid_on,
            newest.c.rate,
            third.label("triangulation_currency"),
        )
        .select_from(these)
        .join(those, one != other)
        .join(days, true())
        .join(newest, true())
    )


_GIVEN = _given()
