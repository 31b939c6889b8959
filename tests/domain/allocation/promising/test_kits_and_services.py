"""Baskets with kits get a date, and an order is dated by the service it is sent with."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import insert

from domain.allocation.ordering import OrderedLine
from domain.allocation.promising.queries.availability import channel_availability
from domain.allocation.promising.queries.baskets import BasketLine, promise
from domain.catalog.models import Item, ItemUnit, KitComponent
from domain.entities.models import TransitTime
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.promises import coming, dates, looked_through, pegs
from tests.factories.tenants import TenantUnderTest

ADDRESS = {"city": "Bern", "postal_code": "3000", "country": "CH"}


async def _kit(shop: Shop, *needs: int) -> int:
    """The id of a kit without stock, of so many of each item."""
    async with shop.tenant.work() as work:
        kit_id = await work.value(
            insert(Item)
            .values(
                tenant_id=work.tenant_id,
                sku="KIT",
                name="Kit",
                kind="kit",
                base_unit="EA",
                created_at=work.now,
            )
            .returning(Item.id)
        )
        rows = [
            {
                "tenant_id": work.tenant_id,
                "kit_item_id": kit_id,
                "component_item_id": item_id,
                "quantity": Decimal(need),
                "created_at": work.now,
            }
            for item_id, need in zip(shop.setting.item_ids, needs, strict=True)
        ]
        await work.execute(insert(KitComponent), rows)
        await work.execute(
            insert(ItemUnit).values(
                tenant_id=work.tenant_id, item_id=kit_id, unit="EA", numerator=Decimal(1)
            )
        )
    return int(kit_id)


async def test_a_kit_is_promised_when_its_last_component_is_there(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, items=2)
    kit = await _kit(shop, 2, 1)
    await shop.stock(10)
    await shop.stock(1, item=1)
    day = tenant.now.date() + timedelta(days=5)
    await coming(shop, 3, day, item=1)
    async with tenant.read() as reader:
        found = await channel_availability(
            reader, channel_id=shop.channel_id, item_ids=[kit], now=tenant.now
        )
        line = BasketLine(item_id=kit, quantity=Decimal(3))
        basket = await promise(reader, channel_id=shop.channel_id, lines=[line], now=tenant.now)
        more = BasketLine(item_id=kit, quantity=Decimal(5))
        short = await promise(reader, channel_id=shop.channel_id, lines=[more], now=tenant.now)
    assert [(each.on, each.available) for each in found[kit]] == [
        (tenant.now.date(), 1),
        (day, 4),
    ]
    (promised,) = basket.chosen.lines
    assert promised.short == 0
    assert promised.ships_on is not None
    assert promised.ships_on >= day
    assert [part.quantity for part in promised.parts] == [1, 2]
    assert short.chosen.lines[0].short == 1


async def test_an_order_is_dated_by_its_service(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(1)
    day = tenant.now.date() + timedelta(days=3)
    async with tenant.work() as work:
        common = {
            "tenant_id": work.tenant_id,
            "location_id": shop.setting.location_ids[0],
            "country": "CH",
        }
        await work.execute(
            insert(TransitTime),
            [
                {**common, "service": "", "days": 6},
                {**common, "service": "express", "days": 1},
            ],
        )
    sent = {"ship_to": ADDRESS}
    slow = await shop.place(shop.line(1), **sent)
    waits = await shop.place(shop.line(1), service_level="express", **sent)
    await coming(shop, 1, day)
    await looked_through(shop)
    (of_slow,) = await shop.lines(slow.order_id)
    (of_fast,) = await shop.lines(waits.order_id)
    assert (of_slow.promised_on - of_slow.promised_ship_on).days >= 6
    assert (of_fast.promised_on - of_fast.promised_ship_on).days < 6
    assert (await dates(shop, waits.order_id))[0][0] >= day


async def test_what_waits_of_a_kit_rests_on_one_place(tenant: TenantUnderTest) -> None:
    """Its components come to different places, and to one of them later: that one counts, when it
    is placed and when it is looked through."""
    shop = await new_shop(tenant, items=2, locations=2)
    kit = await _kit(shop, 2, 1)
    today = tenant.now.date()
    first, second, last = (today + timedelta(days=days) for days in (2, 4, 9))
    await coming(shop, 2, first, location=0)
    await coming(shop, 1, second, item=1, location=1)
    together = await coming(shop, 1, last, item=1, location=0)
    line = BasketLine(item_id=kit, quantity=Decimal(1))
    async with tenant.read() as reader:
        basket = await promise(reader, channel_id=shop.channel_id, lines=[line], now=tenant.now)
    (promised,) = basket.chosen.lines
    here = shop.setting.location_ids[0]
    assert [(part.location_id, part.ships_on) for part in promised.parts] == [(here, last)]
    ordered = OrderedLine(item_id=kit, quantity=Decimal(1), unit_price=Decimal(10))
    placed = await shop.place(ordered)
    assert await dates(shop, placed.order_id) == [(last, last, False)] * 2
    _, other = await shop.lines(placed.order_id)
    assert await pegs(tenant, other.id) == [(together, 1, last)]
    # Only the second component's supply is looked at, and the kit stays together all the same.
    assert (await looked_through(shop, 1)).order_ids == ()
    assert await violations(tenant) == {}
