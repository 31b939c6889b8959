"""What is bought from another entity is promised, later by the agreement's days, and explained."""

from datetime import timedelta
from decimal import Decimal

from domain.allocation.promising.queries.availability import channel_availability, channel_view
from domain.allocation.queries.decisions import explain_allocations
from domain.inventory.expected import Announced
from domain.inventory.operations.expected_supplies import announce_supply
from domain.promise.queries.timelines import timelines
from tests.factories.affiliates import Affiliates, new_affiliates, violations
from tests.factories.delivering import deliver_all
from tests.factories.orders import Shop, new_channel
from tests.factories.promises import pegs
from tests.factories.tenants import TenantUnderTest


async def _coming(group: Affiliates, quantity: int, *, of: int, in_days: int) -> int:
    """The id of supply that an entity expects at its own location."""
    supply = Announced(
        item_id=group.shop.setting.item_ids[0],
        location_id=group.location_ids[of],
        quantity=Decimal(quantity),
        expected_on=group.tenant.now.date() + timedelta(days=in_days),
        owner_id=group.entity_ids[of],
    )
    async with group.tenant.work() as work:
        return await announce_supply(work, supply=supply)


async def _available(group: Affiliates) -> list[tuple[int, int]]:
    """(in days, how much may be promised then) of the shop's channel."""
    item, today = group.shop.setting.item_ids[0], group.tenant.now.date()
    async with group.tenant.read() as reader:
        found = await channel_availability(
            reader, channel_id=group.shop.channel_id, item_ids=[item], now=group.tenant.now
        )
    return [((row.on - today).days, int(row.available or 0)) for row in found[item]]


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
    agreement_id = await group.agree(1)
    await group.stock(1, of=0, value_minor=100)
    await group.stock(5, of=1, value_minor=500)
    placed = await group.shop.place(group.shop.line(3))
    async with tenant.read() as reader:
        found = await explain_allocations(reader, order_ids=[placed.order_id])
    (decision,) = found[placed.order_id]
    assert decision.bought == ((group.entity_ids[1], Decimal(2), (agreement_id,)),)
    assert decision.allocated == 3


async def test_what_other_entities_expect_is_available_later_by_the_lead_time(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "USD", "USD")
    await group.agree(1, lead_days=3)
    await _coming(group, 4, of=0, in_days=5)
    await _coming(group, 6, of=1, in_days=5)
    await _coming(group, 9, of=2, in_days=1)
    assert await _available(group) == [(0, 0), (5, 4), (8, 10)]


async def test_of_fixed_prices_only_what_has_one_is_promised(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "EUR", items=2)
    first, second = group.shop.setting.item_ids
    await group.agree(1, method="fixed", prices={second: Decimal(1)})
    await _coming(group, 6, of=1, in_days=2)
    assert await _available(group) == [(0, 0)]
    await group.agree(
        1,
        method="fixed",
        prices={first: Decimal(1)},
        effective_from=tenant.now.date() + timedelta(days=1),
    )
    assert await _available(group) == [(0, 0)]


async def test_the_table_of_dates_of_a_channel_has_it_too(tenant: TenantUnderTest) -> None:
    group = await new_affiliates(tenant, "EUR", "EUR")
    item, today = group.shop.setting.item_ids[0], tenant.now.date()
    await group.agree(1, lead_days=2)
    await group.stock(3, of=0, value_minor=300)
    await group.stock(5, of=1, value_minor=500)
    await group.stock(8, of=2, value_minor=800)
    await _coming(group, 4, of=1, in_days=6)
    async with tenant.read() as reader:
        view = await channel_view(
            reader, channel_id=group.shop.channel_id, item_ids=[item], now=tenant.now
        )
        found = await timelines(
            reader,
            item_ids=[item],
            now=tenant.now,
            owner_id=view.owner_id,
            sources=view.sources,
            location_ids=view.location_ids,
        )
    whole = found[item][0]
    days = [((row.on - today).days, int(row.available)) for row in whole.periods]
    assert days == [(0, 3), (2, 8), (8, 12)]
    assert int(whole.standing.on_hand) == 3


async def test_a_waiting_order_rests_on_it_and_gets_it_when_it_comes(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR")
    await group.agree(1, lead_days=2)
    supply = await _coming(group, 5, of=1, in_days=4)
    placed = await group.shop.place(group.shop.line(3))
    assert placed.status == "backordered"
    leaves = tenant.now.date() + timedelta(days=6)
    assert await pegs(tenant, placed.line_ids[0]) == [(supply, 3, leaves)]
    assert (await group.shop.lines(placed.order_id))[0].promised_ship_on == leaves
    assert await _available(group) == [(0, 0), (6, 2)]

    await group.stock(5, of=1, value_minor=500)
    await deliver_all(tenant)

    assert await group.shop.figures(placed.order_id) == [(3, 0, 0, 0)]
    assert await group.trades() == [(1, 0, "EUR")]
    assert await pegs(tenant, placed.line_ids[0]) == []
    assert await violations(tenant) == {}


async def test_what_is_ones_own_on_the_same_day_is_promised_first(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR")
    await group.agree(1)
    theirs = await _coming(group, 5, of=1, in_days=4)
    own = await _coming(group, 2, of=0, in_days=4)
    placed = await group.shop.place(group.shop.line(3))
    day = tenant.now.date() + timedelta(days=4)
    assert sorted(await pegs(tenant, placed.line_ids[0])) == [(theirs, 1, day), (own, 2, day)]


async def test_backorders_of_two_entities_get_what_comes_in_their_turn(
    tenant: TenantUnderTest,
) -> None:
    group = await new_affiliates(tenant, "EUR", "EUR")
    other = Shop(group.shop.setting, await new_channel(tenant, group.entity_ids[2]))
    await group.agree(1, 0)
    await group.agree(1, 2)
    first, second = await group.shop.place(group.shop.line(3)), await other.place(other.line(3))
    await group.stock(4, of=1, value_minor=400)
    await deliver_all(tenant)
    assert await group.shop.figures(first.order_id) == [(3, 0, 0, 0)]
    assert await group.shop.figures(second.order_id) == [(1, 0, 0, 2)]
    assert await group.trades() == [(1, 0, "EUR"), (1, 2, "EUR")]
    assert await violations(tenant) == {}
