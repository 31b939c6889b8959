"""Lots and serial numbers over GraphQL, from the receipt to the customer."""

from typing import Any

from api.ids import global_id
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.orders import Shop, new_shop, violations
from tests.factories.tenants import TenantUnderTest

ERRORS = """userErrors {
  __typename code path
  ... on LotDiffersError { lot expiresOn item { id } }
  ... on LotBlockedError { lot status item { id } }
  ... on SerialTakenError { serial item { id } }
  ... on SerialNotThereError { serial item { id } }
  ... on SerialsMissingError { requested named item { id } }
  ... on StockShortError { requested available }
}"""
RECEIVE = f"""
mutation Receive($input: ReceiveStockInput!) {{
  receiveStock(input: $input) {{ balances {{ id lot onHand {{ value }} }} {ERRORS} }}
}}"""
LOTS = """
query Lots($filter: LotFilter, $orderBy: LotOrder, $after: String) {
  lots(filter: $filter, orderBy: $orderBy, after: $after, first: 2) {
    totalCount pageInfo { endCursor hasNextPage }
    nodes { id code expiresOn status onHand { value unit } reserved { value } version }
  }
}"""
BALANCES = """
query Balances { stockBalances { nodes {
  lot onHand { value } available { value } expired { value } blocked { value }
  lotDetails { code status statusReason expiresOn item { id } }
} } }"""
SET_STATUS = f"""
mutation SetStatus($input: SetLotStatusInput!) {{
  setLotStatus(input: $input) {{ lot {{ code status statusReason version }} {ERRORS} }}
}}"""
SET_DAYS = f"""
mutation SetDays($input: SetLotDaysInput!) {{
  setLotDays(input: $input) {{ lot {{ expiresOn manufacturedOn }} {ERRORS} }}
}}"""
RELEASE = """
mutation Release($input: ReleaseOrderInput!) {
  releaseOrder(input: $input) { fulfilmentOrders { id lines { id lot quantity } }
                                userErrors { code } }
}"""
PICK = f"""
mutation Pick($input: RecordPickInput!) {{
  recordPick(input: $input) {{ fulfilmentOrder {{ status lines {{ lot quantity picked }} }}
                               {ERRORS} }}
}}"""
PACK = """
mutation Pack($input: PackFulfilmentOrderInput!) {
  packFulfilmentOrder(input: $input) { fulfilmentOrder { status } userErrors { code } }
}"""
SHIP = f"""
mutation Ship($input: ShipFulfilmentOrderInput!) {{
  shipFulfilmentOrder(input: $input) {{ shipment {{ id number }} {ERRORS} }}
}}"""
SERIALS = """
query Serials($filter: SerialNumberFilter) {
  serialNumbers(filter: $filter, orderBy: { field: CODE }) { totalCount nodes {
    code state item { id } balance { onHand { value } }
    history { kind state reason actor reference { id __typename } balance { id } }
  } }
}"""


async def _receive(caller: ApiCaller, shop: Shop, *lines: dict[str, Any]) -> dict[str, Any]:
    item_id = global_id("Item", shop.setting.item_ids[0])
    location_id = global_id("Location", shop.setting.location_ids[0])
    wanted = {
        "locationId": location_id,
        "lines": [{"itemId": item_id, "unitCost": "1.00", **line} for line in lines],
    }
    answer = await caller.ask(RECEIVE, input=wanted)
    done: dict[str, Any] = answer.data["receiveStock"]
    return done


async def _released(caller: ApiCaller, shop: Shop, quantity: int) -> dict[str, Any]:
    placed = await shop.place(shop.line(quantity))
    answer = await caller.ask(RELEASE, input={"orderId": global_id("Order", placed.order_id)})
    (work,) = answer.data["releaseOrder"]["fulfilmentOrders"]
    found: dict[str, Any] = work
    return found


