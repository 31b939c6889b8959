"""Exchange rates: one row for each pair, kind and day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select, tuple_

from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.ledger.models import ExchangeRate
from domain.ledger.operations.rates import WantedRate, set_exchange_rates, sound_rate
from domain.ledger.rates import AVERAGE, SPOT
from domain.onboarding.imports.headers import Column
from domain.onboarding.imports.records import Faults, Record, key_text
from domain.onboarding.imports.values import as_day
from domain.onboarding.imports.written import Written

KEY = ("from_currency", "to_currency", "kind", "valid_on")
Pair = tuple[str, str, str, date]


def _currency(value: str) -> str:
    return iso.currency(value.upper())


def _rate(value: str) -> Decimal:
    try:
        return Decimal(value.replace(",", "."))
    except InvalidOperation as error:
        raise InvalidInput("Is not a number; write it like 0.9237.") from error


def _kind(value: str) -> str:
    return text.choice(value.lower(), (SPOT, AVERAGE), path=("kind",))


COLUMNS = (
    Column(
        field="from_currency",
        says="ISO 4217: one unit of it.",
        aliases=("from", "base", "base currency"),
        read=_currency,
        needed=True,
    ),
    Column(
        field="to_currency",
        says="ISO 4217: is worth so many of it.",
        aliases=("to", "quote", "quote currency", "currency"),
        read=_currency,
        needed=True,
    ),
    Column(
        field="valid_on",
        says="From when on (spot), or the last day of the period (average).",
        aliases=("date", "day", "valid from"),
        read=as_day,
        needed=True,
    ),
    Column(field="rate", says="How many; at most 12 decimals.", read=_rate, needed=True),
    Column(field="kind", says="spot (if blank) or average.", read=_kind),
    Column(field="source", says="Where it comes from.", aliases=("provider",)),
)


@dataclass(frozen=True, slots=True)
class RatePlan:
    """The rates that are wanted, the keys of their rows, and those that stand by what they are
    of."""

    wanted: list[WantedRate]
    keys: list[str]
    standing: dict[Pair, Any]


async def check_exchange_rates(work: Work, records: list[Record], faults: Faults) -> RatePlan:
    """The rows without faults; every fault is noted."""
    wanted: list[WantedRate] = []
    keys: list[str] = []
    seen: dict[Pair, int] = {}
    for record in records:
        if faults.failed(record.row):
            continue
        rate = WantedRate(**record.values)
        first = seen.setdefault(_pair(rate), record.row)
        if first != record.row:
            message = f"Row {first} gives the same rate."
            faults.add(record.row, None, "GIVEN_TWICE", message, "Leave one of them out.")
            continue
        try:
            sound_rate(rate, path=())
        except InvalidInput as error:
            column = {"toCurrency": "to_currency"}.get(str(error.path[-1]), str(error.path[-1]))
            faults.add(record.row, column, "BAD_VALUE", error.message)
            continue
        wanted.append(rate)
        keys.append(key_text([record.values.get(name, "") for name in KEY]))
    return RatePlan(wanted, keys, await _standing(work, [_pair(rate) for rate in wanted]))


async def write_exchange_rates(work: Work, plan: RatePlan) -> Written:
    """Give those that differ."""
    changed = [rate for rate in plan.wanted if not _stands(plan.standing.get(_pair(rate)), rate)]
    if changed:
        await set_exchange_rates(work, rates=changed)
    created = sum(_pair(rate) not in plan.standing for rate in changed)
    return Written(created, len(changed) - created, len(plan.wanted) - len(changed))


async def found_exchange_rates(reader: Reader, plan: RatePlan) -> Sequence[tuple[str, int]]:
    """Key and id of the wanted rates that stand."""
    standing = await _standing(reader, [_pair(rate) for rate in plan.wanted])
    return [
        (key, standing[_pair(rate)].id)
        for key, rate in zip(plan.keys, plan.wanted, strict=True)
        if _pair(rate) in standing
    ]


async def _standing(reader: Reader, pairs: Sequence[Pair]) -> dict[Pair, Any]:
    columns = [getattr(ExchangeRate, name) for name in KEY]
    rows = await reader.rows(
        select(*ExchangeRate.__table__.c).where(
            ExchangeRate.tenant_id == reader.tenant_id, tuple_(*columns).in_(pairs)
        )
    )
    return {(r.from_currency, r.to_currency, r.kind, r.valid_on): r for r in rows}


def _pair(rate: WantedRate) -> Pair:
    return rate.from_currency, rate.to_currency, rate.kind, rate.valid_on


def _stands(row: Any, wanted: WantedRate) -> bool:
    return row is not None and (row.rate, row.source) == (wanted.rate, wanted.source)
