"""Fulfilment over GraphQL: release, pick, pack, ship, and the way back from the books."""

import re
from typing import Any

from api.ids import global_id
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

WORK = """id number status supportedActions
          lines { id quantity picked packed shipped lot item { sku } }
          cartons { sscc hasShipped lines { quantity } }"""
RELEASE = f"""
mutation($i: ReleaseOrderInput!) {{
  releaseOrder(input: $i) {{
    order {{ status }} fulfilmentOrders {{ {WORK} }}
    userErrors {{ code ... on OrderIsHeldError {{ reason }} }}
  }}
}}"""
PICK = f"""
mutation($i: RecordPickInput!) {{
  recordPick(input: $i) {{ fulfilmentOrder {{ {WORK} }} userErrors {{ code }} }}
}}"""
PACK = f"""
mutation($i: PackFulfilmentOrderInput!) {{
  packFulfilmentOrder(input: $i) {{ fulfilmentOrder {{ {WORK} }}
    userErrors {{ code ... on NotThatMuchError {{ requested available }} }} }}
}}"""
SHIP = """
mutation($i: ShipFulfilmentOrderInput!) {
  shipFulfilmentOrder(input: $i) {
    shipment {
      number carrier trackingNumber lines { quantity revenue { amount } item { sku } }
      order { id } journals { milestone trace { order { id } } lines { leg amount { amount } } }
    }
    fulfilmentOrder { status supportedActions }
    userErrors { code ... on InvalidStateError { state allowed } }
  }
}"""


async def _released(api: ApiUnderTest, shop: Shop) -> tuple[ApiCaller, str, dict[str, Any]]:
    placed = await shop.place(shop.line(4))
    user = await api.user(shop.tenant, "*")
    order_id = global_id("Order", placed.order_id)
    done = (await user.ask(RELEASE, i={"orderId": order_id})).data["releaseOrder"]
    assert done["userErrors"] == []
    assert done["order"] == {"status": "IN_FULFILMENT"}
    return user, order_id, done["fulfilmentOrders"][0]


async def _packed(user: ApiCaller, work: dict[str, Any]) -> dict[str, Any]:
    """Pick everything and pack it into two cartons of two; the contents of one of them."""
    assert (work["status"], work["supportedActions"]) == ("RELEASED", ["PICK", "REJECT", "CANCEL"])
    picked = (await user.ask(PICK, i={"id": work["id"]})).data["recordPick"]["fulfilmentOrder"]
    assert (picked["status"], picked["supportedActions"]) == ("PICKED", ["PACK", "CANCEL"])
    two = {"lines": [{"lineId": work["lines"][0]["id"], "quantity": "2"}]}
    given = {"id": work["id"], "cartons": [two, two]}
    packed = (await user.ask(PACK, i=given)).data["packFulfilmentOrder"]["fulfilmentOrder"]
    assert packed["status"] == "PACKED"
    assert [len(carton["sscc"]) for carton in packed["cartons"]] == [18, 18]
    over = (await user.ask(PACK, i=given | {"cartons": [two]})).data["packFulfilmentOrder"]
    assert over["userErrors"] == [{"code": "NOT_THAT_MUCH", "requested": "2", "available": "0"}]
    return two


