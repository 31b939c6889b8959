"""Amounts in foreign currencies stand in the entity's own too, at the rate of the day."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from domain.ledger.currency import conversion_legs, in_base, settled_legs, to_base
from domain.ledger.entries import Leg
from domain.ledger.models import JournalLine
from domain.ledger.operations.rates import (
    WantedRate,
    set_exchange_rates,
    set_triangulation_currency,
)
from domain.ledger.outcomes import ExchangeRateMissing
from domain.ledger.posting import post
from domain.ledger.rates import GivenRate, crossed_rate, rates_on
from tests.factories.books import POSTED_ON, entity_of, new_entry, set_rate
from tests.factories.tenants import TenantUnderTest

RATES = {("USD", "EUR"): Decimal("0.9237"), ("JPY", "EUR"): Decimal("0.0061")}


@pytest.mark.parametrize(
    ("amount", "one", "other", "rate", "worth"),
    [
        (1000, "USD", "EUR", "0.92", 920),
        (-1000, "USD", "EUR", "0.9255", -926),
        (1000, "JPY", "EUR", "0.0061", 610),
        (610, "EUR", "JPY", "163.934426", 1000),
        (1000, "BHD", "EUR", "2.45", 245),
    ],
)
def test_an_amount_is_worth_its_rate(
    amount: int, one: str, other: str, rate: str, worth: int
) -> None:
    assert to_base(amount, one, other, Decimal(rate)) == worth


def test_a_rate_is_found_turned_around_or_by_a_third_currency() -> None:
    day = date(2026, 1, 1)
    given_rates = {
        ("EUR", "USD"): GivenRate(day, Decimal("1.25")),
        ("GBP", "EUR"): GivenRate(day, Decimal("1.2")),
    }
    wanted = (("EUR", "USD"), ("USD", "EUR"), ("GBP", "USD"), ("USD", "JPY"))
    found = [crossed_rate(given_rates, pair, through="EUR") for pair in wanted]
    assert found == [Decimal("1.25"), Decimal("0.8"), Decimal("1.50"), None]
    assert crossed_rate(given_rates, ("GBP", "USD"), through=None) is None


@given(
    amounts=st.lists(st.integers(-(10**12), 10**12).filter(bool), min_size=1, max_size=30),
    currency=st.sampled_from(("USD", "JPY")),
)
def test_what_balances_in_its_currency_balances_in_base(amounts: list[int], currency: str) -> None:
    amounts = [*amounts, -sum(amounts)]
    legs = [Leg(f"leg{n}", amount, currency=currency) for n, amount in enumerate(amounts)]
    converted = in_base(legs, "EUR", RATES)
    assert sum(leg.base_amount_minor or 0 for leg in converted) == 0
    for leg in converted:
        exact = to_base(leg.amount_minor, currency, "EUR", RATES[currency, "EUR"])
        assert abs((leg.base_amount_minor or 0) - exact) <= len(legs)


async def _lines(tenant: TenantUnderTest, journal_id: int) -> list[tuple[Any, ...]]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(
                JournalLine.leg,
                JournalLine.amount_minor,
                JournalLine.currency,
                JournalLine.base_amount_minor,
            )
            .where(JournalLine.tenant_id == tenant.id, JournalLine.journal_id == journal_id)
            .order_by(JournalLine.id)
        )
    return [tuple(row) for row in rows]


async def test_a_foreign_journal_stands_at_the_rate_of_its_day(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    async with tenant.work() as work:
        await set_rate(work, "USD", "EUR", "0.5", on=date(2026, 1, 1))
        await set_rate(work, "USD", "EUR", "0.925", on=POSTED_ON)
        await set_rate(work, "USD", "EUR", "0.7", on=date(2026, 3, 3))
        (journal_id,) = await post(
            work,
            [
                new_entry(
                    entity_id,
                    currency="USD",
                    legs=(
                        ("inventory", 1001),
                        ("goods_received", -334),
                        Leg("goods_received", -667),
                    ),
                )
            ],
        )
    assert await _lines(tenant, journal_id) == [
        ("inventory", 1001, "USD", 926),
        ("goods_received", -334, "USD", -309),
        ("goods_received", -667, "USD", -617),
    ]


async def test_without_a_rate_nothing_is_posted(tenant: TenantUnderTest) -> None:
    entity_id = await entity_of(tenant)
    with pytest.raises(ExchangeRateMissing) as refused:
        async with tenant.work() as work:
            await set_rate(work, "USD", "EUR", "0.92", on=date(2026, 3, 3))
            await post(work, [new_entry(entity_id, currency="USD")])
    assert refused.value.fields == {
        "from_currency": "USD",
        "to_currency": "EUR",
        "on": POSTED_ON,
    }


async def test_settling_posts_the_realised_difference(tenant: TenantUnderTest) -> None:
    """10.00 USD stand at 9.20; 9.50 are got for them, and the difference is booked in base."""
    entity_id = await entity_of(tenant)
    entry = new_entry(
        entity_id,
        milestone="receivable_settled",
        currency="USD",
        legs=(
            Leg("receivable", 1000, base_amount_minor=950),
            *settled_legs("receivable", -1000, booked_base_minor=-920, paid_base_minor=-950),
        ),
    )
    async with tenant.work() as work:
        (journal_id,) = await post(work, [entry])
    assert await _lines(tenant, journal_id) == [
        ("receivable", 1000, "USD", 950),
        ("receivable", -1000, "USD", -920),
        ("realised_exchange", 0, "USD", -30),
    ]


def test_two_currencies_in_one_journal_balance_each_by_itself() -> None:
    legs = [
        Leg("bank", -1000, currency="USD", base_amount_minor=-920),
        Leg("bank", 900, currency="EUR", base_amount_minor=900),
        *conversion_legs(1000, "USD", 900, "EUR", base_minor=920),
    ]
    left: dict[str | None, int] = {}
    for leg in legs:
        left[leg.currency] = left.get(leg.currency, 0) + leg.amount_minor
    assert left == {"USD": 0, "EUR": 0}


async def test_rates_are_given_changed_and_crossed(tenant: TenantUnderTest) -> None:
    day = date(2026, 2, 1)
    wanted = [
        WantedRate(from_currency="EUR", to_currency="USD", valid_on=day, rate=Decimal("1.25")),
        WantedRate(from_currency="GBP", to_currency="EUR", valid_on=day, rate=Decimal("1.1")),
    ]
    async with tenant.work() as work:
        first = await set_exchange_rates(work, rates=wanted)
        changed = WantedRate(
            from_currency="GBP", to_currency="EUR", valid_on=day, rate=Decimal("1.2")
        )
        assert await set_exchange_rates(work, rates=[changed]) == [first[1]]
        with pytest.raises(ExchangeRateMissing):
            await rates_on(work, [("GBP", "USD")], on=day)
        await set_triangulation_currency(work, currency="EUR")
        found = await rates_on(work, [("GBP", "USD"), ("USD", "EUR"), ("EUR", "EUR")], on=day)
    assert found == {
        ("GBP", "USD"): Decimal("1.5"),
        ("USD", "EUR"): Decimal("0.8"),
        ("EUR", "EUR"): Decimal(1),
    }
