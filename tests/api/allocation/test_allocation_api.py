"""Allocation over GraphQL: policies, and why stock comes from where it comes."""

from dataclasses import replace
from datetime import timedelta

from api.ids import global_id
from app.http.services import system_clock
from tests.factories.api import ApiUnderTest
from tests.factories.orders import Shop, new_shop
from tests.factories.tenants import TenantUnderTest

CREATE = """
mutation($i: CreateAllocationPolicyInput!) {
  createAllocationPolicy(input: $i) {
    allocationPolicy { id version status splitAllowed locations { id } supportedActions }
    userErrors { code }
  }
}
"""
ACTIVATE = """
mutation($i: ActivateAllocationPolicyInput!) {
  activateAllocationPolicy(input: $i) {
    allocationPolicy { status supportedActions } userErrors { code }
  }
}
"""
EXPLAIN = """
query($id: ID!) {
  order(id: $id) {
    allocations { quantity status location { id } line { lineNumber } }
    allocationDecisions {
      lineNumber trigger requested allocated
      candidates { rank available given chosen rule reason location { id } }
    }
  }
}
"""


def _by_now(shop: Shop) -> Shop:
    """The shop after what the API did by its own clock."""
    tenant = shop.tenant.at(system_clock() + timedelta(minutes=1))
    return replace(shop, setting=replace(shop.setting, tenant=tenant))


