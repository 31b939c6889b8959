"""Faults that order systems are known for, tried through the API; the books stay right."""

import asyncio
import random
from collections import Counter
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, update

from api.ids import global_id
from domain.catalog.models import Item, KitComponent
from tests.factories.api import ApiUnderTest
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.stock import new_item
from tests.factories.tenants import TenantUnderTest

ORDER = """
  order {
    id number status
    lines { id allocated shipped cancelled backordered rejections allocationStopped
            kit { id } net { amount } }
    kits { id item { id } ordered { value } quantity allocated shipped cancelled backordered
           net { amount } externalLine }
    allocations { quantity location { id } status }
    fulfilmentOrders { id location { id } lines { id quantity } supportedActions }
  }
"""
REFUSALS = """
  userErrors {
    __typename path
    ... on StockShortError { requested available item { id } }
    ... on CancellationTooMuchError { lineNumber available }
    ... on ComponentOfKitError { lineNumber kit { quantity } }
  }
"""


def _mutation(name: str, answer: str = ORDER) -> str:
    kind = f"{name[0].upper()}{name[1:]}Input"
    return (
        f"mutation M($input: {kind}!, $key: String!) "
        f"{{ {name}(input: $input) @idempotent(key: $key) {{ {answer} {REFUSALS} }} }}"
    )


class Desk:
    """A seller who speaks to the API; each call has a key of its own unless one is given."""

    def __init__(self, api: Any, shop: Shop) -> None:
        self.api, self.shop, self._calls = api, shop, 0

    async def call(self, mutation: str, answer: str = ORDER, **fields: Any) -> Any:
        """The payload of a mutation."""
        self._calls += 1
        key = fields.pop("key", f"call-{self._calls}")
        said = await self.api.ask(_mutation(mutation, answer), input=fields, key=key)
        return said.data[mutation]

    async def place(self, *lines: tuple[int | str, int], **fields: Any) -> Any:
        """The payload of an order of (item position or id, quantity)."""
        wanted = [
            {
                "itemId": global_id("Item", self.shop.setting.item_ids[item])
                if isinstance(item, int)
                else item,
                "quantity": str(quantity),
                "unitPrice": "10.00",
            }
            for item, quantity in lines
        ]
        channel = global_id("Channel", self.shop.channel_id)
        return await self.call("placeOrder", channelId=channel, lines=wanted, **fields)

    def at(self, order: Any, location: int) -> Any:
        """The work at a location for an order."""
        place = global_id("Location", self.shop.setting.location_ids[location])
        [found] = [w for w in order["fulfilmentOrders"] if w["location"]["id"] == place]
        return found


async def _desk(api: ApiUnderTest, tenant: TenantUnderTest, shop: Shop) -> Desk:
    return Desk(await api.user(tenant, "*"), shop)


def _figures(order: Any) -> list[tuple[str, ...]]:
    names = ("allocated", "shipped", "cancelled", "backordered")
    return [tuple(line[name] for name in names) for line in order["lines"]]


