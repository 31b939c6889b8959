"""Supply that is to come: announced, told again, moved, received in part, over and under."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.inventory.expected import Announced
from domain.inventory.operations.expected_supplies import (
    announce_supplies,
    announce_supply,
    cancel_supply,
    change_supply,
)
from domain.inventory.operations.receiving_expected import SupplyReceipt, receive_supplies
from domain.inventory.outcomes import OverReceipt
from domain.kernel.bulk import ErrorPolicy
from domain.kernel.errors import InvalidInput, InvalidState, NotFound, StaleVersion
from tests.factories.conditions import until_somebody_waits_for
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.promises import coming, events_of, supply_row
from tests.factories.tenants import TenantUnderTest

FRIDAY = date(2026, 3, 6)
CHANGED = "inventory.expected_supply_changed"


@pytest.fixture
async def shop(tenant: TenantUnderTest) -> Shop:
    return await new_shop(tenant, locations=2, items=2)


def row(shop: Shop, quantity: str = "5", **more: object) -> Announced:
    fields = {
        "item_id": shop.setting.item_ids[0],
        "location_id": shop.setting.location_ids[0],
        "quantity": Decimal(quantity),
        "expected_on": FRIDAY,
    }
    return Announced(**fields | more)  # type: ignore[arg-type]


async def receive(shop: Shop, supply_id: int, quantity: int, **more: bool) -> None:
    over = more.pop("accept_over", False)
    receipt = SupplyReceipt(supply_id=supply_id, quantity=Decimal(quantity), **more)
    async with shop.tenant.work() as work:
        await receive_supplies(work, receipts=[receipt], accept_over=over)


async def test_a_thousand_rows_have_each_their_outcome(shop: Shop) -> None:
    rows = [row(shop, str(n + 1)) for n in range(998)]
    rows += [row(shop, item_id=10**9), row(shop, unit="CASE", quantity=Decimal(2))]
    async with shop.tenant.work() as work:
        done = await announce_supplies(work, rows=rows)
    assert [f.row for f in done.failures] == [998]
    assert done.ids == (None,) * 1000  # One failed row keeps all from being written.
    async with shop.tenant.work() as work:
        done = await announce_supplies(work, rows=rows, error_policy=ErrorPolicy.REJECT_FAILED_ROWS)
    assert [n for n, each in enumerate(done.ids) if each is None] == [998]
    assert (await supply_row(shop.tenant, done.ids[999] or 0)).quantity == 20
    assert len(await events_of(shop.tenant, CHANGED)) == 999
    with pytest.raises(InvalidInput, match=r"1 to 1000 rows"):
        async with shop.tenant.work() as work:
            await announce_supplies(work, rows=[*rows, row(shop)])


async def test_what_is_told_again_is_the_same_supply(shop: Shop) -> None:
    first = await coming(shop, 5, FRIDAY, external_reference="PO-1/10")
    later = FRIDAY + timedelta(days=3)
    assert await coming(shop, 8, later, external_reference="PO-1/10") == first
    supply = await supply_row(shop.tenant, first)
    assert (supply.quantity, supply.expected_on, supply.version) == (8, later, 2)
    assert await coming(shop, 8, later, external_reference="PO-1/10") == first
    assert (await supply_row(shop.tenant, first)).version == 2  # Nothing new: nothing written.
    twice = [row(shop, external_reference="X"), row(shop, external_reference="X")]
    async with shop.tenant.work() as work:
        done = await announce_supplies(work, rows=twice)
    assert [(f.row, f.code) for f in done.failures] == [(1, "GIVEN_TWICE")]


async def test_what_is_told_twice_at_once_is_one_supply(shop: Shop) -> None:
    async with shop.tenant.work() as work:
        first = await announce_supply(work, supply=row(shop, external_reference="PO-1/10"))
        second = asyncio.create_task(coming(shop, 8, FRIDAY, external_reference="PO-1/10"))
        await until_somebody_waits_for(work)
    assert await second == first
    supply = await supply_row(shop.tenant, first)
    assert (supply.quantity, supply.version) == (8, 2)
    told = [payload["what"] for _, _, payload in await events_of(shop.tenant, CHANGED)]
    assert told == ["announced", "changed"]


async def test_a_receipt_takes_off_what_is_to_come(shop: Shop) -> None:
    supply_id = await coming(shop, 10, FRIDAY)
    await receive(shop, supply_id, 4)
    supply = await supply_row(shop.tenant, supply_id)
    assert (supply.received, supply.open, supply.status) == (4, 6, "open")
    await receive(shop, supply_id, 6)
    supply = await supply_row(shop.tenant, supply_id)
    assert (supply.received, supply.open, supply.status) == (10, 0, "received")
    assert await shop.available() == 10
    assert await violations(shop.tenant) == {}
    told = [payload["what"] for _, _, payload in await events_of(shop.tenant, CHANGED)]
    assert told == ["announced", "received", "received"]


async def test_a_receipt_that_closes_ends_a_supply_that_came_short(shop: Shop) -> None:
    supply_id = await coming(shop, 10, FRIDAY)
    await receive(shop, supply_id, 7, closes=True)
    supply = await supply_row(shop.tenant, supply_id)
    assert (supply.received, supply.open, supply.status) == (7, 0, "received")
    with pytest.raises(InvalidState):
        await receive(shop, supply_id, 1)
    assert await shop.available() == 7


async def test_more_than_was_expected_is_refused_unless_it_is_accepted(shop: Shop) -> None:
    supply_id = await coming(shop, 10, FRIDAY)
    with pytest.raises(OverReceipt) as refused:
        await receive(shop, supply_id, 11)
    assert refused.value.fields["open"] == 10
    assert await shop.available() == 0
    await receive(shop, supply_id, 11, accept_over=True)
    supply = await supply_row(shop.tenant, supply_id)
    assert (supply.received, supply.open, supply.status) == (11, 0, "received")
    assert await shop.available() == 11


async def test_supplies_of_two_locations_are_two_receipts(shop: Shop) -> None:
    ids = [await coming(shop, 5, FRIDAY, location=place) for place in (0, 1)]
    receipts = [SupplyReceipt(supply_id=each, quantity=Decimal(1)) for each in ids]
    with pytest.raises(InvalidInput, match="one location"):
        async with shop.tenant.work() as work:
            await receive_supplies(work, receipts=receipts)


async def test_a_change_needs_the_version_that_was_read_and_an_open_supply(shop: Shop) -> None:
    supply_id = await coming(shop, 10, FRIDAY)
    async with shop.tenant.work() as work:
        await change_supply(work, supply_id=supply_id, confirmed_on=FRIDAY + timedelta(days=1))
    with pytest.raises(StaleVersion):
        async with shop.tenant.work() as work:
            await change_supply(work, supply_id=supply_id, quantity=Decimal(3), expected_version=1)
    supply = await supply_row(shop.tenant, supply_id)
    assert (supply.expected_on, supply.quantity) == (FRIDAY + timedelta(days=1), 10)
    async with shop.tenant.work() as work:
        await cancel_supply(work, supply_id=supply_id, reason="lost")
    with pytest.raises(InvalidState):
        async with shop.tenant.work() as work:
            await change_supply(work, supply_id=supply_id, quantity=Decimal(3))


async def test_another_tenants_supply_is_not_there(shop: Shop, tenant: TenantUnderTest) -> None:
    with pytest.raises(NotFound):
        async with tenant.work() as work:
            await change_supply(work, supply_id=10**9, quantity=Decimal(3))
