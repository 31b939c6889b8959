"""Allocation over GraphQL: policies, and why stock comes from where it comes."""

from api.ids import global_id
from tests.factories.api import ApiUnderTest
from tests.factories.orders import new_shop
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
        "supportedActions": ["ACTIVATE"],
    }
    activated = await planner.ask(ACTIVATE, i={"id": policy["id"]})
    assert activated.data["activateAllocationPolicy"] == {
        "allocationPolicy": {"status": "ACTIVE", "supportedActions": []},
        "userErrors": [],
    }
    again = (await planner.ask(ACTIVATE, i={"id": policy["id"]})).data["activateAllocationPolicy"]
    assert again["userErrors"] == [{"code": "INVALID_STATE"}]
    placed = await shop.place(shop.line(1))
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
