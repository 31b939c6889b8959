"""Allocation runs and the queue of backorders over GraphQL."""

from typing import Any

from api.ids import global_id, row_id_of
from domain.allocation.runs.operations import apply_next_part, plan_requested_run
from tests.factories.api import ApiUnderTest
from tests.factories.orders import new_shop, violations
from tests.factories.tenants import TenantUnderTest

PLAN = """
mutation($i: PlanAllocationRunInput!) {
  planAllocationRun(input: $i) {
    allocationRun { id number status supportedActions } userErrors { code }
  }
}
"""
SHOW = """
query($id: ID!) {
  node(id: $id) { ... on AllocationRun {
    status method linesChanged linesApplied linesStale supportedActions
    figures { lines given fillRate splits costMinor values { given { amount currency } } }
    lines(first: 10) { totalCount nodes {
      position demanded given applied status behindBy order { number }
      takes { quantity reason location { id } }
    } }
  } }
}
"""
APPLY = """
mutation($i: AllocationRunInput!) {
  applyAllocationRun(input: $i) { allocationRun { status } userErrors { code } }
}
"""
CANCEL = APPLY.replace("applyAllocationRun", "cancelAllocationRun")
COMPARE = """
query($a: ID!, $b: ID!) {
  compareAllocationRuns(beforeId: $a, afterId: $b) {
    before { method figures { given } } after { method figures { given } }
    differences { totalCount nodes { givenBefore givenAfter order { number } item { id } } }
  }
}
"""
SET = """
mutation($i: SetBackorderPriorityInput!) {
  setBackorderPriority(input: $i) {
    backorderPriority { version keys { kind currency } } userErrors { code }
  }
}
"""
QUEUE = """
query($item: ID!, $after: String) {
  backorderQueue(itemId: $item, first: 1, after: $after) {
    totalCount pageInfo { endCursor hasNextPage }
    nodes { position waiting lineNumber expectedShipOn order { number } }
  }
  backorderPriority { keys { kind } }
}
"""


async def _planned(tenant: TenantUnderTest, caller: Any, method: str, **asked: Any) -> str:
    answer = await caller.ask(PLAN, i={"method": method, **asked})
    run = answer.data["planAllocationRun"]["allocationRun"]
    assert (run["status"], run["supportedActions"]) == ("PLANNING", ["CANCEL"])
    async with tenant.work() as work:
        run_id = row_id_of(run["id"], "AllocationRun", path=("id",))
        await plan_requested_run(work, run_id=run_id)
    return str(run["id"])


async def test_a_run_is_planned_looked_at_compared_and_applied(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    first = await shop.place(shop.line(4))
    second = await shop.place(shop.line(4))
    await shop.stock(6)
    planner = await api.user(tenant, "*")
    by_priority = await _planned(tenant, planner, "PRIORITY")
    fair = await _planned(tenant, planner, "FAIR_SHARE", weights=[])
    shown = (await planner.ask(SHOW, id=by_priority)).data["node"]
    location = global_id("Location", shop.setting.location_ids[0])
    assert shown["figures"] == {
        "lines": 2,
        "given": "6",
        "fillRate": "0.75",
        "splits": 0,
        "costMinor": "0",
        "values": [{"given": {"amount": "60.00", "currency": "EUR"}}],
    }
    assert shown["lines"]["totalCount"] == 2
    assert shown["lines"]["nodes"][1] == {
        "position": 2,
        "demanded": "4",
        "given": "2",
        "applied": None,
        "status": "PLANNED",
        "behindBy": None,
        "order": {"number": second.number},
        "takes": [
            {
                "quantity": "2",
                "reason": "Comes before the others by priority.",
                "location": {"id": location},
            }
        ],
    }
    compared = (await planner.ask(COMPARE, a=by_priority, b=fair)).data["compareAllocationRuns"]
    assert compared["before"] == {"method": "PRIORITY", "figures": {"given": "6"}}
    differences = compared["differences"]
    assert differences["totalCount"] == 2
    told = [(d["givenBefore"], d["givenAfter"], d["order"]["number"]) for d in differences["nodes"]]
    assert told == [("4", "3", first.number), ("2", "3", second.number)]


async def test_a_run_is_applied_once_and_another_cancelled(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    await shop.place(shop.line(4))
    await shop.place(shop.line(4))
    await shop.stock(6)
    planner = await api.user(tenant, "*")
    by_priority = await _planned(tenant, planner, "PRIORITY")
    fair = await _planned(tenant, planner, "FAIR_SHARE")
    applied = (await planner.ask(APPLY, i={"id": fair})).data["applyAllocationRun"]
    assert applied == {"allocationRun": {"status": "APPLYING"}, "userErrors": []}
    again = (await planner.ask(APPLY, i={"id": fair})).data["applyAllocationRun"]
    assert again["userErrors"] == [{"code": "INVALID_STATE"}]
    more = True
    while more:
        async with tenant.work() as work:
            run_id = row_id_of(fair, "AllocationRun", path=("id",))
            more = await apply_next_part(work, run_id=run_id)
    shown = (await planner.ask(SHOW, id=fair)).data["node"]
    assert (shown["status"], shown["linesApplied"], shown["linesStale"]) == ("APPLIED", 2, 0)
    assert shown["supportedActions"] == []
    cancelled = (await planner.ask(CANCEL, i={"id": by_priority})).data["cancelAllocationRun"]
    assert cancelled["allocationRun"] == {"status": "CANCELLED"}
    assert await violations(tenant) == {}


async def test_the_queue_of_backorders_follows_the_rule(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    shop = await new_shop(tenant)
    small = await shop.place(shop.line(2))
    large = await shop.place(shop.line(4))
    item = global_id("Item", shop.setting.item_ids[0])
    planner = await api.user(tenant, "*")
    before = (await planner.ask(QUEUE, item=item)).data
    assert before["backorderPriority"] is None
    assert before["backorderQueue"]["nodes"][0]["order"] == {"number": small.number}
    keys = [{"kind": "ORDER_VALUE", "currency": "EUR"}]
    made = (await planner.ask(SET, i={"keys": keys})).data["setBackorderPriority"]
    assert made == {"backorderPriority": {"version": 1, "keys": keys}, "userErrors": []}
    page = (await planner.ask(QUEUE, item=item)).data["backorderQueue"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (2, True)
    assert page["nodes"] == [
        {
            "position": 1,
            "waiting": "4",
            "lineNumber": 1,
            "expectedShipOn": None,
            "order": {"number": large.number},
        }
    ]
    rest = await planner.ask(QUEUE, item=item, after=page["pageInfo"]["endCursor"])
    [last] = rest.data["backorderQueue"]["nodes"]
    assert (last["position"], last["order"]["number"]) == (2, small.number)
    wrong = await planner.ask(SET, i={"keys": [{"kind": "ORDER_VALUE"}]})
    assert wrong.error_codes == ["BAD_INPUT"]


async def test_only_those_with_the_right_run_plans(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    reader = await api.user(tenant, "allocation.read")
    assert (await reader.ask(PLAN, i={"method": "PRIORITY"})).error_codes == ["FORBIDDEN"]
    assert (await reader.ask(SET, i={"keys": []})).error_codes == ["FORBIDDEN"]
    clerk = await api.user(tenant, "orders.read")
    assert (await clerk.ask(QUEUE, item=global_id("Item", 1))).error_codes[0] == "FORBIDDEN"