async def test_two_lines_of_one_item_share_what_there_is(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    desk = await _desk(api, tenant, shop)
    refused = await desk.place((0, 3), (0, 3), allOrNothing=True)
    assert refused["order"] is None
    [error] = refused["userErrors"]
    assert (error["__typename"], error["path"]) == ("StockShortError", ["lines", "1", "quantity"])
    assert (error["requested"], error["available"]) == ("3", "2")
    assert await shop.available() == 5
    placed = (await desk.place((0, 3), (0, 3)))["order"]
    assert _figures(placed) == [("3", "0", "0", "0"), ("2", "0", "0", "1")]
    assert await shop.available() == 0
    await desk.call("cancelOrder", orderId=placed["id"])
    whole = await desk.place((0, 3), (0, 2), allOrNothing=True)
    assert whole["order"]["status"] == "ALLOCATED"
    assert await violations(tenant) == {}


async def test_what_is_kept_already_counts_when_an_order_grows_and_shrinks(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(10)
    desk = await _desk(api, tenant, shop)
    order = (await desk.place((0, 6)))["order"]
    other = (await desk.place((0, 7)))["order"]
    assert _figures(other) == [("4", "0", "0", "3")]

    async def amend(which: Any, quantity: int) -> Any:
        line = {"lineId": which["lines"][0]["id"], "quantity": str(quantity)}
        return (await desk.call("amendOrder", orderId=which["id"], lines=[line]))["order"]

    assert _figures(await amend(other, 9)) == [("4", "0", "0", "5")]
    assert _figures(await amend(other, 4)) == [("4", "0", "0", "0")]
    assert await shop.available() == 0
    assert _figures(await amend(order, 4)) == [("4", "0", "0", "0")]
    assert await shop.available() == 2
    assert _figures(await amend(other, 7)) == [("6", "0", "0", "1")]
    assert _figures(await amend(other, 1)) == [("1", "0", "0", "0")]
    assert await shop.available() == 5
    assert await violations(tenant) == {}


async def _kit(shop: Shop, *items: int) -> str:
    """The global id of a virtual kit of one of each of these items."""
    async with shop.tenant.work() as work:
        kit = await new_item(work)
        mine = (Item.tenant_id == work.tenant_id, Item.id == kit)
        await work.execute(update(Item).where(*mine).values(kind="kit"))
        for item in items:
            row = {"kit_item_id": kit, "component_item_id": shop.setting.item_ids[item]}
            values = {"tenant_id": work.tenant_id, "quantity": Decimal(1), **row}
            await work.execute(insert(KitComponent).values(**values))
    return global_id("Item", kit)


async def test_kits_that_share_a_component_are_not_promised_it_twice(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, items=3)
    for item in range(3):
        await shop.stock(5, item=item)
    red, blue = await _kit(shop, 0, 1), await _kit(shop, 0, 2)
    desk = await _desk(api, tenant, shop)
    refused = await desk.place((red, 3), (0, 1), (blue, 2), allOrNothing=True)
    [error] = refused["userErrors"]
    assert (error["path"], error["item"]) == (["lines", "2", "quantity"], {"id": blue})
    assert (error["requested"], error["available"]) == ("2", "1")
    order = (await desk.place((red, 3), (0, 1), (blue, 2)))["order"]
    first, second = order["kits"]
    assert (first["item"]["id"], first["allocated"], first["backordered"]) == (red, "3", "0")
    assert (second["item"]["id"], second["allocated"], second["backordered"]) == (blue, "1", "1")
    assert (first["net"]["amount"], second["net"]["amount"]) == ("30.00", "20.00")
    assert [line["kit"] and line["kit"]["id"] for line in order["lines"]] == [
        first["id"],
        first["id"],
        None,
        second["id"],
        second["id"],
    ]
    part = [{"lineId": order["lines"][0]["id"], "quantity": "1"}]
    alone = await desk.call("cancelOrder", orderId=order["id"], lines=part)
    [error] = alone["userErrors"]
    assert (error["__typename"], error["lineNumber"]) == ("ComponentOfKitError", 1)
    kits = [{"kitId": first["id"], "quantity": "2"}]
    left = (await desk.call("cancelOrder", orderId=order["id"], kits=kits))["order"]
    assert (left["kits"][0]["allocated"], left["kits"][0]["cancelled"]) == ("1", "2")
    kits = [{"kitId": second["id"], "quantity": "4"}]
    grown = (await desk.call("amendOrder", orderId=order["id"], kits=kits))["order"]
    assert (grown["kits"][1]["quantity"], grown["kits"][1]["allocated"]) == ("4", "3")
    assert await shop.available(item=0) == 0
    assert await violations(tenant) == {}


WORK = "fulfilmentOrder { id status supportedActions }"


async def test_a_line_from_two_locations_is_cancelled_in_part(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(4, location=0)
    await shop.stock(6, location=1)
    desk = await _desk(api, tenant, shop)

    async def cancel(order: Any, quantity: int) -> Any:
        part = [{"lineId": order["lines"][0]["id"], "quantity": str(quantity)}]
        return await desk.call("cancelOrder", orderId=order["id"], lines=part)

    whole = (await desk.place((0, 8)))["order"]
    assert len(whole["allocations"]) == 2
    left = (await cancel(whole, 3))["order"]
    assert _figures(left) == [("5", "0", "3", "0")]
    assert await shop.available() == 5
    await desk.call("cancelOrder", orderId=whole["id"])
    assert await shop.available() == 10

    split = (await desk.place((0, 8)))["order"]
    places = sorted(
        (each for each in split["allocations"] if each["status"] == "OPEN"),
        key=lambda each: int(each["quantity"]),
    )
    first = {"orderId": split["id"], "locationIds": [places[0]["location"]["id"]]}
    released = (await desk.call("releaseOrder", **first))["order"]
    work = released["fulfilmentOrders"][0]["id"]
    for step in ("recordPick", "packFulfilmentOrder", "shipFulfilmentOrder"):
        assert (await desk.call(step, WORK, id=work))["userErrors"] == []
    shipped = int(places[0]["quantity"])
    too_much = await cancel(split, 8 - shipped + 1)
    [error] = too_much["userErrors"]
    assert error["__typename"] == "CancellationTooMuchError"
    assert error["available"] == str(8 - shipped)
    left = (await cancel(split, 8 - shipped))["order"]
    assert _figures(left) == [("0", str(shipped), str(8 - shipped), "0")]
    assert left["status"] == "SHIPPED"
    assert await shop.available() == 10 - shipped
    assert await violations(tenant) == {}


async def test_32_clients_with_shuffled_lines_and_repeated_keys_make_one_order_for_each_key(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, items=6, locations=2)
    for item in range(6):
        await shop.stock(40, item=item, location=item % 2)
    desk = await _desk(api, tenant, shop)
    chance = random.Random(4)
    calls = []
    for order in range(16):
        lines = [(item, 1 + (order + item) % 3) for item in range(6)]
        chance.shuffle(lines)
        calls += [(f"order-{order}", tuple(lines))] * 2
    chance.shuffle(calls)
    said = await asyncio.gather(*(desk.place(*lines, key=key) for key, lines in calls))
    assert len(calls) == 32
    numbers: dict[str, set[str]] = {}
    for (key, _), payload in zip(calls, said, strict=True):
        assert payload["userErrors"] == []
        numbers.setdefault(key, set()).add(payload["order"]["number"])
    assert Counter(map(len, numbers.values())) == {1: 16}
    assert len(set.union(*numbers.values())) == 16
    sold = [sum(1 + (order + item) % 3 for order in range(16)) for item in range(6)]
    for item in range(6):
        assert await shop.available(item=item) == 40 - min(sold[item], 40)
    assert await violations(tenant) == {}


async def test_a_location_rejects_and_another_one_is_told(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(4, location=0)
    await shop.stock(4, location=1)
    desk = await _desk(api, tenant, shop)
    order = (await desk.place((0, 3)))["order"]
    released = (await desk.call("releaseOrder", orderId=order["id"]))["order"]
    work = desk.at(released, 0)
    assert work["supportedActions"] == ["PICK", "REJECT", "CANCEL"]
    said = await desk.call("rejectFulfilmentOrder", WORK, id=work["id"], reason="NO_STOCK")
    assert said["fulfilmentOrder"]["status"] == "CANCELLED"
    released = (await desk.call("releaseOrder", orderId=order["id"]))["order"]
    assert _figures(released) == [("3", "0", "0", "0")]
    [line] = released["lines"]
    assert (line["rejections"], line["allocationStopped"]) == (1, False)
    work = desk.at(released, 1)
    assert work["lines"][0]["quantity"] == "3"
    await desk.call("rejectFulfilmentOrder", WORK, id=work["id"], reason="CLOSED", note="Feast")
    cleared = await desk.call("clearRejections", orderId=order["id"], reason="They are back")
    assert _figures(cleared["order"]) == [("3", "0", "0", "0")]
    assert cleared["order"]["lines"][0]["rejections"] == 0
    assert await violations(tenant) == {}
