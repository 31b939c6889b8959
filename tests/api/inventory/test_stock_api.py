"""Stock over GraphQL: received, corrected, held, promised, and traced to the books."""

from typing import Any

import pytest

from api.ids import global_id
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.checks import violations
from tests.factories.stock import StockSetting, new_stock_setting
from tests.factories.tenants import TenantUnderTest, new_tenant

READS = ("inventory.read", "entities.read", "catalog.read", "ledger.read")
WRITES = ("inventory.receive", "inventory.adjust")
ERRORS = """
userErrors {
  __typename code message path
  ... on StockShortError { requested available item { id } location { id } }
  ... on StockChangedError { expected actual item { id } }
  ... on QuantityNotExactError { quantity }
}
"""
DOCUMENT = (
    """
document { number kind reason externalReference location { id } owner { id }
  movements { kind onHand { value unit } unitCost balance { id } reference { id } }
  journals { number lines { leg amount { amount currency } account { code } }
             source { id } trace { stockDocument { ... on StockDocument { number } } } } }
balances { id onHand { value unit } damaged { value } available { value } version }
"""
    + ERRORS
)
RECEIVE = f"""
mutation Receive($input: ReceiveStockInput!, $key: String = "none") {{
  receiveStock(input: $input) @idempotent(key: $key) {{ {DOCUMENT} }}
}}
"""
ADJUST = f"""
mutation Adjust($input: AdjustStockInput!) {{ adjustStock(input: $input) {{ {DOCUMENT} }} }}
"""
CHANGE_STATE = f"""
mutation ChangeState($input: ChangeStockStateInput!) {{
  changeStockState(input: $input) {{ {DOCUMENT} }}
}}
"""
KEEP_BACK = f"""
mutation KeepBack($input: SetSafetyStockInput!) {{
  setSafetyStock(input: $input) {{ balance {{ safetyStock {{ value }} }} {ERRORS} }}
}}
"""
BALANCES = """
query Balances($filter: StockBalanceFilter, $orderBy: StockBalanceOrder) {
  stockBalances(filter: $filter, orderBy: $orderBy) {
    totalCount
    nodes { id onHand { value unit } item { id sku } location { id } owner { id } }
  }
}
"""
MOVEMENTS = """
query Movements($filter: StockMovementFilter) {
  stockMovements(filter: $filter) { totalCount nodes { kind onHand { value } item { id } } }
}
"""
AVAILABILITY = """
query Availability($items: [ID!]!, $locations: [ID!]) {
  availability(itemIds: $items, locationIds: $locations) {
    item { id } available { value unit } locations { location { id } available { value } }
  }
}
"""


def _ids(setting: StockSetting) -> dict[str, Any]:
    return {
        "location": global_id("Location", setting.location_ids[0]),
        "owner": global_id("LegalEntity", setting.entity_id),
        "items": [global_id("Item", item) for item in setting.item_ids],
    }


async def _receive(
    caller: ApiCaller, setting: StockSetting, *quantities: str, **fields: Any
) -> dict[str, Any]:
    ids = _ids(setting)
    lines = [
        {"itemId": item, "quantity": quantity, "unitCost": "1.001"}
        for item, quantity in zip(ids["items"], quantities, strict=True)
    ]
    wanted = {"locationId": ids["location"], "lines": lines} | fields
    answer = await caller.ask(RECEIVE, input=wanted, key=str(wanted))
    done: dict[str, Any] = answer.data["receiveStock"]
    return done