async def test_a_lot_is_received_and_listed(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, tracking="lot")
    item = {"id": global_id("Item", shop.setting.item_ids[0])}
    caller = await api.user(tenant, "*")
    done = await _receive(
        caller,
        shop,
        {"quantity": "5", "lot": "B", "expiresOn": "2099-01-31"},
        {"quantity": "2", "unit": "CASE", "lot": "A", "expiresOn": "2098-12-31"},
        {"quantity": "1", "lot": "OLD", "expiresOn": "2001-01-01"},
    )
    assert done["userErrors"] == []
    refused = await _receive(caller, shop, {"quantity": "1", "lot": "A", "expiresOn": "2097-01-01"})
    assert refused["userErrors"] == [
        {
            "__typename": "LotDiffersError",
            "code": "LOT_DIFFERS",
            "path": [],
            "lot": "A",
            "expiresOn": "2098-12-31",
            "item": item,
        }
    ]
    order = {"field": "EXPIRES_ON"}
    first = (await caller.ask(LOTS, orderBy=order)).data["lots"]
    assert first["totalCount"] == 3
    assert [(lot["code"], lot["onHand"]["value"]) for lot in first["nodes"]] == [
        ("OLD", "1"),
        ("A", "20"),
    ]
    after = first["pageInfo"]["endCursor"]
    (last,) = (await caller.ask(LOTS, orderBy=order, after=after)).data["lots"]["nodes"]
    assert (last["code"], last["expiresOn"], last["status"]) == ("B", "2099-01-31", "RELEASED")


async def test_a_lot_is_kept_back_and_its_days_corrected(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, tracking="lot")
    item = {"id": global_id("Item", shop.setting.item_ids[0])}
    caller = await api.user(tenant, "*")
    await _receive(
        caller,
        shop,
        {"quantity": "5", "lot": "B", "expiresOn": "2099-01-31"},
        {"quantity": "2", "unit": "CASE", "lot": "A", "expiresOn": "2098-12-31"},
        {"quantity": "1", "lot": "OLD", "expiresOn": "2001-01-01"},
    )
    (last,) = (await caller.ask(LOTS, filter={"code": "B"})).data["lots"]["nodes"]
    change = {"id": last["id"], "status": "QUARANTINED", "reason": "smell", "expectedVersion": 1}
    answer = await caller.ask(SET_STATUS, input=change)
    assert answer.data["setLotStatus"] == {
        "lot": {"code": "B", "status": "QUARANTINED", "statusReason": "smell", "version": 2},
        "userErrors": [],
    }
    answer = await caller.ask(SET_STATUS, input=change)
    assert answer.data["setLotStatus"]["userErrors"][0]["code"] == "STALE_VERSION"
    days = {"id": last["id"], "expiresOn": None, "manufacturedOn": "2026-01-01", "reason": "label"}
    answer = await caller.ask(SET_DAYS, input=days)
    assert answer.data["setLotDays"]["lot"] == {"expiresOn": None, "manufacturedOn": "2026-01-01"}
    rows = (await caller.ask(BALANCES)).data["stockBalances"]["nodes"]
    assert {
        row["lot"]: tuple(row[name]["value"] for name in ("available", "expired", "blocked"))
        for row in rows
    } == {"B": ("0", "0", "5"), "A": ("20", "0", "0"), "OLD": ("0", "1", "0")}
    (blocked,) = (row for row in rows if row["lot"] == "B")
    assert blocked["lotDetails"] == {
        "code": "B",
        "status": "QUARANTINED",
        "statusReason": "smell",
        "expiresOn": None,
        "item": item,
    }
    assert await violations(tenant) == {}


