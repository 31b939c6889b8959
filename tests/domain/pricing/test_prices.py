"""Price lists and their prices: many rows at once, each with its own outcome."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from domain.kernel.bulk import ErrorPolicy
from domain.kernel.errors import CodeTaken, InvalidInput, NotFound, StaleVersion
from domain.kernel.models import AuditEntry, EventRecord
from domain.kernel.paging import PageRequest
from domain.pricing.models import Price
from domain.pricing.operations.price_lists import update_price_list
from domain.pricing.operations.prices import PricesSet, set_prices
from domain.pricing.price_finding import PriceRequest
from domain.pricing.price_writing import WantedPrice
from domain.pricing.queries import (
    PriceFilter,
    PriceListFilter,
    price_count,
    price_list_count,
    price_lists,
    price_lists_of_ids,
    prices,
    quoted_prices,
)
from tests.factories.masters import new_channel, new_entity, new_item, new_party, new_price_list
from tests.factories.masters import price as set_price
from tests.factories.tenants import TenantUnderTest, new_tenant


def _wanted(item_id: int, unit_price: str | None, **fields: Any) -> WantedPrice:
    amount = None if unit_price is None else Decimal(unit_price)
    return WantedPrice(item_id=item_id, unit_price=amount, **{"unit": "EA", **fields})


async def _stored(tenant: TenantUnderTest) -> list[tuple[int, str, str, str]]:
    async with tenant.read() as reader:
        rows = await reader.rows(
            select(Price).where(Price.tenant_id == tenant.id).order_by(Price.id)
        )
    return [
        (r.item_id, r.unit, f"{r.minimum_quantity.normalize():f}", f"{r.unit_price.normalize():f}")
        for r in rows
    ]


async def _set(tenant: TenantUnderTest, list_id: int, *rows: WantedPrice, **how: Any) -> PricesSet:
    async with tenant.work() as work:
        return await set_prices(work, price_list_id=list_id, prices=rows, **how)


async def test_prices_are_set_changed_and_taken_away(tenant: TenantUnderTest) -> None:
    list_id, one, two = await new_price_list(tenant), await new_item(tenant), await new_item(tenant)
    first = await _set(
        tenant,
        list_id,
        _wanted(one, "10.00"),
        _wanted(one, "9", minimum_quantity=Decimal(10)),
        _wanted(two, "3"),
    )
    assert first == PricesSet(3, ())
    again = await _set(tenant, list_id, _wanted(one, "10"), _wanted(two, "4"))
    assert again == PricesSet(1, ())
    gone = await _set(
        tenant, list_id, _wanted(one, None, minimum_quantity=Decimal(10)), _wanted(one, "10")
    )
    assert gone == PricesSet(1, ())
    assert await _stored(tenant) == [(one, "each", "1", "10"), (two, "each", "1", "4")]
    async with tenant.read() as reader:
        events = await reader.values(
            select(EventRecord.payload)
            .where(EventRecord.tenant_id == tenant.id, EventRecord.type == "pricing.prices_changed")
            .order_by(EventRecord.id)
        )
        audit = await reader.rows(
            select(AuditEntry.before, AuditEntry.after)
            .where(AuditEntry.tenant_id == tenant.id, AuditEntry.action == "set_prices")
            .order_by(AuditEntry.id)
        )
    assert [e["item_ids"] for e in events] == [[one, two], [two], [one]]
    assert tuple(audit[1]) == (
        {"prices": [[two, "each", "1", "3.000000"]]},
        {"prices": [[two, "each", "1", "4"]]},
    )


FAULTS = [
    ({"item_id": 10**12}, "NOT_FOUND", "item"),
    ({"unit": "barrel"}, "UNKNOWN_UNIT", "unit"),
    ({"unit_price": "-0.01"}, "BAD_INPUT", "unit_price"),
    ({"unit_price": "0.0000001"}, "BAD_INPUT", "unit_price"),
    ({"unit_price": "NaN"}, "BAD_INPUT", "unit_price"),
    ({"unit_price": "1e30"}, "BAD_INPUT", "unit_price"),
    ({"minimum_quantity": Decimal(0)}, "BAD_INPUT", "minimum_quantity"),
    ({"minimum_quantity": Decimal("-1")}, "BAD_INPUT", "minimum_quantity"),
    ({"minimum_quantity": Decimal("Infinity")}, "BAD_INPUT", "minimum_quantity"),
    ({"unit": "each"}, "GIVEN_TWICE", None),
]


@pytest.mark.parametrize(("fault", "code", "field"), FAULTS)
async def test_one_failed_row_rejects_all_or_only_itself(
    tenant: TenantUnderTest, fault: dict[str, Any], code: str, field: str | None
) -> None:
    list_id, item_id = await new_price_list(tenant), await new_item(tenant)
    rows = (_wanted(item_id, "5"), _wanted(**{"item_id": item_id, "unit_price": "6", **fault}))
    refused = await _set(tenant, list_id, *rows)
    assert refused.changed == 0
    assert [(f.row, f.code, f.field) for f in refused.failures] == [(1, code, field)]
    assert await _stored(tenant) == []
    partly = await _set(tenant, list_id, *rows, error_policy=ErrorPolicy.REJECT_FAILED_ROWS)
    assert (partly.changed, len(partly.failures)) == (1, 1)
    assert await _stored(tenant) == [(item_id, "each", "1", "5")]


async def test_a_thousand_prices_at_once_and_not_one_more(tenant: TenantUnderTest) -> None:
    list_id, item_id = await new_price_list(tenant), await new_item(tenant)
    rows = [_wanted(item_id, "5", minimum_quantity=Decimal(n)) for n in range(1, 1002)]
    assert (await _set(tenant, list_id, *rows[:1000])).changed == 1000
    for wrong in ((), rows):
        with pytest.raises(InvalidInput):
            await _set(tenant, list_id, *wrong)
    async with tenant.read() as reader:
        where = PriceFilter(price_list_id=list_id)
        assert await price_count(reader, where=where) == 1000
        page = await prices(reader, where=where, request=PageRequest(size=3))
        rest = await prices(reader, where=where, request=PageRequest(2, after=page.cursors[-1]))
    assert [row.minimum_quantity for row in page.rows] == [1, 2, 3]
    assert [row.minimum_quantity for row in rest.rows] == [4, 5]
    assert page.rows[0].currency == "EUR"


async def test_a_list_is_changed_but_not_whom_it_is_for(tenant: TenantUnderTest) -> None:
    list_id = await new_price_list(tenant, code="A")
    await new_price_list(tenant, code="B")
    async with tenant.work() as work:
        await update_price_list(work, price_list_id=list_id, expected_version=1, rank=5)
    for fields, refusal in (
        ({"rank": 6, "expected_version": 1}, StaleVersion),
        ({"code": "B"}, CodeTaken),
        ({"currency": "USD"}, InvalidInput),
        ({"party_id": None}, InvalidInput),
        ({"name": None}, InvalidInput),
        ({"rank": 10**30}, InvalidInput),
        ({"valid_until": date(2025, 12, 31)}, InvalidInput),
    ):
        with pytest.raises(refusal):
            async with tenant.work() as work:
                await update_price_list(work, price_list_id=list_id, **fields)
    async with tenant.read() as reader:
        row = (await price_lists_of_ids(reader, ids=[list_id]))[list_id]
        assert (row.code, row.rank, row.version, row.valid_until) == ("A", 5, 2, None)
        page = await price_lists(reader, where=PriceListFilter(), request=PageRequest())
        assert [row.code for row in page.rows] == ["A", "B"]


async def test_a_customer_sees_its_own_lists_and_everyones(tenant: TenantUnderTest) -> None:
    mine, neighbour = await new_party(tenant), await new_party(tenant)
    channel_id = await new_channel(tenant, entity_id=await new_entity(tenant))
    item_id = await new_item(tenant)
    for code, fields in {
        "ALL": {},
        "MINE": {"party_id": mine},
        "NEIGHBOUR": {"party_id": neighbour},
        "CHANNEL": {"channel_id": channel_id},
    }.items():
        list_id = await new_price_list(tenant, code=code, **fields)
        await set_price(tenant, list_id, item_id, "6" if code == "MINE" else "5")
    customer = replace(tenant.user("pricing.read"), party_id=mine)
    async with tenant.read(as_=customer) as reader:
        page = await price_lists(reader, where=PriceListFilter(), request=PageRequest())
        assert [row.code for row in page.rows] == ["ALL", "MINE"]
        assert await price_count(reader, where=PriceFilter(item_id=item_id)) == 2
        wanted = {
            "requests": [PriceRequest(item_id, "each", Decimal(1))],
            "currency": "EUR",
            "on": date(2026, 3, 2),
        }
        for party_id in (None, mine):
            assert await quoted_prices(reader, channel_id=None, party_id=party_id, **wanted) == [
                Decimal(6)
            ]
        for strange in (
            {"channel_id": None, "party_id": neighbour},
            {"channel_id": channel_id, "party_id": None},
        ):
            with pytest.raises(NotFound):
                await quoted_prices(reader, **strange, **wanted)


async def test_other_tenants_see_and_refer_to_nothing(tenant: TenantUnderTest) -> None:
    list_id, item_id, party_id = (
        await new_price_list(tenant),
        await new_item(tenant),
        await new_party(tenant),
    )
    stranger = await new_tenant(tenant.engine, now=tenant.now)
    with pytest.raises(NotFound):
        await _set(stranger, list_id, _wanted(item_id, "1"))
    with pytest.raises(NotFound):
        await new_price_list(stranger, party_id=party_id)
    own = await new_price_list(stranger)
    assert [f.code for f in (await _set(stranger, own, _wanted(item_id, "1"))).failures] == [
        "NOT_FOUND"
    ]
    async with stranger.read() as reader:
        assert await price_list_count(reader, where=PriceListFilter()) == 1
        assert await price_lists_of_ids(reader, ids=[list_id]) == {}
