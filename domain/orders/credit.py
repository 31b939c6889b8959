"""Limits of credit: up to what a customer, with all below it, may owe. Whoever is about to add to
that locks the limit first, so that two orders at once never both just fit."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, bindparam, exists, select, text

from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.ledger.currency import to_base
from domain.ledger.outcomes import ExchangeRateMissing
from domain.ledger.rates import rates_on
from domain.orders.models import CustomerCredit

# What is owed is looked at once the locks are there: it shows what was written by whoever held them
# before.
_LOCKED = text("SELECT * FROM lock_credit(:parties)").bindparams(
    bindparam("parties", type_=ARRAY(BigInteger))
)
_OWED = text(
    """
    SELECT root.id, owed.currency, owed.exposure_minor
    FROM unnest(:roots) AS root (id) CROSS JOIN LATERAL credit_exposure(root.id) owed
    """
).bindparams(bindparam("roots", type_=ARRAY(BigInteger)))


class Owed(NamedTuple):
    """What is owed in one currency, or will be once what was ordered has left, in minor units."""

    currency: str
    amount_minor: int


@dataclass(slots=True)
class Limit:
    """A limit that is locked, for whom it holds, and what is used of it, in its own currency."""

    party_id: int
    currency: str
    limit_minor: int
    customers: frozenset[int]
    used_minor: int = 0

    def takes(self, amount_minor: int) -> bool:
        """Whether so much more is still within it."""
        return self.used_minor + amount_minor <= self.limit_minor


def has_limits(tenant: Any) -> Any:
    """Whether the tenant limits the credit of anybody, as a part of another statement."""
    return exists().where(CustomerCredit.tenant_id == tenant)


async def may_have_limits(reader: Reader) -> bool:
    """The same, asked for itself."""
    return bool(await reader.value(select(has_limits(reader.tenant_id))))


async def lock_limits(work: Work, party_ids: Collection[int]) -> list[Limit]:
    """The limits that hold for these customers (their own and those above them), locked in the
    order of their ids, with what is used of each. One statement, and one more for each currency
    that is not the limit's."""
    if not party_ids:
        return []
    limits: dict[int, Limit] = {}
    owed: dict[int, list[Owed]] = {}
    for row in await work.rows(_LOCKED, {"parties": sorted(party_ids)}):
        customers = frozenset(row.customers)
        limits[row.id] = Limit(row.party_id, row.currency, row.limit_minor, customers)
        if row.owed_currency is not None:
            owed.setdefault(row.id, []).append(Owed(row.owed_currency, row.owed_minor))
    for number, limit in limits.items():
        limit.used_minor = await in_currency(work, owed.get(number, ()), limit.currency)
    return list(limits.values())


async def exposures(reader: Reader, party_ids: Collection[int]) -> dict[int, list[Owed]]:
    """What each of these customers owes, with all below it, by currency."""
    owed: dict[int, list[Owed]] = {party_id: [] for party_id in party_ids}
    for row in await reader.rows(_OWED, {"roots": sorted(party_ids)}):
        owed[row.id].append(Owed(row.currency, row.exposure_minor))
    return owed


async def in_currency(work: Work, owed: Collection[Owed], currency: str) -> int:
    """All of it in one currency, at the day's rates; what has no rate counts at par, so that a
    missing rate never stops an order from being taken."""
    return sum([await _converted(work, each, currency) for each in owed])


async def _converted(work: Work, each: Owed, currency: str) -> int:
    pair = (each.currency, currency)
    if each.currency == currency:
        return each.amount_minor
    try:
        rates = await rates_on(work, [pair], on=work.now.date())
    except ExchangeRateMissing:
        return each.amount_minor
    return to_base(each.amount_minor, *pair, rates[pair])