async def test_a_picker_takes_another_lot_and_a_recalled_one_stays(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, tracking="lot")
    caller = await api.user(tenant, "*")
    await _receive(
        caller,
        shop,
        {"quantity": "5", "lot": "LATE", "expiresOn": "2099-01-31"},
        {"quantity": "5", "lot": "SOON", "expiresOn": "2098-01-31"},
    )
    work = await _released(caller, shop, 3)
    assert [line["lot"] for line in work["lines"]] == ["SOON"]
    lots = (await caller.ask(LOTS, filter={"code": "SOON"})).data["lots"]["nodes"]
    recall = {"id": lots[0]["id"], "status": "RECALLED", "reason": "supplier"}
    await caller.ask(SET_STATUS, input=recall)
    answer = await caller.ask(PICK, input={"id": work["id"]})
    (error,) = answer.data["recordPick"]["userErrors"]
    assert (error["__typename"], error["lot"], error["status"]) == (
        "LotBlockedError",
        "SOON",
        "recalled",
    )
    line = {"lineId": work["lines"][0]["id"], "quantity": "3", "lot": "LATE"}
    answer = await caller.ask(PICK, input={"id": work["id"], "lines": [line]})
    assert answer.data["recordPick"] == {
        "fulfilmentOrder": {
            "status": "PICKED",
            "lines": [
                {"lot": "SOON", "quantity": "0", "picked": "0"},
                {"lot": "LATE", "quantity": "3", "picked": "3"},
            ],
        },
        "userErrors": [],
    }
    assert await violations(tenant) == {}


async def test_a_piece_is_followed_from_the_receipt_to_the_customer(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, tracking="serial")
    item = {"id": global_id("Item", shop.setting.item_ids[0])}
    caller = await api.user(tenant, "*")
    await _receive(caller, shop, {"quantity": "2", "serials": ["S1", "S2"]})
    taken = await _receive(caller, shop, {"quantity": "1", "serials": ["S2"]})
    assert taken["userErrors"] == [
        {
            "__typename": "SerialTakenError",
            "code": "SERIAL_TAKEN",
            "path": [],
            "serial": "S2",
            "item": item,
        }
    ]
    work = await _released(caller, shop, 1)
    await caller.ask(PICK, input={"id": work["id"]})
    await caller.ask(PACK, input={"id": work["id"]})
    answer = await caller.ask(SHIP, input={"id": work["id"]})
    assert answer.data["shipFulfilmentOrder"]["userErrors"] == [
        {
            "__typename": "SerialsMissingError",
            "code": "SERIALS_MISSING",
            "path": ["lines"],
            "requested": "1",
            "named": 0,
            "item": item,
        }
    ]
    line = {"lineId": work["lines"][0]["id"], "quantity": "1", "serials": ["S9"]}
    answer = await caller.ask(SHIP, input={"id": work["id"], "lines": [line]})
    (error,) = answer.data["shipFulfilmentOrder"]["userErrors"]
    assert (error["code"], error["serial"]) == ("SERIAL_NOT_THERE", "S9")
    answer = await caller.ask(SHIP, input={"id": work["id"], "lines": [line | {"serials": ["S2"]}]})
    shipment = answer.data["shipFulfilmentOrder"]["shipment"]
    found = (await caller.ask(SERIALS, filter={"code": "S2"})).data["serialNumbers"]
    assert found["totalCount"] == 1
    piece = found["nodes"][0]
    assert (piece["state"], piece["item"]) == ("SHIPPED", item)
    assert [(each["kind"], each["state"]) for each in piece["history"]] == [
        ("RECEIPT", "AVAILABLE"),
        ("ISSUE", "SHIPPED"),
    ]
    assert piece["history"][1]["reference"] == {"id": shipment["id"], "__typename": "Shipment"}
    assert await violations(tenant) == {}


async def test_a_warehouse_follows_pieces_at_its_own_place_only(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, tracking="serial", locations=2)
    caller = await api.user(tenant, "*")
    await _receive(caller, shop, {"quantity": "1", "serials": ["S1"]})
    for location, codes in zip(shop.setting.location_ids, (["S1"], []), strict=True):
        partner = await api.user(tenant, "inventory.read", "catalog.read", location_id=location)
        nodes = (await partner.ask(SERIALS)).data["serialNumbers"]["nodes"]
        assert [node["code"] for node in nodes] == codes
