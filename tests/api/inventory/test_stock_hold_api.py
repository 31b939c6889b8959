"""Carts and quotes hold stock over GraphQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

from api.ids import global_id
from domain.channels.operations import update_channel
from tenancy.permissions import OF_PARTY
from tests.factories.api import ApiUnderTest
from tests.factories.masters import new_party
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

HOLD = """hold {
  id kind holder status expiresAt endedAt version channel { id }
  lines { quantity { value unit } lot item { id } location { id } }
}
userErrors {
  __typename code path
  ... on StockShortError { requested available item { id } }
  ... on HoldEndedError { holdId status }
}"""
HOLD_STOCK = f"mutation Hold($input: HoldStockInput!) {{ holdStock(input: $input) {{ {HOLD} }} }}"
EXTEND = f"mutation Extend($input: ExtendHoldInput!) {{ extendHold(input: $input) {{ {HOLD} }} }}"
RELEASE = (
    f"mutation Release($input: ReleaseHoldInput!) {{ releaseHold(input: $input) {{ {HOLD} }} }}"
)
HOLDS = """
query Holds($filter: StockHoldFilter) {
  stockHolds(filter: $filter, orderBy: { field: EXPIRES_AT }) { totalCount nodes { id status } }
}"""
MOVEMENTS = """
query Movements { stockMovements(first: 2) { nodes { kind reference { id } } } }"""


def _wanted(shop: Shop, quantity: str, **fields: Any) -> dict[str, Any]:
    line = {"itemId": global_id("Item", shop.setting.item_ids[0]), "quantity": quantity}
    return {
        "channelId": global_id("Channel", shop.channel_id),
        "lines": [line | {"unit": "CASE"}],
        "holder": "cart-7",
    } | fields


async def test_a_cart_holds_stock(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(25)
    caller = await api.user(tenant, "*")
    done = (await caller.ask(HOLD_STOCK, input=_wanted(shop, "2"))).data["holdStock"]
    hold = done["hold"]
    assert (hold["kind"], hold["holder"], hold["status"]) == ("CART", "cart-7", "OPEN")
    assert hold["lines"] == [
        {
            "quantity": {"value": "20", "unit": "EA"},
            "lot": None,
            "item": {"id": global_id("Item", shop.setting.item_ids[0])},
            "location": {"id": global_id("Location", shop.setting.location_ids[0])},
        }
    ]
    short = (await caller.ask(HOLD_STOCK, input=_wanted(shop, "1"))).data["holdStock"]
    assert short == {
        "hold": None,
        "userErrors": [
            {
                "__typename": "StockShortError",
                "code": "STOCK_SHORT",
                "path": ["lines", "0", "quantity"],
                "requested": "10",
                "available": "5",
                "item": {"id": global_id("Item", shop.setting.item_ids[0])},
            }
        ],
    }
    assert await violations(tenant) == {}


async def test_a_hold_is_kept_longer_and_given_up(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(25)
    caller = await api.user(tenant, "*")
    hold = (await caller.ask(HOLD_STOCK, input=_wanted(shop, "2"))).data["holdStock"]["hold"]
    until = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    answer = await caller.ask(EXTEND, input={"id": hold["id"], "expiresAt": until})
    assert answer.data["extendHold"]["hold"]["version"] == 2
    answer = await caller.ask(RELEASE, input={"id": hold["id"]})
    assert answer.data["releaseHold"]["hold"]["status"] == "RELEASED"
    answer = await caller.ask(EXTEND, input={"id": hold["id"], "expiresAt": until})
    assert answer.data["extendHold"]["userErrors"] == [
        {
            "__typename": "HoldEndedError",
            "code": "HOLD_ENDED",
            "path": [],
            "holdId": hold["id"],
            "status": "released",
        }
    ]
    found = (await caller.ask(HOLDS, filter={"holder": "cart-7"})).data["stockHolds"]
    assert found == {"totalCount": 1, "nodes": [{"id": hold["id"], "status": "RELEASED"}]}
    item = global_id("Item", shop.setting.item_ids[0])
    for filter_, count in (({"itemId": item}, 1), ({"status": "OPEN"}, 0), ({"kind": "QUOTE"}, 0)):
        answer = await caller.ask(HOLDS, filter=filter_)
        assert answer.data["stockHolds"]["totalCount"] == count
    moved = (await caller.ask(MOVEMENTS)).data["stockMovements"]["nodes"]
    assert moved == [
        {"kind": "RELEASE", "reference": {"id": hold["id"]}},
        {"kind": "RESERVATION", "reference": {"id": hold["id"]}},
    ]
    assert await shop.available() == 25
    assert await violations(tenant) == {}


async def test_holding_takes_the_right_to_place_orders(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(25)
    caller = await api.user(tenant, "orders.read", "inventory.read", "catalog.read")
    answer = await caller.ask(HOLD_STOCK, input=_wanted(shop, "1"))
    assert answer.error_codes == ["FORBIDDEN"]
    assert await shop.available() == 25


PLACE = """
mutation Place($input: PlaceOrderInput!) {
  placeOrder(input: $input) { order { status } userErrors { code } }
}"""


async def test_a_cart_becomes_an_order(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(20)
    caller = await api.user(tenant, "*")
    hold = (await caller.ask(HOLD_STOCK, input=_wanted(shop, "2"))).data["holdStock"]["hold"]
    line = _wanted(shop, "2")["lines"][0] | {"unitPrice": "1.00"}
    order = {
        "channelId": global_id("Channel", shop.channel_id),
        "lines": [line],
        "allOrNothing": True,
    }
    answer = await caller.ask(PLACE, input=order)
    assert answer.data["placeOrder"]["userErrors"] == [{"code": "STOCK_SHORT"}]
    answer = await caller.ask(PLACE, input=order | {"holdIds": [hold["id"]]})
    assert answer.data["placeOrder"] == {"order": {"status": "ALLOCATED"}, "userErrors": []}
    found = (await caller.ask(HOLDS)).data["stockHolds"]["nodes"]
    assert found == [{"id": hold["id"], "status": "PLACED"}]
    assert await violations(tenant) == {}


async def test_a_customer_is_told_of_a_shortage_what_the_channel_shows(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    async with tenant.work() as work:
        await update_channel(work, channel_id=shop.channel_id, availability_shown="levels")
    customer = await api.user(tenant, *OF_PARTY, party_id=await new_party(tenant))
    document = HOLD_STOCK.replace(
        "... on HoldEndedError",
        "... on StockLackingError { requested level } ... on HoldEndedError",
    )
    short = (await customer.ask(document, input=_wanted(shop, "1"))).data["holdStock"]
    [error] = short["userErrors"]
    assert (error["code"], error["requested"], error["level"]) == ("STOCK_LACKING", "10", "LOW")
    house = await api.user(tenant, "*")
    short = (await house.ask(document, input=_wanted(shop, "1"))).data["holdStock"]
    [error] = short["userErrors"]
    assert (error["code"], error["requested"], error["available"]) == ("STOCK_SHORT", "10", "5")
