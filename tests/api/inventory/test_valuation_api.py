"""What stock cost and is worth, over the API: from a receipt to its freight, its issues, a
write-down and back."""

from decimal import Decimal
from typing import Any

import pytest

from api.ids import global_id
from domain.inventory.lines import AdjustmentLine
from domain.inventory.operations.adjusting import adjust_stock
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.stock import StockSetting, new_stock_setting
from tests.factories.tenants import TenantUnderTest

RIGHTS = (
    *("inventory.read", "inventory.value", "inventory.revalue", "inventory.manage"),
    *("inventory.receive", "ledger.read", "entities.read", "catalog.read"),
)
RECEIVE = """
mutation ($input: ReceiveStockInput!, $key: String!) {
  receiveStock(input: $input) @idempotent(key: $key) {
    document { id } userErrors { code message }
  }
}"""
LAND = """
mutation ($input: BookLandedCostInput!, $key: String!) {
  bookLandedCost(input: $input) @idempotent(key: $key) {
    landedCost {
      id number status amount { amount currency }
      shares { amount { amount } stock { amount } layer { cost { amount } valueLeft { amount } } }
      journals { milestone }
    }
    userErrors { code message }
  }
}"""
CHANGE = """
mutation ($input: RevalueStockInput!, $key: String!) {
  %s(input: $input) @idempotent(key: $key) {
    stockRevaluation {
      kind status difference { amount } lines { before { amount } after { amount } }
    }
    userErrors { code message ... on ValueRefusedError { valueMinor item { sku } } }
  }
}"""
LAYERS = """
query ($item: ID!) {
  costLayers(filter: { itemId: $item }) {
    totalCount
    nodes {
      standing quantity { value } quantityLeft { value } cost { amount } valueLeft { amount }
      document { __typename } journals { milestone }
    }
  }
  costIssues(filter: { itemId: $item }) {
    nodes { leg cost { amount } value { amount } takings { quantity { value } value { amount } } }
  }
  costChanges(filter: { itemId: $item }) {
    nodes { kind stockValue { amount } leg document { __typename } }
  }
  stockValues(by: ITEM, filter: { itemId: $item }) { nodes { value { amount } quantity } }
}"""
SETTLE = """
mutation ($input: SetCostingMethodInput!) {
  setCostingMethod(input: $input) {
    costing { methods { method itemGroup } negativeStock approvalAbove { amount } }
    userErrors { code }
  }
}"""


@pytest.fixture
async def setting(tenant: TenantUnderTest) -> StockSetting:
    return await new_stock_setting(tenant)


async def _received(caller: ApiCaller, setting: StockSetting, key: str, **terms: Any) -> str:
    line = {"itemId": global_id("Item", setting.item_ids[0]), "quantity": "4", "unitCost": "10"}
    wanted = {
        "locationId": global_id("Location", setting.location_ids[0]),
        "lines": [line],
        **terms,
    }
    data = (await caller.ask(RECEIVE, input=wanted, key=key)).data
    assert data["receiveStock"]["userErrors"] == []
    return str(data["receiveStock"]["document"]["id"])


async def _landed(caller: ApiCaller, entity: str, document: str) -> dict[str, Any]:
    wanted = {
        "entityId": entity,
        "charges": [{"kind": "FREIGHT", "basis": "VALUE", "amount": "4.00"}],
        "receipts": [{"documentId": document}],
        "reason": "freight",
    }
    data = (await caller.ask(LAND, input=wanted, key="freight")).data
    return dict(data["bookLandedCost"]["landedCost"])


async def _freighted(
    caller: ApiCaller, tenant: TenantUnderTest, setting: StockSetting
) -> dict[str, Any]:
    """Four came, one broke, and then came the freight."""
    entity = global_id("LegalEntity", setting.entity_id)
    data = (await caller.ask(SETTLE, input={"entityId": entity, "method": "FIFO"})).data
    assert data["setCostingMethod"] == {
        "costing": {
            "methods": [{"method": "FIFO", "itemGroup": None}],
            "negativeStock": "REFUSE",
            "approvalAbove": None,
        },
        "userErrors": [],
    }
    document = await _received(caller, setting, "one")
    async with tenant.work() as work:
        line = AdjustmentLine(item_id=setting.item_ids[0], delta=Decimal(-1))
        await adjust_stock(work, location_id=setting.location_ids[0], lines=[line], reason="broken")
    return await _landed(caller, entity, document)


def _worth(setting: StockSetting, value: str) -> dict[str, Any]:
    line = {"itemId": global_id("Item", setting.item_ids[0]), "unitValue": value}
    entity = global_id("LegalEntity", setting.entity_id)
    return {"entityId": entity, "lines": [line], "reason": "out of fashion"}


