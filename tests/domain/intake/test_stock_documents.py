"""A stock document that comes in becomes a snapshot of its location."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from domain.catalog.models import Item
from domain.catalog.operations.item_identifiers import assign_item_identifier
from domain.catalog.policy import IdentifierKey
from domain.entities.models import Location
from domain.intake.operations import replay_message
from domain.inventory.models import StockCount
from tests.domain.intake.formats.conftest import SAMPLES
from tests.factories.counting import allow, on_hand, verdicts, waiting
from tests.factories.intake import Door
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest


async def _door(shop: Shop) -> Door:
    from domain.channels.models import Channel

    async with shop.tenant.read() as reader:
        code = await reader.value(
            select(Channel.code).where(
                Channel.tenant_id == shop.tenant.id, Channel.id == shop.channel_id
            )
        )
    return Door(shop.tenant, shop.channel_id, str(code))


async def _name(shop: Shop, **skus: int) -> None:
    async with shop.tenant.work() as work:
        for sku, place in skus.items():
            await work.execute(
                update(Item)
                .where(Item.tenant_id == work.tenant_id, Item.id == shop.setting.item_ids[place])
                .values(sku=sku)
            )


async def _counts(shop: Shop) -> list[Any]:
    async with shop.tenant.read() as reader:
        return list(
            await reader.rows(
                select(*StockCount.__table__.c)
                .where(StockCount.tenant_id == shop.tenant.id)
                .order_by(StockCount.id)
            )
        )


def _sample(name: str) -> bytes:
    return next(each for each in SAMPLES if each.name.endswith(name)).raw


async def test_an_846_is_reconciled_with_its_moment_and_its_unknown_codes_wait(
    tenant: TenantUnderTest,
) -> None:
    """It tells nothing of the first item (1617678) as of 2022: it has 3, which come off; 4 that
    were received since stay. What is not ours waits with its place in the document."""
    then = tenant.at(datetime(2022, 10, 1, tzinfo=UTC))
    shop = await new_shop(then)
    await shop.stock(3)
    now = Shop(type(shop.setting)(tenant, shop.setting.entity_id, *_places(shop)), shop.channel_id)
    await now.stock(4)
    await allow(tenant, quantity=Decimal(5))
    await _name(now, **{"1617678": 0})
    done = await (await _door(now)).take(_sample("846_Stedi-Demos_input.edi"))
    assert (done.outcome, done.reading.format) == ("exception", "x12.846")
    (count,) = await _counts(now)
    assert (count.as_of, count.external_reference) == (
        datetime(2022, 10, 6, 0, 5, tzinfo=UTC),
        "57806430591630001665036340",
    )
    lines = await verdicts(now, count.id)
    assert lines[0] == ("within", -3, True)
    assert {line[0] for line in lines[1:]} == {"unknown"}
    assert done.reading.problems[0].path == "ISA[1]/GS[1]/ST[1]/LIN[2] (segment 15)"
    assert await on_hand(now) == [(4, 0)]
    assert await violations(tenant) == {}


def _places(shop: Shop) -> tuple[list[int], list[int]]:
    return shop.setting.location_ids, shop.setting.item_ids


async def test_a_table_goes_to_the_locations_it_names(tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(10)
    await shop.stock(10, location=1)
    await allow(tenant, quantity=Decimal(5))
    await _name(shop, **{"A-1": 0})
    async with tenant.read() as reader:
        codes = list(
            await reader.values(
                select(Location.code).where(Location.tenant_id == tenant.id).order_by(Location.id)
            )
        )
    text = f"sku;warehouse;on hand\nA-1;{codes[0]};9\nA-1;{codes[1]};2\nA-1;NOWHERE;7\n"
    door = await _door(shop)
    done = await door.take(text)
    assert done.outcome == "exception"
    assert [problem.code for problem in done.reading.problems] == ["unknown_location"]
    assert await on_hand(shop) == [(9, 0), (10, 0)]
    assert len(await waiting(tenant)) == 1
    again = await door.take(text)  # Received at the same moment: the same snapshots.
    assert again.outcome == "exception"
    assert len(await _counts(shop)) == 2


async def test_a_mapped_code_is_booked_when_the_document_is_replayed(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    await allow(tenant, quantity=Decimal(5))
    door = await _door(shop)
    done = await door.take("sku,on_hand\nTHEIRS,8\n")
    assert done.outcome == "exception"
    async with tenant.work() as work:
        key = IdentifierKey(scheme="channel", value="THEIRS", channel_id=shop.channel_id)
        await assign_item_identifier(work, item_id=shop.setting.item_ids[0], key=key)
    async with tenant.work() as work:
        again = await replay_message(work, message_id=done.message_id)
    assert (again.outcome, again.reading.problems) == ("accepted", ())
    assert await on_hand(shop) == [(8, 0)]
    assert len(await _counts(shop)) == 1


async def test_what_may_be_sold_is_compared_with_what_may_be_sold(tenant: TenantUnderTest) -> None:
    """10 are there, 4 of them promised: a shop that says that 5 may be sold has lost one."""
    shop = await new_shop(tenant)
    await shop.stock(10)
    await shop.place(shop.line(4))
    await allow(tenant, quantity=Decimal(5))
    await _name(shop, **{"A-1": 0})
    await (await _door(shop)).take("sku,available\nA-1,5\n")
    assert await on_hand(shop) == [(9, 4)]
    assert await violations(tenant) == {}


async def test_a_stock_document_of_no_location_of_ours_is_refused_as_before(
    tenant: TenantUnderTest,
) -> None:
    shop = await new_shop(tenant, locations=2)
    done = await (await _door(shop)).take(_sample("goshopify_inventory_levels.json"))
    assert (done.outcome, done.reading.format) == ("rejected", "shopify.inventory_level")
    assert await _counts(shop) == []
