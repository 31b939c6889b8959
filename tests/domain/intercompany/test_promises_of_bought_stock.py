"""What is bought from another entity is promised, later by the agreement's days, and explained."""

from datetime import timedelta
from decimal import Decimal

from domain.allocation.promising.queries.availability import channel_availability
from domain.allocation.queries.decisions import explain_allocations
from tests.factories.affiliates import new_affiliates
from tests.factories.tenants import TenantUnderTest


async def test_availability_counts_it_from_the_day_on_which_it_can_leave(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD", "USD")
    await group.agree(1, lead_days=3)
    await group.stock(2, of=0, value_minor=200)
    await group.stock(5, of=1, value_minor=500)
    await group.stock(9, of=2, value_minor=900)
    item, today = group.shop.setting.item_ids[0], tenant.now.date()
    async with tenant.read() as reader:
        found = await channel_availability(
            reader, channel_id=group.shop.channel_id, item_ids=[item], now=tenant.now
        )
    days = [(row.on, row.available) for row in found[item]]
    assert days == [(today, Decimal(2)), (today + timedelta(days=3), Decimal(7))]


async def test_an_order_is_promised_the_later_day(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.agree(1, lead_days=14)
    await group.stock(1, of=0, value_minor=100)
    await group.stock(5, of=1, value_minor=500)
    own = await group.shop.place(group.shop.line(1))
    bought = await group.shop.place(group.shop.line(1))
    days = [(await group.shop.lines(o.order_id))[0].promised_ship_on for o in (own, bought)]
    assert (days[1] - days[0]).days == 14


async def test_the_decision_says_what_is_bought_from_whom(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "USD")
    await group.agree(1)
    await group.stock(1, of=0, value_minor=100)
    await group.stock(5, of=1, value_minor=500)
    placed = await group.shop.place(group.shop.line(3))
    async with tenant.read() as reader:
        found = await explain_allocations(reader, order_ids=[placed.order_id])
    (decision,) = found[placed.order_id]
    assert decision.bought == ((group.entity_ids[1], Decimal(2)),)
    assert decision.allocated == 3
