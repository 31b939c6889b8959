"""Orders over GraphQL: placed, seen, changed, by those who may."""

from typing import Any

from api.ids import global_id
from domain.orders.queries import order
from tests.factories.api import ApiUnderTest
from tests.factories.masters import new_party
from tests.factories.orders import Shop, new_shop
from tests.factories.tenants import TenantUnderTest

PLACE = """
mutation Place($input: PlaceOrderInput!) {
  placeOrder(input: $input) @idempotent(key: "place-1") {
    order {
      id number status currency total { amount currency } shipTo { city country }
      lines { id lineNumber ordered { value unit } quantity allocated backordered net { amount }
              item { sku } }
      supportedActions
    }
    userErrors {
      __typename code path
      ... on StockShortError { requested available item { id } }
      ... on DuplicateExternalOrderError { number order { id } }
      ... on ItemUnknownError { itemCode }
    }
  }
}
"""
LIST = """
query List($filter: OrderFilter) {
  orders(filter: $filter) { totalCount nodes { number status lines { lineNumber } } }
}
"""


def _input(shop: Shop, quantity: str = "2", **fields: Any) -> dict[str, Any]:
    line = {
        "itemId": global_id("Item", shop.setting.item_ids[0]),
        "quantity": quantity,
        "unitPrice": "9.99",
    }
    return {"channelId": global_id("Channel", shop.channel_id), "lines": [line]} | fields


