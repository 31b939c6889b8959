"""Kits over GraphQL: told, put together, taken apart, available."""

from typing import Any

from api.ids import global_id
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

TELL = """
mutation Tell($input: SetKitComponentsInput!) {
  setKitComponents(input: $input) {
    item { id kind version components { quantity { value unit } item { id } } }
    userErrors { code path ... on KitOfItselfError { item { id } } }
  }
}"""
ASSEMBLE = """
mutation Assemble($input: KitAssemblyInput!) {
  %s(input: $input) {
    document { number kind reason movements { kind onHand { value } unitCost } journals { id } }
    balances { onHand { value } }
    userErrors { code path ... on StockShortError { requested available item { id } } }
  }
}"""
UPDATE = """
mutation Update($input: UpdateItemInput!) {
  updateItem(input: $input) { item { kind } userErrors { code } }
}"""
AVAILABILITY = """
query Availability($items: [ID!]!) {
  availability(itemIds: $items) { available { value } locations { available { value } } }
}"""


def _item(shop: Shop, position: int) -> str:
    return global_id("Item", shop.setting.item_ids[position])


async def _tell(caller: ApiCaller, shop: Shop, kit: int, *parts: tuple[int, str]) -> Any:
    components = [{"itemId": _item(shop, n), "quantity": quantity} for n, quantity in parts]
    wanted = {"itemId": _item(shop, kit), "components": components}
    return (await caller.ask(TELL, input=wanted)).data["setKitComponents"]


async def test_a_kit_is_told_put_together_and_taken_apart(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, items=3)
    caller = await api.user(tenant, "*")
    told = await _tell(caller, shop, 0, (1, "2"), (2, "1.5"))
    assert told["item"]["components"] == [
        {"quantity": {"value": "2", "unit": "EA"}, "item": {"id": _item(shop, 1)}},
        {"quantity": {"value": "1.5", "unit": "EA"}, "item": {"id": _item(shop, 2)}},
    ]
    circle = await _tell(caller, shop, 2, (0, "1"))
    assert circle["userErrors"] == [
        {"code": "KIT_OF_ITSELF", "path": ["components"], "item": {"id": _item(shop, 2)}}
    ]
    await shop.stock(10, item=1, value_minor=1000)
    await shop.stock(10, item=2, value_minor=300)
    place = {"locationId": global_id("Location", shop.setting.location_ids[0])}
    wanted = place | {"itemId": _item(shop, 0), "quantity": "4"}
    done = (await caller.ask(ASSEMBLE % "assembleKits", input=wanted)).data["assembleKits"]
    assert done == {
        "document": {
            "number": "KA-1",
            "kind": "kit_assembly",
            "reason": "assembled",
            "movements": [
                {"kind": "KIT_ASSEMBLY", "onHand": {"value": "-8"}, "unitCost": None},
                {"kind": "KIT_ASSEMBLY", "onHand": {"value": "-6"}, "unitCost": None},
                {"kind": "KIT_ASSEMBLY", "onHand": {"value": "4"}, "unitCost": "2.450000"},
            ],
            "journals": [],
        },
        "balances": [
            {"onHand": {"value": "2"}},
            {"onHand": {"value": "4"}},
            {"onHand": {"value": "4"}},
        ],
        "userErrors": [],
    }
    assert await violations(tenant) == {}


async def test_kits_are_taken_apart_and_more_than_there_is_refused(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, items=3)
    caller = await api.user(tenant, "*")
    await _tell(caller, shop, 0, (1, "2"), (2, "1.5"))
    await shop.stock(10, item=1, value_minor=1000)
    await shop.stock(10, item=2, value_minor=300)
    place = {"locationId": global_id("Location", shop.setting.location_ids[0])}
    wanted = place | {"itemId": _item(shop, 0), "quantity": "4"}
    await caller.ask(ASSEMBLE % "assembleKits", input=wanted)
    short = (await caller.ask(ASSEMBLE % "assembleKits", input=wanted)).data["assembleKits"]
    assert short["userErrors"] == [
        {
            "code": "STOCK_SHORT",
            "path": ["quantity"],
            "requested": "8",
            "available": "2",
            "item": {"id": _item(shop, 1)},
        }
    ]
    wanted["quantity"] = "1"
    back = await caller.ask(ASSEMBLE % "disassembleKits", input=wanted)
    assert back.data["disassembleKits"]["userErrors"] == []
    assert [await shop.available(item=n) for n in range(3)] == [3, 4, 5.5]
    assert await violations(tenant) == {}


async def test_of_a_kit_there_is_what_its_components_make(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, items=3, locations=2)
    caller = await api.user(tenant, "*")
    await _tell(caller, shop, 0, (1, "2"), (2, "1"))
    answer = await caller.ask(UPDATE, input={"id": _item(shop, 0), "kind": "KIT"})
    assert answer.data["updateItem"] == {"item": {"kind": "KIT"}, "userErrors": []}
    for location, quantity in ((0, 5), (1, 7)):
        await shop.stock(quantity, item=1, location=location)
        await shop.stock(2 + location, item=2, location=location)
    found = (await caller.ask(AVAILABILITY, items=[_item(shop, 0)])).data["availability"]
    assert found == [
        {
            "available": {"value": "5"},
            "locations": [{"available": {"value": "2"}}, {"available": {"value": "3"}}],
        }
    ]


async def test_kits_are_told_and_made_by_right_only(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, items=2)
    reader = await api.user(tenant, "catalog.read", "inventory.read")
    answer = await reader.ask(TELL, input={"itemId": _item(shop, 0), "components": []})
    assert answer.error_codes == ["FORBIDDEN"]
    place = {"locationId": global_id("Location", shop.setting.location_ids[0])}
    wanted = place | {"itemId": _item(shop, 0), "quantity": "4"}
    answer = await reader.ask(ASSEMBLE % "assembleKits", input=wanted)
    assert answer.error_codes == ["FORBIDDEN"]