async def test_a_policy_is_drafted_activated_and_explains_itself(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(5, location=0)
    await shop.stock(5, location=1)
    locations = [global_id("Location", each) for each in shop.setting.location_ids]
    planner = await api.user(tenant, "*")
    wanted = {"code": "MAIN", "name": "Main", "locationIds": [locations[1], locations[0]]}
    made = (await planner.ask(CREATE, i=wanted)).data["createAllocationPolicy"]
    policy = made["allocationPolicy"]
    assert policy == {
        "id": policy["id"],
        "version": 1,
        "status": "DRAFT",
        "splitAllowed": True,
        "locations": [{"id": locations[1]}, {"id": locations[0]}],
        "supportedActions": ["ACTIVATE", "UPDATE", "RETIRE"],
    }
    activated = await planner.ask(ACTIVATE, i={"id": policy["id"]})
    assert activated.data["activateAllocationPolicy"] == {
        "allocationPolicy": {"status": "ACTIVE", "supportedActions": ["RETIRE"]},
        "userErrors": [],
    }
    again = (await planner.ask(ACTIVATE, i={"id": policy["id"]})).data["activateAllocationPolicy"]
    assert again["userErrors"] == [{"code": "INVALID_STATE"}]
    placed = await _by_now(shop).place(shop.line(1))
    order = (await planner.ask(EXPLAIN, id=global_id("Order", placed.order_id))).data["order"]
    assert order["allocations"] == [
        {
            "quantity": "1",
            "status": "OPEN",
            "location": {"id": locations[1]},
            "line": {"lineNumber": 1},
        }
    ]
    [decision] = order["allocationDecisions"]
    assert (decision["trigger"], decision["requested"], decision["allocated"]) == (
        "order_placed",
        "1",
        "1",
    )
    said = [(c["rank"], c["given"], c["chosen"], c["rule"]) for c in decision["candidates"]]
    assert said == [(1, "1", True, "highest_priority"), (2, "0", False, "lower_rank_sufficient")]


async def test_only_those_who_may_see_why(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant)
    placed = await shop.place(shop.line(1))
    reader = await api.user(tenant, "orders.read")
    answer = await reader.ask(EXPLAIN, id=global_id("Order", placed.order_id))
    assert set(answer.error_codes) == {"FORBIDDEN"}
    clerk = await api.user(tenant, "allocation.read")
    wanted = {"code": "MAIN", "name": "Main", "locationIds": []}
    assert (await clerk.ask(CREATE, i=wanted)).error_codes == ["FORBIDDEN"]


DRAFT = """
mutation($i: CreateAllocationPolicyInput!) {
  createAllocationPolicy(input: $i) {
    allocationPolicy {
      id splitAllowed entity { id }
      definition {
        strategies {
          code fallsBack criteria sources { locationId priority }
          condition { channelIds regions { country postalPrefix } valueFromMinor }
        }
        constraints { kind amount soft keepBack { quantity } }
        onShortage substitutions { itemId substituteId twoWay } variantsAllowed
      }
    }
    userErrors { code }
  }
}
"""
CHANGE = """
mutation($i: UpdateAllocationPolicyInput!) {
  updateAllocationPolicy(input: $i) { allocationPolicy { id name } userErrors { code } }
}
"""
RETIRE = """
mutation($i: RetireAllocationPolicyInput!) {
  retireAllocationPolicy(input: $i) { allocationPolicy { status } userErrors { code } }
}
"""
COMPARE = """
query($a: ID!, $b: ID!) {
  compareAllocationPolicies(before: $a, after: $b) { path before after }
}
"""
PREVIEW = """
query($b: BasketInput!, $p: ID) {
  previewAllocation(basket: $b, policyId: $p) {
    policy { id } parcels refused waitsComplete cancelsRest
    lines {
      requested given strategies skippedStrategies { code condition } droppedConstraints
      candidates { location { id } rule given chosen values { criterion value } }
    }
    substitutes { item { id } replaces given }
  }
}
"""
WHY = """
query($l: ID!, $where: [ID!]) {
  explainAllocation(orderLineId: $l, locationIds: $where) {
    policy { id } line { lineNumber }
    decisions { trigger strategies policy { id } candidates { rule } }
    locations { location { id } rule reason available given chosen }
    waitsBecause { rule reason }
    heldBy { orderNumber quantity location { id } line { lineNumber } }
    wouldRelease { kind reason quantity expectedOn location { id } }
  }
}
"""


def _definition(shop: Shop) -> dict[str, object]:
    here, there = (global_id("Location", each) for each in shop.setting.location_ids[:2])
    return {
        "strategies": [
            {
                "code": "NEAR",
                "sources": [{"locationId": there}],
                "criteria": ["DISTANCE", "PRIORITY"],
                "condition": {
                    "channelIds": [global_id("Channel", shop.channel_id)],
                    "regions": [{"country": "US", "postalPrefix": "441"}],
                },
            },
            {"code": "REST", "sources": [{"locationId": here}, {"locationId": there}]},
        ],
        "constraints": [
            {"kind": "MINIMUM_INVENTORY", "soft": True, "keepBack": [{"quantity": "2"}]}
        ],
    }


async def test_a_full_policy_is_drafted_and_tried(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(5, location=0)
    await shop.stock(5, location=1)
    planner = await api.user(tenant, "*")
    document = _definition(shop)
    made = await planner.ask(DRAFT, i={"code": "MAIN", "name": "Main", "definition": document})
    policy = made.data["createAllocationPolicy"]["allocationPolicy"]
    said = policy["definition"]
    assert [each["code"] for each in said["strategies"]] == ["NEAR", "REST"]
    assert said["strategies"][0]["condition"]["regions"] == [
        {"country": "US", "postalPrefix": "441"}
    ]
    assert said["constraints"] == [
        {
            "kind": "MINIMUM_INVENTORY",
            "amount": None,
            "soft": True,
            "keepBack": [{"quantity": "2"}],
        }
    ]
    assert (said["onShortage"], said["variantsAllowed"]) == ("BACKORDER", ["ENTITY", "CHANNEL"])
    basket = {
        "channelId": global_id("Channel", shop.channel_id),
        "lines": [{"itemId": global_id("Item", shop.setting.item_ids[0]), "quantity": "4"}],
        "shipTo": {"country": "US", "postalCode": "44113"},
    }
    tried = (await planner.ask(PREVIEW, b=basket, p=policy["id"])).data["previewAllocation"]
    assert tried["parcels"] == 2
    [line] = tried["lines"]
    assert (line["given"], line["strategies"], line["droppedConstraints"]) == (
        "4",
        ["NEAR", "REST"],
        [],
    )
    assert (await planner.ask(PREVIEW, b=basket)).data["previewAllocation"]["policy"] is None
    assert await shop.available(location=1) == 5


async def test_drafts_are_compared_changed_and_policies_retired(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, locations=2)
    planner = await api.user(tenant, "*")
    document = _definition(shop)
    made = await planner.ask(DRAFT, i={"code": "MAIN", "name": "Main", "definition": document})
    policy = made.data["createAllocationPolicy"]["allocationPolicy"]
    second = await planner.ask(
        DRAFT,
        i={
            "code": "MAIN",
            "name": "Main",
            "definition": document | {"onShortage": "SHIP_COMPLETE"},
        },
    )
    other = second.data["createAllocationPolicy"]["allocationPolicy"]["id"]
    compared = await planner.ask(COMPARE, a=policy["id"], b=other)
    assert compared.data["compareAllocationPolicies"] == [
        {"path": ["onShortage"], "before": '"backorder"', "after": '"ship_complete"'}
    ]
    changed = await planner.ask(CHANGE, i={"id": other, "name": "Other", "definition": document})
    assert changed.data["updateAllocationPolicy"]["allocationPolicy"]["name"] == "Other"
    assert (await planner.ask(COMPARE, a=policy["id"], b=other)).data == {
        "compareAllocationPolicies": []
    }
    await planner.ask(ACTIVATE, i={"id": policy["id"]})
    refused = (await planner.ask(CHANGE, i={"id": policy["id"], "name": "X"})).data
    assert refused["updateAllocationPolicy"]["userErrors"] == [{"code": "INVALID_STATE"}]
    retired = (await planner.ask(RETIRE, i={"id": policy["id"]})).data["retireAllocationPolicy"]
    assert retired["allocationPolicy"] == {"status": "RETIRED"}


async def test_what_is_wrong_with_a_policy_is_said_by_its_place(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant, locations=2)
    planner = await api.user(tenant, "*")
    document = _definition(shop)
    document["strategies"][1]["sources"][1] = {"locationGroup": "EAST"}  # type: ignore[index]
    wanted = {"code": "MAIN", "name": "Main", "definition": document}
    answer = await planner.ask(DRAFT, i=wanted)
    assert answer.error_codes == ["BAD_INPUT"]
    [error] = answer.body["errors"]
    assert error["extensions"]["inputPath"] == [
        "definition",
        "strategies",
        1,
        "sources",
        1,
        "locationGroup",
    ]


async def test_why_an_order_waits_is_answered(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    shop = await new_shop(tenant, locations=2)
    await shop.stock(3, location=0)
    first = await shop.place(shop.line(3))
    waits = await shop.place(shop.line(2))
    planner = await api.user(tenant, "*")
    line = global_id("OrderLine", waits.line_ids[0])
    elsewhere = global_id("Location", shop.setting.location_ids[1])
    asked = await planner.ask(WHY, l=line, where=[elsewhere])
    told = asked.data["explainAllocation"]
    here = {"id": global_id("Location", shop.setting.location_ids[0])}
    assert {each["location"]["id"]: each["rule"] for each in told["locations"]} == {
        here["id"]: "no_stock",
        elsewhere: "no_stock",
    }
    assert [each["rule"] for each in told["waitsBecause"]] == ["no_stock"]
    assert told["heldBy"] == [
        {
            "orderNumber": first.number,
            "quantity": "3",
            "location": here,
            "line": {"lineNumber": 1},
        }
    ]
    assert [(each["kind"], each["quantity"]) for each in told["wouldRelease"]] == [
        ("reserved", "3")
    ]
    reader = await api.user(tenant, "orders.read")
    assert (await reader.ask(WHY, l=line)).error_codes == ["FORBIDDEN"]