async def test_an_order_is_placed_once_for_its_key_and_found_again(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    seller = await api.user(tenant, "*")
    wanted = _input(shop, shipTo={"city": "Bonn", "country": "DE"})
    first = await seller.ask(PLACE, input=wanted)
    placed = first.data["placeOrder"]
    assert placed["userErrors"] == []
    order = placed["order"]
    assert (order["number"], order["status"]) == ("SO-1", "ALLOCATED")
    assert order["total"] == {"amount": "19.98", "currency": "EUR"}
    assert order["shipTo"] == {"city": "Bonn", "country": "DE"}
    [line] = order["lines"]
    assert line["ordered"] == {"value": "2", "unit": "EA"}
    assert (line["allocated"], line["backordered"], line["net"]["amount"]) == ("2", "0", "19.98")
    assert order["supportedActions"] == ["RELEASE", "AMEND", "HOLD", "CANCEL"]
    assert (await seller.ask(PLACE, input=wanted)).data == first.data
    listed = (await seller.ask(LIST)).data["orders"]
    assert listed == {
        "totalCount": 1,
        "nodes": [{"number": "SO-1", "status": "ALLOCATED", "lines": [{"lineNumber": 1}]}],
    }
    shipped = (await seller.ask(LIST, filter={"statuses": ["SHIPPED"]})).data["orders"]
    assert shipped["totalCount"] == 0
    node = await seller.ask(
        "query($id: ID!) { node(id: $id) { ... on Order { number } } }", id=order["id"]
    )
    assert node.data["node"] == {"number": "SO-1"}


async def test_what_is_refused_says_why(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(1)
    seller = await api.user(tenant, "*")
    keyless = PLACE.replace('@idempotent(key: "place-1")', "")
    short = await seller.ask(keyless, input=_input(shop, allOrNothing=True))
    assert short.data["placeOrder"] == {
        "order": None,
        "userErrors": [
            {
                "__typename": "StockShortError",
                "code": "STOCK_SHORT",
                "path": ["lines", "0", "quantity"],
                "requested": "2",
                "available": "1",
                "item": {"id": global_id("Item", shop.setting.item_ids[0])},
            }
        ],
    }
    made = await seller.ask(keyless, input=_input(shop, externalId="X-1"))
    order_id = made.data["placeOrder"]["order"]["id"]
    again = await seller.ask(keyless, input=_input(shop, externalId="X-1"))
    [error] = again.data["placeOrder"]["userErrors"]
    assert (error["code"], error["number"]) == ("DUPLICATE_EXTERNAL_ORDER", "SO-1")
    assert error["order"] == {"id": order_id}
    unknown = {"lines": [{"code": "nothing", "quantity": "1"}]}
    [error] = (await seller.ask(keyless, input=_input(shop) | unknown)).data["placeOrder"][
        "userErrors"
    ]
    assert (error["code"], error["itemCode"]) == ("ITEM_UNKNOWN", "nothing")


async def test_orders_are_changed_by_those_who_may(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(5)
    placed = await shop.place(shop.line(5))
    order_id = global_id("Order", placed.order_id)
    line_id = global_id("OrderLine", placed.line_ids[0])
    clerk = await api.user(
        tenant,
        *(f"orders.{verb}" for verb in ("read", "amend", "cancel", "manage")),
        *("catalog.read", "allocation.run"),
    )
    amended = await clerk.ask(
        "mutation($i: AmendOrderInput!) { amendOrder(input: $i) { order { version "
        "lines { quantity allocated } } userErrors { code } } }",
        i={"orderId": order_id, "lines": [{"lineId": line_id, "quantity": "3"}]},
    )
    assert amended.data["amendOrder"] == {
        "order": {"version": 2, "lines": [{"quantity": "3", "allocated": "3"}]},
        "userErrors": [],
    }
    steps = (
        ("holdOrder", "HoldOrderInput", {"orderId": order_id, "reason": "credit"}, "HELD"),
        ("unholdOrder", "UnholdOrderInput", {"orderId": order_id}, "ALLOCATED"),
        ("allocateOrder", "AllocateOrderInput", {"orderId": order_id}, "ALLOCATED"),
        ("cancelOrder", "CancelOrderInput", {"orderId": order_id}, "CANCELLED"),
    )
    for mutation, kind, given, status in steps:
        text = f"mutation($i: {kind}!) {{ {mutation}(input: $i) {{ order {{ status }} userErrors {{ code }} }} }}"  # noqa: E501
        done = (await clerk.ask(text, i=given)).data[mutation]
        assert done == {"order": {"status": status}, "userErrors": []}
        reader = await api.user(tenant, "orders.read")
        assert (await reader.ask(text, i=given)).error_codes == ["FORBIDDEN"]
    paid = await clerk.ask(
        "mutation($i: SetPaymentStateInput!) { setPaymentState(input: $i) "
        "{ order { paymentState } userErrors { code } } }",
        i={"orderId": order_id, "paymentState": "PAID"},
    )
    assert paid.data["setPaymentState"]["order"] == {"paymentState": "PAID"}


async def test_a_partner_sees_and_places_only_its_own(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    party, other = await new_party(tenant), await new_party(tenant)
    await shop.place(shop.line(1), party_id=party)
    await shop.place(shop.line(1), party_id=other)
    partner = await api.user(
        tenant, "orders.read", "orders.place", "orders.cancel", "catalog.read", party_id=party
    )
    assert [n["number"] for n in (await partner.ask(LIST)).data["orders"]["nodes"]] == ["SO-1"]
    foreign = global_id("Order", (await _order_id(shop, "SO-2")))
    refused = await partner.ask(
        "mutation($i: CancelOrderInput!) { cancelOrder(input: $i) { userErrors { code } } }",
        i={"orderId": foreign},
    )
    assert refused.error_codes == ["NOT_FOUND"]
    wanted = _input(shop)
    wanted["lines"][0].pop("unitPrice")
    place = PLACE.replace('@idempotent(key: "place-1")', "")
    missing = (await partner.ask(place, input=wanted)).data["placeOrder"]
    assert [e["code"] for e in missing["userErrors"]] == ["PRICE_MISSING"]
    assert (await partner.ask(place, input=_input(shop))).error_codes == ["FORBIDDEN"]
    for_other = wanted | {"partyId": global_id("Party", other)}
    assert (await partner.ask(place, input=for_other)).error_codes == ["NOT_FOUND"]


async def _order_id(shop: Shop, number: str) -> int:
    async with shop.tenant.read() as reader:
        row = await order(reader, number=number)
    assert row is not None
    return int(row.id)
