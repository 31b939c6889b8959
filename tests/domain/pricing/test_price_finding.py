"""The narrowest list wins, breaks are reached or not, other units convert exactly or not at all."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest

from domain.catalog.operations.item_units import set_item_unit
from domain.kernel.errors import NotPermitted
from domain.pricing.price_finding import PriceRequest, find_prices
from domain.pricing.queries import quoted_prices
from tests.factories.masters import (
    new_channel,
    new_entity,
    new_item,
    new_party,
    new_price_list,
    price,
)
from tests.factories.statements import counted_statements
from tests.factories.tenants import TenantUnderTest, new_tenant

TODAY = date(2026, 3, 2)
Prices = dict[str, tuple[tuple[str, str, str], ...]]


@dataclass
class Case:
    """Prices by list as (unit, from, price); what is asked; what one unit costs."""

    lists: Prices
    unit: str = "each"
    quantity: str = "1"
    expected: str | None = None
    asked_by: tuple[str, ...] = field(default=("channel", "party"))


CASES = {
    "everyone": Case({"all": (("each", "1", "10"),)}, expected="10"),
    "no price": Case({}),
    "channel before everyone": Case(
        {"all": (("each", "1", "10"),), "channel": (("each", "1", "12"),)}, expected="12"
    ),
    "customer before channel": Case(
        {
            "all": (("each", "1", "10"),),
            "channel": (("each", "1", "12"),),
            "party": (("each", "1", "11"),),
        },
        expected="11",
    ),
    "customer on the channel before customer": Case(
        {"party": (("each", "1", "11"),), "both": (("each", "1", "9"),)}, expected="9"
    ),
    "another channel's list does not count": Case(
        {"all": (("each", "1", "10"),), "channel": (("each", "1", "12"),)},
        asked_by=("party",),
        expected="10",
    ),
    "another customer's list does not count": Case(
        {"all": (("each", "1", "10"),), "party": (("each", "1", "1"),)},
        asked_by=("channel",),
        expected="10",
    ),
    "higher rank": Case(
        {"all": (("each", "1", "10"),), "ranked": (("each", "1", "8"),)}, expected="8"
    ),
    "over": Case({"over": (("each", "1", "10"),)}),
    "not yet": Case({"future": (("each", "1", "10"),)}),
    "last day": Case({"today_only": (("each", "1", "10"),)}, expected="10"),
    "other currency": Case({"dollars": (("each", "1", "10"),)}),
    "break not reached": Case(
        {"all": (("each", "1", "10"), ("each", "10", "9"))}, quantity="9.999999", expected="10"
    ),
    "break reached": Case(
        {"all": (("each", "1", "10"), ("each", "10", "9"))}, quantity="10", expected="9"
    ),
    "highest of the breaks reached": Case(
        {"all": (("each", "1", "10"), ("each", "10", "9"), ("each", "100", "8"))},
        quantity="1000",
        expected="8",
    ),
    "below the smallest break the wider list speaks": Case(
        {"all": (("each", "1", "10"),), "party": (("each", "5", "7"),)},
        quantity="4",
        expected="10",
    ),
    "case from each": Case({"all": (("each", "1", "10.50"),)}, unit="case", expected="126"),
    "each from case": Case(
        {"all": (("case", "1", "96"),)}, unit="each", quantity="12", expected="8"
    ),
    "a case price needs a case": Case({"all": (("case", "1", "96"),)}, quantity="11"),
    "not exact": Case({"all": (("case", "1", "100"),)}, quantity="12"),
    "not exact, so the next": Case(
        {"all": (("each", "1", "10"),), "party": (("case", "1", "100"),)},
        quantity="12",
        expected="10",
    ),
    "the unit's own price first": Case(
        {"all": (("each", "1", "10"), ("each", "100", "7"), ("case", "1", "96"))},
        unit="case",
        quantity="20",
        expected="96",
    ),
    "a break counts in its own unit": Case(
        {"all": (("each", "24", "7"), ("each", "25", "6"))},
        unit="case",
        quantity="2",
        expected="84",
    ),
    "alias": Case({"all": (("CS", "1", "96"),)}, unit="CA", expected="96"),
    "alias of the base unit": Case({"all": (("EA", "1", "10"),)}, unit="C62", expected="10"),
    "unit of no item": Case({"all": (("each", "1", "10"),)}, unit="barrel"),
    "free": Case({"all": (("each", "1", "0"),)}, expected="0"),
    "fraction of a cent": Case({"all": (("each", "1", "0.000001"),)}, expected="0.000001"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_the_price_of_one_unit(tenant: TenantUnderTest, case: Case) -> None:
    channel_id = await new_channel(tenant, entity_id=await new_entity(tenant))
    party_id = await new_party(tenant)
    item_id = await new_item(tenant)
    async with tenant.work() as work:
        await set_item_unit(work, item_id=item_id, unit="case", numerator=Decimal(12))
    scopes = {
        "all": {},
        "channel": {"channel_id": channel_id},
        "party": {"party_id": party_id},
        "both": {"party_id": party_id, "channel_id": channel_id},
        "ranked": {"rank": 1},
        "over": {"valid_until": date(2026, 3, 1)},
        "future": {"valid_from": date(2026, 3, 3)},
        "today_only": {"valid_from": TODAY, "valid_until": TODAY},
        "dollars": {"currency": "USD"},
    }
    for name, prices in case.lists.items():
        price_list = await new_price_list(tenant, **scopes[name])
        for unit, minimum, amount in prices:
            await price(tenant, price_list, item_id, amount, unit=unit, minimum_quantity=minimum)
    async with tenant.read() as reader:
        found = await find_prices(
            reader,
            requests=[PriceRequest(item_id, case.unit, Decimal(case.quantity))],
            currency="EUR",
            channel_id=channel_id if "channel" in case.asked_by else None,
            party_id=party_id if "party" in case.asked_by else None,
            on=TODAY,
        )
    assert [None if p is None else str(p) for p in found] == [case.expected]


async def test_all_lines_are_priced_by_one_statement_in_their_order(
    tenant: TenantUnderTest,
) -> None:
    items = [await new_item(tenant) for _ in range(3)]
    price_list = await new_price_list(tenant)
    for item_id, amount in zip(items, ("1", "2", "3"), strict=True):
        await price(tenant, price_list, item_id, amount)
    requests = [PriceRequest(i, "EA", Decimal(1)) for i in (*reversed(items), 10**12, items[0])]
    async with tenant.read() as reader:
        with counted_statements(tenant.engine) as seen:
            found = await find_prices(
                reader, requests=requests, currency="EUR", channel_id=None, party_id=None, on=TODAY
            )
        assert await find_prices(
            reader, requests=[], currency="EUR", channel_id=None, party_id=None, on=TODAY
        ) == []  # fmt: skip
    assert len(seen) == 1
    assert found == [Decimal(3), Decimal(2), Decimal(1), None, Decimal(1)]


async def test_another_tenant_is_quoted_nothing(tenant: TenantUnderTest) -> None:
    item_id = await new_item(tenant)
    await price(tenant, await new_price_list(tenant), item_id, "10")
    stranger = await new_tenant(tenant.engine, now=tenant.now)
    wanted = {
        "requests": [PriceRequest(item_id, "each", Decimal(1))],
        "currency": "EUR",
        "channel_id": None,
        "party_id": None,
        "on": TODAY,
    }
    async with stranger.read() as reader:
        assert await quoted_prices(reader, **wanted) == [None]
    async with tenant.read() as reader:
        assert await quoted_prices(reader, **wanted) == [Decimal(10)]
    async with tenant.read(as_=tenant.user("pricing.manage")) as reader:
        with pytest.raises(NotPermitted):
            await quoted_prices(reader, **wanted)