async def test_an_order_goes_out_step_by_step(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(4, value_minor=1000)
    user, order_id, work = await _released(api, shop)
    two = await _packed(user, work)
    part = {"id": work["id"], "lines": two["lines"], "carrier": "DHL", "trackingNumber": "T1"}
    first = (await user.ask(SHIP, i=part)).data["shipFulfilmentOrder"]
    left = {"status": "PARTIALLY_SHIPPED", "supportedActions": ["SHIP"]}
    assert first["fulfilmentOrder"] == left
    await user.ask(SHIP, i={"id": work["id"]})
    twice = (await user.ask(SHIP, i={"id": work["id"]})).data["shipFulfilmentOrder"]
    assert twice["userErrors"] == [{"code": "INVALID_STATE", "state": "shipped", "allowed": []}]
    listed = await user.ask(
        "query($id: ID!) { order(id: $id) { status shipments { number carrier } "
        "journals { milestone } } shipments { totalCount } "
        "fulfilmentOrders(filter: { statuses: [SHIPPED] }) { totalCount } }",
        id=order_id,
    )
    assert listed.data["order"]["status"] == "SHIPPED"
    assert listed.data["order"]["shipments"] == [
        {"number": "SH-1", "carrier": "DHL"},
        {"number": "SH-2", "carrier": None},
    ]
    assert len(listed.data["order"]["journals"]) == 4
    assert listed.data["shipments"] == {"totalCount": 2}
    assert listed.data["fulfilmentOrders"] == {"totalCount": 1}
    assert await violations(tenant) == {}


async def test_a_shipment_leads_to_its_journals_and_back(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.stock(4, value_minor=1000)
    user, order_id, work = await _released(api, shop)
    two = await _packed(user, work)
    part = {"id": work["id"], "lines": two["lines"]}
    shipment = (await user.ask(SHIP, i=part)).data["shipFulfilmentOrder"]["shipment"]
    assert shipment["lines"][0]["revenue"] == {"amount": "20.00"}
    assert shipment["order"] == {"id": order_id}
    booked = {
        leg["leg"]: leg["amount"]["amount"]
        for journal in shipment["journals"]
        for leg in journal["lines"]
    }
    assert booked == {
        "cost_of_goods": "5.00",
        "inventory": "-5.00",
        "unbilled": "20.00",
        "revenue": "-20.00",
    }
    assert {j["trace"]["order"]["id"] for j in shipment["journals"]} == {order_id}


async def test_work_is_called_off(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    await shop.stock(4)
    user, order_id, work = await _released(api, shop)
    done = await user.ask(
        "mutation($i: CancelFulfilmentOrderInput!) { cancelFulfilmentOrder(input: $i) "
        "{ fulfilmentOrder { status } userErrors { code } } }",
        i={"id": work["id"]},
    )
    assert done.data["cancelFulfilmentOrder"] == {
        "fulfilmentOrder": {"status": "CANCELLED"},
        "userErrors": [],
    }
    await user.ask(
        "mutation($i: HoldOrderInput!) { holdOrder(input: $i) { userErrors { code } } }",
        i={"orderId": order_id, "reason": "credit"},
    )
    held = (await user.ask(RELEASE, i={"orderId": order_id})).data["releaseOrder"]
    assert held["userErrors"] == [{"code": "ORDER_IS_HELD", "reason": "credit"}]


async def test_a_third_party_warehouse_works_on_its_own_and_sees_no_prices(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(2, location=0)
    await shop.stock(2, location=1)
    placed = await shop.place(shop.line(4))
    manager = await api.user(tenant, "*")
    await manager.ask(RELEASE, i={"orderId": global_id("Order", placed.order_id)})
    permissions = ("fulfilment.read", "fulfilment.pick", "fulfilment.pack", "fulfilment.ship")
    partner = await api.user(
        tenant, *permissions, "catalog.read", location_id=shop.setting.location_ids[1]
    )
    everything = "{ fulfilmentOrders { nodes { id status } } }"
    all_work = (await manager.ask(everything)).data["fulfilmentOrders"]["nodes"]
    [own] = (await partner.ask(everything)).data["fulfilmentOrders"]["nodes"]
    [foreign] = [work for work in all_work if work["id"] != own["id"]]
    assert (await partner.ask(PICK, i={"id": foreign["id"]})).error_codes == ["NOT_FOUND"]
    await partner.ask(PICK, i={"id": own["id"]})
    await partner.ask(PACK, i={"id": own["id"]})
    ship = re.sub(r"order \{ id \} journals .*", "", SHIP)
    shipped = (await partner.ask(ship, i={"id": own["id"]})).data["shipFulfilmentOrder"]
    assert shipped["userErrors"] == []
    assert [line["revenue"] for line in shipped["shipment"]["lines"]] == [None]
    assert (await shop.order(placed.order_id)).status == "partially_shipped"
    assert await violations(tenant) == {}


async def test_a_picker_is_told_which_lots_to_take(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, tracking="lot")
    for lot, quantity in (("L1", 3), ("L2", 2)):
        await shop.stock(quantity, lot=lot)
    _, _, work = await _released(api, shop)
    assert [(line["lot"], line["quantity"]) for line in work["lines"]] == [("L1", "3"), ("L2", "1")]
    reader = await api.user(tenant, "fulfilment.read")
    again = await reader.ask(
        "query($id: ID!) { node(id: $id) { ... on FulfilmentLine { lot } } }",
        id=work["lines"][1]["id"],
    )
    assert again.data["node"] == {"lot": "L2"}