async def test_freight_and_a_write_down_are_told(
    api: ApiUnderTest, tenant: TenantUnderTest, setting: StockSetting
) -> None:
    caller = await api.user(tenant, *RIGHTS)
    landed = await _freighted(caller, tenant, setting)
    assert (landed["number"], landed["status"]) == ("LC-1", "BOOKED")
    assert landed["amount"] == {"amount": "4.00", "currency": "EUR"}
    assert landed["shares"] == [
        {
            "amount": {"amount": "4.00"},
            "stock": {"amount": "3.00"},
            "layer": {"cost": {"amount": "44.00"}, "valueLeft": {"amount": "33.00"}},
        }
    ]
    assert landed["journals"] == [{"milestone": "landed_cost"}]
    changed = _worth(setting, "9")
    data = (await caller.ask(CHANGE % "writeDownStock", input=changed, key="three")).data
    assert data["writeDownStock"]["stockRevaluation"] == {
        "kind": "WRITE_DOWN",
        "status": "BOOKED",
        "difference": {"amount": "-6.00"},
        "lines": [{"before": {"amount": "33.00"}, "after": {"amount": "27.00"}}],
    }
    data = (await caller.ask(CHANGE % "writeDownStock", input=changed, key="four")).data
    (refused,) = data["writeDownStock"]["userErrors"]
    assert (refused["code"], refused["valueMinor"]) == ("VALUE_REFUSED", "2700")


async def test_from_a_receipt_to_what_it_is_worth(
    api: ApiUnderTest, tenant: TenantUnderTest, setting: StockSetting
) -> None:
    caller = await api.user(tenant, *RIGHTS)
    await _freighted(caller, tenant, setting)
    await caller.ask(CHANGE % "writeDownStock", input=_worth(setting, "9"), key="three")
    item = global_id("Item", setting.item_ids[0])
    data = (await caller.ask(LAYERS, item=item)).data
    assert data["costLayers"] == {
        "totalCount": 1,
        "nodes": [
            {
                "standing": "VALUED",
                "quantity": {"value": "4"},
                "quantityLeft": {"value": "3"},
                "cost": {"amount": "44.00"},
                "valueLeft": {"amount": "27.00"},
                "document": {"__typename": "StockDocument"},
                "journals": [{"milestone": "receipt"}],
            }
        ],
    }
    assert data["costIssues"]["nodes"] == [
        {
            "leg": "inventory_adjustment",
            "cost": {"amount": "11.00"},
            "value": {"amount": "10.00"},
            "takings": [{"quantity": {"value": "1"}, "value": {"amount": "11.00"}}],
        }
    ]
    assert [
        (each["kind"], each["stockValue"]["amount"], each["document"]["__typename"])
        for each in data["costChanges"]["nodes"]
    ] == [
        ("STOCK", "-6.00", "StockRevaluation"),
        ("ISSUE", "-1.00", "LandedCost"),
        ("LAYER", "4.00", "LandedCost"),
    ]
    assert data["stockValues"]["nodes"] == [{"value": {"amount": "27.00"}, "quantity": "3"}]


async def test_goods_may_come_before_their_cost(
    api: ApiUnderTest, tenant: TenantUnderTest, setting: StockSetting
) -> None:
    caller = await api.user(tenant, *RIGHTS)
    document = await _received(caller, setting, "one", isPending=True)
    item = global_id("Item", setting.item_ids[0])
    query = """
    mutation ($input: PriceReceiptInput!, $key: String!) {
      priceReceipt(input: $input) @idempotent(key: $key) {
        stockRevaluation { kind difference { amount } } userErrors { code }
      }
    }"""
    wanted = {"documentId": document, "lines": [{"itemId": item, "unitCost": "2.50"}]}
    data = (await caller.ask(query, input=wanted, key="two")).data
    assert data["priceReceipt"]["stockRevaluation"] == {
        "kind": "PRICING",
        "difference": {"amount": "10.00"},
    }
    answer = await caller.ask(query, input=wanted, key="three")
    assert answer.error_codes == ["NOT_FOUND"]


async def test_costs_are_shown_to_whom_they_concern(
    api: ApiUnderTest, tenant: TenantUnderTest, setting: StockSetting
) -> None:
    caller = await api.user(tenant, "inventory.read")
    answer = await caller.ask(LAYERS, item=global_id("Item", setting.item_ids[0]))
    assert set(answer.error_codes) == {"FORBIDDEN"}