async def test_a_receipt_answers_with_all_that_followed(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    setting = await new_stock_setting(tenant)
    ids = _ids(setting)
    caller = await api.user(tenant, *READS, *WRITES)
    line = {"itemId": ids["items"][0], "quantity": "2.5", "unit": "CASE", "unitCost": "12.34"}
    fields = {"lines": [line], "externalReference": "ASN-7", "reason": "purchase"}
    done = await _receive(caller, setting, "0", **fields)
    assert done["userErrors"] == []
    (balance,) = done["balances"]
    assert balance["onHand"] == {"value": "25", "unit": "EA"}
    document = done["document"]
    assert document["journals"][0]["source"] == document["movements"][0]["reference"]
    del document["journals"][0]["source"], document["movements"][0]["reference"]
    assert document["journals"][0].pop("number").endswith("-2026-1")
    assert document == {
        "number": "RC-1",
        "kind": "receipt",
        "reason": "purchase",
        "externalReference": "ASN-7",
        "location": {"id": ids["location"]},
        "owner": {"id": ids["owner"]},
        "movements": [
            {
                "kind": "RECEIPT",
                "onHand": {"value": "25", "unit": "EA"},
                "unitCost": "1.234000",
                "balance": {"id": balance["id"]},
            }
        ],
        "journals": [
            {
                "lines": [
                    {
                        "leg": "inventory",
                        "amount": {"amount": "30.85", "currency": "EUR"},
                        "account": {"code": "1200"},
                    },
                    {
                        "leg": "goods_received",
                        "amount": {"amount": "-30.85", "currency": "EUR"},
                        "account": {"code": "2050"},
                    },
                ],
                "trace": {"stockDocument": {"number": "RC-1"}},
            }
        ],
    }


async def test_a_repeated_receipt_is_one_receipt(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    setting = await new_stock_setting(tenant)
    caller = await api.user(tenant, *READS, *WRITES)
    assert await _receive(caller, setting, "5") == await _receive(caller, setting, "5")
    listed = (await caller.ask(BALANCES)).data["stockBalances"]
    assert [node["onHand"]["value"] for node in listed["nodes"]] == ["5"]


async def test_stock_is_listed_and_promised(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    setting = await new_stock_setting(tenant, items=2, locations=2)
    ids = _ids(setting)
    caller = await api.user(tenant, *READS, *WRITES)
    await _receive(caller, setting, "5", "7")
    there = global_id("Location", setting.location_ids[1])
    await _receive(caller, setting, "1", "2", locationId=there)
    by_most = {"field": "ON_HAND", "direction": "DESC"}
    listed = (await caller.ask(BALANCES, orderBy=by_most)).data["stockBalances"]
    assert listed["totalCount"] == 4
    assert [node["onHand"]["value"] for node in listed["nodes"]] == ["7", "5", "2", "1"]
    assert listed["nodes"][0]["owner"]["id"] == ids["owner"]
    where = {"itemId": ids["items"][1], "locationId": there}
    assert (await caller.ask(BALANCES, filter=where)).data["stockBalances"]["totalCount"] == 1
    moved = (
        await caller.ask(MOVEMENTS, filter={"itemId": ids["items"][0], "kind": "RECEIPT"})
    ).data
    assert [node["onHand"]["value"] for node in moved["stockMovements"]["nodes"]] == ["1", "5"]
    wanted = [ids["items"][1], global_id("Item", 10**9), ids["items"][0]]
    found = (await caller.ask(AVAILABILITY, items=wanted)).data["availability"]
    assert [(each["item"]["id"], each["available"]) for each in found] == [
        (ids["items"][1], {"value": "9", "unit": "EA"}),
        (ids["items"][0], {"value": "6", "unit": "EA"}),
    ]
    here = (await caller.ask(AVAILABILITY, items=wanted[:1], locations=[there])).data
    assert here["availability"][0]["locations"] == [
        {"location": {"id": there}, "available": {"value": "2"}}
    ]
    too_many = await caller.ask(AVAILABILITY, items=wanted[:1] * 101)
    assert too_many.error_codes == ["BAD_INPUT"]


async def test_stock_is_corrected_held_and_kept_back(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    setting = await new_stock_setting(tenant)
    ids = _ids(setting)
    caller = await api.user(tenant, *READS, *WRITES)
    await _receive(caller, setting, "10")
    at = {"locationId": ids["location"]}
    line = {"itemId": ids["items"][0], "quantity": "8", "expected": "10"}
    done = (await caller.ask(ADJUST, input={**at, "lines": [line], "reason": "counted"})).data
    assert done["adjustStock"]["document"]["journals"][0]["lines"][0]["amount"] == {
        "amount": "-2.00",
        "currency": "EUR",
    }
    one = {**at, "itemId": ids["items"][0], "quantity": "3"}
    held = {**one, "fromState": "AVAILABLE", "toState": "DAMAGED", "reason": "wet"}
    done = (await caller.ask(CHANGE_STATE, input=held)).data["changeStockState"]
    assert done["userErrors"] == []
    assert done["balances"][0] | {"id": ""} == {
        "id": "",
        "onHand": {"value": "8", "unit": "EA"},
        "damaged": {"value": "3"},
        "available": {"value": "5"},
        "version": 4,
    }
    done = (await caller.ask(KEEP_BACK, input=one)).data["setSafetyStock"]
    assert done == {"balance": {"safetyStock": {"value": "3"}}, "userErrors": []}
    assert await violations(tenant) == []


async def test_what_the_business_refuses_is_typed(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    setting = await new_stock_setting(tenant)
    ids = _ids(setting)
    caller = await api.user(tenant, *READS, *WRITES)
    await _receive(caller, setting, "10")
    item = {"id": ids["items"][0]}
    for line, refusal in (
        (
            {"delta": "-11"},
            {
                "__typename": "StockShortError",
                "code": "STOCK_SHORT",
                "requested": "11",
                "available": "10",
                "item": item,
                "location": {"id": ids["location"]},
            },
        ),
        (
            {"quantity": "4", "expected": "9"},
            {
                "__typename": "StockChangedError",
                "code": "STOCK_CHANGED",
                "expected": "9",
                "actual": "10",
                "item": item,
            },
        ),
        (
            {"delta": "0.0000001"},
            {
                "__typename": "QuantityNotExactError",
                "code": "QUANTITY_NOT_EXACT",
                "quantity": "0.0000001",
            },
        ),
    ):
        lines = [{"itemId": ids["items"][0], **line}]
        wanted = {"locationId": ids["location"], "lines": lines, "reason": "counted"}
        done = (await caller.ask(ADJUST, input=wanted)).data["adjustStock"]
        assert (done["document"], done["balances"]) == (None, [])
        (error,) = done["userErrors"]
        assert error | refusal == error
    assert await violations(tenant) == []


@pytest.mark.parametrize("permissions", [READS, ()])
async def test_stock_moves_for_the_permitted_only(
    api: ApiUnderTest, tenant: TenantUnderTest, permissions: tuple[str, ...]
) -> None:
    setting = await new_stock_setting(tenant)
    ids = _ids(setting)
    caller = await api.user(tenant, *permissions)
    at = {"locationId": ids["location"], "lines": []}
    one = {"locationId": ids["location"], "itemId": ids["items"][0], "quantity": "1"}
    held = {**one, "fromState": "AVAILABLE", "toState": "DAMAGED", "reason": "wet"}
    for document, wanted in (
        (RECEIVE, at),
        (ADJUST, {**at, "reason": "x"}),
        (CHANGE_STATE, held),
        (KEEP_BACK, one),
    ):
        assert (await caller.ask(document, input=wanted)).error_codes == ["FORBIDDEN"]
    reads = (
        await caller.ask(BALANCES),
        await caller.ask(MOVEMENTS),
        await caller.ask(AVAILABILITY, items=ids["items"]),
    )
    expected = [] if permissions else ["FORBIDDEN"]
    assert [answer.error_codes for answer in reads] == [expected] * 3


async def test_another_tenant_finds_and_moves_nothing(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    setting = await new_stock_setting(tenant)
    ids = _ids(setting)
    mine = await api.user(tenant, *READS, *WRITES)
    done = await _receive(mine, setting, "10")
    other = await api.user(await new_tenant(tenant.engine, now=tenant.now), *READS, *WRITES)
    one = {"locationId": ids["location"], "itemId": ids["items"][0], "quantity": "1"}
    lines = [{"itemId": ids["items"][0], "quantity": "1"}]
    refused = await other.ask(RECEIVE, input={"locationId": ids["location"], "lines": lines})
    assert refused.error_codes == ["NOT_FOUND"]
    assert (await other.ask(KEEP_BACK, input=one)).error_codes == ["NOT_FOUND"]
    where = {"itemId": ids["items"][0]}
    assert (await other.ask(BALANCES, filter=where)).data["stockBalances"]["totalCount"] == 0
    assert (await other.ask(MOVEMENTS, filter=where)).data["stockMovements"]["totalCount"] == 0
    assert (await other.ask(AVAILABILITY, items=ids["items"])).data["availability"] == []
    node = "query($id: ID!) { node(id: $id) { id } }"
    balance_id = done["balances"][0]["id"]
    assert (await other.ask(node, id=balance_id)).data["node"] is None
    assert (await mine.ask(node, id=balance_id)).data["node"] == {"id": balance_id}
